"""A person asks to read one service again from its source, now: the same way as if the source had told of it."""

import hashlib

from sqlalchemy import insert, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Service, Source, SourceHint, SourceLink
from webapp.services.audit import record
from webapp.services.changes import get_or_refuse
from webapp.services.errors import Conflict
from webapp.services.signals import SOURCES
from webapp.services.transactions import begin, insert_once
from webapp.sources.contract import ServiceRef, SourceAbility
from webapp.sources.payload import dump_ref
from webapp.sources.registry import UnknownSource, get_source


def ask_source(service_id: int) -> str:
    """Have the source read one service again within seconds, and commit. What it gives is made at once.

    Returns:
        The name of the source.

    Raises:
        NotFound: no such service.
        Conflict: it is kept by hand, or the source cannot be asked about a single service at present.
    """
    begin(reads_only=False)
    service = get_or_refuse(Service, service_id, "service_unknown")
    link = db.session.scalar(
        select(SourceLink).where(SourceLink.kind == "service", SourceLink.local_id == service_id)
    )  # fmt: skip
    source = None if link is None else db.session.get(Source, link.source_id)
    if link is None or source is None:
        raise Conflict("service_without_source", {"service": service.code})
    if not answers(source):
        raise Conflict("source_cannot_be_asked", {"source": source.description})
    name = source.description
    record("service.ask_source", "service", service.id, service.code, after={"source": name})
    _hint(source.id, link.external)
    return name


def answers(source: Source) -> bool:
    """Tell whether a source can be asked about one service now."""
    if not source.active or source.paused_code:
        return False
    try:
        return get_source(source.kind).traits.can(SourceAbility.FIND)
    except UnknownSource:
        return False


def _hint(source_id: int, external: str) -> None:
    """Note the question as a hint and commit; one row for each service, however often it is asked."""
    now = utc_now()
    digest = hashlib.sha256(f"asked here\0{external}".encode()).hexdigest()
    fresh = {"received_at": now, "due_at": now, "done_at": None, "tries": 0}
    same = (SourceHint.source_id == source_id, SourceHint.digest == digest)
    there = db.session.connection().execute(update(SourceHint).where(*same).values(**fresh)).rowcount
    if not there:
        refs = [dump_ref(ServiceRef(service_code=external))]
        row = insert(SourceHint).values(source_id=source_id, digest=digest, refs=refs, **fresh)
        # Who asked in the same moment asked the same.
        insert_once(db.session.connection(), row)
    db.session.commit()
    SOURCES.wake()
