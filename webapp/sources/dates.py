"""Days and moments as ERPs write them. What cannot be read is None, which means unknown, never today."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

_BRAZILIAN = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(.*)", re.S)
_LEAST_YEAR = 1900


def read_day(value: Any) -> date | None:
    """Return a day written as ``2026-11-22`` or ``22/11/2026``, with or without a time behind it."""
    moment = _read(value)
    return moment.date() if moment else None


def read_moment(value: Any, timezone: ZoneInfo) -> datetime | None:
    """Return a moment in UTC; one without an offset is meant in ``timezone``."""
    moment = _read(value)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone)).astimezone(UTC)


def read_http_date(text: str) -> datetime | None:
    """Return the moment of an HTTP ``Date`` header in UTC."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def read_cursor(cursor: str, now: datetime, *, overlap: timedelta, first: timedelta) -> datetime:
    """Return since when to look: the cursor less an overlap; for an empty or unreadable one ``first`` ago.

    Never later than the present: an ERP's or our own clock may have been wrong for a while.
    """
    try:
        since = datetime.fromisoformat(cursor)
    except ValueError:
        return now - first
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return min(since, now) - overlap


def _read(value: Any) -> datetime | None:
    text = str(value).strip() if isinstance(value, str) else ""
    found = _BRAZILIAN.fullmatch(text)
    if found:
        day, month, year, rest = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{rest}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Year 0000 and 0001 are how some databases write "none".
    return moment if moment.year >= _LEAST_YEAR else None
