"""How the hub speaks to its database: SQLite by default, PostgreSQL when outgrown."""

from pathlib import Path
from typing import Any

from flask import has_request_context, request
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, event

from webapp.config import ConfigError
from webapp.database import server
from webapp.database.file import watch
from webapp.database.trouble import remember
from webapp.database_url import reaching

# Older ones can corrupt a WAL database that several connections write (sqlite.org, WAL-reset bug).
SQLITE_FLOOR = (3, 51, 3)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Kept open when nobody needs them, and most of one process.
KEPT, MOST = 20, 100


def engine_options(url: str, most: int = MOST) -> dict[str, Any]:
    """Return what ``create_engine`` needs for this database.

    Args:
        most: connections of this process at the same time.

    Raises:
        ConfigError: the SQLite library is too old to be safe; install the pinned requirements.
    """
    # A request and a worker hold a connection each; waiting for one must not be what fails.
    # What a statement carries is about people, and a failure of one goes to the log whole.
    kept = min(KEPT, most)
    pool = {"pool_size": kept, "max_overflow": most - kept, "hide_parameters": True}
    if not url.startswith("sqlite"):
        # A server that was started anew took its connections with it: each is tried before it is used.
        return {"pool_pre_ping": True, "connect_args": reaching(url), **pool}
    if sqlite.sqlite_version_info < SQLITE_FLOOR:
        floor = ".".join(map(str, SQLITE_FLOOR))
        raise ConfigError([f"SQLite {sqlite.sqlite_version} can damage the database; {floor} is safe: `make install`."])
    # Whoever was used last comes first, so that few connections hold pages and those are the right ones.
    pool["pool_use_lifo"] = True
    return {"module": sqlite, "connect_args": {"timeout": 30, "check_same_thread": False}, **pool}


def prepare(engine: Engine, instance: Path) -> None:
    """Set SQLite's pragmas and its way of beginning a transaction, and watch its file; or look at the PostgreSQL.

    Args:
        instance: where the mark stands that says that there is a database (``webapp/database/file.py``).
    """
    remember(engine)
    if engine.dialect.name != "sqlite":
        server.watch(engine)
        return
    watch(engine, instance)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _leave_nothing_open)


def _set_pragmas(connection: Any, _record: Any) -> None:
    # SQLAlchemy must not begin by itself: we do, so that writers never upgrade a read lock.
    connection.isolation_level = None
    # 32 MB of pages each at most, taken as they are needed: with SQLite's own 2 MB every look-up of a list of a hundred
    # thousand customers reads its pages anew, and takes twice as long.
    pages = "cache_size = -32000"
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000", pages):
        connection.execute(f"PRAGMA {pragma}")


def _leave_nothing_open(connection: Any, _record: Any) -> None:
    """A commit that fails, as on a full disk, ends the transaction for SQLAlchemy and not for SQLite.

    The connection would go back with the write lock in its hand, and everybody else would wait for it.
    """
    if connection is not None and connection.in_transaction:
        connection.rollback()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reads_only(connection) else "BEGIN IMMEDIATE")


def _reads_only(connection: Connection) -> bool:
    """Readers must not queue behind writers; everything else takes the write lock at once."""
    stated = connection.get_execution_options().get("reads_only")
    if stated is not None:
        return bool(stated)
    return has_request_context() and request.method in SAFE_METHODS
