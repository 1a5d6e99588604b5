"""What a change would do before it is made: on the platforms, to the packages, to the values."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from webapp.api.schemas.common import FailureOut, MoneyText, Out
from webapp.decide.readjust import MOST_VALUE
from webapp.services.inputs import NO_NUL, Code, Id, Input, Params, Text

EFFECT = {
    "integration_id": 1,
    "integration": "NX Play",
    "account_id": 41,
    "login": "maria@example.com",
    "login_fixed": True,
    "steps": ["suspend"],
    "products_before": ["Premium"],
    "products_after": [],
    "state_before": "active",
    "state_after": "suspended",
    "service_code": "",
    "lifted_by": "",
    "waits": None,
    "problem": None,
}
EFFECTS: dict[str, Any] = {"problems": [], "effects": [EFFECT]}
MOVE_IN = {"plan_id": 6, "packages": [3], "plan_value": False, "email": ""}
MOVE = {
    "plan_id": 6,
    "lines": [{"package_id": 3, "outcome": "added", "reason": "", "value": "29.90", "choosable": True}],
    "before": "99.90",
    "after": "129.80",
    "stamp": "c0ffee",
    "problems": [],
    "effects": [EFFECT],
}
TRANSFER_IN = {"customer_code": "1235", "code": "17712", "on": "2026-11-22", "login": "jose.fibra"}
READJUST_IN = {"percent": "4.50", "also_own": True}
READJUSTMENT = {
    "plan_before": "99.90",
    "plan_after": "104.40",
    "following": 120,
    "kept": 0,
    "changed": 2,
    "sum_before": "11988.00",
    "sum_after": "12528.00",
    "checksum": "c0ffee",
    "services": [{"service_id": 21, "before": "79.90", "after": "83.50"}],
}
RENEW_IN = {"months": 12, "until": "2026-11-30"}
RENEWAL = {
    "months": 12,
    "until": "2026-11-30",
    "changed": 1,
    "without_term": 4,
    "later": 115,
    "still_over": 0,
    "checksum": "c0ffee",
    "services": [{"service_id": 21, "before": "2026-11-21", "after": "2027-11-21"}],
}


class EffectOut(Out):
    """What happens on one platform. ``waits``: why nothing is sent now; the steps follow later.

    ``problem``: what would block the account. ``account_id`` null: there is none yet.
    """

    integration_id: int
    integration: str
    account_id: int | None
    login: str
    login_fixed: bool = Field(description="The platform has this log-in for good.")
    steps: list[str]
    products_before: list[str]
    products_after: list[str]
    state_before: str
    state_after: str
    service_code: str = Field(description="Another service of the customer, whose account it is; empty: the one asked.")
    lifted_by: str = Field(description="The customer's other service whose better status counts; empty: its own does.")
    waits: FailureOut | None
    problem: FailureOut | None


class EffectsOut(Out):
    """What would be refused, and what would happen on the platforms. Nothing was changed."""

    problems: list[FailureOut]
    effects: list[EffectOut]


class StatusPreviewInput(Input):
    """A status that a service might get."""

    status: Code


class SalePreviewInput(Input):
    """A package that might be sold."""

    package_id: Id
    params: Params = Field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None


class MoveInput(Input):
    """A plan to move to. ``packages``: of those that may be chosen, which are wanted; null = all that it carries.

    ``plan_value``: the new plan's value takes the place of the service's own. ``email``: for packages that come.
    """

    plan_id: Id
    packages: list[Id] | None = None
    plan_value: bool = False
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=NO_NUL)] = ""


class StampedMoveInput(MoveInput):
    """The move that was shown; ``stamp`` is the preview's."""

    stamp: str = Field(min_length=1, max_length=64)


class MoveLineOut(Out):
    """What the move does to one package. ``reason`` says why, where it is not the caller's choice."""

    package_id: int
    outcome: Literal["added", "kept", "removed", "left_out"]
    reason: str
    value: MoneyText
    choosable: bool


class MoveOut(Out):
    """What a move would do. ``before`` and ``after``: per month, with packages."""

    plan_id: int
    lines: list[MoveLineOut]
    before: MoneyText
    after: MoneyText
    stamp: str
    problems: list[FailureOut]
    effects: list[EffectOut]


class TransferIn(Input):
    """Who gets the service, under which code of its own, from which day on.

    ``email``: for the accounts on the platforms; empty = the new holder's own.
    """

    customer_code: Code
    code: Code
    on: date
    login: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=NO_NUL)] = ""
    password: Annotated[str, StringConstraints(max_length=120, pattern=NO_NUL)] = ""
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=NO_NUL)] = ""
    reason: Text = ""


class TransferPreviewInput(Input):
    """Who might get the service."""

    customer_code: Code
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=NO_NUL)] = ""


class TransferPreviewOut(Out):
    """What happens on the platforms: to the old holder's accounts, and to the new one's."""

    ending: list[EffectOut]
    beginning: list[EffectOut]


class RateInput(Input):
    """By how much a plan's value changes: exactly one of the two. ``also_own``: services with their own value, too."""

    percent: Annotated[Decimal, Field(ge=-100, le=1000, decimal_places=4)] | None = None
    amount: Annotated[Decimal, Field(ge=0, le=MOST_VALUE, decimal_places=2)] | None = None
    also_own: bool = False


class RateOrder(RateInput):
    """The readjustment that was shown."""

    checksum: str = Field(min_length=1, max_length=64)
    reason: Text = ""


class ValueLineOut(Out):
    """One service whose own value changes."""

    service_id: int
    before: MoneyText
    after: MoneyText


class ReadjustmentOut(Out):
    """What new values do. ``services`` shows the first 20 of ``changed``; ``following`` cost what the plan costs."""

    plan_before: MoneyText
    plan_after: MoneyText
    following: int
    kept: int
    changed: int
    sum_before: MoneyText
    sum_after: MoneyText
    checksum: str
    services: list[ValueLineOut]


class RenewalInput(Input):
    """Contracts that end on or before a day become longer by so many months."""

    months: Annotated[int, Field(ge=1, le=120)]
    until: date


class RenewalOrder(RenewalInput):
    """The renewal that was shown."""

    checksum: str = Field(min_length=1, max_length=64)
    reason: Text = ""


class TermLineOut(Out):
    """One contract that becomes longer."""

    service_id: int
    before: date
    after: date


class RenewalOut(Out):
    """What a renewal does. ``services`` shows the first 20 of ``changed``."""

    months: int
    until: date
    changed: int
    without_term: int
    later: int
    still_over: int
    checksum: str
    services: list[TermLineOut]
