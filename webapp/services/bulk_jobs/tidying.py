"""Removes jobs that are long over, a little at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from webapp.extensions import db
from webapp.models import BulkJob, BulkLine

KEPT = timedelta(days=180)
BATCH = 5_000
_JOB, _LINE = BulkJob.__table__, BulkLine.__table__
_SYNC = {"synchronize_session": False}


def tidy(now: datetime) -> None:
    """Remove what ended long ago, in the caller's transaction: lines first, a job when it has none left."""
    job_id = db.session.scalar(select(_JOB.c.id).where(_JOB.c.finished_at < now - KEPT).order_by(_JOB.c.id).limit(1))
    if job_id is None:
        return
    lines = list(db.session.scalars(select(_LINE.c.id).where(_LINE.c.bulk_job_id == job_id).limit(BATCH)))
    db.session.execute(delete(_LINE).where(_LINE.c.id.in_(lines)), execution_options=_SYNC)
    if len(lines) < BATCH:
        db.session.execute(update(_JOB).where(_JOB.c.undo_of_id == job_id).values(undo_of_id=None))
        db.session.execute(delete(_JOB).where(_JOB.c.id == job_id), execution_options=_SYNC)
