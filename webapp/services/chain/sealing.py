"""Seals what was written: one link for each event and each call that ended, in batches, by one process at a time."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, insert, or_, select, text

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Attempt, ChainLink, Event
from webapp.services.chain import store
from webapp.services.chain.content import ATTEMPT, EVENT, FIELDS, KINDS, content_of, digest_of, link_of
from webapp.services.chain.store import Head, Marks
from webapp.services.hub import current_hub

BATCH = 1_000
TABLES = {EVENT: Event.__table__, ATTEMPT: Attempt.__table__}
_LINK = ChainLink.__table__
# When the server took the mark, and the beginning of the oldest transaction that is still open (PostgreSQL 16
# documentation, "pg_stat_activity", looked up 2026-11-23). Ids are handed out in order but may commit out of it.
_CLOCK = text("select clock_timestamp()::text")
_OLDER = text(
    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and xact_start < cast(:at as timestamptz)"
)
log = structlog.get_logger()


def seal() -> int:
    """Link what waits and commit, in transactions of its own; return how many rows were linked.

    No transaction that writes may be open in the caller. Harmless at any time and in any number of processes.
    """
    sealed = 0
    while _something_waits():
        with db.engine.begin() as db_connection:
            count, head = seal_batch(db_connection)
        if not count:
            break
        sealed += count
        _anchor(head)
    return sealed


def seal_batch(db_connection: Connection) -> tuple[int, Head]:
    """Link the next rows in the caller's transaction; return how many, and the head then."""
    head, marks = store.lock_head(db_connection), store.read_marks(db_connection)
    tops = _safe_tops(db_connection, marks)
    linked = 0
    for kind in KINDS:
        rows = db_connection.execute(_pending(kind, marks).limit(BATCH)).all()
        head = _link(db_connection, kind, rows, head)
        linked += len(rows)
        # Not only at the end: every batch of a large import would read all that were linked before it once more.
        reached = [rows[-1].id] if len(rows) == BATCH else []
        _raise_mark(db_connection, kind, marks, min([tops[kind], *reached]) if kind in tops else None)
    store.write_head(db_connection, head)
    store.write_marks(db_connection, marks)
    return linked, head


def seal_rows(db_connection: Connection, kind: str, row_ids: Collection[int]) -> None:
    """Link these rows now, in the caller's transaction, as far as they are not linked and can be."""
    wanted = _unlinked(kind).where(TABLES[kind].c.id.in_(row_ids))
    rows = db_connection.execute(wanted).all()
    if rows:
        store.write_head(db_connection, _link(db_connection, kind, rows, store.lock_head(db_connection)))


def waiting(db_connection: Connection) -> tuple[int, datetime | None]:
    """Return how many rows are still to be linked, and since when the oldest of them waits for it."""
    marks, count = store.read_marks(db_connection), 0
    since: list[datetime] = []
    for kind, column in ((EVENT, "at"), (ATTEMPT, "finished_at")):
        rows = _pending(kind, marks).order_by(None).subquery()
        found, oldest = db_connection.execute(select(func.count(), func.min(rows.c[column]))).one()
        count += found
        since += [oldest] if oldest is not None else []
    return count, min(since, default=None)


def overlooked(db_connection: Connection, kind: str) -> int | None:
    """Return the id of a row without a link among those that all have one: it was put there afterwards."""
    marks, table = store.read_marks(db_connection), TABLES[kind]
    below = _unlinked(kind).where(table.c.id <= marks.low[kind])
    if kind == ATTEMPT:
        below = below.where(table.c.id.not_in(marks.open))
    row = db_connection.execute(below.limit(1)).first()
    return None if row is None else int(row.id)


def columns(kind: str) -> list[Any]:
    """Return the columns of which the content of a row is made, with its id."""
    table = TABLES[kind]
    return [table.c.id, *(table.c[name] for name in FIELDS[kind])]


def _link(db_connection: Connection, kind: str, rows: Sequence[Any], head: Head) -> Head:
    now, links = utc_now(), []
    for row in rows:
        salt = secrets.token_hex(16)
        digest = digest_of(content_of(kind, row.id, row._mapping, salt), salt)
        head = Head(head.place + 1, link_of(head.link, kind, row.id, digest), now)
        links.append(
            {"id": head.place, "kind": kind, "row_id": row.id, "salt": salt, "digest": digest, "link": head.link,
             "sealed_at": now}
        )  # fmt: skip
    if links:
        db_connection.execute(insert(_LINK), links)
    return head


def _pending(kind: str, marks: Marks) -> Select[Any]:
    table = TABLES[kind]
    above: ColumnElement[bool] = table.c.id > marks.low[kind]
    if kind == ATTEMPT and marks.open:
        above = or_(above, table.c.id.in_(marks.open))
    return _unlinked(kind).where(above).order_by(table.c.id)


def _unlinked(kind: str) -> Select[Any]:
    table = TABLES[kind]
    wanted = select(*columns(kind)).select_from(_with_links(kind)).where(_LINK.c.id.is_(None))
    return wanted.where(table.c.finished_at.is_not(None)) if kind == ATTEMPT else wanted


def _with_links(kind: str) -> FromClause:
    table: Any = TABLES[kind]
    joined: FromClause = table.outerjoin(_LINK, and_(_LINK.c.kind == kind, _LINK.c.row_id == table.c.id))
    return joined


def _safe_tops(db_connection: Connection, marks: Marks) -> dict[str, int]:
    """Return up to which ids nothing can appear any more, by kind."""
    if db_connection.dialect.name == "sqlite":
        # Whoever links holds the only write lock.
        return _tops(db_connection)
    tops: dict[str, int] = {}
    if marks.next_at and not db_connection.execute(_OLDER, {"at": marks.next_at}).scalar():
        tops, marks.next_at = marks.next, ""
    if not marks.next_at:
        marks.next, marks.next_at = _tops(db_connection), db_connection.execute(_CLOCK).scalar_one()
    return tops


def _tops(db_connection: Connection) -> dict[str, int]:
    return {kind: db_connection.execute(select(func.max(TABLES[kind].c.id))).scalar() or 0 for kind in KINDS}


def _raise_mark(db_connection: Connection, kind: str, marks: Marks, top: int | None) -> None:
    if top is None or top <= marks.low[kind]:
        return
    if kind == ATTEMPT:
        table = TABLES[kind]
        below = or_(table.c.id.in_(marks.open), and_(table.c.id > marks.low[kind], table.c.id <= top))
        # Whatever has no link yet, also what ended since the rows to link were read (PostgreSQL lets that be seen).
        unlinked = select(table.c.id).select_from(_with_links(kind)).where(_LINK.c.id.is_(None), below)
        marks.open = list(db_connection.execute(unlinked).scalars())
    marks.low[kind] = top


def _something_waits() -> bool:
    """Ask without the write lock: most of the time nothing waits."""
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        marks = store.read_marks(db_connection)
        return any(db_connection.execute(_pending(kind, marks).limit(1)).first() for kind in KINDS)


def _anchor(head: Head) -> None:
    """Note the head outside the database; one that does not go on from the last one noted is left for a person."""
    instance = current_hub().settings.instance
    former = store.read_anchor(instance)
    with db.engine.connect().execution_options(reads_only=True) as db_connection:
        begin = store.read_checkpoint(db_connection)
        known = None if former is None else store.link_at(db_connection, former.place)
    if former is not None and former.link not in (known, begin.link if former.place == begin.place else None):
        log.error("chain.anchor_disagrees", anchored=former.place, sealed=head.place)
        return
    if former is None or former.place < head.place:
        store.write_anchor(instance, head)
