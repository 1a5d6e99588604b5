"""Compares two databases row by row: every value of every row, in the words of Python, on both sides.

Neither side's driver is trusted to say the same of the same: each value is brought to one form, by its column.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import zip_longest
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, DateTime, Engine, Float, LargeBinary, String, Table
from sqlalchemy.types import TypeDecorator

from webapp.extensions import db
from webapp.models.types import UtcDateTime
from webapp.services.moving.errors import MoveRefused
from webapp.services.moving.former import BATCH, Former

Form = Callable[[Any], Any]
Told = Callable[[int], None]
# In the place of a hash, which has sixteen bytes.
_MISSING = b""


@dataclass(frozen=True)
class Compared:
    """Both sides say the same.

    Attributes:
        rows: how many, by table.
        digest: of all rows of all tables, the same on both sides.
    """

    rows: Mapping[str, int]
    digest: str


def compare(former: Former, engine: Engine, told: Told) -> Compared:
    """Compare everything.

    Raises:
        MoveRefused: with the first row that differs, is missing or was not there.
    """
    whole, rows = hashlib.sha256(), {}
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, "stream_results": True}
    with engine.connect().execution_options(**options) as connection:
        done = 0
        for table in db.metadata.sorted_tables:
            count, digest = _compare_table(former, connection, table, partial(_add, told, done))
            whole.update(f"{table.name}:{digest}\n".encode())
            rows[table.name], done = count, done + count
            told(done)
    return Compared(rows, whole.hexdigest())


def _add(told: Told, before: int, more: int) -> None:
    told(before + more)


def _compare_table(former: Former, connection: Connection, table: Table, told: Told) -> tuple[int, str]:
    columns = list(table.primary_key.columns) or list(table.columns)
    here = _hashes(former.rows(table, columns), [_from_sqlite(column) for column in table.columns])
    there = _hashes(_rows_there(connection, table, columns), [_from_postgres(column) for column in table.columns])
    whole, count = hashlib.sha256(), 0
    for one, other in zip_longest(here, there, fillvalue=(None, _MISSING)):
        if one[1] != other[1]:
            found = one if one[1] else other
            raise MoveRefused("move_differs", {"table": table.name, "row": str(found[0])})
        whole.update(one[1])
        count += 1
        if count % BATCH == 0:
            told(count)
    return count, whole.hexdigest()


def _hashes(rows: Iterator[Sequence[Any]], forms: Sequence[Form | None]) -> Iterator[tuple[Any, bytes]]:
    """Return of each row what names it, and the hash of all its values."""
    shaped = [(place, form) for place, form in enumerate(forms) if form is not None]
    for row in rows:
        values = list(row)
        for place, form in shaped:
            if values[place] is not None:
                values[place] = form(values[place])
        yield values[0], hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _rows_there(connection: Connection, table: Table, order: Sequence[Column[Any]]) -> Iterator[Sequence[Any]]:
    # JSON as the text that it is.
    picked = ", ".join(
        f'"{one.name}"::text' if isinstance(one.type, JSON) else f'"{one.name}"' for one in table.columns
    )
    # As SQLite orders texts: by their bytes.
    sorting = ", ".join(f'"{one.name}"' + (' COLLATE "C"' if isinstance(one.type, String) else "") for one in order)
    found = connection.exec_driver_sql(f'SELECT {picked} FROM "{table.name}" ORDER BY {sorting}')
    for part in found.partitions(BATCH):
        yield from part


def _from_sqlite(column: Column[Any]) -> Form | None:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    if isinstance(kind, DateTime):
        return lambda value: datetime.fromisoformat(value).isoformat()
    if isinstance(kind, Date):
        return lambda value: date.fromisoformat(value).isoformat()
    return _same(kind)


def _from_postgres(column: Column[Any]) -> Form | None:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return lambda value: value.astimezone(UTC).isoformat()
    if isinstance(kind, DateTime | Date):
        return lambda value: value.isoformat()
    return _same(kind)


def _same(kind: Any) -> Form | None:
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    if isinstance(kind, Boolean):
        return bool
    if isinstance(kind, Float):
        return float
    return bytes if isinstance(kind, LargeBinary) else None
