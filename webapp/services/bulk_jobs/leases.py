"""Who works on a job: one process at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select

from webapp.extensions import db
from webapp.models import BulkJob
from webapp.models.desk import RUNNING, WAITING
from webapp.services.leases import RowLease, free_row, is_free, take_row
from webapp.services.transactions import begin

# A handful of rows takes a fraction of a second; whoever waits longer for the database has lost nothing but his turn.
LEASE = timedelta(seconds=20)
OPEN = (WAITING, RUNNING)
STOP = "stop"
_JOB: Table = BulkJob.__table__


class Lease(RowLease):
    """The right to work on one job."""

    table, length, wish = _JOB, LEASE, "control"


def take(job_id: int, interrupted: Callable[[], bool] = lambda: False) -> Lease | None:
    """Take a job that waits, or whose worker died, and commit; None when somebody has it, or it is over."""
    until = take_row(_JOB, job_id, LEASE, _JOB.c.status.in_(OPEN))
    return None if until is None else Lease(job_id, until, interrupted)


def release(job_id: int) -> None:
    """Free a job whose worker in this process did not end in time; it notices when it writes next."""
    free_row(_JOB, job_id, _JOB.c.status.in_(OPEN))


def free(now: datetime) -> tuple[Any, ...]:
    """Return the conditions of a job that waits for a worker, or whose worker died."""
    return _JOB.c.status.in_(OPEN), is_free(_JOB, now)


def waiting(now: datetime) -> list[int]:
    """Return the jobs that wait for a worker, the oldest first; leaves no transaction open."""
    begin(reads_only=True)
    found = list(db.session.scalars(select(_JOB.c.id).where(*free(now)).order_by(_JOB.c.id)))
    db.session.rollback()
    return found
