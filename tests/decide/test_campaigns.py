"""Free months: whole ones, whatever the month's length."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.campaigns import FREE, charged_value, granted, running
from webapp.decide.contracts import add_months

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@dataclass(frozen=True)
class Offer:
    from_on: date = FIRST
    until_on: date = LAST
    free_months: int = 1
    trial: bool = False
    active: bool = True


@pytest.mark.parametrize(
    ("day", "months", "until"),
    [
        (date(2026, 11, 15), 1, date(2026, 12, 14)), (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)), (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 2, date(2027, 1, 31)),
    ],
)  # fmt: skip
def test_months_are_whole_and_end_with_a_shorter_month(day: date, months: int, until: date) -> None:
    assert granted(Offer(free_months=months), day, None, None).free_until == until


def test_first_and_last_day_take_part_and_no_other() -> None:
    offer = Offer()
    days = [FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1)]
    assert [running([offer], day) is offer for day in days] == [False, True, True, False]
    assert running([Offer(active=False)], FIRST) is None


def test_the_longest_of_several_counts() -> None:
    long = Offer(free_months=3)
    assert running([Offer(), long, Offer(free_months=2)], FIRST) is long


def test_trial_ends_with_its_free_months_unless_a_last_day_was_given() -> None:
    trial = Offer(trial=True)
    assert granted(trial, FIRST, None, None).ends_on == date(2026, 11, 30)
    assert granted(trial, FIRST, None, date(2027, 1, 1)).ends_on == date(2027, 1, 1)
    assert granted(Offer(), FIRST, None, None).ends_on is None


def test_months_count_from_the_first_day_of_the_right() -> None:
    assert granted(Offer(), FIRST, date(2026, 12, 10), None).free_until == date(2027, 1, 9)
    assert granted(Offer(), FIRST, date(2026, 1, 1), None).free_until == date(2026, 11, 30)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(1, 36))
def test_free_days_are_never_fewer_than_the_month_and_the_next_day_is_paid(day: date, months: int) -> None:
    until = granted(Offer(free_months=months), day, None, None).free_until
    assert until in (add_months(day, months), add_months(day, months) - timedelta(days=1))
    value = Decimal("29.90")
    assert charged_value(value, until, until) == FREE
    assert charged_value(value, until, until + timedelta(days=1)) == value
