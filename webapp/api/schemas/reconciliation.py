"""How an integration is reconciled: limits, calendar, billing day, probes."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.schemas.common import Out
from webapp.services.reconciliation_settings import ReconciliationInput

CALENDAR = {
    "nights": ["22:00", "08:00"],
    "weekend": True,
    "eve": True,
    "holidays": True,
    "state": "SP",
    "dates": ["2026-12-24"],
    "cancels": False,
}
RECONCILIATION_IN = {
    "limit_floor": 20,
    "limit_run_percent": 5.0,
    "limit_day_percent": 10.0,
    "batch_expires_h": 72,
    "no_suspend": CALENDAR,
    "billing_day": 25,
    "billing_lead_h": 48,
    "probe_nights": 7,
    "probe_from": "01:00",
    "probe_until": "06:00",
    "reconcile_interval_s": 3600,
}
FIGURES = {
    "floor": 20,
    "run_percent": 5.0,
    "day_percent": 10.0,
    "base": 1240,
    "run": 62,
    "run_cancels": 31,
    "day": 124,
    "day_cancels": 62,
    "spent": 10,
    "spent_cancels": 2,
}
RECONCILIATION = {**RECONCILIATION_IN, "integration_id": 1}
OUTLOOK = {
    "figures": FIGURES,
    "days": 30,
    "past": [
        {
            "run_id": 41,
            "started_at": "2026-11-10T14:00:00Z",
            "mode": "apply",
            "negatives": 70,
            "cancels": 0,
            "base": 1240,
            "would_wait": "run",
            "found": 70,
            "most": 62,
            "waited": True,
        }
    ],
    "closed_until": "2026-11-12T11:00:00Z",
    "next_cutoff": "2026-11-25T03:00:00Z",
}


class ReconciliationIn(ReconciliationInput):
    """The settings as a whole; what is left out takes its default, and a limit that is null the product's."""


class CalendarOut(Out):
    """When nobody is suspended, where the provider is."""

    nights: tuple[str, str] | None
    weekend: bool
    eve: bool = Field(description="Fridays and eves of holidays from 18:00.")
    holidays: bool
    state: str
    dates: list[date]
    cancels: bool = Field(description="What is cancelled waits too, but never past the billing day.")


class FiguresOut(Out):
    """What the limits mean for the present base. ``spent``: taken in the last 24 hours, of these so many cancels."""

    floor: int
    run_percent: float
    day_percent: float
    base: int = Field(description="Subscribers that have something on the platform.")
    run: int
    run_cancels: int
    day: int
    day_cancels: int
    spent: int
    spent_cancels: int


class ReconciliationOut(Out):
    """How an integration is reconciled. A limit that is null is the product's default."""

    integration_id: int
    limit_floor: int | None
    limit_run_percent: float | None
    limit_day_percent: float | None
    batch_expires_h: int
    no_suspend: CalendarOut
    billing_day: int | None
    billing_lead_h: int
    probe_nights: int
    probe_from: str
    probe_until: str
    reconcile_interval_s: int


class OutlookQuery(BaseModel):
    """Limits to try; what is left out is the integration's own."""

    model_config = ConfigDict(extra="forbid")
    limit_floor: int | None = Field(default=None, ge=0, le=1_000_000)
    limit_run_percent: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    limit_day_percent: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)


class PastOut(Out):
    """One run of the past that took something away, or wanted to, measured by these limits."""

    run_id: int
    started_at: datetime
    mode: str
    negatives: int = Field(description="Subscribers who lost content, or would have.")
    cancels: int
    base: int
    would_wait: str = Field(description="The limit that it passes: run, run_cancels, day, day_cancels; empty: none.")
    found: int
    most: int
    waited: bool = Field(description="It did wait for a person.")


class OutlookOut(Out):
    """What limits mean for the present base, and what they would have done in the last ``days``."""

    figures: FiguresOut
    days: int
    past: list[PastOut]
    closed_until: datetime | None = Field(description="Suspensions wait until then; null: they are open now.")
    next_cutoff: datetime | None = Field(description="Beginning of the next billing day; null: it is not known.")
