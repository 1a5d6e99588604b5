"""When and how many accounts are asked about one by one, and what a sample says of the rest. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta

TICK_S = 60
# What the answers of one night must look like before "there is no such account" is believed at once.
ENOUGH, FEW, SHARE = 20, 3, 0.1
# The normal quantile of 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True)
class Night:
    """One night's time for probes, where the provider is."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Tell whether the moment lies in it."""
        return self.begins <= moment < self.ends


def night_of(moment: datetime, begins: str, ends: str) -> Night:
    """Return the night in which the moment lies, else the last one before it.

    Args:
        moment: local time, with its zone.
        begins, ends: ``HH:MM``; when they are the same, the night lasts the whole day.
    """
    today = _night(moment, begins, ends)
    if today.begins <= moment:
        return today
    return _night(moment - timedelta(days=1), begins, ends)


def _night(day: datetime, begins: str, ends: str) -> Night:
    first = datetime.combine(day.date(), time.fromisoformat(begins), day.tzinfo)
    last = datetime.combine(day.date(), time.fromisoformat(ends), day.tzinfo)
    # The wall clock counts, whatever a change to summer time makes of its length.
    return Night(first, last if last > first else last + timedelta(days=1))


def quota(live: int, nights: int) -> int:
    """Return how many accounts are asked about in one night, so that each has its turn in so many nights."""
    return math.ceil(live / max(nights, 1))


def asks_now(night: Night, moment: datetime, wanted: int, asked: int, most: int) -> int:
    """Return how many are to be asked about in this tick: spread evenly over the night, and never more than ``most``.

    Args:
        wanted: in the whole night.
        asked: so far.
        most: what one tick can do at the platform's pace.
    """
    if not night.holds(moment):
        return 0
    length_s = (night.ends - night.begins).total_seconds()
    # The last tick of a night would come too late for its share: it is all due one tick early.
    gone_s = (moment - night.begins).total_seconds() + 2 * TICK_S
    due = math.ceil(wanted * min(gone_s / length_s, 1.0))
    return max(0, min(due - asked, wanted - asked, most))


def most_in(seconds: float, rate_per_s: float, at_most: int) -> int:
    """Return how many calls fit into the time at a pace; 0 calls a second = there is none set."""
    return at_most if rate_per_s <= 0 else max(1, min(at_most, int(seconds * rate_per_s)))


def absence_counts(asked: int, absent: int, *, whole: bool) -> bool:
    """Tell whether "there is no such account" may be believed of those that one night brought.

    A platform, or an address, at which suddenly nobody is known has a fault of its own: then nobody is made anew.

    Args:
        absent: of those asked, that we believe to be live.
        whole: the night is over, and no more answers come.
    """
    if asked < ENOUGH:
        return whole and absent <= FEW
    return absent <= max(FEW, SHARE * asked)


def share_between(found: int, asked: int) -> tuple[float, float]:
    """Return between which shares the whole lies, in 95 of 100 samples like this one (Wilson score interval).

    Args:
        found: how many of those asked differ.
        asked: accounts that were drawn by chance and answered.

    Returns:
        Two numbers from 0 to 1; (0, 1) when nobody answered, for then nothing is known.
    """
    if asked <= 0:
        return 0.0, 1.0
    part, spread = found / asked, _Z * _Z / asked
    middle = (part + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(part * (1 - part) / asked + spread / (4 * asked)) / (1 + spread)
    low = 0.0 if found <= 0 else max(0.0, middle - half)
    return low, 1.0 if found >= asked else min(1.0, middle + half)
