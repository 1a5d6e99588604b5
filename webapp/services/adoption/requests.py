"""What people ask of an adoption: have platforms read and planned, approve it. The worker of runs does the work."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Account, Integration, Run
from webapp.models.run import DONE, FULL, RUNNING
from webapp.services import epoch
from webapp.services.audit import current_actor, record
from webapp.services.errors import Conflict
from webapp.services.runs.requests import get_run, lock_integration, request_run
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

TRIGGER = "adopt"
PLAN, APPLY = "plan", "apply"


def plan_adoption(integration_ids: Sequence[int] | None = None) -> list[Run]:
    """Ask for the plans of what would be taken over, one for each platform, and commit. Nothing is changed by them.

    Args:
        integration_ids: None = all that are held back.

    Returns:
        The runs that were begun; a platform that is being read already has none.

    Raises:
        Conflict: the hub does not observe; there is nothing to adopt.
    """
    found = epoch.observing()
    if found is None:
        raise Conflict("hub_acts")
    begun = []
    for integration_id in sorted(found.held if integration_ids is None else found.held & set(integration_ids)):
        try:
            begun.append(request_run(integration_id, PLAN, FULL, TRIGGER))
        except Conflict:
            db.session.rollback()
    return begun


def approve_adoption(plans: Mapping[int, str]) -> list[Run]:
    """Let plans be carried out, and commit; beliefs are then written, and these platforms may be written to again.

    Args:
        plans: run id -> checksum, as they were seen.

    Raises:
        NotFound: no such run.
        Conflict: the hub does not observe, a plan is not the latest one or not the one that was seen, or accounts
            were made since of which it cannot know: plan anew and look again. Those before it were let through.
    """
    return [_approve(run_id, checksum) for run_id, checksum in sorted(plans.items())]


def latest_plan(integration_id: int) -> Run | None:
    """Return the latest plan of an integration that belongs to this observing."""
    found = epoch.observing(integration_id)
    if found is None:
        return None
    wanted = select(Run).where(
        Run.integration_id == integration_id, Run.trigger == TRIGGER, Run.mode == PLAN, Run.started_at >= found.since
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Run.id.desc()).limit(1)).first()


def _approve(run_id: int, checksum: str) -> Run:
    begin(reads_only=False)
    plan = get_run(run_id, lock=True)
    integration = lock_integration(plan.integration_id)
    _check(plan, integration, checksum)
    run = Run(
        integration_id=integration.id, mode=APPLY, reading=FULL, trigger=TRIGGER, started_at=utc_now(),
        requested_by=current_actor(),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    plan.superseded_by_id, plan.approved_by, plan.approved_at = run.id, current_actor(), utc_now()
    label = f"{integration.description} #{plan.id}"
    record("run.adopt", "run", plan.id, label, after={"checksum": checksum})
    db.session.commit()
    RUNS.wake()
    return run


def _check(plan: Run, integration: Integration, checksum: str) -> None:
    """Refuse a plan that is not what is so now.

    Raises:
        Conflict: as ``approve_adoption``.
    """
    if epoch.observing_afresh(integration.id) is None:
        raise Conflict("hub_acts")
    latest = latest_plan(integration.id)
    if plan.trigger != TRIGGER or plan.mode != PLAN or plan.status != DONE or latest is None or latest.id != plan.id:
        raise Conflict("adoption_not_planned", {"description": integration.description})
    if plan.superseded_by_id is not None:
        raise Conflict("adoption_approved", {"description": integration.description})
    if plan.checksum != checksum or _outdated(plan, integration):
        raise Conflict("adoption_changed", {"description": integration.description})
    under_way = select(Run.id).where(Run.integration_id == integration.id, Run.status == RUNNING, Run.reading == FULL)
    if db.session.scalar(under_way.limit(1)) is not None:
        raise Conflict("run_under_way", {"description": integration.description})


def _outdated(plan: Run, integration: Integration) -> bool:
    """Tell whether accounts were made since of which it cannot know; where it can be asked, they are looked up."""
    try:
        traits = get_gateway(integration.gateway).traits
    except UnknownGateway:
        return True
    if traits.can(Operation.FIND) or traits.repeatable_create:
        return False
    made = select(func.count()).where(
        Account.integration_id == integration.id, Account.created_at > plan.started_at
    )  # fmt: skip
    return bool(db.session.scalar(made))
