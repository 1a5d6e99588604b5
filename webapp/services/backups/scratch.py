"""Databases for a moment: files of SQLite that nobody serves."""

import hashlib
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from webapp.services.backups.names import PARTIAL
from webapp.services.hub import current_hub


def open_file(path: Path) -> Engine:
    """Return an engine on a file that stays one file: no journal lies beside it between transactions."""
    engine = create_engine(f"sqlite:///{path}", module=sqlite, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def folder_in(place: Path) -> Iterator[Path]:
    """Make a folder for a moment, for nobody but the owner; what is in it goes with it."""
    made = place / new_name()
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def new_name() -> str:
    """Return a name for what is not whole yet; it tells whose it is, for several hubs may share a folder."""
    return f"{_own()}{secrets.token_hex(6)}"


def sweep(place: Path) -> None:
    """Remove what a process of this hub that was killed left behind; call it only where no other can be at work."""
    for left in place.glob(f"{_own()}*"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _own() -> str:
    owner = f"{socket.gethostname()}:{current_hub().settings.instance}"
    return f"{PARTIAL}{hashlib.sha256(owner.encode()).hexdigest()[:8]}-"


def _connected(connection: Any, _record: Any) -> None:
    # As of the served database: a transaction begins where we say so, for a migration is all or nothing.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
