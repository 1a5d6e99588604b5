"""Where the chain stands: its head and marks in settings, and an anchor in a file outside the database."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, delete, insert, select, update

from webapp.files import replace_private
from webapp.models import ChainLink, Setting
from webapp.services.chain.content import START
from webapp.services.transactions import insert_once

HEAD, MARKS, CHECKPOINT, OPEN = "chain_head", "chain_marks", "chain_checkpoint", "history_open"
FILE = "chain.json"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTING, _LINK = Setting.__table__, ChainLink.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Head:
    """The end of the chain, or of the part of it that was taken away.

    Attributes:
        place: how many links there were by then.
        link: the last of them.
    """

    place: int = 0
    link: str = START
    at: datetime = EPOCH

    def as_json(self) -> dict[str, Any]:
        """Return it for a manifest or a file."""
        return {"place": self.place, "link": self.link, "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Head":
        """Return what ``as_json`` gave.

        Raises:
            ValueError: it is damaged; treat the manifest as damaged.
        """
        try:
            return cls(int(value["place"]), str(value["link"]), datetime.fromisoformat(value["at"]))
        except (KeyError, TypeError) as error:
            raise ValueError("no head of a chain") from error


@dataclass
class Marks:
    """Up to which row of each table everything is known to be sealed.

    Attributes:
        low: by kind; rows with a larger id may still wait.
        open: attempts below the mark whose calls had not ended; they are sealed when they do.
        next: by kind, the mark to come on a server where transactions commit out of order.
        next_at: when ``next`` was taken, by the server's clock.
    """

    low: dict[str, int] = field(default_factory=lambda: {"event": 0, "attempt": 0})
    open: list[int] = field(default_factory=list)
    next: dict[str, int] = field(default_factory=dict)
    next_at: str = ""


def read_head(db_connection: Connection) -> Head:
    """Return the head, as the settings tell it."""
    return _head(_read(db_connection, HEAD))


def lock_head(db_connection: Connection) -> Head:
    """Return the head and keep every other process from linking until the transaction ends."""
    wanted = select(_SETTING.c.value).where(_SETTING.c.name == HEAD).with_for_update()
    value = db_connection.execute(wanted).scalar()
    if value is None:
        insert_once(db_connection, insert(_SETTING).values(name=HEAD, value=json.dumps(Head().as_json())))
        value = db_connection.execute(wanted).scalar_one()
    return _head(value)


def write_head(db_connection: Connection, head: Head) -> None:
    """Replace the head, under ``lock_head``."""
    put(db_connection, HEAD, json.dumps(head.as_json()))


def read_checkpoint(db_connection: Connection) -> Head:
    """Return where the chain begins now: what came before was taken away when its time was over."""
    return _head(_read(db_connection, CHECKPOINT))


def write_checkpoint(db_connection: Connection, checkpoint: Head) -> None:
    """Replace where the chain begins, under ``lock_head``."""
    put(db_connection, CHECKPOINT, json.dumps(checkpoint.as_json()))


def read_marks(db_connection: Connection) -> Marks:
    """Return up to which rows all is sealed."""
    value = _read(db_connection, MARKS)
    return Marks(**json.loads(value)) if value else Marks()


def write_marks(db_connection: Connection, marks: Marks) -> None:
    """Replace the marks, under ``lock_head``."""
    put(db_connection, MARKS, json.dumps(vars(marks)))


def link_at(db_connection: Connection, place: int) -> str | None:
    """Return the link at a place; None = there is none."""
    value: str | None = db_connection.execute(select(_LINK.c.link).where(_LINK.c.id == place)).scalar()
    return value


@contextmanager
def opened(db_connection: Connection) -> Iterator[None]:
    """Let rows of the history be changed, within the caller's transaction; triggers refuse it otherwise."""
    db_connection.execute(insert(_SETTING).values(name=OPEN, value=""))
    yield
    db_connection.execute(delete(_SETTING).where(_SETTING.c.name == OPEN))


def is_open(db_connection: Connection) -> bool:
    """Tell whether rows of the history may be changed, as far as this transaction sees."""
    return _read(db_connection, OPEN) is not None


def put(db_connection: Connection, name: str, value: str) -> None:
    """Set a setting."""
    kept = update(_SETTING).where(_SETTING.c.name == name).values(value=value)
    row = insert(_SETTING).values(name=name, value=value)
    if not db_connection.execute(kept).rowcount and not insert_once(db_connection, row):
        db_connection.execute(kept)


def get(db_connection: Connection, name: str) -> Any:
    """Return a setting that holds JSON, or None."""
    value = _read(db_connection, name)
    return json.loads(value) if value else None


def remove(db_connection: Connection, name: str) -> None:
    """Remove a setting."""
    db_connection.execute(delete(_SETTING).where(_SETTING.c.name == name))


def dump(value: Any) -> str:
    """Return what a setting keeps of a value."""
    return json.dumps(value)


def remove_anchor(instance: Path) -> None:
    """Forget what was seen; the next links anchor anew."""
    (instance / FILE).unlink(missing_ok=True)


def read_anchor(instance: Path) -> Head | None:
    """Return the head that was last seen from outside the database; None when there is no file, or none to read."""
    try:
        return Head.from_json(json.loads((instance / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def write_anchor(instance: Path, head: Head) -> None:
    """Replace the anchor. A failure is logged: the anchor may lag, and is written with the next links."""
    try:
        replace_private(instance / FILE, json.dumps(head.as_json()))
    except OSError:
        log.exception("chain.anchor")


def _read(db_connection: Connection, name: str) -> str | None:
    value: str | None = db_connection.execute(select(_SETTING.c.value).where(_SETTING.c.name == name)).scalar()
    return value


def _head(value: str | None) -> Head:
    try:
        return Head.from_json(json.loads(value)) if value else Head()
    except ValueError:
        # Somebody wrote into it: an end that no link has, so that every check says so.
        return Head(place=-1, link="")
