"""Counts wrong tries, in the database: several processes share the count, and a restart forgets nothing.

A try takes its place before it is looked at and gets it back when it was right, so that many at once cannot pass
together. Who is refused costs next to nothing: no password is hashed, and nothing is written but a count, at most once
in every tenfold.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import GuessWindow
from webapp.services.transactions import begin, insert_once

KEPT = timedelta(days=3)
# For so long a process believes that a key is full without asking again.
BELIEVED = timedelta(seconds=5)
MOST_KNOWN = 10_000
KEY = "guesses"
_TABLE = GuessWindow.__table__
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """At most ``times`` wrong tries in every window of ``seconds`` for one key."""

    name: str
    times: int
    seconds: int


@dataclass(frozen=True)
class Place:
    """One count of one limit, now."""

    limit: Limit
    key_hash: str
    window_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.window_at + timedelta(seconds=self.limit.seconds)

    @property
    def row(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions that find its row."""
        return (
            _TABLE.c.limit_name == self.limit.name, _TABLE.c.key_hash == self.key_hash,
            _TABLE.c.window_at == self.window_at,
        )  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """A try that may be looked at.

    Attributes:
        counts: how many wrong tries there are with this one, in the order of the places.
    """

    places: tuple[Place, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Refused:
    """A try that must not be looked at, and for how many seconds none will be."""

    wait_s: int


def place(limit: Limit, *key: str) -> Place:
    """Return where a try for a key is counted now."""
    now = utc_now()
    start = datetime.fromtimestamp(now.timestamp() // limit.seconds * limit.seconds, UTC)
    return Place(limit, key_hash(limit.name, *key), start)


def key_hash(name: str, *key: str) -> str:
    """Return what stands for a key; the key itself is kept nowhere."""
    return hashlib.sha256("\0".join((name, *key)).encode("utf-8", "surrogateescape")).hexdigest()


def take(places: Sequence[Place]) -> Taken | Refused:
    """Take a place in every count, or in none of them. Uses transactions of its own and leaves none open."""
    now = utc_now()
    full = next((one for one in places if _memory().is_full(one, now)), None) or _first_full(places)
    if full is None:
        begin(reads_only=False)
        counts = []
        for one in places:
            count = _add(one)
            if count is None:
                full = one
                break
            counts.append(count)
        if full is None:
            db.session.commit()
            return Taken(tuple(places), tuple(counts))
    db.session.rollback()
    _note_refusal(full, now)
    return Refused(max(1, int((full.ends_at - now).total_seconds())))


def give_back(taken: Taken) -> None:
    """Uncount a try that was right."""
    begin(reads_only=False)
    for one in taken.places:
        db.session.execute(update(_TABLE).where(*one.row, _TABLE.c.tries > 0).values(tries=_TABLE.c.tries - 1))
    db.session.commit()
    _memory().forget(taken.places)


def is_tenfold(count: int) -> bool:
    """Tell whether a count is 1, 10, 100, 1000 ...: when something that goes on and on is worth a line."""
    return str(count).rstrip("0") == "1"


def tidy() -> None:
    """Remove windows that are over for days, in the caller's transaction."""
    db.session.execute(delete(_TABLE).where(_TABLE.c.window_at < utc_now() - KEPT))


def _first_full(places: Sequence[Place]) -> Place | None:
    begin(reads_only=True)
    wanted = or_(*(and_(*one.row) for one in places))
    columns = (_TABLE.c.limit_name, _TABLE.c.key_hash, _TABLE.c.tries)
    rows = {(row.limit_name, row.key_hash): row.tries for row in db.session.execute(select(*columns).where(wanted))}
    db.session.rollback()
    full = [one for one in places if rows.get((one.limit.name, one.key_hash), 0) >= one.limit.times]
    # The one that lasts longest says how long to wait.
    return max(full, key=lambda one: one.ends_at, default=None)


def _add(one: Place) -> int | None:
    """Count one try and return how many there are; None when there are too many."""
    more = update(_TABLE).where(*one.row, _TABLE.c.tries < one.limit.times).values(tries=_TABLE.c.tries + 1)
    count = db.session.scalar(more.returning(_TABLE.c.tries))
    if count is not None:
        return int(count)
    fresh = insert(_TABLE).values(
        limit_name=one.limit.name, key_hash=one.key_hash, window_at=one.window_at, tries=1, refused=0
    )
    if insert_once(db.session.connection(), fresh):
        return 1
    again = db.session.scalar(more.returning(_TABLE.c.tries))
    return None if again is None else int(again)


def _note_refusal(full: Place, now: datetime) -> None:
    news = _memory().refuse(full, now)
    if not news:
        return
    try:
        begin(reads_only=False)
        db.session.execute(update(_TABLE).where(*full.row).values(refused=_TABLE.c.refused + news))
        db.session.commit()
    except OperationalError:
        # A busy database must not hold whoever is refused anyway.
        db.session.rollback()
        log.warning("refusals_not_counted", limit=full.limit.name, count=news)


class _Memory:
    """What this process knows of full windows; only a shortcut, the database decides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full: dict[Place, datetime] = {}
        self._refused: dict[Place, tuple[int, int]] = {}

    def is_full(self, one: Place, now: datetime) -> bool:
        """Tell whether the database said so a moment ago."""
        return self._full.get(one, now) > now

    def refuse(self, one: Place, now: datetime) -> int:
        """Count a refusal; return how many to write down now: after 1, 10, 100, 1000 ... of them."""
        with self._lock:
            if len(self._refused) > MOST_KNOWN:
                self._refused.clear()
                self._full.clear()
            if self._full.get(one, now) <= now:
                self._full[one] = now + BELIEVED
            count, written = self._refused.get(one, (0, 0))
            count += 1
            due = is_tenfold(count)
            self._refused[one] = (count, count if due else written)
            return count - written if due else 0

    def forget(self, places: Sequence[Place]) -> None:
        """A place became free."""
        for one in places:
            self._full.pop(one, None)


def _memory() -> _Memory:
    found: _Memory = current_app.extensions.setdefault(KEY, _Memory())
    return found
