"""Who works on a run: one process at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select

from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import FULL, RUNNING, SAMPLE
from webapp.services.leases import RowLease, free_row, is_free, take_row
from webapp.services.transactions import begin

# Longer than the longest silence of a reading: three tries of a page, and the pauses that a platform may ask for.
LEASE = timedelta(minutes=5)
# What a worker does. Looks, changes and undos are worked by whoever writes them; a night of probes by itself.
WORKED = (FULL, SAMPLE)
STOP = "stop"
_RUN: Table = Run.__table__


class Lease(RowLease):
    """The right to work on one run; ``keep`` returns ``pause``, or nothing."""

    table, length, wish = _RUN, LEASE, "control"

    def asks_to_stop(self, wish: Any) -> bool:
        """A run may also be paused, which is for its worker to see to."""
        return bool(wish == STOP)


def take(run_id: int, interrupted: Callable[[], bool] = lambda: False) -> Lease | None:
    """Take a run that is to be read and commit; None when somebody has it, or nothing is to be done."""
    until = take_row(_RUN, run_id, LEASE, *_to_read())
    return None if until is None else Lease(run_id, until, interrupted)


def take_to_prove(run_id: int) -> Lease | None:
    """Take a run that is past its reading, to read back what it did; None when somebody has it."""
    until = take_row(_RUN, run_id, LEASE, _RUN.c.status != RUNNING)
    return None if until is None else Lease(run_id, until)


def _to_read() -> tuple[Any, ...]:
    return _RUN.c.status == RUNNING, _RUN.c.reading.in_(WORKED)


def workable(now: datetime) -> tuple[Any, ...]:
    """Return the conditions of a run that waits for a worker, or whose worker died."""
    return *_to_read(), is_free(_RUN, now)


def release(run_id: int) -> None:
    """Free a run whose worker in this process did not end in time; it notices when it writes next."""
    free_row(_RUN, run_id, _RUN.c.status == RUNNING)


def waiting(now: datetime) -> list[tuple[int, int]]:
    """Return run and integration of what waits for a worker, the oldest first; leaves no transaction open."""
    begin(reads_only=True)
    rows = db.session.execute(select(_RUN.c.id, _RUN.c.integration_id).where(*workable(now)).order_by(_RUN.c.id))
    found = [(row.id, row.integration_id) for row in rows]
    db.session.rollback()
    return found
