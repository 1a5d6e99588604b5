"""How a plan stands to what people decided before, and to batches that still wait.

A newer reading that says the same leaves a batch standing, so that an approval under way does not grow stale;
one that says otherwise takes its place. What a person refused, or is being asked about, is never done by itself
because it has shrunk.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, or_, select

from webapp.clock import utc_now
from webapp.decide.compare import Difference
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.models.run import EXPIRED, HELD, LAPSED, NONE, REFUSED_LINE, REJECTED, STAGED, STOPPED
from webapp.services.audit import record
from webapp.services.runs import rows
from webapp.services.runs.requests import label_of
from webapp.services.runs.telling import clear_decided

# For so long nobody is asked again about exactly what he refused.
QUIET = timedelta(hours=24)
# For so long what a person refused or stopped goes through a person, however few are left of it.
REMEMBERED = timedelta(days=30)
SUPERSEDED = "run_superseded"


def must_ask(run: Run, negative: Sequence[Difference]) -> bool:
    """Tell whether a person decides about these however few they are.

    So it is where he refused or stopped the same for one of their accounts lately, where he is being asked about
    one just now, and where somebody wanted to be asked (an adoption) and did not answer.
    """
    if not negative:
        return False
    # Whatever became of the part of the batch that was let go: the run may be paused, or done.
    of_person = or_(
        RunItem.outcome.in_((HELD, REFUSED_LINE)),
        (RunItem.outcome == LAPSED) & or_(Run.status == STOPPED, (Run.reading == NONE) & (Run.status == EXPIRED)),
    )
    wanted = (
        select(RunItem.account_id)
        .join(Run, Run.id == RunItem.run_id)
        .where(Run.integration_id == run.integration_id, Run.id != run.id, of_person)
        .where(Run.started_at > utc_now() - REMEMBERED)
        .where(RunItem.action.in_(rows.TAKING))
    )
    return not {item.account_id for item in negative}.isdisjoint(db.session.scalars(wanted))


def rejected_lately(run: Run, checksum: str) -> int | None:
    """Return the run whose negative part was the same and was refused by a person within the day."""
    wanted = _others(run, Run.status == REJECTED, Run.checksum == checksum, Run.finished_at > utc_now() - QUIET)
    return db.session.scalar(wanted)


def standing(run: Run, checksum: str) -> int | None:
    """Return the run whose batch waits for a person with the same negative part."""
    return db.session.scalar(_others(run, Run.status == STAGED, Run.checksum == checksum))


def confirm(run_id: int, run: Run) -> None:
    """Let an older batch count from this reading on, in the caller's transaction: it says the same.

    Without that nobody could approve it once an account of it was touched, although all still holds.
    """
    older = db.session.get_one(Run, run_id, with_for_update=True)
    older.started_at = run.started_at


def supersede(run: Run, but: int | None = None) -> list[int]:
    """Close, in the caller's transaction, the batches whose place this whole reading takes; returns their runs.

    Args:
        but: a batch that says the same, and stands.
    """
    wanted = select(Run).where(
        Run.integration_id == run.integration_id, Run.id != run.id, Run.status == STAGED, Run.reading != NONE
    )
    older = [one for one in db.session.scalars(wanted.with_for_update()) if one.id != but]
    for one in older:
        _close(one, run)
    return [one.id for one in older]


def _close(older: Run, run: Run) -> None:
    told = {"run_id": run.id}
    count = rows.turn(
        older.id,
        HELD,
        LAPSED,
        rows.TAKING,
        values={"ended_at": utc_now(), "error_code": SUPERSEDED, "error_params": told},
    )
    older.status, older.finished_at, older.expires_at = EXPIRED, utc_now(), None
    older.superseded_by_id = run.id
    older.counts = {**older.counts, "staged": 0, LAPSED: older.counts.get(LAPSED, 0) + count}
    record("run.superseded", "run", older.id, label_of(older), after={"count": count, "run": run.id})
    clear_decided(older)


def _others(run: Run, *where: ColumnElement[bool]) -> Select[int]:
    same = (Run.integration_id == run.integration_id, Run.id != run.id, Run.reading != NONE)
    return select(Run.id).where(*same, *where).order_by(Run.id.desc()).limit(1)
