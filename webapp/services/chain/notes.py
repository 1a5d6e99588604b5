"""What is written down when something of the history goes lawfully: which rows, why, and what was left of them.

Such a note is an event itself, so it is linked like any other, and the check of the chain holds the rows against it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from webapp.models import Event
from webapp.services import audit
from webapp.services.chain.content import FIELDS, content_of, digest_of
from webapp.services.chain.sealing import TABLES, columns

OBJECT = "history"
ERASE, PRUNE, EXPUNGE, BEGIN, REANCHOR, EXPORT = (
    "history.erase", "history.prune", "history.expunge", "history.begin", "history.reanchor", "history.export",
)  # fmt: skip
_EVENT = Event.__table__


@dataclass(frozen=True)
class Note:
    """One note, read back.

    Attributes:
        kind: of the rows; ``rows`` are their ids.
        left: digest of what was left of them; empty when nothing was.
    """

    action: str
    kind: str
    rows: frozenset[int]
    left: str


def write(db_connection: Connection, action: str, facts: dict[str, Any], reason: str = "") -> int:
    """Write a note in the caller's transaction and return the id of its event."""
    row = audit.entry(action, OBJECT, None, after=facts, reason=reason)
    return int(db_connection.execute(insert(_EVENT).values(**row).returning(_EVENT.c.id)).scalar_one())


def read(action: str, after: Any) -> Note | None:
    """Return what an event says went; None when it says nothing of the kind."""
    if action not in (ERASE, PRUNE) or not isinstance(after, dict):
        return None
    try:
        return Note(action, str(after["row_kind"]), frozenset(_expand(after["entries"])), str(after.get("remains", "")))
    except (KeyError, ValueError, AttributeError):
        return None


def latest(db_connection: Connection, action: str) -> Any:
    """Return the facts of the latest note of that kind, or None."""
    wanted = select(_EVENT.c.after).where(_EVENT.c.object_type == OBJECT, _EVENT.c.action == action)
    return db_connection.execute(wanted.order_by(_EVENT.c.id.desc()).limit(1)).scalar()


def compact(row_ids: Collection[int]) -> str:
    """Return ids as ranges: ``1-3,7``."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _ranges(sorted(row_ids)))


def left_of(db_connection: Connection, kind: str, row_ids: Collection[int]) -> tuple[str, int]:
    """Return the digest of what these rows say now, and how many of them there are."""
    table = TABLES[kind]
    wanted = select(*columns(kind)).where(table.c.id.in_(row_ids)).order_by(table.c.id)
    contents = [content_of(kind, row.id, dict(row._mapping), "") for row in db_connection.execute(wanted)]
    return digest_of("\n".join(contents), str(FIELDS[kind])), len(contents)


def _ranges(ordered: Sequence[int]) -> Iterable[tuple[int, int]]:
    first = last = None
    for number in ordered:
        if first is not None and last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


def _expand(text: str) -> Iterator[int]:
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
