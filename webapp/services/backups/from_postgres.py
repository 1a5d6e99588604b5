"""Copies every table of a PostgreSQL database, as of one moment, into a file of SQLite that has the same tables."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, text

from webapp.models import words
from webapp.services.backups.errors import BackupRefused, Stopped

BATCH = 2_000
VERSION = "alembic_version"
# As SQLAlchemy keeps moments in SQLite: in UTC, without saying so.
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
_COLUMNS = text(
    "select table_name, column_name, data_type from information_schema.columns c"
    " join information_schema.tables t using (table_schema, table_name)"
    " where table_schema = current_schema() and t.table_type = 'BASE TABLE' order by table_name, c.ordinal_position"
)
Columns = dict[str, list[tuple[str, str]]]


def copy_all(engine: Engine, target: Path, stop: threading.Event) -> None:
    """Fill a file that has all tables and no rows.

    Raises:
        BackupRefused: the tables are not those of this version.
        Stopped: ``stop`` was set.
    """
    file = sqlite.connect(str(target), isolation_level=None)
    try:
        # Nobody reads the file before it is whole; then it is written through.
        file.execute("PRAGMA foreign_keys = OFF")
        file.execute("PRAGMA synchronous = OFF")
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, "stream_results": True}
        with engine.connect().execution_options(**options) as source:
            _copy(source, file, stop)
    finally:
        file.close()


def _copy(source: Connection, file: Any, stop: threading.Event) -> None:
    columns: Columns = {}
    for table, column, kind in source.execute(_COLUMNS):
        columns.setdefault(table, []).append((column, kind))
    wanted = {row[0] for row in file.execute("select name from sqlite_master where type = 'table'")}
    wanted -= {VERSION, *words.TABLES}
    if missing := sorted(wanted - columns.keys()):
        raise BackupRefused("backup_tables_missing", {"tables": ", ".join(missing)})
    file.execute("BEGIN")
    for table in sorted(wanted):
        # A migration may have made rows of its own.
        file.execute(f'DELETE FROM "{table}"')
        _copy_table(source, file, table, columns[table], stop)
    file.execute("COMMIT")


def _copy_table(
    source: Connection, file: Any, table: str, columns: Sequence[tuple[str, str]], stop: threading.Event
) -> None:
    # JSON as the text that it is: reading and writing it would lose the difference between null and nothing.
    picked = ", ".join(f'"{name}"::text' if kind == "json" else f'"{name}"' for name, kind in columns)
    names = ", ".join(f'"{name}"' for name, _kind in columns)
    marks = ", ".join("?" * len(columns))
    rows = source.exec_driver_sql(f'SELECT {picked} FROM "{table}"')
    for part in rows.partitions(BATCH):
        if stop.is_set():
            raise Stopped
        file.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', _as_kept(part))


def _as_kept(rows: Sequence[Any]) -> Iterator[list[Any]]:
    return ([_value(value) for value in row] for row in rows)


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).strftime(_MOMENT)
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview) else value
