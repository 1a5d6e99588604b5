"""Campaigns: a package costs nothing for its first months when it is sold within some days. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from webapp.decide.contracts import contract_end

FREE = Decimal("0.00")


class Offer(Protocol):
    """What is asked of a campaign."""

    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date: ...
    @property
    def free_months(self) -> int: ...
    @property
    def trial(self) -> bool: ...
    @property
    def active(self) -> bool: ...


AnyOffer = TypeVar("AnyOffer", bound=Offer)


@dataclass(frozen=True)
class Grant:
    """What a sale gets from a campaign: the last day that costs nothing, and the last day of the right."""

    free_until: date
    ends_on: date | None


def running(offers: Iterable[AnyOffer], day: date) -> AnyOffer | None:
    """Return the offer that a sale of this day takes part in: of several, the one with most months."""
    open_now = [one for one in offers if one.active and one.from_on <= day <= one.until_on]
    return max(open_now, key=lambda one: one.free_months, default=None)


def granted(offer: Offer, day: date, starts_on: date | None, ends_on: date | None) -> Grant:
    """Return what a sale of this day gets; its months count from the first day of the right.

    Args:
        ends_on: a last day that was given with the sale stands, also where it is a trial.
    """
    begins = max(day, starts_on) if starts_on else day
    free_until = contract_end(begins, offer.free_months)
    assert free_until is not None
    return Grant(free_until, free_until if offer.trial and ends_on is None else ends_on)


def charged_value(value: Decimal, free_until: date | None, day: date) -> Decimal:
    """Return what a sale costs the customer on a day."""
    return FREE if free_until is not None and day <= free_until else value
