"""Puts a restored database in the place of the one that was served; that one stays beside it."""

import os
import shutil
from datetime import datetime
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from webapp.files import settle
from webapp.services.backups.errors import BackupRefused

_MOMENT = "%Y%m%dT%H%M%SZ"


def close_former(database: Path) -> None:
    """Bring the former database into one file, and show that no program has it open.

    A database that is too damaged for that is left as it is, with what lies beside it.

    Raises:
        BackupRefused: a program works with it; end that one first.
    """
    if not database.exists() or not database.stat().st_size:
        return
    connection = sqlite.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=2, isolation_level=None)
    try:
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite.OperationalError as error:
        if "locked" in str(error):
            raise BackupRefused("restore_in_use", {"file": str(database)}) from error
        return
    except sqlite.DatabaseError:
        return
    finally:
        connection.close()
    if mode != "delete":
        raise BackupRefused("restore_in_use", {"file": str(database)})


def make_one_file(database: Path) -> None:
    """Bring a database that was just served by a command back into its one file, written through to the disk."""
    connection = sqlite.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    with database.open("rb") as file:
        os.fsync(file.fileno())


def swap(fresh: Path, database: Path, now: datetime) -> Path | None:
    """Replace the database in one step; at no moment there is none.

    Returns:
        Where the former one lies now; None = there was none.
    """
    kept = None
    if database.exists():
        kept = database.with_name(f"{database.name}.before-{now.strftime(_MOMENT)}")
        _keep(database, kept)
    # A journal of the former database must never be read into this one.
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    os.chmod(fresh, 0o600)
    fresh.replace(database)
    settle(database.parent)
    return kept


def _keep(database: Path, kept: Path) -> None:
    """Give the former files a second name; where the disk knows no such thing, copy them."""
    for ending in ("", "-wal", "-shm"):
        former, second = database.with_name(database.name + ending), kept.with_name(kept.name + ending)
        if former.exists():
            try:
                os.link(former, second)
            except OSError:
                shutil.copy2(former, second)
