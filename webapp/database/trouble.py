"""What is wrong with the database, as a code that a person understands; and what was wrong with it last.

SQLite's codes: sqlite.org/rescode.html. PostgreSQL's: "PostgreSQL Error Codes" of its manual, version 16. Both
looked up 2026-11-23.
"""

import errno
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp import lazy
from webapp.database.coded import Coded
from webapp.database.file import FileLost, guard_of

# Asked only about an exception of its own: then it is there already.
if TYPE_CHECKING:
    import psycopg
else:
    psycopg = lazy.module("psycopg")

FULL, READ_ONLY, BUSY = "database_full", "database_read_only", "database_busy"
DISK, DAMAGED, AWAY, FILES = "database_disk", "database_damaged", "database_away", "out_of_files"
REFUSED, PASSWORD, UNKNOWN, RIGHTS = "database_refused", "database_password", "database_unknown", "database_rights"
TLS, DOOR, NAME, FORMER = "database_tls", "database_door", "database_host", "database_starting"
# The lower eight bits of a code of SQLite say the kind, the others which of them.
_SQLITE: Mapping[int, str] = {
    5: BUSY, 6: BUSY, 8: READ_ONLY, 9: BUSY, 10: DISK, 11: DAMAGED, 13: FULL, 14: AWAY, 26: DAMAGED,
}  # fmt: skip
# By the whole code, else by its class, the first two signs.
_POSTGRES: Mapping[str, str] = {
    "53100": FULL, "53300": BUSY, "53": BUSY, "25006": READ_ONLY, "40001": BUSY, "40P01": BUSY, "55P03": BUSY,
    "57014": BUSY, "57": AWAY, "08": AWAY, "58": DISK, "XX001": DAMAGED, "XX002": DAMAGED, "28": PASSWORD,
    "3D000": UNKNOWN, "42501": RIGHTS, "57P03": FORMER, "25P03": AWAY, "25P02": "",
}  # fmt: skip
# Who is not let in gets no code, only words: libpq's own, and the server's, which may speak Portuguese.
_SAID: Sequence[tuple[str, str]] = (
    ("password authentication failed", PASSWORD), ("autenticação do tipo senha falhou", PASSWORD),
    ("no password supplied", PASSWORD), ("no pg_hba.conf entry", DOOR), ("pg_hba.conf", DOOR),
    ("too many clients", BUSY), ("remaining connection slots", BUSY), ("muitos clientes", BUSY),
    ("starting up", FORMER), ("shutting down", FORMER), ("in recovery mode", FORMER),
    # The same end of a server, told of a connection with TLS.
    ("closed unexpectedly", AWAY), ("ssl syscall", AWAY),
    ("could not translate host name", NAME), ("failed to resolve host", NAME), ("name or service not known", NAME),
    ("certificate", TLS), ("ssl", TLS), ("role ", UNKNOWN), ("does not exist", UNKNOWN), ("não existe", UNKNOWN),
    ("connection refused", REFUSED), ("no such file or directory", REFUSED), ("timeout expired", REFUSED),
    ("no route to host", REFUSED), ("network is unreachable", REFUSED),
)  # fmt: skip
_ERRNO: Mapping[int, str] = {
    errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY, errno.EIO: DISK, errno.EMFILE: FILES,
    errno.ENFILE: FILES,
}  # fmt: skip
# SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE.
_TWICE = (1555, 2067)
_QUOTED = re.compile(r"(: )\".*\"$")
# Under it nothing of size can be stored; SQLite needs room beside the file to put two things in one commit.
LEAST_FREE = 16 * 1024 * 1024
_last: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


def trouble(error: BaseException) -> str:
    """Return the code of what is wrong with the database or its disk; empty when the fault is another one."""
    if isinstance(error, PoolTimeout):
        return BUSY
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, "")
    if not isinstance(error, DBAPIError):
        return ""
    origin = error.orig
    if isinstance(origin, FileLost | Coded):
        return origin.code
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, "")
    state = getattr(origin, "sqlstate", None)
    if state:
        return _POSTGRES[state] if state in _POSTGRES else _POSTGRES.get(state[:2], "")
    # Without a code it never came to a statement: the server is not there, or the file cannot be opened.
    if not error.connection_invalidated and type(error).__name__ != "OperationalError":
        return ""
    words = str(origin).lower()
    return next((code for said, code in _SAID if said in words), AWAY)


def is_twice(error: IntegrityError) -> bool:
    """Tell whether a row is refused because there is one like it."""
    origin = error.orig
    return getattr(origin, "sqlstate", "") == "23505" or getattr(origin, "sqlite_errorcode", 0) in _TWICE


def status_of(code: str) -> int:
    """Return the HTTP status that a code means: 507 without space, else 503."""
    return 507 if code == FULL else 503


def retry_after_s(code: str) -> int:
    """Return when a caller may try again: who only had to wait soon, else when somebody may have mended it."""
    return 5 if code == BUSY else 30


def remember(engine: Engine) -> None:
    """Keep in mind what last went wrong in this process, until a change is stored again; for those who ask."""

    def failed(context: ExceptionContext) -> None:
        withhold_values(context)
        found = trouble(context.sqlalchemy_exception) if context.sqlalchemy_exception is not None else ""
        # Who only had to wait says nothing of the database.
        if found and found != BUSY and context.engine is not None:
            _last[context.engine] = found

    def stored(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            _last.pop(connection.engine, None)

    event.listen(engine, "handle_error", failed)
    event.listen(engine, "commit", stored)


def withhold_values(context: ExceptionContext) -> None:
    """Keep people's data out of what PostgreSQL says of a failure: its details name the values of the row.

    "Key (document)=(...) already exists", "Failing row contains (...)", "invalid input syntax for type integer: ...":
    the first line says what is wrong, and the statement without values follows anyway.
    """
    origin, wrapped = context.original_exception, context.sqlalchemy_exception
    if context.dialect.name != "postgresql" or not isinstance(origin, psycopg.Error):
        return
    if not origin.args or not isinstance(origin.args[0], str):
        return
    whole = origin.args[0]
    plain = _QUOTED.sub(r"\1", whole.partition("\n")[0]) if _is_about_a_value(origin) else whole.partition("\n")[0]
    origin.args = (plain, *origin.args[1:])
    if wrapped is not None and wrapped.args:
        wrapped.args = tuple(one.replace(whole, plain) if isinstance(one, str) else one for one in wrapped.args)


def _is_about_a_value(error: "psycopg.Error") -> bool:
    # "Data Exception".
    return (error.sqlstate or "").startswith("22")


def standing(engine: Engine) -> str:
    """Return what is wrong with the database now, without writing: its file, its disk, what failed last; or empty."""
    guard = guard_of(engine)
    if guard is None:
        return _last.get(engine, "")
    return guard.standing() or disk_trouble(guard.path.parent) or _last.get(engine, "")


def disk_trouble(folder: Path) -> str:
    """Return what is wrong with the disk of a folder: ``FULL``, ``READ_ONLY``, ``AWAY``; empty = it takes more."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return AWAY
    if disk.f_flag & os.ST_RDONLY or not os.access(folder, os.W_OK):
        return READ_ONLY
    return FULL if disk.f_bavail * disk.f_frsize < LEAST_FREE else ""


def free_bytes(folder: Path) -> int | None:
    """Return how much is free on the disk of a folder for the hub; None where nobody can tell."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize
