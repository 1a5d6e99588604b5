"""Observing: whether the hub may act, and the adoption of what the platforms show."""

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.schemas.common import failure
from webapp.api.schemas.observing import (
    APPROVE_IN,
    OBSERVING,
    PLAN_IN,
    PLATFORM,
    AdoptionApprovalInput,
    AdoptionPlanInput,
    HeldPlatformOut,
    ObservingOut,
)
from webapp.services.adoption import requests as use
from webapp.services.pages_observing import PlatformLine, view_observing


@bp.get("/observing")
@needs(READ)
@bp.output(ObservingOut, example=OBSERVING)
def read_observing() -> ObservingOut:
    """Read whether the hub only observes, because its database may not be the latest one."""
    return _show()


@bp.post("/observing/plan")
@needs(ADMIN_SCOPE)
@bp.input(AdoptionPlanInput, example=PLAN_IN)
@bp.output(ObservingOut, example={**OBSERVING, "platforms": [{**PLATFORM, "state": "reading", "counts": {}}]})
def plan_adoption(json_data: AdoptionPlanInput) -> ObservingOut:
    """Have platforms read and plan what would be taken over; nothing is changed by that."""
    use.plan_adoption(None if json_data.integration_id is None else [json_data.integration_id])
    return _show()


@bp.post("/observing/approve")
@needs(ADMIN_SCOPE)
@bp.input(AdoptionApprovalInput, example=APPROVE_IN)
@bp.output(ObservingOut, example={**OBSERVING, "platforms": [{**PLATFORM, "state": "writing"}]})
def approve_adoption(json_data: AdoptionApprovalInput) -> ObservingOut:
    """Let plans be carried out, and the hub act on these platforms again."""
    use.approve_adoption({plan.run_id: plan.checksum for plan in json_data.plans})
    return _show()


def _show() -> ObservingOut:
    view = view_observing()
    found = view.found
    return ObservingOut(
        observing=found is not None,
        since=found.since if found is not None else None,
        why=failure(found.code, found.params) if found is not None else None,
        platforms=[_platform(line) for line in view.platforms],
    )


def _platform(line: PlatformLine) -> HeldPlatformOut:
    plan = line.plan
    return HeldPlatformOut(
        integration_id=line.integration.id,
        description=line.integration.description,
        state=line.state,  # type: ignore[arg-type]
        run_id=plan.id if plan is not None else None,
        checksum=plan.checksum if plan is not None else "",
        counts=dict(line.counts),
        error=failure(plan.error_code, plan.error_params) if plan is not None else None,
    )
