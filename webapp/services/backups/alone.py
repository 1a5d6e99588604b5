"""One backup at a time, whatever the number of processes; the system frees the lock of one that dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from webapp.extensions import db
from webapp.services.hub import current_hub

FILE = "backup.lock"
# Any number that nobody else takes on this database.
_LOCK = 7_365_117_002


@contextmanager
def alone() -> Iterator[bool]:
    """Yield whether this process is the one that works on backups now."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        with _by_file(current_hub().settings.instance / FILE) as mine:
            yield mine
        return
    with _by_server(db.engine) as mine:
        yield mine


@contextmanager
def _by_file(path: Path) -> Iterator[bool]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _by_server(engine: Engine) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.exec_driver_sql(f"select pg_try_advisory_lock({_LOCK})").scalar())
        try:
            yield mine
        finally:
            if mine:
                connection.exec_driver_sql(f"select pg_advisory_unlock({_LOCK})")
