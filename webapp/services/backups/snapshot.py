"""Takes one consistent picture of the database that is being served, as a file of SQLite."""

import threading
from collections.abc import Callable
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from webapp.schema import upgrade_to
from webapp.services.backups import from_postgres, scratch
from webapp.services.backups.errors import Stopped

# So many steps of SQLite's machine between two looks whether the hub is being stopped: about a millisecond.
LOOK_EVERY = 100_000


def take(engine: Engine, target: Path, revision: str, stop: threading.Event) -> None:
    """Write everything that is in the database at this moment into a new file; writers go on meanwhile.

    Args:
        engine: of the served database; no transaction of the caller is open.
        target: a file that is not there yet.
        revision: of the served database.

    Raises:
        Stopped: ``stop`` was set.
        DBAPIError, sqlite.Error, OSError: it cannot be read, or there is no room.
    """
    if engine.dialect.name == "sqlite":
        _vacuum(Path(str(engine.url.database)), target, stop)
        return
    made = scratch.open_file(target)
    try:
        upgrade_to(made, revision)
        from_postgres.copy_all(engine, target, stop)
    finally:
        made.dispose()


def _vacuum(source: Path, target: Path, stop: threading.Event) -> None:
    """Copy by ``VACUUM INTO``: one reader, beside which a WAL database is written on.

    The online backup of SQLite in steps begins anew whenever another process writes: under load it never ends
    (sqlite.org/backup.html, "What happens if the source is written", looked up 2026-11-23). This also leaves
    out free pages, in which there would still be what was deleted.
    """
    connection = sqlite.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)
    try:
        connection.set_progress_handler(_asker(stop), LOOK_EVERY)
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite.OperationalError as error:
        if stop.is_set():
            raise Stopped from error
        raise
    finally:
        connection.close()


def _asker(stop: threading.Event) -> Callable[[], bool]:
    return stop.is_set


def size_of(engine: Engine) -> int:
    """Return about how many bytes the database takes."""
    if engine.dialect.name == "sqlite":
        path = Path(str(make_url(str(engine.url)).database))
        beside = path.with_name(path.name + "-wal")
        return sum(one.stat().st_size for one in (path, beside) if one.exists())
    with engine.connect() as connection:
        found = connection.exec_driver_sql("select pg_database_size(current_database())").scalar_one()
    return int(found)
