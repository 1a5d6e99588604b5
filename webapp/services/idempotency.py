"""One effect for one Idempotency-Key: the first answer is kept and given to whoever repeats the request.

A claim is written, and committed, before the work begins. Only an answer that says that something was
done is kept; after any other the claim is released, so that the request may be repeated.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import IdempotencyRecord
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
# A request that takes longer has lost its process: the next one with the key does the work.
CRASHED_AFTER = timedelta(seconds=60)
WAIT_S = 10.0
POLL_S = 0.05
SWEPT_PER_CLAIM = 20


@dataclass(frozen=True)
class Claim:
    """The right to do the work of one key. Give it back with ``keep`` or ``release``.

    Attributes:
        claimed_at: fences: SQLite gives the id of a deleted row out again.
    """

    record_id: int
    claimed_at: datetime


@dataclass(frozen=True)
class StoredAnswer:
    """The first answer to this key, to be given again."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def claim(token_id: int, key: str, fingerprint: str) -> Claim | StoredAnswer:
    """Claim a key, or return what was answered to it before.

    Waits up to ``WAIT_S`` seconds while another request with the key is at work.
    Call it before the work; it uses transactions of its own and leaves none open.

    Args:
        fingerprint: of method, path and body; at most 64 characters.

    Raises:
        Invalid: the key was used for another request; take a new one.
        Conflict: the other request is still at work; repeat a little later.
    """
    deadline = monotonic_s() + WAIT_S
    while True:
        taken = _try_claim(token_id, key, fingerprint)
        if taken is not None:
            return taken
        if monotonic_s() >= deadline:
            raise Conflict("idempotency_in_progress")
        sleep(POLL_S)


def keep(claimed: Claim, answer: StoredAnswer) -> None:
    """Keep an answer for ``KEPT_FOR``. A claim that was taken over in the meantime keeps nothing."""
    # Answers may name addresses that only the administrator shall read: sealed like other secrets.
    body = current_hub().vault.seal(answer.body, body_place(claimed.record_id))
    begin(reads_only=False)
    db.session.execute(
        update(IdempotencyRecord)
        .where(*_still_ours(claimed))
        .values(status=answer.status, body=body, headers=json.dumps(dict(answer.headers)))
    )
    db.session.commit()


def release(claimed: Claim) -> None:
    """Give a claim up: nothing was done, the same key may try again."""
    begin(reads_only=False)
    db.session.execute(delete(IdempotencyRecord).where(*_still_ours(claimed)))
    db.session.commit()


def _still_ours(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyRecord.id == claimed.record_id,
        IdempotencyRecord.created_at == claimed.claimed_at,
        IdempotencyRecord.status.is_(None),
    )


def _try_claim(token_id: int, key: str, fingerprint: str) -> Claim | StoredAnswer | None:
    record = _look_up(token_id, key)
    now = utc_now()
    if record is None or record.created_at <= now - KEPT_FOR:
        return _take(token_id, key, fingerprint, now)
    if record.fingerprint != fingerprint:
        raise Invalid([Problem(HEADER, "idempotency_key_reused")])
    if record.status is not None:
        return _stored(record)
    return _take(token_id, key, fingerprint, now) if record.created_at <= now - CRASHED_AFTER else None


def _look_up(token_id: int, key: str) -> IdempotencyRecord | None:
    begin(reads_only=True)
    record = db.session.scalar(
        select(IdempotencyRecord).where(IdempotencyRecord.token_id == token_id, IdempotencyRecord.key == key)
    )
    if record is not None:
        db.session.expunge(record)
    db.session.rollback()
    return record


def _take(token_id: int, key: str, fingerprint: str, now: datetime) -> Claim | None:
    """Insert a claim; None when somebody else was faster."""
    begin(reads_only=False)
    _sweep(token_id, key, now)
    record = IdempotencyRecord(token_id=token_id, key=key, fingerprint=fingerprint, created_at=now)
    db.session.add(record)
    try:
        db.session.flush()
        taken = Claim(record.id, now)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return taken


def _sweep(token_id: int, key: str, now: datetime) -> None:
    """Delete what is in this key's way, and a few of the oldest records, so that the table stays small."""
    expired = IdempotencyRecord.created_at <= now - KEPT_FOR
    crashed = and_(IdempotencyRecord.status.is_(None), IdempotencyRecord.created_at <= now - CRASHED_AFTER)
    own = and_(IdempotencyRecord.token_id == token_id, IdempotencyRecord.key == key, or_(expired, crashed))
    oldest = select(IdempotencyRecord.id).order_by(IdempotencyRecord.id).limit(SWEPT_PER_CLAIM).scalar_subquery()
    db.session.execute(
        delete(IdempotencyRecord).where(or_(own, and_(IdempotencyRecord.id.in_(oldest), expired))),
        execution_options={"synchronize_session": False},
    )


def _stored(record: IdempotencyRecord) -> StoredAnswer:
    body = str(current_hub().vault.open(record.body or "", body_place(record.id)))
    return StoredAnswer(record.status or 200, body, json.loads(record.headers or "{}"))


def body_place(record_id: int) -> str:
    """Return where a stored answer is sealed."""
    return f"idempotency_record:body:{record_id}"
