"""When nobody is suspended: nights, week-ends, the evening before, holidays, days of one's own. Pure.

Support does not answer then, so a mistake would last. Enabling is always open; so is everything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

IsHoliday = Callable[[date], bool]
# From then on it is the evening before a day off.
EVENING = time(18)
STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip
_FRIDAY, _SATURDAY = 4, 5
_DAY = timedelta(days=1)
# A calendar that is closed longer than this is looked at again then.
_MOST_DAYS = 60


@dataclass(frozen=True)
class Calendar:
    """Times without suspensions, where the provider is.

    Attributes:
        nights: from and until, over midnight too; None = nights are like days.
        weekend: Saturdays and Sundays.
        eve: Fridays and eves of holidays and own dates, from 18:00.
        holidays: those of the country, and of ``state`` where one is named.
        dates: whole days besides.
        cancels: what is cancelled waits too.
    """

    nights: tuple[time, time] | None = None
    weekend: bool = False
    eve: bool = False
    holidays: bool = False
    state: str = ""
    dates: frozenset[date] = frozenset()
    cancels: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether it closes at no time."""
        return not (self.nights or self.weekend or self.eve or self.holidays or self.dates)


def load_calendar(raw: Mapping[str, Any]) -> Calendar:
    """Read a calendar from ``Integration.no_suspend``; what is not said is open."""
    nights = raw.get("nights")
    return Calendar(
        nights=(time.fromisoformat(nights[0]), time.fromisoformat(nights[1])) if nights else None,
        weekend=bool(raw.get("weekend")),
        eve=bool(raw.get("eve")),
        holidays=bool(raw.get("holidays")),
        state=str(raw.get("state") or ""),
        dates=frozenset(date.fromisoformat(day) for day in raw.get("dates") or ()),
        cancels=bool(raw.get("cancels")),
    )


def dump_calendar(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar as JSON; one that closes at no time is empty."""
    if calendar.is_empty:
        return {}
    nights = [f"{one:%H:%M}" for one in calendar.nights] if calendar.nights else None
    return {
        "nights": nights, "weekend": calendar.weekend, "eve": calendar.eve, "holidays": calendar.holidays,
        "state": calendar.state, "dates": sorted(day.isoformat() for day in calendar.dates),
        "cancels": calendar.cancels,
    }  # fmt: skip


def closed_until(calendar: Calendar, local_now: datetime, is_holiday: IsHoliday) -> datetime | None:
    """Return when suspensions open again, or None when they are open now.

    Args:
        local_now: aware, in the provider's zone; so is the answer.
        is_holiday: of the country and state of the calendar.
    """
    if calendar.is_empty:
        return None
    at, last = local_now, local_now + _MOST_DAYS * _DAY
    while _closed(calendar, at, is_holiday) and at < last:
        at = _next_turn(calendar, at)
    return at if at != local_now else None


def describe(calendar: Calendar) -> list[tuple[str, dict[str, Any]]]:
    """Return what it says as message codes and values, for people; empty = suspensions are always open."""
    words: list[tuple[str, dict[str, Any]]] = []
    if calendar.nights:
        since, until = (f"{one:%H:%M}" for one in calendar.nights)
        words.append(("calendar_nights", {"since": since, "until": until}))
    words += [("calendar_weekend", {})] if calendar.weekend else []
    words += [("calendar_eve", {"since": f"{EVENING:%H:%M}"})] if calendar.eve else []
    if calendar.holidays:
        words.append(("calendar_state", {"state": calendar.state}) if calendar.state else ("calendar_holidays", {}))
    words += [("calendar_dates", {"count": len(calendar.dates)})] if calendar.dates else []
    return words + ([("calendar_cancels", {})] if words and calendar.cancels else [])


def _closed(calendar: Calendar, at: datetime, is_holiday: IsHoliday) -> bool:
    return (
        _is_night(calendar, at.time())
        or _day_off(calendar, at.date(), is_holiday)
        or (calendar.eve and at.time() >= EVENING and _is_eve(calendar, at.date(), is_holiday))
    )


def _is_night(calendar: Calendar, at: time) -> bool:
    if calendar.nights is None:
        return False
    since, until = calendar.nights
    return since <= at < until if since < until else at >= since or at < until


def _day_off(calendar: Calendar, day: date, is_holiday: IsHoliday) -> bool:
    weekend = calendar.weekend and day.weekday() >= _SATURDAY
    return weekend or day in calendar.dates or (calendar.holidays and is_holiday(day))


def _is_eve(calendar: Calendar, day: date, is_holiday: IsHoliday) -> bool:
    return day.weekday() == _FRIDAY or day + _DAY in calendar.dates or is_holiday(day + _DAY)


def _next_turn(calendar: Calendar, at: datetime) -> datetime:
    """Return the next moment at which the answer may be another one: the end of the night, or midnight."""
    midnight = datetime.combine(at.date() + _DAY, time(), at.tzinfo)
    if calendar.nights is None:
        return _real(midnight, at)
    ends = datetime.combine(at.date(), calendar.nights[1], at.tzinfo)
    return _real(ends if ends.replace(tzinfo=None) > at.replace(tzinfo=None) else midnight, at)


def _real(wall: datetime, after: datetime) -> datetime:
    """Return a moment of the clock that really comes, and comes later: clocks are put forward and back."""
    found = wall.astimezone(UTC)
    if found <= after.astimezone(UTC):
        found = wall.replace(fold=1).astimezone(UTC)
    return found.astimezone(after.tzinfo)
