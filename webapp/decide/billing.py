"""What a platform may bill for one seat of a month, by its terms and what it costs. Pure."""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from webapp.decide.seats import counting_days

ANY_DAY, ON_DAY, DAILY = BASES = ("any_day", "on_day", "daily")
CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Terms:
    """How a platform bills.

    Attributes:
        basis: one of ``BASES``.
        suspended_counts, pending_counts: a seat in this state is billed like an active one.
        billing_day: on which ``on_day`` looks; None, or beyond the month's end = its last day.
    """

    basis: str = ANY_DAY
    suspended_counts: bool = True
    pending_counts: bool = False
    billing_day: int | None = None


@dataclass(frozen=True)
class Cost:
    """What a seat of a product costs in a month, from a day on."""

    from_on: date
    value: Decimal


def month_days(month: date) -> range:
    """Return the days of a month."""
    return range(1, monthrange(month.year, month.month)[1] + 1)


def looked_at(month: date, terms: Terms) -> range:
    """Return the days on which a seat is looked for: all of them, or the one on which the platform counts."""
    days = month_days(month)
    if terms.basis != ON_DAY:
        return days
    day = min(terms.billing_day or days[-1], days[-1])
    return range(day, day + 1)


def billed_days(states: Sequence[str], month: date, terms: Terms) -> frozenset[int]:
    """Return the days of a month for which a seat may be billed; none = not at all."""
    counting = counting_days(
        states, suspended_counts=terms.suspended_counts, pending_counts=terms.pending_counts
    )  # fmt: skip
    return frozenset(counting).intersection(looked_at(month, terms))


def due(days: Collection[int], month: date, terms: Terms, costs: Sequence[Cost]) -> Decimal | None:
    """Return what may be billed for a seat on these days of a month; None = there is no cost on record.

    By days: each day's own cost over the month's days, added up and rounded half up once. Otherwise the whole cost as
    it is on the first of the days.

    Args:
        costs: of the product, in any order.
    """
    if not days:
        return NOTHING
    counted = sorted(days) if terms.basis == DAILY else [min(days)]
    values = [_cost_on(month.replace(day=day), costs) for day in counted]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    share = len(month_days(month)) if terms.basis == DAILY else 1
    return (sum(known, NOTHING) / share).quantize(CENT, ROUND_HALF_UP)


def _cost_on(day: date, costs: Sequence[Cost]) -> Decimal | None:
    return max(((one.from_on, one.value) for one in costs if one.from_on <= day), default=(day, None))[1]
