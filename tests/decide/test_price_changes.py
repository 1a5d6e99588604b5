"""New values from a day on: arithmetic to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.price_changes import outcome_of, price_flaws, scaled_parts, sold_value
from webapp.decide.readjust import Rate

MONEY = st.decimals(min_value=0, max_value=9999, places=2)
TEN = Rate(percent=Decimal(10))


def test_what_is_sold_changes_in_proportion_and_who_pays_the_value_pays_the_new_one() -> None:
    groups = {Decimal("29.90"): 3, Decimal("19.90"): 1}
    found = outcome_of(Rate(amount=Decimal("34.90")), Decimal("29.90"), groups, also_sold=True)
    assert found.value == Decimal("34.90")
    assert found.pairs == ((Decimal("29.90"), Decimal("34.90"), 3), (Decimal("19.90"), Decimal("23.23"), 1))
    assert (found.changed, found.left, found.before, found.after) == (4, 0, Decimal("109.60"), Decimal("127.93"))


def test_what_is_sold_keeps_its_value_unless_it_was_said() -> None:
    found = outcome_of(TEN, Decimal("29.90"), {Decimal("29.90"): 3}, also_sold=False)
    assert (found.value, found.changed, found.left) == (Decimal("32.89"), 0, 3)
    assert found.before == found.after == Decimal("89.70")


def test_value_out_of_nothing_gives_no_proportion_for_other_values() -> None:
    rate = Rate(amount=Decimal(10))
    zero, other = Decimal("0.00"), Decimal("5.00")
    assert [flaw.code for flaw in price_flaws(rate, zero, {other: 1}, also_sold=True)] == ["readjust_from_zero"]
    assert price_flaws(rate, zero, {zero: 4}, also_sold=True) == []
    assert outcome_of(rate, zero, {zero: 4}, also_sold=True).after == Decimal(40)


def test_value_that_would_be_too_large_is_refused_also_of_what_is_sold() -> None:
    rate = Rate(percent=Decimal(500))
    flaws = price_flaws(rate, Decimal(10), {Decimal("9000000.00"): 1}, also_sold=True)
    assert [flaw.code for flaw in flaws] == ["readjust_too_large"]


@given(st.lists(MONEY, max_size=6), MONEY)
def test_parts_add_up_to_the_new_value_to_the_cent(parts: list[Decimal], total: Decimal) -> None:
    scaled = scaled_parts(parts, total)
    assert len(scaled) == len(parts)
    assert not parts or sum(scaled) == total
    assert all(part >= 0 for part in scaled)


@given(MONEY.filter(bool), MONEY)
def test_who_pays_the_value_always_pays_the_new_value(value: Decimal, amount: Decimal) -> None:
    rate = Rate(amount=amount)
    assert sold_value(rate, value, value) == amount


@pytest.mark.parametrize("percent", [-100, -3, 0, 7])
def test_sums_are_those_of_the_single_values(percent: int) -> None:
    rate, groups = Rate(percent=Decimal(percent)), {Decimal("10.01"): 7, Decimal("33.33"): 2}
    found = outcome_of(rate, Decimal("10.01"), groups, also_sold=True)
    assert found.after == sum(sold_value(rate, Decimal("10.01"), one) * count for one, count in groups.items())
