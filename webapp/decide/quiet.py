"""When a channel may be told of an alert: quiet hours, causes that come and go, further tries. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A cause that opens and closes again and again is told of once in this time; if it lasts, at the end of it.
FLAP = timedelta(minutes=30)
# After the first try. When all of them failed, the message is given up.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
_RANK = {"warn": 1, "fail": 2}


def quiet_end(at: datetime, quiet_from: str | None, quiet_until: str | None, timezone: str) -> datetime:
    """Return when something may be told: ``at`` itself, or the end of the quiet hours in which it lies.

    Args:
        at: aware.
        quiet_from, quiet_until: ``HH:MM`` where the provider is, over midnight too; None, or twice the same = never.
        timezone: an IANA name.
    """
    if not quiet_from or not quiet_until or quiet_from == quiet_until:
        return at
    begin, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    local = at.astimezone(ZoneInfo(timezone))
    now = local.time().replace(tzinfo=None)
    inside = begin <= now < end if begin < end else now >= begin or now < end
    if not inside:
        return at
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, ZoneInfo(timezone)).astimezone(UTC)


def fits(channel_level: str, alert_level: str) -> bool:
    """Tell whether a channel is told of alerts of this level."""
    return _RANK[alert_level] >= _RANK[channel_level]


def is_worse(level: str, than: str) -> bool:
    """Tell whether one level is worse than another."""
    return _RANK[level] > _RANK[than]


def after_flap(now: datetime, level: str, told_at: datetime | None, told_level: str) -> datetime:
    """Return when a cause that came up again may be told of: at once, or when ``FLAP`` has passed.

    Args:
        told_at: when the channel was last told that the same cause came up; None = never.
        told_level: with which level; one that is worse now is told at once.
    """
    if told_at is None or is_worse(level, told_level):
        return now
    return max(now, told_at + FLAP)


def next_try(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries failed; None = give up."""
    return RETRIES[tries - 1] if 0 < tries <= len(RETRIES) else None
