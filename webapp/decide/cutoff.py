"""The platform's billing day: who is still there when it begins is billed for another month. Pure."""

import calendar
from datetime import datetime, time, timedelta

# A cancel that would wait longer than until so shortly before the cut-off does not wait.
MARGIN = timedelta(hours=1)
_FIRST = 1


def next_cutoff(billing_day: int, local_now: datetime) -> datetime:
    """Return when the platform counts next: the beginning of its billing day.

    Args:
        billing_day: 1 to 31; in a shorter month, its last day.
        local_now: aware, in the provider's zone; so is the answer.
    """
    this = _cutoff(billing_day, local_now, local_now.year, local_now.month)
    if this > local_now:
        return this
    following = local_now.replace(day=_FIRST) + timedelta(days=31)
    return _cutoff(billing_day, local_now, following.year, following.month)


def in_lead(cutoff: datetime, lead_h: int, now: datetime) -> bool:
    """Tell whether the hours before the cut-off have begun, in which cancels go first."""
    return cutoff - timedelta(hours=lead_h) <= now < cutoff


def cancel_waits_until(
    opens_at: datetime | None, cutoff: datetime | None, lead_h: int, now: datetime
) -> datetime | None:
    """Return until when the calendar may hold a cancel; None = it goes now.

    It holds none past the cut-off: then the hours before it are as good as an open calendar.

    Args:
        opens_at: when suspensions open again; None = they are open.
        cutoff: None = the billing day is not known.
    """
    if opens_at is None or cutoff is None or opens_at <= cutoff - MARGIN:
        return opens_at
    lead_begins = cutoff - timedelta(hours=lead_h)
    return lead_begins if lead_begins > now else None


def _cutoff(billing_day: int, local_now: datetime, year: int, month: int) -> datetime:
    day = min(billing_day, calendar.monthrange(year, month)[1])
    return datetime.combine(datetime(year, month, day).date(), time(), local_now.tzinfo)
