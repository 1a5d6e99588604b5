"""New values: exact, half up to the cent, never below zero. Terms: months as the calendar has them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.decide.contracts import add_months, month_end
from webapp.decide.readjust import MOST_VALUE, Rate, new_own_value, new_value, rate_flaws, readjusted

CENT = Decimal("0.01")
values = st.decimals(Decimal(0), Decimal("99999.99"), places=2)
percents = st.decimals(Decimal(-100), Decimal(1000), places=4)
days = st.dates(date(1990, 1, 1), date(2200, 12, 31))


def codes(rate: Rate, value: str = "99.90", *, also_own: bool = False) -> list[tuple[str, str]]:
    return [(flaw.field, flaw.code) for flaw in rate_flaws(rate, Decimal(value), also_own=also_own)]


@pytest.mark.parametrize(
    ("value", "percent", "expected"),
    [
        ("99.90", "5.5", "105.39"),  # 105.3945
        ("99.90", "-3", "96.90"),  # 96.903
        ("0.01", "50", "0.02"),  # 0.015: half up, where the banker's rule says 0.02, too
        ("0.05", "-50", "0.03"),  # 0.025: half up, where the banker's rule says 0.02
        ("99.90", "-100", "0.00"),
        ("99.90", "1000", "1098.90"),
    ],
)
def test_percentage_is_rounded_half_up_to_the_cent(value: str, percent: str, expected: str) -> None:
    assert new_value(Rate(percent=Decimal(percent)), Decimal(value)) == Decimal(expected)


@given(values, percents)
@settings(max_examples=80)
def test_new_value_is_the_nearest_cent_and_never_below_zero(value: Decimal, percent: Decimal) -> None:
    rate = Rate(percent=percent)
    assert rate_flaws(rate, value) == []
    after, exact = new_value(rate, value), Fraction(value) * (1 + Fraction(percent) / 100)
    assert after >= 0
    assert after == after.quantize(CENT)
    assert Fraction(-1, 200) < Fraction(after) - exact <= Fraction(1, 200)


@given(values, values, percents)
@settings(max_examples=80)
def test_who_paid_more_never_pays_less_afterwards(one: Decimal, other: Decimal, percent: Decimal) -> None:
    factor = 1 + Fraction(percent) / 100
    low, high = sorted((one, other))
    assert readjusted(low, factor) <= readjusted(high, factor)


@given(st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2), values)
@settings(max_examples=80)
def test_own_value_equal_to_the_plans_becomes_the_new_amount_exactly(value: Decimal, amount: Decimal) -> None:
    assert new_own_value(Rate(amount=amount), value, value) == amount


def test_own_value_changes_in_the_proportion_of_a_new_amount() -> None:
    assert new_own_value(Rate(amount=Decimal("110.00")), Decimal("100.00"), Decimal("80.00")) == Decimal("88.00")


@pytest.mark.parametrize(
    ("rate", "flaw"),
    [
        (Rate(), ("percent", "readjust_one_of_two")),
        (Rate(Decimal(1), Decimal(1)), ("percent", "readjust_one_of_two")),
        (Rate(percent=Decimal("-100.0001")), ("percent", "readjust_negative")),
        (Rate(amount=Decimal("-0.01")), ("amount", "readjust_negative")),
        (Rate(percent=Decimal("1000.0001")), ("percent", "readjust_too_much")),
        (Rate(amount=Decimal("1098.91")), ("amount", "readjust_too_much")),
    ],
)
def test_impossible_rate_is_refused_at_its_field(rate: Rate, flaw: tuple[str, str]) -> None:
    assert codes(rate) == [flaw]


def test_value_that_cannot_be_kept_is_refused() -> None:
    assert codes(Rate(percent=Decimal(1)), str(MOST_VALUE)) == [("percent", "readjust_too_large")]


def test_free_plan_gets_an_amount_but_gives_no_proportion() -> None:
    assert codes(Rate(amount=Decimal(50)), "0.00") == []
    assert codes(Rate(amount=Decimal(50)), "0.00", also_own=True) == [("amount", "readjust_from_zero")]
    assert new_value(Rate(amount=Decimal(50)), Decimal(0)) == 50


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 11, 30), 12, date(2027, 11, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_are_added_and_the_day_clipped(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(days, st.integers(0, 120))
@settings(max_examples=80)
def test_added_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    after = add_months(day, months)
    assert (after.year - day.year) * 12 + after.month - day.month == months
    assert after.day == day.day or (after.day < day.day and after == month_end(after))
