"""Terms of contracts: when they end, whether they run, how a day moves by months. Pure."""

from calendar import monthrange
from datetime import date, timedelta

MOST_MONTHS = 120


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of a shorter month.

    Args:
        months: zero or more; the year must not pass 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def contract_end(begins_on: date, months: int) -> date | None:
    """Return the last day of a contract that runs for so many months; None without a fixed term.

    From the 15th it runs to the 14th; from a day that the last month does not have, to that month's end.
    """
    if not months:
        return None
    same_day = add_months(begins_on, months)
    return same_day if same_day.day < begins_on.day else same_day - timedelta(days=1)


def contract_state(ends_on: date | None, today: date) -> str:
    """Return ``none`` (no fixed term), ``running`` or ``ended``; the last day still counts."""
    if ends_on is None:
        return "none"
    return "running" if ends_on >= today else "ended"
