"""Who works on a run: one process at a time, by conditional updates, on any database.

The end of a lease is its fencing token: it moves with every renewal, so whoever was taken for dead finds
that the row no longer shows what he wrote last, and writes nothing more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import FULL, RUNNING, SAMPLE
from webapp.services.transactions import begin

# Longer than the longest silence of a reading: three tries of a page, and the pauses that a platform may ask for.
LEASE = timedelta(minutes=5)
# What a worker does. Looks, changes and undos are worked by whoever writes them; a night of probes by itself.
WORKED = (FULL, SAMPLE)
STOP = "stop"
_RUN = Run.__table__


class LeaseLost(Exception):
    """Somebody else works on this run now: write nothing more of it."""


class StopRequested(Exception):
    """A person stopped the run: leave it where it is."""


class Interrupted(Exception):
    """This process ends: leave the run to the next one."""


class Lease:
    """The right to work on one run. Used by one thread.

    Args:
        interrupted: tells whether this process is about to end.
    """

    def __init__(self, run_id: int, until: datetime, interrupted: Callable[[], bool] = lambda: False) -> None:
        self.run_id = run_id
        self._until = until
        self._interrupted = interrupted

    def keep(self, **values: Any) -> str:
        """Renew within the caller's transaction, and write these columns of the run with it.

        Returns:
            What a person asked of the run meanwhile: ``pause``, or nothing.

        Raises:
            LeaseLost: roll back; the run is somebody else's.
            StopRequested, Interrupted: roll back what is half done, and leave the run.
        """
        if self._interrupted():
            raise Interrupted
        until = utc_now() + LEASE
        row = db.session.execute(self._mine().values(lease_until=until, **values).returning(_RUN.c.control))
        control = row.scalar_one_or_none()
        if control is None:
            raise LeaseLost
        if control == STOP:
            raise StopRequested
        self._until = until
        return str(control)

    def renew(self, **values: Any) -> str:
        """Renew in a transaction of its own, which is committed.

        Raises:
            LeaseLost, StopRequested, Interrupted: as ``keep``; nothing was written.
        """
        begin(reads_only=False)
        try:
            control = self.keep(**values)
        except BaseException:
            db.session.rollback()
            raise
        db.session.commit()
        return control

    def leave(self, **values: Any) -> bool:
        """Give the run up within the caller's transaction, with these columns; False when it was lost already."""
        result = db.session.execute(self._mine().values(lease_until=None, **values).returning(_RUN.c.id))
        return result.scalar_one_or_none() is not None

    def _mine(self) -> Any:
        return update(_RUN).where(_RUN.c.id == self.run_id, _RUN.c.lease_until == self._until)


def take(run_id: int, interrupted: Callable[[], bool] = lambda: False) -> Lease | None:
    """Take a run that is to be worked on and commit; None when somebody has it, or nothing is to be done."""
    now = utc_now()
    until = now + LEASE
    begin(reads_only=False)
    taken = db.session.execute(
        update(_RUN).where(_RUN.c.id == run_id, *workable(now)).values(lease_until=until).returning(_RUN.c.id)
    ).scalar_one_or_none()
    db.session.commit()
    return None if taken is None else Lease(run_id, until, interrupted)


def workable(now: datetime) -> tuple[Any, ...]:
    """Return the conditions of a run that waits for a worker, or whose worker died."""
    free = or_(_RUN.c.lease_until.is_(None), _RUN.c.lease_until <= now)
    return _RUN.c.status == RUNNING, _RUN.c.reading.in_(WORKED), free


def release(run_id: int) -> None:
    """Free a run whose worker in this process did not end in time; it notices when it writes next."""
    begin(reads_only=False)
    db.session.execute(update(_RUN).where(_RUN.c.id == run_id, _RUN.c.status == RUNNING).values(lease_until=None))
    db.session.commit()


def waiting(now: datetime) -> list[tuple[int, int]]:
    """Return run and integration of what waits for a worker, the oldest first; leaves no transaction open."""
    begin(reads_only=True)
    rows = db.session.execute(select(_RUN.c.id, _RUN.c.integration_id).where(*workable(now)).order_by(_RUN.c.id))
    found = [(row.id, row.integration_id) for row in rows]
    db.session.rollback()
    return found
