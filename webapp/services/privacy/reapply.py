"""Erasures that an older database does not know are made again: after a restore, before anybody sees the data.

What was proven on the platforms then needs no proof now; only the rows here are mended, so it works although the
hub merely observes.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Customer, Erasure, Event, Service
from webapp.models.privacy import ERASED
from webapp.services import audit
from webapp.services.privacy import ledger
from webapp.services.privacy import salt as salts
from webapp.services.privacy.anonymising import anonymise
from webapp.services.privacy.ledger import AGAIN, GONE, SALT, Entry
from webapp.services.privacy.marks import Clues, write_marks
from webapp.services.transactions import begin

_CUSTOMER = Customer.__table__
BATCH = 1_000
log = structlog.get_logger()


@dataclass(frozen=True)
class _Gone:
    """One erasure that the database does not know."""

    customer_id: int
    done_at: datetime
    marks: frozenset[tuple[str, str]]


def reapply_erasures(more: Sequence[Entry] = ()) -> int:
    """Erase again whom this database should not know any more, and commit.

    Idempotent: what it knows is left alone, and so is who was admitted again since.

    Args:
        more: further entries, of the manifests of later backups; the file beside the database is always read.

    Returns:
        How many people were erased again.

    Raises:
        VaultError: the salt cannot be opened: restore the encryption key; nothing was changed.
    """
    found = [*ledger.entries_of_file(), *more]
    begin(reads_only=False)
    _keep_salt(found)
    missing = _missing(found)
    db.session.commit()
    people = _people(missing) if missing else {}
    for customer_id, gone in people.items():
        _erase(customer_id, gone)
    for gone in missing:
        if gone not in people.values():
            _remember(gone)
    ledger.note_all()
    if people:
        log.warning("erasures.reapplied", count=len(people))
    return len(people)


def _keep_salt(found: Sequence[Entry]) -> None:
    """An older backup may not have it yet; another salt than the marks were made with would know nobody."""
    sealed = next((one["sealed"] for one in found if one["kind"] == SALT), None)
    if sealed is not None and salts.find_sealed() is None:
        salts.put_sealed(sealed)


def _missing(found: Sequence[Entry]) -> list[_Gone]:
    again = {(one["customer"], one["done_at"]) for one in found if one["kind"] == AGAIN}
    known = set(db.session.scalars(select(Erasure.done_at).where(Erasure.done_at.is_not(None))))
    gone: dict[tuple[int, str], _Gone] = {}
    for one in found:
        name = (one.get("customer"), one.get("done_at"))
        if one["kind"] != GONE or name in again or not one["done_at"]:
            continue
        at = datetime.fromisoformat(one["done_at"])
        # To the microsecond; a shell may have another id than the person had.
        if at not in known:
            gone[one["customer"], one["done_at"]] = _Gone(one["customer"], at, frozenset(map(tuple, one["marks"])))
    return list(gone.values())


def _people(missing: Sequence[_Gone]) -> dict[int, _Gone]:
    """Return whom the marks name. The row's id alone is no proof: after a restore it may be somebody else's."""
    key = salts.find_salt()
    db.session.rollback()
    if key is None:
        return {}
    by_mark = {mark: gone for gone in missing for mark in gone.marks if mark[0] in ("document", "code")}
    found: dict[int, _Gone] = {}
    after = 0
    while True:
        begin(reads_only=True)
        rows = db.session.execute(
            select(_CUSTOMER.c.id, _CUSTOMER.c.code, _CUSTOMER.c.document)
            .where(_CUSTOMER.c.id > after, _CUSTOMER.c.erased_at.is_(None))
            .order_by(_CUSTOMER.c.id)
            .limit(BATCH)
        ).all()
        db.session.rollback()
        if not rows:
            return found
        for row in rows:
            marks = [(kind, salts.digest(key, kind, value)) for kind, value in Clues(row.document, row.code).values()]
            gone = next((by_mark[mark] for mark in marks if mark in by_mark), None)
            if gone is not None and not _is_younger(row.id, gone):
                found[row.id] = gone
        after = rows[-1].id


def _is_younger(customer_id: int, gone: _Gone) -> bool:
    """Tell whether this customer was made after the erasure: a new contract of the same person."""
    made = db.session.scalar(select(Customer.created_at).where(Customer.id == customer_id))
    db.session.rollback()
    return made is not None and made > gone.done_at


def _erase(customer_id: int, gone: _Gone) -> None:
    begin(reads_only=False)
    for service in db.session.scalars(select(Service).where(Service.customer_id == customer_id)):
        service.status = service.status if service.status in ENDED else ENDED[0]
    event = Event(**audit.entry("customer.erased", "customer", customer_id, after={"again": True}))
    db.session.add(event)
    db.session.flush()
    event_id = event.id
    erasure_id = _row(customer_id, gone, {"event_id": event_id, "again": utc_now().isoformat()})
    write_marks(erasure_id, gone.marks)
    db.session.commit()
    anonymise(customer_id, event_id)
    begin(reads_only=False)
    row = db.session.get_one(Erasure, erasure_id)
    row.status, row.done_at = ERASED, gone.done_at
    db.session.commit()


def _remember(gone: _Gone) -> None:
    """This database never had the person. The marks count all the same: a source may still bring them."""
    begin(reads_only=False)
    shell = Customer(code=f"erased-r{secrets.token_hex(6)}", name="", name_folded="", erased_at=gone.done_at)
    shell.name = shell.name_folded = shell.code
    db.session.add(shell)
    db.session.flush()
    erasure_id = _row(shell.id, gone, {})
    write_marks(erasure_id, gone.marks)
    row = db.session.get_one(Erasure, erasure_id)
    row.status, row.done_at = ERASED, gone.done_at
    db.session.commit()


def _row(customer_id: int, gone: _Gone, progress: Mapping[str, Any]) -> int:
    actor = audit.current_actor()
    row = Erasure(
        customer_id=customer_id, requested_by=actor, approved_by=actor, requested_at=gone.done_at,
        progress=dict(progress),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row.id
