"""Where the marks stand: a row in the database, and a file beside it; and what this process has seen of them."""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine, delete, exists, insert, or_, select, text, update
from sqlalchemy.exc import DBAPIError

from webapp.config import Settings
from webapp.database.file import MARK
from webapp.decide.epoch import Here, Mark, dump, load
from webapp.files import replace_private
from webapp.models import Account, Setting
from webapp.services.transactions import insert_once

EPOCH, OBSERVE = "epoch", "observe"
FILE = MARK
MACHINE = Path("/etc/machine-id")
_SETTING = Setting.__table__
# What every gate and page asks; exported so that tests can tell it from a page's own questions.
STANDING = select(_SETTING.c.name, _SETTING.c.value).where(or_(_SETTING.c.name == EPOCH, _SETTING.c.name == OBSERVE))
# System identifier and database: a dump that is loaded elsewhere changes them. The time line changes when a cluster
# is restored to an earlier moment. PostgreSQL 16 documentation, "Control Data Functions", looked up 2026-11-23.
_PLACE = text(
    "select (select system_identifier from pg_control_system()) || '/' || d.oid,"
    " (select timeline_id from pg_control_checkpoint()) from pg_database d where d.datname = current_database()"
)
log = structlog.get_logger()


@dataclass
class Seen:
    """What this process knows of one database beyond what stands in it: a row of an older copy must not fool it.

    Attributes:
        highest: the furthest mark that was seen.
        gone: its file is not there any more (SQLite).
        strange: another file is in its place, and nobody has looked into that one yet.
        standing: the answer to the last look, and when it was.
    """

    highest: int = 0
    gone: bool = False
    strange: bool = False
    standing: tuple[float, Any] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_seen: WeakKeyDictionary[Engine, Seen] = WeakKeyDictionary()
_lock = threading.Lock()


def seen(engine: Engine) -> Seen:
    """Return what this process knows of the database."""
    with _lock:
        return _seen.setdefault(engine, Seen())


def read_standing(db_connection: Connection) -> tuple[Mark | None, dict[str, Any] | None]:
    """Return the mark in the database, and why it only observes; None for what is not there."""
    found = {row.name: row.value for row in db_connection.execute(STANDING)}
    return _mark(found.get(EPOCH)), json.loads(found[OBSERVE]) if OBSERVE in found else None


def write_mark(db_connection: Connection, mark: Mark, former: Mark | None) -> bool:
    """Put a mark in place of the one that was read; False = another process was quicker: read again."""
    value = json.dumps(dump(mark))
    if former is None:
        return put(db_connection, EPOCH, value)
    same = update(_SETTING).where(_SETTING.c.name == EPOCH, _SETTING.c.value == json.dumps(dump(former)))
    return bool(db_connection.execute(same.values(value=value)).rowcount)


def put(db_connection: Connection, name: str, value: str) -> bool:
    """Make a setting; False when it is there already."""
    return insert_once(db_connection, insert(_SETTING).values(name=name, value=value))


def write_observe(db_connection: Connection, value: dict[str, Any] | None) -> None:
    """Replace why the hub only observes; None = it observes no more."""
    if value is None:
        db_connection.execute(delete(_SETTING).where(_SETTING.c.name == OBSERVE))
        return
    row = json.dumps(value)
    replace = update(_SETTING).where(_SETTING.c.name == OBSERVE).values(value=row)
    if not db_connection.execute(replace).rowcount and not put(db_connection, OBSERVE, row):
        db_connection.execute(replace)


def read_file(instance: Path) -> Mark | None:
    """Return the mark beside the database; None when there is none that can be read."""
    try:
        return load(json.loads((instance / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def write_file(instance: Path, mark: Mark) -> None:
    """Replace the mark beside the database. A failure is logged: the file may lag, and is written at the next tick."""
    try:
        replace_private(instance / FILE, json.dumps({"id": mark.id, "seq": mark.seq}))
    except OSError:
        log.exception("epoch.file")


def look_around(db_connection: Connection, settings: Settings) -> Here:
    """Return where the database is served now."""
    empty = not db_connection.execute(select(exists().where(Account.__table__.c.id > 0))).scalar()
    if settings.sqlite:
        return Here(_folder_of(settings), empty=empty)
    place, line = _server_of(db_connection)
    return Here(place, line, shared=True, empty=empty)


def _mark(value: str | None) -> Mark | None:
    """Read a mark; one that cannot be read counts as none, and so as older than any file."""
    try:
        return load(json.loads(value)) if value is not None else None
    except ValueError:
        return None


def _folder_of(settings: Settings) -> str:
    """Return a digest of machine and folder: a copy of the folder stands in another place."""
    try:
        machine = MACHINE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    return hashlib.sha256(f"{machine}\0{settings.instance}".encode()).hexdigest()[:16]


def _server_of(db_connection: Connection) -> tuple[str, str]:
    try:
        with db_connection.begin_nested():
            place, line = db_connection.execute(_PLACE).one()
    except DBAPIError:
        # Some providers keep these functions to themselves; then only the counters are compared.
        return "", ""
    return str(place), str(line)
