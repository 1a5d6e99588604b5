"""An integration's own reconciliation: limits, calendar without suspensions, billing day, probes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints
from sqlalchemy import update

from webapp.clock import utc_now
from webapp.decide.calendar import Calendar, closed_until, dump_calendar, load_calendar
from webapp.decide.cutoff import next_cutoff
from webapp.decide.plan import Limits, Spent, measured
from webapp.extensions import db
from webapp.models import Account, Integration
from webapp.services import audit
from webapp.services.changes import assign, check_version, commit, refuse_if
from webapp.services.convergence.rows import QUIET_CODE
from webapp.services.errors import Problem
from webapp.services.holiday_days import holidays_of
from webapp.services.hub import current_hub
from webapp.services.inputs import Input
from webapp.services.integrations import get_integration
from webapp.services.runs.limits import WhatIf, limits_from, live_accounts, spent_today, what_if

MOST_DATES = 200
DAYS_BACK = 30
Hour = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
State = Literal[
    "", "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR",
    "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
]  # fmt: skip
LIMIT_FIELDS = ("limit_floor", "limit_run_percent", "limit_day_percent")
FIELDS = (
    *LIMIT_FIELDS, "batch_expires_h", "billing_day", "billing_lead_h", "probe_nights", "probe_from", "probe_until",
    "reconcile_interval_s",
)  # fmt: skip
# A change of one of these says anew until when suspensions wait.
QUIET_FIELDS = ("no_suspend", "billing_day", "billing_lead_h")
_ACCOUNT = Account.__table__


class CalendarInput(Input):
    """When nobody is suspended, where the provider is. Enabling is open at all times.

    ``nights``: from and until, over midnight too. ``weekend``: Saturdays and Sundays. ``eve``: Fridays and eves of
    holidays from 18:00. ``holidays``: of Brazil, and of ``state`` where one is named. ``dates``: days of your own.
    ``cancels``: what is cancelled waits too, but never past the platform's billing day.
    """

    nights: tuple[Hour, Hour] | None = None
    weekend: bool = False
    eve: bool = False
    holidays: bool = False
    state: State = ""
    dates: list[date] = Field(default_factory=list)
    cancels: bool = False

    def calendar(self) -> dict[str, Any]:
        """Return it as its row keeps it; one that closes at no time is empty."""
        dates = [day.isoformat() for day in self.dates]
        return dump_calendar(load_calendar({**self.model_dump(), "dates": dates}))


class ReconciliationInput(Input):
    """How far an integration's reconciliation may go by itself, and when. None of a limit = the product's default.

    ``limit_floor``: so many may always lose content. ``limit_run_percent``, ``limit_day_percent``: of the subscribers,
    in one run and in 24 hours; cancels have half. ``batch_expires_h``: hours until a batch nobody decided on lapses.
    ``billing_day``: day of the month on which the platform counts whom it bills, None = not known;
    ``billing_lead_h``: hours before it in which cancels go first. ``probe_*``: where the platform has no list, each
    account is asked about once in so many nights, between these hours. ``reconcile_interval_s`` None = as it is.
    """

    limit_floor: int | None = Field(default=None, ge=0, le=1_000_000)
    limit_run_percent: Percent | None = None
    limit_day_percent: Percent | None = None
    batch_expires_h: int = Field(default=72, ge=1, le=720)
    no_suspend: CalendarInput = Field(default_factory=CalendarInput)
    billing_day: int | None = Field(default=None, ge=1, le=31)
    billing_lead_h: int = Field(default=48, ge=1, le=240)
    probe_nights: int = Field(default=7, ge=1, le=31)
    probe_from: Hour = "01:00"
    probe_until: Hour = "06:00"
    reconcile_interval_s: int | None = Field(default=None, ge=60, le=31_536_000)


@dataclass(frozen=True)
class Outlook:
    """What limits mean for the present base, and what they would have done.

    Attributes:
        figures: as ``Run.limits``: see ``decide.plan.measured``.
    """

    limits: Limits
    figures: dict[str, Any]
    past: list[WhatIf]
    days: int = DAYS_BACK


@dataclass(frozen=True)
class Clock:
    """How calendar and billing day stand now, where the provider is; None = open, and not known."""

    closed_until: datetime | None
    cutoff: datetime | None
    lead_from: datetime | None


def update_reconciliation(integration_id: int, data: ReconciliationInput, version: int | None = None) -> Integration:
    """Change how an integration is reconciled, and commit; equal data change nothing.

    With another calendar, suspensions that wait are looked at anew at once.

    Args:
        version: of the integration that was looked at; None = whatever it is now.

    Raises:
        NotFound: no such integration; answer 404.
        Invalid: show every problem beside its field; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile: show it anew.
    """
    integration = get_integration(integration_id)
    check_version(integration, version)
    refuse_if(_problems(data))
    before, quiet = _seen(integration), _quiet(integration)
    _write(integration, data)
    after = _seen(integration)
    if before != after:
        audit.record(
            "integration.reconciliation", "integration", integration.id, integration.description,
            before=before, after=after,
        )  # fmt: skip
    if quiet != _quiet(integration):
        _look_anew(integration.id)
    commit()
    return integration


def outlook(integration: Integration, limits: Limits) -> Outlook:
    """Return what these limits mean for the present base, and what they would have done in the last days."""
    base, spent = live_accounts(integration.id), spent_today(integration.id)
    figures = measured(base, spent, limits, None)
    return Outlook(limits, figures, what_if(integration, limits, DAYS_BACK))


def clock_of(integration: Integration) -> Clock:
    """Return until when suspensions wait now, and when the platform counts next."""
    local_now = utc_now().astimezone(ZoneInfo(current_hub().settings.timezone))
    calendar: Calendar = load_calendar(integration.no_suspend)
    closed = closed_until(calendar, local_now, holidays_of(calendar.state))
    if integration.billing_day is None:
        return Clock(closed, None, None)
    cutoff = next_cutoff(integration.billing_day, local_now)
    return Clock(closed, cutoff, cutoff - timedelta(hours=integration.billing_lead_h))


def _problems(data: ReconciliationInput) -> list[Problem]:
    calendar, problems = data.no_suspend, []
    if calendar.nights is not None and calendar.nights[0] == calendar.nights[1]:
        problems.append(Problem("no_suspend.nights", "calendar_nights_same"))
    if len(calendar.dates) > MOST_DATES:
        params = {"count": len(calendar.dates), "maximum": MOST_DATES}
        problems.append(Problem("no_suspend.dates", "calendar_dates_many", params))
    if calendar.state and not (calendar.holidays or calendar.eve):
        problems.append(Problem("no_suspend.state", "calendar_state_alone"))
    if data.probe_from == data.probe_until:
        problems.append(Problem("probe_until", "probe_window_empty"))
    return problems + _limit_problems(data)


def _limit_problems(data: ReconciliationInput) -> list[Problem]:
    limits = limits_from(data.limit_floor, data.limit_run_percent, data.limit_day_percent)
    if limits.day_ratio >= limits.run_ratio:
        return []
    told = measured(0, Spent(), limits, None)
    params = {"day": f"{told['day_percent']:g}", "run": f"{told['run_percent']:g}"}
    return [Problem("limit_day_percent", "limits_day_below_run", params)]


def _write(integration: Integration, data: ReconciliationInput) -> None:
    values = {name: getattr(data, name) for name in FIELDS}
    values["no_suspend"] = data.no_suspend.calendar()
    if data.reconcile_interval_s is None:
        values["reconcile_interval_s"] = integration.reconcile_interval_s
    if values["reconcile_interval_s"] != integration.reconcile_interval_s:
        integration.reconcile_due_at = utc_now() + timedelta(seconds=values["reconcile_interval_s"])
    assign(integration, values)


def _seen(integration: Integration) -> dict[str, Any]:
    """Return the settings as the history keeps them, the calendar fact by fact."""
    calendar = load_calendar(integration.no_suspend)
    nights = [f"{one:%H:%M}" for one in calendar.nights or ()]
    own = {
        "no_suspend_nights": " – ".join(nights), "no_suspend_weekend": calendar.weekend,
        "no_suspend_eve": calendar.eve, "no_suspend_holidays": calendar.holidays, "no_suspend_state": calendar.state,
        "no_suspend_dates": sorted(f"{day:%d/%m/%Y}" for day in calendar.dates), "no_suspend_cancels": calendar.cancels,
    }  # fmt: skip
    return {**{name: getattr(integration, name) for name in FIELDS}, **own}


def _quiet(integration: Integration) -> dict[str, Any]:
    return {name: getattr(integration, name) for name in QUIET_FIELDS}


def _look_anew(integration_id: int) -> None:
    """Bring forward what waits for the calendar to open; the planner sends it back where it is still closed."""
    now = utc_now()
    statement = (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.integration_id == integration_id, _ACCOUNT.c.error_code == QUIET_CODE)
        .where(_ACCOUNT.c.due_at > now)
        .values(due_at=now, updated_at=_ACCOUNT.c.updated_at)
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})
