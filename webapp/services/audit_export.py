"""Reads the history for an export: as a page's filter wants it, newest first, in bounded memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, select

from webapp.extensions import db
from webapp.models import ChainLink
from webapp.services.audit import MASK, record
from webapp.services.audit_files import entry_of
from webapp.services.chain import ATTEMPT, EVENT, notes, store
from webapp.services.chain.sealing import TABLES, columns
from webapp.services.history_query import EVENT as EVENT_ROW
from webapp.services.history_query import Filter, Place, newest
from webapp.services.transactions import begin

PAGE = 500
_LINK = ChainLink.__table__
Key = tuple[str, int]


def begin_export(wanted: Filter, fmt: str) -> Iterator[dict[str, Any]]:
    """Note in the history who exports what, commit, and return the entries; they are read while they are taken."""
    begin(reads_only=False)
    asked = {name: str(value) for name, value in vars(wanted).items() if value not in (None, "")}
    if wanted.text:
        # Often somebody's name or log-in; and what is told of the history itself stays when that person is erased.
        asked["text"] = MASK
    record(notes.EXPORT, notes.OBJECT, None, after={"format": fmt, "filter": asked})
    db.session.commit()
    return _entries(db.engine, wanted)


def _entries(engine: Engine, wanted: Filter) -> Iterator[dict[str, Any]]:
    after: Place | None = None
    while True:
        with engine.connect().execution_options(reads_only=True) as connection:
            found = _places(connection, wanted, after)
            entries = _page(connection, found)
        yield from entries
        if len(found) < PAGE:
            return
        after = found[-1]


def _places(connection: Connection, wanted: Filter, after: Place | None) -> list[Place]:
    statement = newest(wanted, after, PAGE)
    return [] if statement is None else [Place(row.at, row.kind, row.id) for row in connection.execute(statement)]


def _page(connection: Connection, places: Sequence[Place]) -> list[dict[str, Any]]:
    keys = [(EVENT if place.kind == EVENT_ROW else ATTEMPT, place.row_id) for place in places]
    rows, links = _rows(connection, keys), _links(connection, keys)
    return [entry_of(kind, row_id, rows[kind, row_id], links.get((kind, row_id), {})) for kind, row_id in keys]


def _rows(connection: Connection, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
    found: dict[Key, Mapping[str, Any]] = {}
    for kind, table in TABLES.items():
        ids = [row_id for one, row_id in keys if one == kind]
        for row in connection.execute(select(*columns(kind)).where(table.c.id.in_(ids))):
            found[kind, row.id] = dict(row._mapping)
    return found


def _links(connection: Connection, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
    links = [row for kind in TABLES for row in _of_kind(connection, kind, [one[1] for one in keys if one[0] == kind])]
    places = [row.id - 1 for row in links]
    former = dict(connection.execute(select(_LINK.c.id, _LINK.c.link).where(_LINK.c.id.in_(places))).tuples().all())
    start = store.read_checkpoint(connection)
    former[start.place] = start.link
    return {
        (row.kind, row.row_id): {
            "place": row.id, "salt": row.salt, "digest": row.digest, "link": row.link,
            "former": former.get(row.id - 1, ""),
        }
        for row in links
    }  # fmt: skip


def _of_kind(connection: Connection, kind: str, row_ids: Sequence[int]) -> Sequence[Any]:
    return connection.execute(select(_LINK).where(_LINK.c.kind == kind, _LINK.c.row_id.in_(row_ids))).all()
