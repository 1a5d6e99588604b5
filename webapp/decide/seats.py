"""Seats: who held which product of a platform, in which state, from when to when, and why. Pure.

A seat of a day is what was held at any moment of that day where the provider is.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

ACTIVE, SUSPENDED, PENDING = "active", "suspended", "pending"
# The first of these that a day saw is what the day counts as.
_STRENGTH = (ACTIVE, PENDING, SUSPENDED)


class Span(NamedTuple):
    """One right in one state, from one moment to another; tens of thousands of them are made for one month.

    Attributes:
        state: active, suspended or pending.
        ended_at: None = it still lasts.
        began_by, ended_by: why, see ``REASONS``; empty = not known.
        proof: of the end: at, attempt_id, request_id, http_status, outcome, answer; None = nothing was sent.
    """

    seat_id: int
    account_id: int
    service_package_id: int
    product_id: int
    state: str
    began_at: datetime
    ended_at: datetime | None
    began_by: str = ""
    ended_by: str = ""
    proof: Mapping[str, Any] | None = None


def month_bounds(month: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a month, and the first one after it."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), tz), datetime.combine(following, time(), tz)


def held_days(spans: Iterable[Span], month: date, tz: ZoneInfo) -> dict[tuple[int, int], tuple[str, ...]]:
    """Return, by (account id, product id), the state of each day of a month; an empty word = not held.

    A day in which several states followed each other counts as the strongest: active, pending, suspended.
    Whoever held nothing in the month is left out.
    """
    days = monthrange(month.year, month.month)[1]
    first, end = month_bounds(month, tz)
    held: dict[tuple[int, int], tuple[str, ...]] = {}
    alike = {state: (state,) * days for state in ("", *_STRENGTH)}
    for span in spans:
        key = span.account_id, span.product_id
        # Most are one seat that lasts for the whole of it.
        whole = span.began_at <= first and (span.ended_at is None or span.ended_at >= end)
        if whole and key not in held:
            held[key] = alike[span.state]
        elif touched := range(1, days + 1) if whole else _days(span, month, days, tz):
            held[key] = _entered(held.get(key, alike[""]), touched, span.state)
    return held


def counting_days(states: Iterable[str], *, suspended_counts: bool, pending_counts: bool) -> list[int]:
    """Return the days of the month that a platform bills, by its terms."""
    counts = {ACTIVE, *([SUSPENDED] * suspended_counts), *([PENDING] * pending_counts)}
    return [day for day, state in enumerate(states, 1) if state in counts]


def _days(span: Span, month: date, days: int, tz: ZoneInfo) -> range:
    """Return the days of the month that the span touches; one of no length touches none."""
    if span.ended_at is not None and span.ended_at <= span.began_at:
        return range(0)
    first, last = span.began_at.astimezone(tz).date(), date.max
    if span.ended_at is not None:
        # What ended at midnight was not held on the day that begins then.
        last = (span.ended_at - timedelta(microseconds=1)).astimezone(tz).date()
    start, end = month.replace(day=1), month.replace(day=days)
    if last < start or first > end:
        return range(0)
    return range(max(first, start).day, min(last, end).day + 1)


def _entered(states: tuple[str, ...], touched: range, fresh: str) -> tuple[str, ...]:
    first, last = touched.start - 1, touched.stop - 1
    part = (_stronger(state, fresh) if state else fresh for state in states[first:last])
    return (*states[:first], *part, *states[last:])


def _stronger(one: str, other: str) -> str:
    return next(state for state in _STRENGTH if state in (one, other))
