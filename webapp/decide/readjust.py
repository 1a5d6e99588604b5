"""New values of a plan and of the services that have it: arithmetic only. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from webapp.decide.credentials import Flaw

MOST_PERCENT = 1000
MOST_VALUE = Decimal("9999999.99")


@dataclass(frozen=True)
class Rate:
    """By how much a plan's value changes: one of the two is given.

    Attributes:
        percent: 5 = five percent more; negative = less.
        amount: the plan's new value in R$.
    """

    percent: Decimal | None = None
    amount: Decimal | None = None


def rate_flaws(rate: Rate, value: Decimal, *, also_own: bool = False) -> list[Flaw]:
    """Return why a plan of this value cannot be changed so; empty when it can.

    Args:
        also_own: services with a value of their own change by the same factor, so there must be one.
    """
    if (rate.percent is None) == (rate.amount is None):
        return [Flaw("percent", "readjust_one_of_two", {})]
    field = "percent" if rate.amount is None else "amount"
    if also_own and rate.amount is not None and not value:
        return [Flaw("amount", "readjust_from_zero", {})]
    if (rate.percent is not None and rate.percent < -100) or (rate.amount is not None and rate.amount < 0):
        return [Flaw(field, "readjust_negative", {})]
    if (rate.amount is None or value) and _factor(rate, value) > 1 + Fraction(MOST_PERCENT, 100):
        return [Flaw(field, "readjust_too_much", {"maximum": MOST_PERCENT})]
    return [Flaw(field, "readjust_too_large", {})] if new_value(rate, value) > MOST_VALUE else []


def new_value(rate: Rate, value: Decimal) -> Decimal:
    """Return the plan's new value; the rate must be free of flaws."""
    return readjusted(value, _factor(rate, value)) if rate.amount is None else rate.amount


def new_own_value(rate: Rate, plan_value: Decimal, value: Decimal) -> Decimal:
    """Return the new value of a service that has one of its own: it changes as the plan does, in proportion."""
    return readjusted(value, _factor(rate, plan_value))


def readjusted(value: Decimal, factor: Fraction) -> Decimal:
    """Multiply an amount of R$, exactly, and round half up to the cent.

    Args:
        value: zero or more.
        factor: zero or more.
    """
    cents = floor(Fraction(value) * factor * 100 + Fraction(1, 2))
    return Decimal(cents).scaleb(-2)


def _factor(rate: Rate, value: Decimal) -> Fraction:
    if rate.amount is not None:
        return Fraction(rate.amount) / Fraction(value)
    return 1 + Fraction(rate.percent or 0) / 100
