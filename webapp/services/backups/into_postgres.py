"""Copies every table of a backup, brought up to this version, into empty tables of a PostgreSQL database."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Engine, LargeBinary, Table

from webapp import lazy
from webapp.extensions import db
from webapp.models.types import UtcDateTime
from webapp.services.backups.errors import BackupRefused

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = lazy.module("psycopg")

BATCH = 2_000
# Where PostgreSQL was when it refused; what follows there is the value, which nobody needs to see.
_WHERE = re.compile(r"line (\d+)(?:, column (\w+))?")


def copy_all(file: Path, engine: Engine, told: Callable[[int], None] = lambda done: None) -> None:
    """Fill the tables, parents before children, in one transaction.

    Args:
        engine: of an empty database, or schema, at the newest revision.
        told: is told now and then how many rows were copied.

    Raises:
        BackupRefused: PostgreSQL does not take a row that SQLite had; nothing was kept.
    """
    source = sqlite.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        with engine.begin() as target:
            # Moments are kept in UTC, without saying so.
            target.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            target.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection, done = target.connection.driver_connection, 0
            for table in db.metadata.sorted_tables:
                done += _copy_table(source, connection, table, partial(_add, told, done))
    finally:
        source.close()


def _add(told: Callable[[int], None], before: int, more: int) -> None:
    told(before + more)


def _copy_table(source: Any, connection: Any, table: Table, told: Callable[[int], None]) -> int:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = source.execute(f'SELECT {names} FROM "{table.name}"')
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table.name}"')
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                count = _write(copy, rows, list(table.columns), told)
            if "id" in table.columns:
                _go_on_counting(cursor, table.name)
    except psycopg.Error as error:
        raise BackupRefused("restore_row_refused", {"table": table.name, "where": _where(error)}) from error
    return count


def _write(copy: Any, rows: Any, columns: Sequence[Column[Any]], told: Callable[[int], None]) -> int:
    """Hand over all rows; returns how many."""
    forms, count = [(place, form) for place, one in enumerate(columns) if (form := _form(one))], 0
    while part := rows.fetchmany(BATCH):
        for row in part:
            copy.write_row(_as_given(row, forms))
        count += len(part)
        told(count)
    return count


def _as_given(row: Sequence[Any], forms: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, form in forms:
        if values[place] is not None:
            values[place] = form(values[place])
    return values


def _form(column: Column[Any]) -> Callable[[Any], Any] | None:
    """Return how a value of SQLite is given to PostgreSQL; None = as it is."""
    if isinstance(column.type, Boolean):
        return bool
    if isinstance(column.type, UtcDateTime | DateTime | Date | JSON):
        return str
    return bytes if isinstance(column.type, LargeBinary) else None


def _where(error: "psycopg.Error") -> str:
    """Return which row and column it was, without the value: ``12, name``."""
    found = _WHERE.search(error.diag.context or "")
    return ", ".join(filter(None, found.groups())) if found else "?"


def _go_on_counting(cursor: Any, table: str) -> None:
    """Let the next row get a number that nobody has."""
    cursor.execute("select pg_get_serial_sequence(%s, 'id')", (f'"{table}"',))
    found = cursor.fetchone()[0]
    if found is not None:
        cursor.execute(f'select setval(%s, coalesce((select max(id) from "{table}"), 0) + 1, false)', (found,))
