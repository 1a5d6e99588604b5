"""What is planned: the calendar, new values, campaigns, guided moves."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, FailureOut, MoneyText, Out
from webapp.services.guided_moves import MoveOrder
from webapp.services.inputs import Code, Input
from webapp.services.price_changes import Order

DAY = "2026-12-01"
PRICE_IN = {"kind": "package", "items": [{"id": 3}], "percent": "4.50", "from_on": DAY, "also_sold": True}
PRICE_LINE = {"id": 3, "description": "Streaming", "before": "29.90", "after": "31.25", "sold": 120, "changed": 118}
PRICE_PREVIEW = {
    "lines": [PRICE_LINE], "changed": 118, "sum_before": "3588.00", "sum_after": "3749.30", "checksum": "c0ffee",
}  # fmt: skip
PRICE = {
    "id": 7, "kind": "package", "package_id": 3, "plan_id": None, "percent": "4.50", "amount": None, "from_on": DAY,
    "also_sold": True, "status": "planned", "reason": "IPCA", "counts": {}, "applied_at": None, "created_at": AT,
}  # fmt: skip
CAMPAIGN_IN = {
    "package_id": 3, "description": "Spring", "from_on": "2026-11-01", "until_on": "2026-11-30", "free_months": 2,
    "trial": False,
}  # fmt: skip
CAMPAIGN = {**CAMPAIGN_IN, "id": 2, "active": True, "sold": 14}
MOVE_IN = {"kind": "email", "code": "17711-2", "on": "2026-11-22", "email": "new@example.com"}
MOVE = {
    "id": 4, "kind": "email", "service_code": "17711", "to_service_code": "17711-2", "to_customer_code": "1234",
    "to_email": "new@example.com", "on": "2026-11-22", "status": "checking", "reason": "", "error": None,
    "steps": [{"name": "asked", "at": AT}], "created_at": AT, "finished_at": None,
}  # fmt: skip
SCHEME = {"gaps": [], "problems": []}


class AgendaQuery(Input):
    """Which month, and of what kind."""

    month: str = Field(default="", pattern=r"^(\d{4}-\d{2})?$", description="Such as 2026-12; empty: the present one.")
    kind: str = Field(default="", max_length=20, description="Only entries of this kind; empty: all.")


class AgendaEntryOut(Out):
    """One line of a day. ``count``: of people; null where it is about none."""

    kind: str
    day: date
    count: int | None
    text: str
    object_id: int | None


class AgendaOut(Out):
    """The entries of one month, by day."""

    items: list[AgendaEntryOut]


class PriceOrder(Order):
    """The new values that were shown; ``checksum`` is the preview's."""

    checksum: str = Field(min_length=1, max_length=64)


class PriceLineOut(Out):
    """What happens to one package or plan. ``sold``: sales or services that have not ended."""

    id: int
    description: str
    before: MoneyText
    after: MoneyText
    sold: int
    changed: int


class PricePreviewOut(Out):
    """What new values would do as things stand today; sums are per month."""

    lines: list[PriceLineOut]
    changed: int
    sum_before: MoneyText
    sum_after: MoneyText
    checksum: str


class PriceOut(Out):
    """A new value of a package or plan from a day on. ``percent`` or ``amount``, never both."""

    id: int
    kind: str
    package_id: int | None
    plan_id: int | None
    percent: str | None
    amount: MoneyText | None
    from_on: date
    also_sold: bool
    status: Literal["planned", "applied", "dropped"]
    reason: str
    counts: dict[str, int] = Field(description="What it did: changed, left; taken back: returned, kept.")
    applied_at: datetime | None
    created_at: datetime


class PricesOut(Out):
    """What was planned by one order."""

    items: list[PriceOut]


class PricePage(Out):
    """A page of planned and applied values, newest first."""

    items: list[PriceOut]
    next_cursor: str | None


class PriceQuery(ListQuery):
    """Filters of the list of new values."""

    status: Literal["planned", "applied", "dropped"] | None = None


class CampaignOut(Out):
    """A package that costs nothing for its first months. ``sold``: by it, so far."""

    id: int
    package_id: int
    description: str
    from_on: date
    until_on: date
    free_months: int
    trial: bool
    active: bool
    sold: int


class CampaignsOut(Out):
    """Campaigns, newest first; the last two hundred."""

    items: list[CampaignOut]


class MoveIn(MoveOrder):
    """A service to go over. ``customer_code`` of the new holder takes the place of ``customer_id``."""

    customer_code: Code | None = None


class GapOut(Out):
    """A platform on which the old account must end before the new one is made, and why."""

    integration_id: int
    integration: str
    why: FailureOut


class SchemeOut(Out):
    """Where there is a gap, and why the move cannot be begun; both empty = nothing is in its way."""

    gaps: list[GapOut]
    problems: list[FailureOut]


class GuidedMoveOut(Out):
    """An account that goes over step by step. ``error``: why it waits for a person."""

    id: int
    kind: Literal["holder", "email"]
    service_code: str
    to_service_code: str | None
    to_customer_code: str | None
    to_email: str
    on: date
    status: Literal["asked", "making", "checking", "ending", "done", "stopped"]
    reason: str
    error: FailureOut | None
    steps: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None


class GuidedMovePage(Out):
    """A page of guided moves, newest first."""

    items: list[GuidedMoveOut]
    next_cursor: str | None


class GuidedMoveQuery(ListQuery):
    """Filters of the list of guided moves."""

    status: Literal["asked", "making", "checking", "ending", "done", "stopped"] | None = None
