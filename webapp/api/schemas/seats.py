"""Seats: the ledger itself, what they cost, by which terms, what leaks, and what is left."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, MoneyText, Out
from webapp.decide.leaks import MOST_DAYS, USUAL_DAYS
from webapp.services.seats.costs import CostInput, TermsInput

COST_IN = {"product_id": 3, "from_on": "2026-06-01", "value": "9.90"}
COST = {**COST_IN, "id": 7}
TERMS_IN = {"basis": "any_day", "suspended_counts": True, "pending_counts": False}
TERMS = {**TERMS_IN, "integration_id": 1}
_NONE = {"count": 0, "value": "0.00", "without_cost": 0}
_SOME = {"count": 2, "value": "19.80", "without_cost": 0}
_SUMS = {"not_sold": _SOME, "unknown": _NONE, "not_active": _NONE, "suspended": _NONE}
LEAKS = {
    "items": [{"integration_id": 1, **_SUMS, "products": [{"product_id": 3, **_SUMS}]}], "complete_since": AT,
}  # fmt: skip
_BALANCE = {"sold": 2, "paid": "59.80", "seats": 2, "cost": "19.80", "left": "40.00", "without_cost": 0}
BALANCES = {
    "whole": _BALANCE,
    "platforms": [{"id": 1, **_BALANCE}],
    "packages": [{"id": 3, **_BALANCE}],
    "plans": [{"id": 5, **_BALANCE}],
    "trend": [{"day": "2026-11-22", "complete": True, **_BALANCE}],
}
SEAT = {
    "id": 11,
    "integration_id": 1,
    "account_id": 41,
    "service_package_id": 991,
    "product_id": 3,
    "state": "active",
    "began_at": AT,
    "began_by": "sold",
    "ended_at": AT,
    "ended_by": "removed",
    "proof": {
        "at": AT, "attempt_id": 5, "request_id": "sin-a1-41-2", "http_status": 200, "outcome": "ok", "answer": "{}",
    },
}  # fmt: skip


class CostIn(CostInput):
    """What one seat of a product costs in a month from a day on; the same day again replaces the value."""


class CostOut(Out):
    """A cost on record."""

    id: int
    product_id: int
    from_on: date
    value: MoneyText


class CostPage(Out):
    """Costs on record, page by page."""

    items: list[CostOut]
    next_cursor: str | None


class TermsIn(TermsInput):
    """By which terms a platform bills."""


class TermsOut(Out):
    """By which terms a platform bills."""

    integration_id: int
    basis: Literal["any_day", "on_day", "daily"]
    suspended_counts: bool
    pending_counts: bool


class LeaksQuery(BaseModel):
    """From how many days of suspension on a seat counts."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(default=USUAL_DAYS, ge=0, le=MOST_DAYS)


class SumOut(Out):
    """How many, and what they are worth in a month."""

    count: int
    value: MoneyText
    without_cost: int = Field(description="So many of them have no cost on record and are not in the value.")


class SumsOut(Out):
    """What leaks, by kind."""

    not_sold: SumOut = Field(description="Active on the platform and not sold.")
    unknown: SumOut = Field(description="There, and nobody here made it.")
    not_active: SumOut = Field(description="Sold and not active; the value is what customers pay for it.")
    suspended: SumOut = Field(description="Suspended for so many days, and billed all the same.")


class ProductLeaksOut(SumsOut):
    """What leaks of one product; null = of products that are not known here."""

    product_id: int | None


class PlatformLeaksOut(SumsOut):
    """What leaks on one platform."""

    integration_id: int
    products: list[ProductLeaksOut]


class LeaksOut(Out):
    """What leaks now. ``complete_since``: from then on the ledger of seats is complete; null = it has not begun."""

    items: list[PlatformLeaksOut]
    complete_since: datetime | None


class BalanceOut(Out):
    """What is brought and cost in a month."""

    sold: int
    paid: MoneyText
    seats: int = Field(description="Those that platforms bill by their terms.")
    cost: MoneyText
    left: str = Field(description="R$, two decimals; below zero where it costs more than it brings.")
    without_cost: int


class BalanceLineOut(BalanceOut):
    """The same of one platform, package or plan; null = packages without a platform."""

    id: int | None


class PointOut(BalanceOut):
    """The same at the end of a day. ``complete`` false: the ledger had not begun, so cost and seats are too low."""

    day: date
    complete: bool


class BalancesOut(Out):
    """What is left in a month, now and at the ends of the last months."""

    whole: BalanceOut
    platforms: list[BalanceLineOut]
    packages: list[BalanceLineOut]
    plans: list[BalanceLineOut]
    trend: list[PointOut]


class SeatQuery(ListQuery):
    """Filters of the ledger."""

    integration_id: Id | None = None
    account_id: Id | None = None
    open: bool | None = Field(default=None, description="True lists seats that last, false those that ended.")


class SeatOut(Out):
    """One right in one state, from one moment to another. ``proof``: of the call by which the platform was told."""

    id: int
    integration_id: int
    account_id: int
    service_package_id: int
    product_id: int
    state: Literal["active", "suspended", "pending"]
    began_at: datetime
    began_by: str
    ended_at: datetime | None
    ended_by: str
    proof: dict[str, Any] | None


class SeatPage(Out):
    """Seats, page by page."""

    items: list[SeatOut]
    next_cursor: str | None
