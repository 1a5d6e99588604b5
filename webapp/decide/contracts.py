"""Terms of contracts: how a day moves by months. Pure."""

from calendar import monthrange
from datetime import date

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
