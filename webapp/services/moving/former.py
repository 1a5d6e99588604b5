"""The SQLite database that the hub leaves: held so that nobody writes into it, read row by row, marked at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text
from sqlalchemy.types import TypeDecorator

from webapp.extensions import db
from webapp.services.moving import marks
from webapp.services.moving.errors import MoveRefused
from webapp.services.moving.marks import MOVED, Move

BATCH = 2_000
MOST_NAMED = 5
INT32 = 2**31


@dataclass(frozen=True)
class Misfit:
    """A row that PostgreSQL would not take: SQLite holds nobody to the length of a text or the size of a number."""

    table: str
    column: str
    rows: tuple[str, ...]


class Former:
    """The database that is left; use it as a context. Its own file is not changed before ``mark``.

    Args:
        wait_s: how long to wait for another program that writes; None = only look, as of one moment, and let it write.

    Raises:
        MoveRefused: another program writes into it, and did so for ``wait_s``; stop that first.
    """

    def __init__(self, path: Path, wait_s: float | None) -> None:
        self._path, self._wait_s = path, wait_s

    def __enter__(self) -> Self:
        if not self._path.is_file():
            raise MoveRefused("move_no_file", {"file": str(self._path)})
        self._file = sqlite.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None,
                                    timeout=self._wait_s or 0.0, check_same_thread=False)  # fmt: skip
        try:
            for pragma in ("synchronous = FULL", "foreign_keys = ON"):
                self._file.execute(f"PRAGMA {pragma}")
            # From here to the end nobody else writes: what is copied is what is compared.
            self._file.execute("BEGIN" if self._wait_s is None else "BEGIN IMMEDIATE")
        except sqlite.OperationalError as error:
            self._file.close()
            raise MoveRefused("move_in_use", {"file": str(self._path)}) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file.in_transaction:
            self._file.rollback()
        self._file.close()

    def revision(self) -> str:
        """Return the revision of its tables; empty = it has none."""
        if not self._one("select 1 from sqlite_master where name = 'alembic_version'"):
            return ""
        return str(self._one("select version_num from alembic_version") or "")

    def counts(self) -> Mapping[str, int]:
        """Return how many rows each table holds."""
        return {
            table.name: int(self._one(f'select count(*) from "{table.name}"')) for table in db.metadata.sorted_tables
        }

    def size_bytes(self) -> int:
        """Return how large the file is."""
        return self._path.stat().st_size

    def moved(self) -> Move | None:
        """Return the move that it is marked with."""
        value = self._one("select value from setting where name = ?", MOVED)
        return None if value is None else marks.load(str(value))

    def setting(self, name: str) -> str:
        """Return a setting; empty = it is not there."""
        return str(self._one("select value from setting where name = ?", name) or "")

    def rows(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[Sequence[Any]]:
        """Return the rows of a table, in the order of its key."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        order = ", ".join(f'"{column.name}"' for column in columns)
        found = self._file.execute(f'SELECT {names} FROM "{table.name}" ORDER BY {order}')
        while part := found.fetchmany(BATCH):
            yield from part

    def misfits(self) -> list[Misfit]:
        """Return what PostgreSQL would refuse, with the first rows of each."""
        return [found for table in db.metadata.sorted_tables for found in self._misfits_of(table)]

    def mark(self, move: Move) -> None:
        """Say in it that the hub has left it; from here on nothing is served from it. On the disk when this returns."""
        self._file.execute("DELETE FROM setting WHERE name = ?", (MOVED,))
        self._file.execute("INSERT INTO setting (name, value) VALUES (?, ?)", (MOVED, marks.dump(move)))
        self._file.execute("COMMIT")

    def _misfits_of(self, table: Table) -> Iterator[Misfit]:
        wrong = [(column, rule) for column in table.columns if (rule := _rule(column))]
        if not wrong or not self._one(
            f'SELECT 1 FROM "{table.name}" WHERE {" OR ".join(rule for _column, rule in wrong)} LIMIT 1'
        ):
            return
        key = " || ', ' || ".join(f'"{column.name}"' for column in table.primary_key.columns) or "rowid"
        for column, rule in wrong:
            found = self._file.execute(f'SELECT {key} FROM "{table.name}" WHERE {rule} LIMIT {MOST_NAMED}').fetchall()
            if found:
                yield Misfit(table.name, column.name, tuple(str(row[0]) for row in found))

    def _one(self, statement: str, *values: Any) -> Any:
        row = self._file.execute(statement, values).fetchone()
        return None if row is None else row[0]


def _rule(column: Column[Any]) -> str:
    """Return the condition under which PostgreSQL refuses a value of the column; empty = it takes all there can be."""
    name, kind = f'"{column.name}"', column.type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    if isinstance(kind, Boolean):
        return ""
    if isinstance(kind, String | Text):
        long = f"length({name}) > {kind.length} OR " if kind.length else ""
        return f"({long}instr({name}, char(0)) > 0)"
    if isinstance(kind, BigInteger):
        return f"(typeof({name}) NOT IN ('integer', 'null'))"
    if isinstance(kind, Integer):
        return f"(typeof({name}) NOT IN ('integer', 'null') OR {name} NOT BETWEEN -{INT32} AND {INT32 - 1})"
    return ""
