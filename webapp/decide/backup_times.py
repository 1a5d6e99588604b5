"""When a backup is due, and which of them may go. Pure.

Moments are of the provider's own clock: "every day at 02:30" is what people mean.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

# So long every backup is kept, however many are made a day.
RECENT = timedelta(hours=24)
# What a person asked for, and what was made before an upgrade, belongs to no rhythm.
ASKED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Rhythm:
    """When, and how many are kept.

    Attributes:
        at: hour and minute of one of the day's backups.
        every_h: hours between them; divides a day.
        daily, weekly, monthly: of so many days, weeks and months the last one stays.
    """

    at: time
    every_h: int
    daily: int
    weekly: int
    monthly: int


def last_due(rhythm: Rhythm, now: datetime) -> datetime:
    """Return the latest moment, not after now, at which one was due."""
    first = datetime.combine(now.date(), rhythm.at, now.tzinfo) - timedelta(days=1)
    slots = [first + timedelta(hours=rhythm.every_h * number) for number in range(48 // rhythm.every_h + 1)]
    return max(slot for slot in slots if slot <= now)


def kept(moments: Sequence[datetime], rhythm: Rhythm, now: datetime) -> set[datetime]:
    """Return those that stay: the newest, all of the last day, and the last of so many days, weeks and months.

    Days without one do not count: a hub that was off for a month loses nothing by that.
    """
    newest_first = sorted(set(moments), reverse=True)
    stay = {moment for moment in newest_first if now - moment < RECENT}
    stay |= set(newest_first[:1])
    stay |= _last_of_each(newest_first, rhythm.daily, lambda moment: moment.date())
    stay |= _last_of_each(newest_first, rhythm.weekly, lambda moment: moment.isocalendar()[:2])
    return stay | _last_of_each(newest_first, rhythm.monthly, lambda moment: (moment.year, moment.month))


def _last_of_each(newest_first: Sequence[datetime], count: int, span: Callable[[datetime], Hashable]) -> set[datetime]:
    last: dict[Hashable, datetime] = {}
    for moment in newest_first:
        last.setdefault(span(moment), moment)
    return set(list(last.values())[:count])
