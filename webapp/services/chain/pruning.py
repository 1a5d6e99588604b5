"""Removes rows of the history whose time is over, and the beginning of the chain that nothing is left of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from webapp.extensions import db
from webapp.models import ChainLink
from webapp.services.chain import notes, store
from webapp.services.chain.content import ATTEMPT, EVENT
from webapp.services.chain.erasing import forget
from webapp.services.chain.sealing import TABLES
from webapp.services.chain.store import Head
from webapp.services.transactions import begin

LIMIT = 2_000
_LINK = ChainLink.__table__
_EVENT = TABLES[EVENT]
_TIME = {EVENT: _EVENT.c.at, ATTEMPT: TABLES[ATTEMPT].c.started_at}


def prune(kind: str, before: datetime, *, unless: ColumnElement[bool] | None = None, limit: int = LIMIT) -> int:
    """Remove rows of a kind that are older, with a note of which, and commit.

    Only rows that are linked go. Their links stay until all before them are gone too; then the chain begins later,
    at a checkpoint. Nothing may be pending in the caller's session.

    Args:
        unless: rows for which this holds stay: a condition on columns of ``Event`` or ``Attempt``.
        limit: most rows of one transaction.

    Returns:
        How many rows were removed; call again until it is 0.
    """
    begin(reads_only=False)
    db_connection = db.session.connection()
    store.lock_head(db_connection)
    ids = _due(db_connection, kind, before, unless, limit)
    if ids:
        _remove(db_connection, kind, ids, before)
        forget(kind)
    _advance(db_connection, before if kind == EVENT else None)
    db.session.commit()
    return len(ids)


def _due(
    db_connection: Connection, kind: str, before: datetime, unless: ColumnElement[bool] | None, limit: int
) -> list[int]:
    table = TABLES[kind]
    wanted = select(table.c.id).join(_LINK, and_(_LINK.c.kind == kind, _LINK.c.row_id == table.c.id))
    # The last row of all stays: SQLite would give its id to the next one.
    wanted = wanted.where(_TIME[kind] < before, table.c.id < select(func.max(table.c.id)).scalar_subquery())
    if kind == EVENT:
        # Notes go last, when the chain has passed everything that they are about.
        wanted = wanted.where(table.c.object_type != notes.OBJECT)
    if unless is not None:
        wanted = wanted.where(~unless)
    return list(db_connection.execute(wanted.order_by(_TIME[kind], table.c.id).limit(limit)).scalars())


def _remove(db_connection: Connection, kind: str, ids: list[int], before: datetime) -> None:
    facts = {"row_kind": kind, "entries": notes.compact(ids), "older_than": before.isoformat()}
    note_id = notes.write(db_connection, notes.PRUNE, facts)
    table, mine = TABLES[kind], and_(_LINK.c.kind == kind, _LINK.c.row_id.in_(ids))
    with store.opened(db_connection):
        db_connection.execute(update(_LINK).where(mine).values(salt="", erased_by=note_id))
        db_connection.execute(delete(table).where(table.c.id.in_(ids)))


def _advance(db_connection: Connection, notes_before: datetime | None) -> None:
    """Take links away from the beginning for as long as their rows are gone.

    Args:
        notes_before: older notes go as well; None = none goes.
    """
    former = store.read_checkpoint(db_connection)
    reached = former
    for row in db_connection.execute(_from(former.place)):
        spent = row.gone or (notes_before is not None and row.object_type == notes.OBJECT and row.at < notes_before)
        if not spent:
            break
        reached = Head(row.id, row.link, row.sealed_at)
    if reached.place == former.place:
        return
    _cut(db_connection, former.place, reached)


def _cut(db_connection: Connection, after: int, reached: Head) -> None:
    passed = and_(_LINK.c.id > after, _LINK.c.id <= reached.place)
    left = select(_LINK.c.row_id).where(passed, _LINK.c.kind == EVENT)
    # Written before others go: as the last row of all it keeps ids from being given twice.
    notes.write(db_connection, notes.BEGIN, {"place": reached.place, "link": reached.link})
    with store.opened(db_connection):
        db_connection.execute(delete(_EVENT).where(_EVENT.c.id.in_(left), _EVENT.c.object_type == notes.OBJECT))
        db_connection.execute(delete(_LINK).where(passed))
    store.write_checkpoint(db_connection, reached)


def _from(place: int) -> Any:
    attempt = TABLES[ATTEMPT]
    event_on = and_(_LINK.c.kind == EVENT, _EVENT.c.id == _LINK.c.row_id)
    attempt_on = and_(_LINK.c.kind == ATTEMPT, attempt.c.id == _LINK.c.row_id)
    gone = and_(_EVENT.c.id.is_(None), attempt.c.id.is_(None), _LINK.c.erased_by.is_not(None))
    return (
        select(_LINK.c.id, _LINK.c.link, _LINK.c.sealed_at, _EVENT.c.object_type, _EVENT.c.at, gone.label("gone"))
        .outerjoin(_EVENT, event_on)
        .outerjoin(attempt, attempt_on)
        .where(_LINK.c.id > place)
        .order_by(_LINK.c.id)
        .limit(5 * LIMIT)
    )
