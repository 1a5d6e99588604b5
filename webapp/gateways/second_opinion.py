"""What time it is elsewhere: the header ``Date`` of the last answer, a second opinion on our own clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_last: list[tuple[str, float]] = []


def note(date: str | None, at_s: float) -> None:
    """Remember what an answer said.

    Args:
        date: its header, as it came; None = it had none.
        at_s: when it came, on a clock that nobody can set.
    """
    if date:
        _last[:] = [(date, at_s)]


def time_elsewhere(since_s: float, now_s: float) -> datetime | None:
    """Return the present by the last answer that told the time; None when there is none, or it cannot be read.

    Args:
        since_s: answers from before count for nothing.
        now_s: on the same clock as ``at_s`` of ``note``.
    """
    if not _last or _last[0][1] < since_s:
        return None
    date, at_s = _last[0]
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return told + timedelta(seconds=now_s - at_s)
