"""Who works on a pull: one process at a time, by conditional updates, on any database.

The end of a lease is its fencing token: it moves with every renewal, so whoever was taken for dead finds
that the row no longer shows what he wrote last, and writes nothing more.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import Setting, SourcePull
from webapp.services.transactions import begin

# Longer than the longest silence of a reading: three tries of a call, and the pauses that an ERP may ask for.
LEASE = timedelta(minutes=5)
WORKABLE = ("reading", "applying")
# Only while rows are written: seconds at the most, after which the holder counts as dead.
APPLY_LEASE = timedelta(seconds=60)
APPLY_PATIENCE_S = 120.0
POLL_S = 0.05
_PULL = SourcePull.__table__


class LeaseLost(Exception):
    """Somebody else works on this pull now: write nothing more of it."""


class StopRequested(Exception):
    """A person stopped the pull: leave it where it is."""


class Interrupted(Exception):
    """This process ends: leave the pull to the next one."""


class Lease:
    """The right to work on one pull. Used by one thread.

    Args:
        interrupted: tells whether this process is about to end.
    """

    def __init__(self, pull_id: int, until: datetime, interrupted: Callable[[], bool]) -> None:
        self.pull_id = pull_id
        self._until = until
        self._interrupted = interrupted

    def keep(self, **values: Any) -> None:
        """Renew within the caller's transaction, and write these columns of the pull with it.

        Raises:
            LeaseLost: roll back; the pull is somebody else's.
            StopRequested, Interrupted: roll back what is half done, and leave the pull.
        """
        if self._interrupted():
            raise Interrupted
        until = utc_now() + LEASE
        row = db.session.execute(self._mine().values(lease_until=until, **values).returning(_PULL.c.stop_requested))
        stop = row.scalar_one_or_none()
        if stop is None:
            raise LeaseLost
        if stop:
            raise StopRequested
        self._until = until

    def renew(self, **values: Any) -> None:
        """Renew in a transaction of its own, which is committed.

        Raises:
            LeaseLost, StopRequested, Interrupted: as ``keep``; nothing was written.
        """
        begin(reads_only=False)
        try:
            self.keep(**values)
        except BaseException:
            db.session.rollback()
            raise
        db.session.commit()

    def leave(self, **values: Any) -> bool:
        """Give the pull up within the caller's transaction; False when it was lost already."""
        result = db.session.execute(self._mine().values(lease_until=None, **values).returning(_PULL.c.id))
        return result.scalar_one_or_none() is not None

    def _mine(self) -> Any:
        return update(_PULL).where(_PULL.c.id == self.pull_id, _PULL.c.lease_until == self._until)


def take(pull_id: int, interrupted: Callable[[], bool] = lambda: False) -> Lease | None:
    """Take a pull that is to be worked on and commit; None when somebody has it, or nothing is to be done."""
    now = utc_now()
    until = now + LEASE
    begin(reads_only=False)
    free = or_(_PULL.c.lease_until.is_(None), _PULL.c.lease_until <= now)
    taken = db.session.execute(
        update(_PULL)
        .where(_PULL.c.id == pull_id, _PULL.c.status.in_(WORKABLE), free)
        .values(lease_until=until)
        .returning(_PULL.c.id)
    ).scalar_one_or_none()
    db.session.commit()
    return None if taken is None else Lease(pull_id, until, interrupted)


def release(pull_id: int) -> None:
    """Free a pull whose worker in this process did not end in time; it notices when it writes next."""
    begin(reads_only=False)
    db.session.execute(update(_PULL).where(_PULL.c.id == pull_id).values(lease_until=None))
    db.session.commit()


@contextmanager
def applying(source_id: int) -> Iterator[None]:
    """Be the only one, in all processes, who writes what this source says; use it around one batch.

    Raises:
        LeaseLost: somebody writes for very long; leave the pull, it is taken up again.
    """
    name = f"source_apply:{source_id}"
    deadline_s = monotonic_s() + APPLY_PATIENCE_S
    while (mine := _try_name(name)) is None:
        if monotonic_s() >= deadline_s:
            raise LeaseLost
        sleep(POLL_S)
    try:
        yield
    finally:
        db.session.rollback()
        db.session.execute(delete(Setting).where(Setting.name == name, Setting.value == mine))
        db.session.commit()


def _try_name(name: str) -> str | None:
    now = utc_now()
    mine = json.dumps({"until": (now + APPLY_LEASE).isoformat(), "by": secrets.token_hex(8)})
    begin(reads_only=False)
    held = db.session.scalar(select(Setting.value).where(Setting.name == name))
    if held is not None and datetime.fromisoformat(json.loads(held)["until"]) > now:
        db.session.rollback()
        return None
    try:
        if held is not None:
            db.session.execute(delete(Setting).where(Setting.name == name, Setting.value == held))
        db.session.execute(insert(Setting).values(name=name, value=mine))
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return mine
