"""New values and longer contracts of a plan: shown first, then applied exactly as shown."""

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import bp
from webapp.api.schemas.common import money
from webapp.api.schemas.moves import (
    READJUST_IN,
    READJUSTMENT,
    RENEW_IN,
    RENEWAL,
    RateInput,
    RateOrder,
    ReadjustmentOut,
    RenewalInput,
    RenewalOrder,
    RenewalOut,
    TermLineOut,
    ValueLineOut,
)
from webapp.decide.readjust import Rate
from webapp.services import plan_changes as use


@bp.post("/plans/<int:plan_id>/readjust/preview")
@needs(ADMIN_SCOPE)
@bp.input(RateInput, example=READJUST_IN)
@bp.output(ReadjustmentOut, example=READJUSTMENT)
def preview_readjustment(plan_id: int, json_data: RateInput) -> ReadjustmentOut:
    """Show what new values of a plan would do."""
    return _readjusted(use.preview_readjustment(plan_id, _rate(json_data), also_own=json_data.also_own))


@bp.post("/plans/<int:plan_id>/readjust")
@needs(ADMIN_SCOPE)
@bp.input(RateOrder, example={**READJUST_IN, "checksum": "c0ffee", "reason": "IPCA"})
@bp.output(ReadjustmentOut, example=READJUSTMENT)
def readjust(plan_id: int, json_data: RateOrder) -> ReadjustmentOut:
    """Give a plan new values, exactly as the preview with this checksum showed it; 409 when it changed since."""
    order = {"checksum": json_data.checksum, "reason": json_data.reason}
    return _readjusted(use.readjust(plan_id, _rate(json_data), also_own=json_data.also_own, **order))


@bp.post("/plans/<int:plan_id>/renew/preview")
@needs(ADMIN_SCOPE)
@bp.input(RenewalInput, example=RENEW_IN)
@bp.output(RenewalOut, example=RENEWAL)
def preview_renewal(plan_id: int, json_data: RenewalInput) -> RenewalOut:
    """Show which contracts of a plan would become longer."""
    return _renewed(use.preview_renewal(plan_id, json_data.months, json_data.until))


@bp.post("/plans/<int:plan_id>/renew")
@needs(ADMIN_SCOPE)
@bp.input(RenewalOrder, example={**RENEW_IN, "checksum": "c0ffee", "reason": "Campaign"})
@bp.output(RenewalOut, example=RENEWAL)
def renew(plan_id: int, json_data: RenewalOrder) -> RenewalOut:
    """Make contracts longer, exactly as the preview with this checksum showed it; 409 when it changed since."""
    order = {"checksum": json_data.checksum, "reason": json_data.reason}
    return _renewed(use.renew(plan_id, json_data.months, json_data.until, **order))


def _rate(given: RateInput) -> Rate:
    return Rate(given.percent, given.amount)


def _readjusted(seen: use.Readjustment) -> ReadjustmentOut:
    return ReadjustmentOut(
        plan_before=money(seen.plan_before),
        plan_after=money(seen.plan_after),
        following=seen.following,
        kept=seen.kept,
        changed=len(seen.lines),
        sum_before=money(seen.sum_before),
        sum_after=money(seen.sum_after),
        checksum=seen.checksum,
        services=[
            ValueLineOut(service_id=line.service_id, before=money(line.before), after=money(line.after))
            for line in seen.lines[: use.SHOWN]
        ],
    )


def _renewed(seen: use.Renewal) -> RenewalOut:
    return RenewalOut(
        months=seen.months,
        until=seen.until,
        changed=len(seen.lines),
        without_term=seen.without_term,
        later=seen.later,
        still_over=seen.still_over,
        checksum=seen.checksum,
        services=[
            TermLineOut(service_id=line.service_id, before=line.before, after=line.after)
            for line in seen.lines[: use.SHOWN]
        ],
    )
