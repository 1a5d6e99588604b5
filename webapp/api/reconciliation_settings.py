"""How an integration is reconciled: limits, calendar without suspensions, billing day, probes."""

from datetime import UTC, datetime

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.schemas.reconciliation import (
    OUTLOOK,
    RECONCILIATION,
    RECONCILIATION_IN,
    CalendarOut,
    FiguresOut,
    OutlookOut,
    OutlookQuery,
    PastOut,
    ReconciliationIn,
    ReconciliationOut,
)
from webapp.decide.calendar import load_calendar
from webapp.decide.plan import Limits
from webapp.models import Integration
from webapp.services import reconciliation_settings as use
from webapp.services.integrations import get_integration
from webapp.services.runs.limits import WhatIf, limits_from


@bp.get("/integrations/<int:integration_id>/reconciliation")
@needs(READ)
@bp.output(ReconciliationOut, example=RECONCILIATION)
def read_reconciliation(integration_id: int) -> Answer:
    """Read how an integration is reconciled."""
    return tagged(_show(get_integration(integration_id)))


@bp.put("/integrations/<int:integration_id>/reconciliation")
@needs(ADMIN_SCOPE)
@bp.input(ReconciliationIn, example=RECONCILIATION_IN)
@bp.output(ReconciliationOut, example=RECONCILIATION)
def replace_reconciliation(integration_id: int, json_data: ReconciliationIn) -> Answer:
    """Replace how an integration is reconciled."""
    check_conditions(lambda: _show(get_integration(integration_id)))
    return tagged(_show(use.update_reconciliation(integration_id, json_data)))


@bp.get("/integrations/<int:integration_id>/reconciliation/outlook")
@needs(READ)
@bp.input(OutlookQuery, location="query")
@bp.output(OutlookOut, example=OUTLOOK)
def read_outlook(integration_id: int, query_data: OutlookQuery) -> OutlookOut:
    """Read what limits mean for the present base, and what they would have done in the last 30 days."""
    row = get_integration(integration_id)
    tried, clock = use.outlook(row, _tried(row, query_data)), use.clock_of(row)
    return OutlookOut(
        figures=FiguresOut(**{name: tried.figures[name] for name in FiguresOut.model_fields}),
        days=tried.days,
        past=[_past(one) for one in tried.past],
        closed_until=_utc(clock.closed_until),
        next_cutoff=_utc(clock.cutoff),
    )


def _tried(row: Integration, asked: OutlookQuery) -> Limits:
    own = {name: getattr(row, name) for name in OutlookQuery.model_fields}
    given = {name: value for name, value in asked.model_dump().items() if value is not None}
    return limits_from(*{**own, **given}.values())


def _past(one: WhatIf) -> PastOut:
    return PastOut(
        run_id=one.run_id,
        started_at=one.started_at,
        mode=one.mode,
        negatives=one.negatives,
        cancels=one.cancels,
        base=one.base,
        would_wait=one.hit.limit if one.hit else "",
        found=one.hit.found if one.hit else 0,
        most=one.hit.most if one.hit else 0,
        waited=one.was_held,
    )


def _show(row: Integration) -> ReconciliationOut:
    return ReconciliationOut(
        integration_id=row.id,
        limit_floor=row.limit_floor,
        limit_run_percent=row.limit_run_percent,
        limit_day_percent=row.limit_day_percent,
        batch_expires_h=row.batch_expires_h,
        no_suspend=_calendar(row),
        billing_day=row.billing_day,
        billing_lead_h=row.billing_lead_h,
        probe_nights=row.probe_nights,
        probe_from=row.probe_from,
        probe_until=row.probe_until,
        reconcile_interval_s=row.reconcile_interval_s,
    )


def _calendar(row: Integration) -> CalendarOut:
    calendar = load_calendar(row.no_suspend)
    nights = (f"{calendar.nights[0]:%H:%M}", f"{calendar.nights[1]:%H:%M}") if calendar.nights else None
    return CalendarOut(
        nights=nights,
        weekend=calendar.weekend,
        eve=calendar.eve,
        holidays=calendar.holidays,
        state=calendar.state,
        dates=sorted(calendar.dates),
        cancels=calendar.cancels,
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
