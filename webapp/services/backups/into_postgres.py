"""Copies every table of a backup, brought up to this version, into empty tables of a PostgreSQL database."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Engine, LargeBinary, Table

from webapp.extensions import db
from webapp.models.types import UtcDateTime
from webapp.services.backups.errors import BackupRefused

BATCH = 2_000


def copy_all(file: Path, engine: Engine) -> None:
    """Fill the tables, parents before children, in one transaction.

    Args:
        engine: of an empty database, or schema, at the newest revision.

    Raises:
        BackupRefused: PostgreSQL does not take a row that SQLite had; nothing was kept.
    """
    source = sqlite.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        with engine.begin() as target:
            # Moments are kept in UTC, without saying so.
            target.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            connection = target.connection.driver_connection
            for table in db.metadata.sorted_tables:
                _copy_table(source, connection, table)
    finally:
        source.close()


def _copy_table(source: Any, connection: Any, table: Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = source.execute(f'SELECT {names} FROM "{table.name}"')
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table.name}"')
            with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in _in_batches(rows):
                    copy.write_row(_as_given(row, list(table.columns)))
            if "id" in table.columns:
                _go_on_counting(cursor, table.name)
    except psycopg.Error as error:
        raise BackupRefused("restore_row_refused", {"table": table.name}) from error


def _in_batches(rows: Any) -> Iterator[Sequence[Any]]:
    while part := rows.fetchmany(BATCH):
        yield from part


def _as_given(row: Sequence[Any], columns: Sequence[Column[Any]]) -> list[Any]:
    return [_value(value, column) for value, column in zip(row, columns, strict=True)]


def _value(value: Any, column: Column[Any]) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Boolean):
        return bool(value)
    if isinstance(column.type, UtcDateTime | DateTime | Date | JSON):
        return str(value)
    return bytes(value) if isinstance(column.type, LargeBinary) else value


def _go_on_counting(cursor: Any, table: str) -> None:
    """Let the next row get a number that nobody has."""
    cursor.execute("select pg_get_serial_sequence(%s, 'id')", (f'"{table}"',))
    found = cursor.fetchone()[0]
    if found is not None:
        cursor.execute(f'select setval(%s, coalesce((select max(id) from "{table}"), 0) + 1, false)', (found,))
