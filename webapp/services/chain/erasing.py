"""Takes content out of the history lawfully: of a person who asked for it, or when its time is over.

What went is noted, and the links stay: the check of the chain tells it from a hand that changed something.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, cast, null, or_, select, update

from webapp.extensions import db
from webapp.models import Attempt, ChainLink, Event
from webapp.services.chain import notes, store
from webapp.services.chain.content import ATTEMPT, BODIES, EVENT, EXPUNGED, body_digest, is_expunged
from webapp.services.chain.sealing import TABLES, seal_rows
from webapp.services.transactions import begin

# So many rows go into one note.
ERASE_BATCH = 500
_LINK, _ATTEMPT = ChainLink.__table__, Attempt.__table__
_CLEARED: dict[str, dict[str, Any]] = {
    EVENT: {"label": "", "before": null(), "after": null(), "reason": ""},
    ATTEMPT: {"request": null(), "response": null(), "error_params": {}},
}


def erase_content(kind: str, row_ids: Collection[int], by_event_id: int) -> int:
    """Clear what rows say of a person, in the caller's session and transaction; the caller commits.

    Of an event its label, facts and reason go; of an attempt its bodies and the values of its failure. Who did
    what, when and to which id stays. Rows that were cleared before are left alone, and so are calls that have not
    ended: ask again when they have.

    Args:
        kind: ``event`` or ``attempt``.
        row_ids: at most ``ERASE_BATCH``.
        by_event_id: the event that says why.

    Returns:
        How many rows were cleared.

    Raises:
        ValueError: too many rows; ask in smaller batches. Nothing was changed.
    """
    return _cleared(kind, row_ids, by_event_id, _CLEARED[kind])


def _cleared(kind: str, row_ids: Collection[int], by_event_id: int, values: dict[str, Any]) -> int:
    if len(row_ids) > ERASE_BATCH:
        raise ValueError(f"at most {ERASE_BATCH} rows")
    db.session.flush()
    db_connection = db.session.connection()
    # Else another process may link, or take away, the same rows between our look and our note.
    store.lock_head(db_connection)
    seal_rows(db_connection, kind, row_ids)
    ids = _erasable(db_connection, kind, row_ids)
    if ids:
        _erase(db_connection, kind, ids, by_event_id, values)
        forget(kind)
    return len(ids)


def detach_attempts(row_ids: Collection[int], by_event_id: int) -> int:
    """Clear calls like ``erase_content``, and cut them from their accounts, which may then be removed.

    Args, Returns, Raises: as there.
    """
    return _cleared(ATTEMPT, row_ids, by_event_id, {**_CLEARED[ATTEMPT], "account_id": None})


def expunge_bodies(before: datetime, limit: int = 2_000) -> int:
    """Replace the bodies of calls that ended before a time by their digests, and commit.

    The rows can still be checked; only the bodies cannot be read any more. Nothing may be pending in the caller's
    session.

    Returns:
        How many rows lost their bodies; call again until it is 0.
    """
    begin(reads_only=False)
    db_connection = db.session.connection()
    store.lock_head(db_connection)
    rows = _with_bodies(db_connection, before, limit)
    if rows:
        facts = {"row_kind": ATTEMPT, "older_than": before.isoformat(), "count": len(rows)}
        notes.write(db_connection, notes.EXPUNGE, facts)
        values = {name: bindparam(f"v_{name}", type_=_ATTEMPT.c[name].type) for name in BODIES[ATTEMPT]}
        statement = update(_ATTEMPT).where(_ATTEMPT.c.id == bindparam("b_id")).values(values)
        db_connection.execute(statement, [_expunged(row) for row in rows])
        forget(ATTEMPT)
    db.session.commit()
    return len(rows)


def forget(kind: str) -> None:
    """Let the session forget rows that were changed behind its back."""
    model = Event if kind == EVENT else Attempt
    for loaded in db.session:
        if isinstance(loaded, model):
            db.session.expire(loaded)


def _erasable(db_connection: Connection, kind: str, row_ids: Collection[int]) -> list[int]:
    linked = select(_LINK.c.row_id).where(
        _LINK.c.kind == kind, _LINK.c.row_id.in_(row_ids), _LINK.c.erased_by.is_(None)
    )
    if kind == EVENT:
        # The notes themselves name nobody, and the check needs them.
        linked = linked.join(Event, Event.id == _LINK.c.row_id).where(Event.object_type != notes.OBJECT)
    return list(db_connection.execute(linked.order_by(_LINK.c.row_id)).scalars())


def _erase(
    db_connection: Connection, kind: str, ids: list[int], by_event_id: int, values: dict[str, Any]
) -> None:  # fmt: skip
    table = TABLES[kind]
    with store.opened(db_connection):
        db_connection.execute(update(table).where(table.c.id.in_(ids)).values(values))
        left, _count = notes.left_of(db_connection, kind, ids)
        facts = {"row_kind": kind, "entries": notes.compact(ids), "because": by_event_id, "remains": left}
        note_id = notes.write(db_connection, notes.ERASE, facts)
        mine = and_(_LINK.c.kind == kind, _LINK.c.row_id.in_(ids))
        # Without the salt nobody can try what the digest may have been made of.
        db_connection.execute(update(_LINK).where(mine).values(salt="", erased_by=note_id))


def _with_bodies(db_connection: Connection, before: datetime, limit: int) -> list[Any]:
    linked = and_(_LINK.c.kind == ATTEMPT, _LINK.c.row_id == _ATTEMPT.c.id, _LINK.c.erased_by.is_(None))
    bodies = [_ATTEMPT.c[name] for name in BODIES[ATTEMPT]]
    wanted = (
        select(_ATTEMPT.c.id, _LINK.c.salt, *bodies)
        .join(_LINK, linked)
        .where(_ATTEMPT.c.started_at < before, _ATTEMPT.c.finished_at < before, or_(*map(_is_there, bodies)))
        .order_by(_ATTEMPT.c.started_at)
        .limit(limit)
    )
    return list(db_connection.execute(wanted))


def _is_there(body: Any) -> Any:
    """Ask for bodies that are neither missing (SQL or JSON null) nor gone; the oldest would be found again for ever."""
    as_text = cast(body, Text)
    return and_(body.is_not(None), as_text != "null", as_text.not_like(f'{{"{EXPUNGED}":%'))


def _expunged(row: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"b_id": row.id}
    for name in BODIES[ATTEMPT]:
        body = getattr(row, name)
        gone = body is None or is_expunged(body)
        values[f"v_{name}"] = body if gone else {EXPUNGED: body_digest(name, body, row.salt)}
    return values
