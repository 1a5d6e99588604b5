"""What pulls leave behind is kept for as long as it is of use: personal data no longer than that."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select

from webapp.clock import utc_now
from webapp.decide.retention import Kind
from webapp.extensions import db
from webapp.models import SourceHint, SourcePull, SourcePullItem, SourceRow
from webapp.models.run import APPLYING, PAUSED, RUNNING, STAGED, Run
from webapp.services.privacy.periods import before_of
from webapp.services.source_pulls.leases import WORKABLE

# A file that nobody goes on with.
FORGOTTEN = timedelta(days=7)
OPEN_RUNS = (RUNNING, APPLYING, PAUSED, STAGED)
_PULL, _ROW, _RUN = SourcePull.__table__, SourceRow.__table__, Run.__table__
_ITEM, _HINT = SourcePullItem.__table__, SourceHint.__table__


def prune(now: datetime) -> None:
    """Remove what has served its time, in the caller's transaction."""
    db.session.execute(delete(_ROW).where(old_rows(before_of(Kind.SOURCE_ROWS, now))))
    db.session.execute(delete(_ITEM).where(old_items(before_of(Kind.SOURCE_ITEMS, now))))
    db.session.execute(delete(_HINT).where(old_hints(before_of(Kind.SOURCE_HINTS, now))))


def old_rows(before: datetime) -> ColumnElement[bool]:
    """Return the condition of what was read and is of no use since then."""
    # What waits for a person needs its rows; a file does too, until it is forgotten.
    over = _PULL.c.status.not_in((*WORKABLE, "staged", "ready")) & (_PULL.c.finished_at < before)
    dry = (_PULL.c.status == "ready") & _PULL.c.finished_at.is_not(None) & (_PULL.c.finished_at < before)
    left = min(before, utc_now() - FORGOTTEN)
    forgotten = _PULL.c.status.in_(("ready", "staged")) & (_PULL.c.started_at < left)
    return SourceRow.pull_id.in_(select(_PULL.c.id).where(or_(over, dry, forgotten)))


def old_items(before: datetime) -> ColumnElement[bool]:
    """Return the condition of what readings changed before then; an undo under way still needs its own."""
    undone = select(_RUN.c.undo_pull_id).where(_RUN.c.status.in_(OPEN_RUNS), _RUN.c.undo_pull_id.is_not(None))
    old = and_(_PULL.c.started_at < before, _PULL.c.status.not_in(WORKABLE), _PULL.c.id.not_in(undone))
    return SourcePullItem.pull_id.in_(select(_PULL.c.id).where(old))


def old_hints(before: datetime) -> ColumnElement[bool]:
    """Return the condition of hints that came before then."""
    return SourceHint.received_at < before
