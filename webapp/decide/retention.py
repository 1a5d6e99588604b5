"""For how long each kind of record is kept, and the bounds of what a provider may choose. Pure.

Sources, looked up 2026-11-23: Lei 13.709/2018 (LGPD), arts. 15 and 16: data go when their purpose has ended, except
what a law or the exercise of rights in court asks for; Lei 8.078/1990 (consumer code), art. 27: five years to claim
damages; Lei 5.172/1966 (tax code), arts. 173 and 174: five years.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

YEAR = 365
FIVE_YEARS = 5 * YEAR


class Kind(StrEnum):
    """Kinds of record that go by themselves."""

    BODIES = "attempt_bodies"
    ATTEMPTS = "attempts"
    HISTORY = "history"
    SOURCE_ROWS = "source_rows"
    SOURCE_ITEMS = "source_items"
    SOURCE_HINTS = "source_hints"
    RUN_ITEMS = "run_items"
    ORPHANS = "orphans"
    ALERTS = "alerts"
    SESSIONS = "sessions"
    ACCESSES = "accesses"
    INVOICE_FILES = "invoice_files"
    CUSTOMERS = "customers"


@dataclass(frozen=True)
class Period:
    """How long one kind is kept.

    Attributes:
        days: unless the provider says otherwise.
        least: fewer would break what the product promises: a retry, an undo, a dispute.
        most: more would keep personal data without a purpose.
    """

    kind: Kind
    days: int
    least: int
    most: int


# A dispute may come for five years; what was said word by word is of use only while somebody looks for a fault.
PERIODS: Mapping[Kind, Period] = {
    one.kind: one
    for one in (
        Period(Kind.BODIES, 90, 7, YEAR),
        Period(Kind.ATTEMPTS, FIVE_YEARS, 180, 10 * YEAR),
        Period(Kind.HISTORY, FIVE_YEARS, 180, 10 * YEAR),
        Period(Kind.SOURCE_ROWS, 1, 1, 7),
        Period(Kind.SOURCE_ITEMS, 90, 7, YEAR),
        Period(Kind.SOURCE_HINTS, 7, 2, 30),
        Period(Kind.RUN_ITEMS, YEAR, 90, FIVE_YEARS),
        Period(Kind.ORPHANS, YEAR, 90, FIVE_YEARS),
        Period(Kind.ALERTS, 90, 7, 2 * YEAR),
        Period(Kind.SESSIONS, 90, 7, YEAR),
        Period(Kind.ACCESSES, 2 * YEAR, 180, FIVE_YEARS),
        Period(Kind.INVOICE_FILES, 180, 30, 2 * YEAR),
        Period(Kind.CUSTOMERS, FIVE_YEARS, YEAR, 10 * YEAR),
    )
}


class PeriodOutOfRange(ValueError):
    """A number of days outside the bounds; show ``least`` and ``most`` beside the field."""

    def __init__(self, period: Period, days: int) -> None:
        super().__init__(f"{period.kind}: {days}")
        self.period = period
        self.days = days


def chosen(kind: Kind, own: Mapping[str, int]) -> int:
    """Return the days that count: the provider's own, else the product's."""
    days = own.get(kind, PERIODS[kind].days)
    return min(max(days, PERIODS[kind].least), PERIODS[kind].most)


def check(kind: Kind, days: int) -> int:
    """Return the days if they may be chosen.

    Raises:
        PeriodOutOfRange: tell the bounds.
    """
    period = PERIODS[kind]
    if not period.least <= days <= period.most:
        raise PeriodOutOfRange(period, days)
    return days


def before(kind: Kind, own: Mapping[str, int], now: datetime) -> datetime:
    """Return the moment before which records of this kind go."""
    return now - timedelta(days=chosen(kind, own))
