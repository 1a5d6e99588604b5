"""Is this database still the one that was served last, here? Pure.

A mark in the database and one in a file beside it count up together. A database that was restored lags behind
the file; one that was copied elsewhere stands in another place, or beside no file at all. Whatever is in doubt is
looked at by a person: what such a hub believes may be a day old, and it would create, suspend and cancel by it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

# Why a hub only observes; ``observing_<cause>`` is the message.
OLDER, UNMARKED, MOVED, ANOTHER, REPLACED, OLDER_DATABASE, SLEPT = CAUSES = (
    "older", "unmarked", "moved", "another", "replaced", "older_database", "slept",
)  # fmt: skip
# An upgrade or a restart takes minutes. Who was off for longer may be an old copy of a machine that was revived.
MOST_SLEEP = timedelta(hours=1)
# The mark leaps so far when observing ends: the files of other hosts must not be ahead of it.
LEAP = 100_000


@dataclass(frozen=True)
class Mark:
    """How far a database is, as it or the file beside it says.

    Attributes:
        id: of the installation; another one is another database.
        seq: grows while it is served.
        place: where it was served last; empty = not known.
        line: PostgreSQL's own count of restores in place; empty elsewhere.
        at: when it was written, ISO 8601; empty in what cannot tell.
    """

    id: str
    seq: int
    place: str = ""
    line: str = ""
    at: str = ""


@dataclass(frozen=True)
class Here:
    """Where the database is served now.

    Attributes:
        place: as in ``Mark``.
        shared: several hosts may serve it (PostgreSQL), each with a file of its own.
        empty: there is no account in it, so there is nothing that could be out of date.
    """

    place: str = ""
    line: str = ""
    shared: bool = False
    empty: bool = False


def judge(database: Mark | None, file: Mark | None, here: Here, now: datetime) -> str:
    """Return why the hub must only observe, one of ``CAUSES``; empty = it is the database that was served last.

    A hub that starts for the first time, or comes from a version without marks, has neither mark: all is well.

    Args:
        database: the mark in it; None = there is none.
        file: the mark beside it; None = there is none, or it cannot be read.
    """
    if here.empty or (database is None and file is None):
        return ""
    if database is None:
        return OLDER
    return _against_file(database, file, here) or (SLEPT if slept(database, now) else "")


def slept(mark: Mark, now: datetime) -> bool:
    """Tell whether nobody served the database for so long that somebody else may have, from a newer copy."""
    return bool(mark.at) and now - datetime.fromisoformat(mark.at) > MOST_SLEEP


def dump(mark: Mark) -> dict[str, Any]:
    """Return a mark as JSON."""
    return {name: value for name, value in asdict(mark).items() if value or name == "seq"}


def load(raw: Mapping[str, Any]) -> Mark:
    """Read a mark from JSON.

    Raises:
        ValueError: it is none; treat it as missing.
    """
    try:
        texts = {name: str(raw.get(name, "")) for name in ("id", "place", "line", "at")}
        mark = Mark(seq=int(raw["seq"]), **texts)
        if mark.at:
            datetime.fromisoformat(mark.at)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no mark") from error
    if not mark.id:
        raise ValueError("no mark")
    return mark


def _against_file(database: Mark, file: Mark | None, here: Here) -> str:
    if file is not None and file.id != database.id:
        return ANOTHER
    if file is not None and database.seq < file.seq:
        return OLDER
    if database.place and here.place and database.place != here.place:
        return MOVED
    return "" if file is not None or _joins(database, here) else UNMARKED


def _joins(database: Mark, here: Here) -> bool:
    """Tell whether a host without a file comes to a database that others served, in the very place where it was."""
    return here.shared and bool(here.place) and database.place == here.place and database.line == here.line
