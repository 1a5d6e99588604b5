"""A plan that was only shown is carried out as it was shown: for those who look first and then say yes."""

from datetime import timedelta

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import DONE, FULL, HELD, PLANNED, WAITING
from webapp.services import epoch
from webapp.services.audit import record
from webapp.services.errors import Conflict
from webapp.services.runs import ending, planning, rows, superseding
from webapp.services.runs.causes import radius_of_run
from webapp.services.runs.deciding import approve_run
from webapp.services.runs.requests import get_run, label_of, lock_integration
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

# What a platform showed longer ago is looked at anew before anything is made of it.
FRESH = timedelta(minutes=10)


def apply_plan(run_id: int, checksum: str) -> Run:
    """Carry out all of a plan that a person has just seen, and commit; what takes away counts as approved by him.

    Args:
        checksum: of the plan's negative part.

    Raises:
        NotFound: no such run.
        Conflict: it is not a plan, is old, or is another one than the checksum says (make a new one); or as
            ``approve_run``, then what gives goes on, and the rest waits for another person.
    """
    epoch.refuse(get_run(run_id).integration_id)
    begin(reads_only=False)
    lock_integration(get_run(run_id).integration_id)
    run = get_run(run_id, lock=True)
    _check_plan(run)
    if run.checksum != checksum:
        raise Conflict("plan_changed", {"id": run_id})
    run.mode, run.finished_at = "apply", None
    rows.turn(run_id, PLANNED, WAITING, rows.GIVING)
    held = rows.turn(run_id, PLANNED, HELD, rows.TAKING)
    run.counts = {**run.counts, "staged": held}
    run.radius = radius_of_run(run_id)
    superseding.supersede(run)
    run.status = ending.status_of(run_id)
    run.finished_at = utc_now() if run.status == DONE else None
    ending.stage_if_held(run)
    record("run.apply", "run", run.id, label_of(run), after={"count": held, "checksum": checksum})
    db.session.commit()
    planning.hand_over_positives(run_id)
    RUNS.wake()
    return approve_run(run_id, checksum) if held else get_run(run_id)


def _check_plan(run: Run) -> None:
    old = run.started_at < utc_now() - FRESH
    if run.mode != "plan" or run.status != DONE or run.reading != FULL or not run.complete or old:
        raise Conflict("run_not_planned", {"id": run.id})
