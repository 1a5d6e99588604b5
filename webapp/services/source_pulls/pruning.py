"""What pulls leave behind is kept for as long as it is of use: personal data no longer than that."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from webapp.extensions import db
from webapp.models import SourceHint, SourcePull, SourcePullItem, SourceRow
from webapp.services.source_pulls.leases import WORKABLE

ROWS_KEPT = timedelta(days=1)
ITEMS_KEPT = timedelta(days=90)
HINTS_KEPT = timedelta(days=7)
# A file that nobody goes on with.
FORGOTTEN = timedelta(days=7)


def prune(now: datetime) -> None:
    """Remove what has served its time, in the caller's transaction."""
    pulls = SourcePull.__table__
    # What waits for a person needs its rows; a file does too, until it is forgotten.
    over = pulls.c.status.not_in((*WORKABLE, "staged", "ready")) & (pulls.c.finished_at < now - ROWS_KEPT)
    dry = (pulls.c.status == "ready") & pulls.c.finished_at.is_not(None) & (pulls.c.finished_at < now - ROWS_KEPT)
    forgotten = pulls.c.status.in_(("ready", "staged")) & (pulls.c.started_at < now - FORGOTTEN)
    done = select(pulls.c.id).where(over | dry | forgotten)
    db.session.execute(delete(SourceRow.__table__).where(SourceRow.__table__.c.pull_id.in_(done)))
    old = select(pulls.c.id).where(pulls.c.started_at < now - ITEMS_KEPT, pulls.c.status.not_in(WORKABLE))
    db.session.execute(delete(SourcePullItem.__table__).where(SourcePullItem.__table__.c.pull_id.in_(old)))
    hints = SourceHint.__table__
    db.session.execute(delete(hints).where(hints.c.received_at < now - HINTS_KEPT))
