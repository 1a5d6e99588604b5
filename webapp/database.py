"""How the hub speaks to its database: SQLite by default, PostgreSQL when outgrown."""

from typing import Any

from flask import has_request_context, request
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, event

# Older ones can corrupt a WAL database that several connections write (sqlite.org, WAL-reset bug).
SQLITE_FLOOR = (3, 51, 3)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def engine_options(url: str) -> dict[str, Any]:
    """Return what ``create_engine`` needs for this database.

    Raises:
        RuntimeError: the SQLite library is too old to be safe; install the pinned requirements.
    """
    # A request and a worker hold a connection each; waiting for one must not be what fails.
    # What a statement carries is about people, and a failure of one goes to the log whole.
    pool = {"pool_size": 20, "max_overflow": 80, "hide_parameters": True}
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True, **pool}
    if sqlite.sqlite_version_info < SQLITE_FLOOR:
        raise RuntimeError(f"SQLite {sqlite.sqlite_version} is older than 3.51.3; run `make install`.")
    return {"module": sqlite, "connect_args": {"timeout": 30, "check_same_thread": False}, **pool}


def prepare(engine: Engine) -> None:
    """Set SQLite's pragmas and its way of beginning a transaction; PostgreSQL needs nothing."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _set_pragmas(connection: Any, _record: Any) -> None:
    # SQLAlchemy must not begin by itself: we do, so that writers never upgrade a read lock.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reads_only(connection) else "BEGIN IMMEDIATE")


def _reads_only(connection: Connection) -> bool:
    """Readers must not queue behind writers; everything else takes the write lock at once."""
    stated = connection.get_execution_options().get("reads_only")
    if stated is not None:
        return bool(stated)
    return has_request_context() and request.method in SAFE_METHODS
