"""Asking for runs: the row is written and a worker of any process takes it up. No platform is asked here."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration, Run
from webapp.models.run import FULL, RUNNING
from webapp.services.audit import current_actor, record
from webapp.services.errors import Conflict, NotFound
from webapp.services.runs.leases import LEASE, WORKED, Lease
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

MODES = ("plan", "apply")
SCHEDULE = "schedule"
# In ``Run.counts`` while it waits: how many accounts a sample shall ask about.
WANTED = "wanted"
_INTEGRATION = Integration.__table__


def get_run(run_id: int, *, lock: bool = False) -> Run:
    """Return a run.

    Args:
        lock: for a decision about it: of two who decide at once, the second sees what the first did.

    Raises:
        NotFound: no such run.
    """
    run = db.session.get(Run, run_id, populate_existing=True, with_for_update=lock)
    if run is None:
        raise NotFound("run_not_found", {"id": run_id})
    return run


def label_of(run: Run) -> str:
    """Return how the history and alerts name a run."""
    return f"{run.integration.description} #{run.id}"


def request_run(
    integration_id: int, mode: str = "apply", reading: str = FULL, trigger: str = "manual", count: int | None = None
) -> Run:
    """Ask for a run and commit; a worker of any process begins it at once.

    Args:
        mode: ``plan`` only compares, ``apply`` mends too, within the limits.
        reading: ``full``, or ``sample`` (which only compares); the others begin by themselves.
        count: how many accounts a sample asks about; None = the usual number.

    Returns:
        The run: its status is ``running``.

    Raises:
        NotFound: no such integration.
        Conflict: it is inactive, or another run of it reads now (look at that one), or nobody can ask for this.
    """
    run = _written(integration_id, mode, reading, trigger, counts={} if count is None else {WANTED: count})
    RUNS.wake()
    return run


def begin_run(integration_id: int, mode: str, trigger: str) -> tuple[Run, Lease]:
    """Write a run that the caller works on himself: no worker of another process takes it.

    Raises:
        NotFound, Conflict: as ``request_run``.
    """
    until = utc_now() + LEASE
    run = _written(integration_id, mode, FULL, trigger, lease_until=until)
    return run, Lease(run.id, until)


def lock_integration(integration_id: int) -> Integration:
    """Return an integration for whoever decides what it may lose: one at a time, in all processes.

    Raises:
        NotFound: no such integration.
    """
    integration = db.session.get(Integration, integration_id, with_for_update=True, populate_existing=True)
    if integration is None:
        raise NotFound("integration_not_found", {"id": integration_id})
    return integration


def check_active(integration: Integration) -> None:
    """Refuse what an inactive integration must not do.

    Raises:
        Conflict: activate it first.
    """
    if not integration.active:
        raise Conflict("integration_inactive", {"description": integration.description})


def due_again(integration_id: int, due_at: datetime) -> None:
    """Say when the schedule reads next, in the caller's transaction."""
    # Not through the ORM: a run must not count as an edit of the integration.
    statement = update(_INTEGRATION).where(_INTEGRATION.c.id == integration_id).values(reconcile_due_at=due_at)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _written(integration_id: int, mode: str, reading: str, trigger: str, **values: Any) -> Run:
    if mode not in MODES or reading not in WORKED:
        raise Conflict("run_not_by_hand", {"reading": reading})
    begin(reads_only=False)
    # Two who ask at the same time must not both find the way free.
    integration = lock_integration(integration_id)
    check_active(integration)
    if _under_way(integration_id):
        raise Conflict("run_under_way", {"description": integration.description})
    now = utc_now()
    run = Run(
        integration_id=integration_id, mode=mode if reading == FULL else "plan", reading=reading, trigger=trigger,
        started_at=now, requested_by=current_actor(), **values,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    if reading == FULL:
        due_again(integration_id, now + timedelta(seconds=integration.reconcile_interval_s))
    if trigger != SCHEDULE:
        record("run.request", "run", run.id, label_of(run), after={"mode": run.mode, "reading": reading})
    db.session.commit()
    return run


def _under_way(integration_id: int) -> bool:
    running = select(Run.id).where(
        Run.integration_id == integration_id, Run.status == RUNNING, Run.reading.in_(WORKED)
    )  # fmt: skip
    return db.session.scalar(running.limit(1)) is not None
