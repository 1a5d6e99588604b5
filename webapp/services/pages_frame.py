"""What the frame of every page counts: one question, since every page asks it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Alert, BulkJob
from webapp.models.desk import RUNNING, WAITING


@dataclass(frozen=True)
class Counts:
    """Numbers beside entries of the menu.

    Attributes:
        alerts: open ones.
        jobs: work on many rows that waits or goes on.
    """

    alerts: int
    jobs: int


_ALERTS = select(func.count()).select_from(Alert).where(Alert.closed_at.is_(None))
_JOBS = select(func.count()).select_from(BulkJob).where(BulkJob.status.in_((WAITING, RUNNING)))
# Put together once: every page asks it.
_COUNTS = select(_ALERTS.scalar_subquery(), _JOBS.scalar_subquery())


def menu_counts() -> Counts:
    """Return the numbers of the menu."""
    return Counts(*db.session.execute(_COUNTS).one())
