"""The calendar of what is planned: kinds of entries, the weeks of a month, days that come every month. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.decide.contracts import month_end

PAUSE, RETURN, START, END, FREE_END, EXEMPT_END, CONTRACT_END, MOVE = PERSONAL = (
    "pause", "return", "start", "end", "free_end", "exempt_end", "contract_end", "move",
)  # fmt: skip
PRICE, CAMPAIGN_FIRST, CAMPAIGN_LAST, BILLING = COMMON = ("price", "campaign_first", "campaign_last", "billing")
KINDS = (*PERSONAL, *COMMON)
_WEEK = 7


@dataclass(frozen=True)
class Entry:
    """One line of a day.

    Attributes:
        count: so many people; None where it is about none.
        text: what it is about, where that is one thing.
        object_id: of that thing; None = none has a page.
    """

    kind: str
    day: date
    count: int | None = None
    text: str = ""
    object_id: int | None = None


def month_of(text: str, today: date) -> date:
    """Return the first day of the month of a text like 2026-11; of the present one where it names none."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)


def month_beside(first: date, months: int) -> date:
    """Return the first day of the month so many before or after; the ends of time stay where they are."""
    place = first.year * 12 + first.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, 1) if date.min.year <= year <= date.max.year else first


def weeks_of(first: date) -> list[list[date | None]]:
    """Return the weeks of a month from Sunday on, as calendars here hang; None beside the month."""
    days: list[date | None] = [None] * ((first.weekday() + 1) % _WEEK)
    days += [first + timedelta(days=number) for number in range(month_end(first).day)]
    days += [None] * (-len(days) % _WEEK)
    return [days[start : start + _WEEK] for start in range(0, len(days), _WEEK)]


def day_in_month(first: date, day: int) -> date:
    """Return that day of a month, or its last one where it is shorter."""
    return first.replace(day=min(day, month_end(first).day))


def by_day(entries: Iterable[Entry]) -> dict[date, list[Entry]]:
    """Return entries by their day, in the order of their kinds."""
    found: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.day, KINDS.index(one.kind), one.text)):
        found.setdefault(entry.day, []).append(entry)
    return found
