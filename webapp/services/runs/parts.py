"""Runs of those who look at some accounts only: the same limits, the same lines, without a worker of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Difference
from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import CHANGES, DONE, HELD, LOOK, NONE, OPEN, RUNNING
from webapp.services import epoch
from webapp.services.audit import current_actor
from webapp.services.runs import ending, planning, rows
from webapp.services.runs.requests import get_run, lock_integration
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

# A part that is open for so long was left by a process that died.
LEFT_AFTER = timedelta(minutes=10)
# Those that one call of ``record_part`` opens and closes. A night of probes stays open by intent.
SHORT = (LOOK, CHANGES, NONE)


def record_part(
    integration_id: int,
    differences: Sequence[Difference],
    reading: str,
    trigger: str,
    started_at: datetime,
    *,
    stage_all: bool = False,
) -> Run | None:
    """Record and mend what a look at some accounts showed, within the same limits, and commit.

    Args:
        reading: changes, look, or none.
        started_at: when the platform was first asked; what moved on since then is left alone.
        stage_all: a person looks at whatever takes away, however few it is.

    Returns:
        The run; None when nothing differs, or what does is under way or waits for a person already.
    """
    if not _fresh(integration_id, 0, differences):
        return None
    run = open_part(integration_id, reading, trigger, started_at)
    add_to_part(run.id, differences, started_at, stage_all=stage_all)
    return close_part(run.id)


def open_part(integration_id: int, reading: str, trigger: str, started_at: datetime) -> Run:
    """Begin a run whose differences come bit by bit, and commit; while the hub only observes it is a plan."""
    mode = "apply" if epoch.observing_afresh(integration_id) is None else "plan"
    begin(reads_only=False)
    run = Run(
        integration_id=integration_id, mode=mode, reading=reading, trigger=trigger, started_at=started_at,
        requested_by=current_actor(),
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    return run


def add_to_part(
    run_id: int, differences: Sequence[Difference], started_at: datetime, *, stage_all: bool = False
) -> None:
    """Add what was found, and commit; what gives is handed over at once, the rest when the part is closed or allowed.

    All that takes something away must come in one call, for it goes or waits as a whole.

    Args:
        started_at: when the platform was first asked for these.
    """
    run = get_run(run_id)
    integration_id = run.integration_id
    fresh = _fresh(integration_id, run_id, differences)
    if not fresh:
        db.session.rollback()
        return
    radius = planning.write_lines(run_id, integration_id, planning.worth_a_line(fresh))
    begin(reads_only=False)
    integration = lock_integration(integration_id)
    run = get_run(run_id, lock=True)
    run.started_at = max(run.started_at, started_at)
    only_plan = run.mode == "plan" or epoch.observing_afresh(integration_id) is not None
    fate = planning.judge(run, integration, fresh, only_plan=only_plan, stage_all=stage_all)
    planning.turn_lines(run_id, fate)
    _add_counts(run, planning.counts_of(fresh, fate))
    if any(item.action in NEGATIVE for item in fresh):
        run.checksum, run.limits = fate.plan.checksum, dict(fate.plan.limits)
        run.radius, run.error_code, run.error_params = radius, fate.code, dict(fate.params)
    db.session.commit()
    if not only_plan:
        planning.hand_over_positives(run_id)


def close_part(run_id: int) -> Run:
    """End the looking, and commit: the run is done, applying or staged by what its lines say."""
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    run.status, run.control = ending.status_of(run_id, paused=run.control == ending.PAUSE), ""
    run.finished_at = utc_now() if run.status == DONE else None
    ending.stage_if_held(run)
    ending.record_end(run)
    db.session.commit()
    RUNS.wake()
    return run


def close_left() -> None:
    """End the parts whose process died while it wrote them: what was decided goes on, what was not lapses."""
    begin(reads_only=True)
    left = list(
        db.session.scalars(
            select(Run.id).where(Run.status == RUNNING, Run.reading.in_(SHORT), Run.started_at < utc_now() - LEFT_AFTER)
        )
    )
    db.session.rollback()
    for run_id in left:
        begin(reads_only=False)
        rows.turn(run_id, "planned", "lapsed", (*rows.GIVING, *rows.TAKING), values={"ended_at": utc_now()})
        db.session.commit()
        close_part(run_id)


def _fresh(integration_id: int, run_id: int, differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences that no other run has in hand, nor a person before him."""
    if not differences:
        return []
    taken = rows.taken_in_hand(integration_id, run_id, (*OPEN, HELD))
    return [item for item in differences if item.action not in NEGATIVE or item.account_id not in taken]


def _add_counts(run: Run, more: dict[str, int]) -> None:
    names = {**run.counts, **more}
    run.counts = {name: run.counts.get(name, 0) + more.get(name, 0) for name in names}
