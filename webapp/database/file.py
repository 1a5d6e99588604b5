"""The one file that an SQLite database is: opened, never made anew while something knows of an older one.

SQLite opens a file that is not there as an empty database, in which nobody has anything; and it goes on writing
into a file that was removed, whose rows nobody finds again. So each transaction looks, in a microsecond, whether
the file that it is open on is still the one that bears the name.
"""

import os
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

# Beside the database: the hub has counted in it, so there is a database (``services/epoch``).
MARK = "epoch.json"
GONE, REPLACED, EMPTY = "database_gone", "database_replaced", "database_empty"
LOST = frozenset({GONE, REPLACED, EMPTY})
_OPENED = "file"
Identity = tuple[int, int]


class FileLost(sqlite.OperationalError):  # type: ignore[misc]
    """The file is not the one that was served: nothing may be read from it or written into it.

    Attributes:
        code: why, a key of ``webapp/messages``.
    """

    def __init__(self, code: str, path: Path) -> None:
        super().__init__(f"{code}: {path}")
        self.code = code


class FileGuard:
    """Knows which file the database of one engine is.

    Args:
        path: of the database.
        mark: a file that stands beside a database that was served, and never beside none.
    """

    def __init__(self, path: Path, mark: Path) -> None:
        self.path = path
        self._mark = mark
        self._accepted: Identity | None = None

    def admit(self) -> None:
        """Let a connection be opened; makes the file where the hub has never been.

        Raises:
            FileLost: put the file back, or restore a backup; nothing was made.
            OSError: the folder cannot be written; see its permissions.
        """
        status = _status(self.path)
        if status is None:
            if self._accepted is not None or self._mark.exists():
                raise FileLost(GONE, self.path)
            # People's data: for nobody but the owner. What SQLite puts beside it gets the same permissions.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            return
        if status.st_size == 0 and self._mark.exists():
            raise FileLost(EMPTY, self.path)
        if self._accepted not in (None, _identity(status)):
            raise FileLost(REPLACED, self.path)

    def opened(self) -> Identity | None:
        """Return what a connection that was just opened stands on; the first one decides for all."""
        status = _status(self.path)
        if status is None:
            return None
        self._accepted = self._accepted or _identity(status)
        return _identity(status)

    def lost(self, opened: Identity | None) -> str:
        """Return why a connection must not be used, ``GONE`` or ``REPLACED``; empty = all is well."""
        status = _status(self.path)
        if status is None:
            return GONE
        return "" if opened == _identity(status) else REPLACED

    def standing(self) -> str:
        """Return the same for the file that was accepted; empty when none was yet."""
        return self.lost(self._accepted) if self._accepted is not None else ""

    def accept(self) -> None:
        """Take the file that is there now for the database; the caller disposes of the connections to the former."""
        status = _status(self.path)
        self._accepted = _identity(status) if status is not None else self._accepted


_guards: WeakKeyDictionary[Engine, FileGuard] = WeakKeyDictionary()


def guard_of(engine: Engine) -> FileGuard | None:
    """Return the guard of an engine; None where the database is no file."""
    return _guards.get(engine)


def watch(engine: Engine, instance: Path) -> None:
    """Open the file of the engine only while it is the right one, and let no transaction begin or end on another."""
    name = engine.url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return
    guard = _guards[engine] = FileGuard(Path(name), instance / MARK)

    def connect(_dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> None:
        try:
            guard.admit()
        except OSError as error:
            raise sqlite.OperationalError(f"unable to open database file: {error.strerror}") from error
        # Between the look and the opening the file may go: SQLite must not make one.
        args[0] = guard.path.absolute().as_uri() + "?mode=rw"
        options["uri"] = True

    def opened(_connection: Any, record: Any) -> None:
        record.info[_OPENED] = guard.opened()

    def look(connection: Connection) -> None:
        code = guard.lost(connection.info.get(_OPENED))
        if code:
            raise OperationalError("look at the file", None, FileLost(code, guard.path))

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", opened)
    event.listen(engine, "begin", look)
    event.listen(engine, "commit", look)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
