"""Months and their figures: what was sold at the beginning, what came, what went, what it brings and costs. Pure.

A package sold counts in a month when it is live at the end of the month's last day, with its whole monthly value;
what it is worth day by day is the business of whoever bills. It counts with the plan and the city that its service
has then: a move is neither come nor gone. Free days are free: a sale whose free time lasts to the
last day brings nothing in that month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DIMENSIONS = ("platform", "package", "plan", "city")
MOST_MONTHS = 60
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Figures:
    """Figures of some packages sold over a month, or over several.

    Attributes:
        at_start, at_end: live before the first day, and at the end of the last one.
        ended: went meanwhile; ``cancelled``: of those, such whose service ended.
        revenue: what customers pay for those that are live at the end of each month.
        cost: what platforms charge for the seats that are held then.
    """

    at_start: int = 0
    added: int = 0
    ended: int = 0
    cancelled: int = 0
    at_end: int = 0
    revenue: Decimal = NOTHING
    cost: Decimal = NOTHING

    def __add__(self, other: "Figures") -> "Figures":
        """Put two parts of the same month together."""
        # Written out: a page adds up tens of thousands of them.
        return Figures(
            self.at_start + other.at_start, self.added + other.added, self.ended + other.ended,
            self.cancelled + other.cancelled, self.at_end + other.at_end, self.revenue + other.revenue,
            self.cost + other.cost,
        )  # fmt: skip

    @property
    def margin(self) -> Decimal:
        """Return what is left of the revenue."""
        return self.revenue - self.cost

    @property
    def moved(self) -> int:
        """Return how many more there are at the end than came and went: from another plan or city, or back again."""
        return self.at_end - self.at_start - self.added + self.ended

    @property
    def churn(self) -> Decimal | None:
        """Return how many of a hundred went, of those that were there at the start; None = nobody was."""
        return (Decimal(self.ended) * 100 / self.at_start).quantize(Decimal("0.1")) if self.at_start else None


@dataclass(frozen=True)
class Part:
    """Figures of one month and of what the report is divided by.

    Attributes:
        key: id of a platform, package or plan, or the name of a city; None = of no platform.
    """

    month: date
    key: int | str | None
    figures: Figures


def first_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return first_of(first_of(month) + timedelta(days=31))


def former_month(month: date) -> date:
    """Return the first day of the month before."""
    return first_of(first_of(month) - timedelta(days=1))


def last_day(month: date) -> date:
    """Return the last day of a month."""
    return next_month(month) - timedelta(days=1)


def months_back(month: date, count: int) -> date:
    """Return the first of so many months that end with this one."""
    number = month.year * 12 + month.month - count
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """Yield the months from one to another, both included."""
    month = first_of(first)
    while month <= last:
        yield month
        month = next_month(month)


def read_month(text: str) -> date | None:
    """Return the first day of a month written ``2026-11``; None where it is none."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def by_month(parts: Iterable[Part]) -> dict[date, Figures]:
    """Return the figures of each month, whatever they are divided by; the earliest month first."""
    found: dict[date, Figures] = {}
    for part in parts:
        found[part.month] = found.get(part.month, Figures()) + part.figures
    return dict(sorted(found.items()))


def over_time(months: dict[date, Figures]) -> Figures:
    """Return the figures of several months as of one: the start of the first, the end of the last, sums between."""
    if not months:
        return Figures()
    inner = sum(months.values(), Figures())
    first, last = months[min(months)], months[max(months)]
    return Figures(
        first.at_start, inner.added, inner.ended, inner.cancelled, last.at_end, inner.revenue, inner.cost
    )  # fmt: skip


def by_key(parts: Iterable[Part], first: date, last: date) -> dict[int | str | None, Figures]:
    """Return the figures over a period by what the report is divided by; what is worth most first."""
    found: dict[int | str | None, dict[date, Figures]] = {}
    for part in parts:
        # Who is missing in a month had nothing at that time.
        months = found.setdefault(part.key, {first: Figures(), last: Figures()})
        months[part.month] = months.get(part.month, Figures()) + part.figures
    totals = {key: over_time(months) for key, months in found.items()}
    return dict(sorted(totals.items(), key=lambda item: (-item[1].revenue, -item[1].at_end, str(item[0]))))
