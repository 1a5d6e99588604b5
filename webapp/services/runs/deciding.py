"""What people decide about a run: approve what waits, or a part of it, reject it, take a reading as the new normal."""

from collections.abc import Collection, Sequence

from webapp.clock import utc_now
from webapp.decide.compare import Action
from webapp.decide.snapshot import accept, acceptable, dump, load
from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import APPLYING, FULL, HELD, REFUSED_LINE, REJECTED, STAGED, WAITING
from webapp.services import drift, epoch
from webapp.services.audit import current_actor, record
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.persons import same_person
from webapp.services.runs import rows
from webapp.services.runs.causes import radius_of_run
from webapp.services.runs.requests import check_active, get_run, label_of, lock_integration
from webapp.services.runs.telling import clear_decided, clear_trouble, tell_staged
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

REASON = "reason"
LONGEST_REASON = 200


def approve_run(run_id: int, checksum: str, item_ids: Collection[int] | None = None) -> Run:
    """Let the batch of a run go, or a part of it, and commit; the first of it go first and are read back.

    Args:
        checksum: of the batch that the person saw.
        item_ids: lines that may go; the rest waits on, with a checksum of its own. None = all.

    Raises:
        NotFound: no such run.
        Conflict: nothing waits (any more), the batch or an account of it changed (look again), another batch of the
            integration is just being applied, cancels need a second person, the integration is inactive, or the hub
            only observes. Nothing was approved.
    """
    epoch.refuse(get_run(run_id).integration_id)
    begin(reads_only=False)
    run = _staged_run(run_id, checksum)
    waiting = rows.held_ids(run_id)
    chosen = _chosen(waiting, item_ids)
    _check_alone(run)
    _check_lines(run, chosen)
    rows.turn(run_id, HELD, WAITING, rows.TAKING, chosen)
    _settle(run, len(waiting) - len(chosen))
    run.approved_by, run.approved_at = current_actor(), utc_now()
    told = {"count": len(chosen), "left": len(waiting) - len(chosen), "checksum": checksum}
    record("run.approve", "run", run.id, label_of(run), after=told)
    db.session.commit()
    RUNS.wake()
    return run


def reject_run(run_id: int, reason: str) -> Run:
    """Refuse the batch of a run, and commit.

    The same batch is not brought up again for a day. Of another one, whoever was refused here waits for a person.

    Raises:
        NotFound: no such run.
        Conflict: nothing waits.
        Invalid: the reason is missing.
    """
    if not reason.strip():
        raise Invalid([Problem(REASON, "run_reason_missing")])
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    if run.status != STAGED:
        raise Conflict("run_not_staged", {"id": run_id})
    count = rows.turn(run_id, HELD, REFUSED_LINE, rows.TAKING, values={"ended_at": utc_now()})
    run.status, run.reason, run.finished_at, run.expires_at = REJECTED, reason.strip()[:LONGEST_REASON], utc_now(), None
    run.counts = {**run.counts, "staged": 0, REFUSED_LINE: run.counts.get(REFUSED_LINE, 0) + count}
    clear_decided(run)
    record("run.reject", "run", run.id, label_of(run), after={"count": count}, reason=run.reason)
    db.session.commit()
    return run


def accept_reading(run_id: int) -> Run:
    """Take what a held reading showed as the new normal, and commit: it applies nothing; the next is measured by it.

    Raises:
        NotFound: no such run.
        Conflict: what was found wrong with it cannot be normal, or was not shown often enough.
    """
    epoch.refuse(get_run(run_id).integration_id)
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    certificate = load(run.certificate)
    if run.reading != FULL or not acceptable(certificate):
        raise Conflict("run_reading_not_acceptable", {"id": run_id})
    run.certificate = {**run.certificate, **dump(accept(certificate)), "accepted_by": current_actor()}
    clear_trouble(run.integration_id)
    record("run.accept", "run", run.id, label_of(run))
    db.session.commit()
    return run


def _staged_run(run_id: int, checksum: str) -> Run:
    """Return a run whose batch may be decided on now, locked together with its integration."""
    lock_integration(get_run(run_id).integration_id)
    run = get_run(run_id, lock=True)
    if run.status != STAGED:
        raise Conflict("run_not_staged", {"id": run_id})
    if run.expires_at is not None and run.expires_at <= utc_now():
        raise Conflict("run_expired", {"id": run_id})
    if run.checksum != checksum:
        raise Conflict("plan_changed", {"id": run_id})
    check_active(run.integration)
    return run


def _chosen(waiting: Sequence[int], item_ids: Collection[int] | None) -> list[int]:
    if not waiting:
        raise Conflict("plan_changed")
    if item_ids is None:
        return list(waiting)
    wanted = set(item_ids)
    if not wanted:
        raise Conflict("run_no_line_chosen")
    chosen = [item_id for item_id in waiting if item_id in wanted]
    if len(chosen) != len(wanted):
        raise Conflict("plan_changed")
    return chosen


def _check_alone(run: Run) -> None:
    """Two batches at once would be one large one that nobody looked at."""
    other = rows.taking_run(run.integration_id, run.id)
    if other is not None:
        raise Conflict("run_negatives_under_way", {"id": other, "description": run.integration.description})


def _check_lines(run: Run, chosen: Sequence[int]) -> None:
    """Look at the lines that shall go: none moved on, and cancels have a second person."""
    own = same_person(run.requested_by)
    for batch in rows.items(run.id, chosen):
        if own and any(item.action == Action.CANCEL for item in batch):
            raise Conflict("second_operator_needed", {"id": run.id})
        drift.check_unchanged(run, batch)


def _settle(run: Run, left: int) -> None:
    """Let the run stand for what is left of its batch."""
    run.counts = {**run.counts, "staged": left}
    if left:
        run.checksum, run.radius = rows.held_checksum(run.id), radius_of_run(run.id)
        tell_staged(run)
        return
    run.status, run.expires_at = APPLYING, None
    clear_decided(run)
