"""What an ERP tells us unasked. A hint, never an order: whom it names is looked at again, within a second or two."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import CallbackRequest
from webapp.models import Source, SourceHint
from webapp.services import throttle
from webapp.services.errors import NotFound
from webapp.services.metrics.process import SOURCE_EVENTS
from webapp.services.one_way import token_hash
from webapp.services.signals import SOURCES
from webapp.services.source_connections import open_source
from webapp.services.transactions import begin
from webapp.sources.contract import ServiceRef, SourceAbility
from webapp.sources.payload import dump_ref
from webapp.sources.registry import UnknownSource
from webapp.vault import VaultError

# A night in which thousands are suspended sends as many messages; more than that is no ERP.
PER_SOURCE = throttle.Limit("source-hint", 6_000, 60)
# Only refusals are counted.
PER_ADDRESS = throttle.Limit("source-hint-address", 300, 300, of_address=True)
MOST_REFS = 50
# Repeated within this time it is the same message; later, the same words may tell of a new event.
SAME_FOR = timedelta(minutes=1)
log = structlog.get_logger()


class HintRefused(Exception):
    """Signature or shape are wrong, or the signed time is over: answer 401."""


class TooManyHints(Exception):
    """Somebody floods or guesses: answer 429 with ``Retry-After``."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too_many_hints")
        self.retry_after_s = retry_after_s


def receive(token: str, request: CallbackRequest, body: bytes, remote_addr: str) -> int:
    """Note whom a source tells of and commit; nothing of the message itself is kept, or believed.

    Args:
        token: from the address; a rotated one is good until its overlap ends.
        body: the bytes as they came, over which a signature stands.

    Returns:
        How many services or customers will be looked at because of it; 0 for one that is known already.

    Raises:
        NotFound: no source has this token, or it takes no messages; answer 404.
        HintRefused: answer 401.
        TooManyHints: answer 429.
    """
    _brake(PER_ADDRESS, remote_addr)
    source_id, active = _source_of(token, remote_addr)
    if not throttle.hit(PER_SOURCE, str(source_id)):
        SOURCE_EVENTS.labels(str(source_id), "rate_limited").inc()
        raise TooManyHints(PER_SOURCE.seconds)
    refs = _read(source_id, request, body, remote_addr)
    noted = _note(source_id, _digest(request, body), refs[:MOST_REFS]) if active and refs else 0
    SOURCE_EVENTS.labels(str(source_id), "taken" if noted else "known").inc()
    log.info("source.hint", source_id=source_id, refs=len(refs), noted=noted, remote_addr=remote_addr)
    return noted


def _source_of(token: str, remote_addr: str) -> tuple[int, bool]:
    digest = token_hash(token)
    begin(reads_only=True)
    found = db.session.scalar(
        select(Source).where(or_(Source.hook_hash == digest, Source.hook_old_hash == digest)).limit(1)
    )
    known = found is not None and (found.hook_hash == digest or _overlaps(found, utc_now()))
    answer = (found.id, found.active) if found is not None and known else None
    db.session.rollback()
    if answer is None:
        throttle.hit(PER_ADDRESS, remote_addr)
        raise NotFound("hook_unknown", {})
    return answer


def _overlaps(source: Source, now: datetime) -> bool:
    return source.hook_old_until is not None and source.hook_old_until > now


def _read(
    source_id: int, request: CallbackRequest, body: bytes, remote_addr: str
) -> tuple[ServiceRef, ...]:  # fmt: skip
    try:
        reader, connection = open_source(source_id)
    except (UnknownSource, VaultError) as error:
        log.warning("source.hint_unread", source_id=source_id, why=type(error).__name__)
        raise NotFound("hook_unknown", {}) from error
    if not reader.traits.can(SourceAbility.HINT):
        raise NotFound("hook_unknown", {})
    refs = reader.read_hint(connection, request, body)
    if refs is None:
        throttle.hit(PER_ADDRESS, remote_addr)
        SOURCE_EVENTS.labels(str(source_id), "refused").inc()
        log.warning("source.hint_refused", source_id=source_id, remote_addr=remote_addr)
        raise HintRefused
    return refs


def _note(source_id: int, digest: str, refs: Sequence[ServiceRef]) -> int:
    now = utc_now()
    begin(reads_only=False)
    same = db.session.scalar(select(SourceHint).where(SourceHint.source_id == source_id, SourceHint.digest == digest))
    if same is not None and (same.done_at is None or same.received_at > now - SAME_FOR):
        db.session.rollback()
        return 0
    if same is None:
        same = SourceHint(source_id=source_id, digest=digest, refs=[dump_ref(ref) for ref in refs])
        db.session.add(same)
    same.received_at, same.due_at, same.done_at, same.tries = now, now, None, 0
    try:
        db.session.commit()
    except IntegrityError:
        # The same message came twice at the same moment, and the other one is kept.
        db.session.rollback()
        return 0
    SOURCES.wake()
    return len(refs)


def _digest(request: CallbackRequest, body: bytes) -> str:
    query = repr(sorted(request.query.items())).encode()
    return hashlib.sha256(request.method.encode() + b"\0" + query + b"\0" + body).hexdigest()


def _brake(limit: throttle.Limit, *key: str) -> None:
    if not throttle.is_open(limit, *key):
        raise TooManyHints(limit.seconds)
