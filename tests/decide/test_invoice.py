"""Lines of an invoice against the ledger of a month: what is claimed, to the cent, and what never is."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.billing import Cost, Terms, billed_days, due
from webapp.decide.invoice import Finding, Key, Ledger, Line, find_accounts, judge

MONTH = date(2026, 9, 1)
FULL, GONE = ("active",) * 30, ("active",) * 9 + ("",) * 21
COSTS = {1: [Cost(date(2026, 1, 1), Decimal("30.00"))]}
OFF = Terms(suspended_counts=False)


def line(number: int = 1, value: str = "30.00", **more: Any) -> Line:
    return Line(number, (("login", "ana"),), "ana", Decimal(value), "full", 1, **more)


def found(
    *lines: Line, held: dict[Key, tuple[str, ...]], accounts: frozenset[int] | None = frozenset({1}), **more: Any
) -> list[Finding]:
    ledger = Ledger(MONTH, more.pop("terms", Terms()), more.pop("costs", COSTS), held, **more)
    return judge([(one, accounts) for one in lines], ledger)


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict, str(one.disputed)) for one in findings]


def test_right_and_twice_and_price() -> None:
    assert said(found(line(), held={(1, 1): FULL})) == [("right", "0.00")]
    assert said(found(line(), line(2), held={(1, 1): FULL})) == [("right", "0.00"), ("twice", "30.00")]
    assert said(found(line(value="30.01"), held={(1, 1): FULL})) == [("price", "0.01")]
    assert said(found(line(value="29.99"), held={(1, 1): FULL})) == [("price", "0.00")]
    assert said(found(line(value="60.00", quantity=2), held={(1, 1): FULL})) == [("twice", "30.00")]


def test_billed_by_another_invoice_is_twice() -> None:
    assert said(found(line(), held={(1, 1): FULL}, billed={(1, 1): frozenset({1})})) == [("twice", "30.00")]


def test_ended_before_the_month_is_cancelled() -> None:
    assert said(found(line(), held={}, ended=frozenset({(1, 1)}))) == [("cancelled", "30.00")]


def test_nobody_of_ours_is_not_sold() -> None:
    assert said(found(line(), held={}, accounts=frozenset())) == [("not_sold", "30.00")]
    [one] = found(line(), held={})
    assert (one.verdict, one.reason) == ("not_sold", "product_never")


@pytest.mark.parametrize(
    ("states", "terms", "verdict"),
    [
        (GONE, Terms("on_day", billing_day=10), "cancelled"),
        (GONE, Terms("on_day", billing_day=9), "right"),
        (("",) * 10 + ("active",) * 20, Terms("on_day", billing_day=10), "early"),
        (("suspended",) * 30, OFF, "suspended"),
        (("suspended",) * 30, Terms(), "right"),
        (("pending",) * 30, Terms(), "pending"),
        (("pending",) * 30, Terms(pending_counts=True), "right"),
        (GONE, Terms(), "right"),
        (("",) * 29 + ("active",), Terms("on_day", billing_day=31), "right"),
    ],
)
def test_seat_that_does_not_count(states: tuple[str, ...], terms: Terms, verdict: str) -> None:
    [one] = found(line(), held={(1, 1): states}, terms=terms)
    assert (one.verdict, one.disputed) == (verdict, Decimal("0.00") if verdict == "right" else Decimal("30.00"))


@pytest.mark.parametrize(
    ("states", "value", "verdict", "disputed"),
    [
        (GONE, "9.00", "right", "0.00"),
        (GONE, "30.00", "cancelled", "21.00"),
        (("active",) * 20 + ("suspended",) * 10, "30.00", "suspended", "10.00"),
        (GONE, "9.50", "price", "0.50"),
    ],
)
def test_by_days(states: tuple[str, ...], value: str, verdict: str, disputed: str) -> None:
    terms = Terms("daily", suspended_counts=False)
    assert said(found(line(value=value), held={(1, 1): states}, terms=terms)) == [(verdict, disputed)]


def test_by_days_two_periods_are_two_lines_and_an_overlap_is_twice() -> None:
    terms, held = Terms("daily"), {(1, 1): FULL}
    first = line(value="15.00", first=MONTH, last=date(2026, 9, 15))
    second = line(2, "15.00", first=date(2026, 9, 16), last=date(2026, 9, 30))
    assert said(found(first, second, held=held, terms=terms)) == [("right", "0.00"), ("right", "0.00")]
    whole = line(2, "30.00")
    assert said(found(first, whole, held=held, terms=terms)) == [("right", "0.00"), ("twice", "15.00")]


def test_without_cost_the_price_is_not_judged() -> None:
    [one] = found(line(value="99.00"), held={(1, 1): FULL}, costs={})
    assert (one.verdict, one.reason, one.disputed) == ("right", "no_cost", Decimal("0.00"))


def test_seat_that_no_line_bills_is_told_and_never_claimed() -> None:
    [one] = found(held={(1, 1): FULL})
    assert (one.verdict, one.expected, one.disputed, one.line) == (
        "not_billed",
        Decimal("30.00"),
        Decimal("0.00"),
        None,
    )


@pytest.mark.parametrize(
    ("one", "accounts", "reason"),
    [
        (line(flaw="value_unreadable"), frozenset({1}), "value_unreadable"),
        (line(value="-5.00"), frozenset({1}), "credit"),
        (line(), None, "contradicts"),
        (Line(1, (), "", Decimal("30.00")), frozenset[int](), "nobody_named"),
        (line(first=date(2026, 8, 1), last=date(2026, 8, 31)), frozenset({1}), "other_month"),
        (Line(1, (("login", "ana"),), "ana", Decimal("30.00"), "what is it"), frozenset({1}), "product_unknown"),
        (line(), frozenset({1, 2}), "several"),
    ],
)
def test_doubt_claims_nothing(one: Line, accounts: frozenset[int] | None, reason: str) -> None:
    held = {(1, 1): FULL, (2, 1): FULL}
    first, *others = found(one, held=held, accounts=accounts, owners={1: 1, 2: 2})
    assert (first.verdict, first.reason, first.disputed) == ("unclear", reason, Decimal("0.00"))
    assert all(other.verdict == "not_billed" for other in others)


def test_two_contracts_of_one_person_take_one_line_each_and_a_third_is_for_a_person() -> None:
    held = {(1, 1): FULL, (2, 1): FULL}
    both, owners = frozenset({1, 2}), {1: 5, 2: 5}
    found_ = found(line(), line(2), line(3), held=held, accounts=both, owners=owners)
    assert [one.verdict for one in found_] == ["right", "right", "unclear"]


def test_accounts_are_found_by_what_all_names_share() -> None:
    who = {("login", "ana"): frozenset({1, 2}), ("document", "1"): frozenset({2, 3}), ("email", "x"): frozenset({9})}
    two = Line(1, (("login", "ana"), ("document", "1")), "", Decimal(1))
    assert find_accounts(two, who) == frozenset({2})
    assert find_accounts(Line(1, (("login", "ana"), ("email", "x")), "", Decimal(1)), who) is None
    assert find_accounts(Line(1, (("login", "nobody"), ("document", "1")), "", Decimal(1)), who) == frozenset({2, 3})


def test_due_by_days_rounds_once_half_up() -> None:
    costs = [Cost(date(2026, 1, 1), Decimal("10.00")), Cost(date(2026, 9, 16), Decimal("20.00"))]
    assert due({1}, MONTH, Terms("daily"), [Cost(MONTH, Decimal("0.15"))]) == Decimal("0.01")
    assert due(range(1, 31), MONTH, Terms("daily"), costs) == Decimal("15.00")
    assert due({20}, MONTH, Terms(), costs) == Decimal("20.00")
    assert due({1}, date(2025, 9, 1), Terms(), costs) is None


STATES = st.lists(st.sampled_from(["", "active", "suspended", "pending"]), min_size=30, max_size=30)
TERMS = st.builds(
    Terms, st.sampled_from(["any_day", "on_day", "daily"]), st.booleans(), st.booleans(), st.integers(1, 31)
)


@given(states=STATES, terms=TERMS, cents=st.integers(0, 100_000), times=st.integers(1, 3))
def test_what_is_claimed_is_never_more_than_what_is_billed(
    states: list[str], terms: Terms, cents: int, times: int
) -> None:
    value = Decimal(cents) / 100
    lines = [line(number, str(value)) for number in range(1, times + 1)]
    findings = found(*lines, held={(1, 1): tuple(states)} if any(states) else {}, terms=terms)
    assert all(0 <= one.disputed <= one.value for one in findings if one.line)
    right = due(billed_days(states, MONTH, terms), MONTH, terms, COSTS[1])
    assert right is not None
    paid = sum((one.value - one.disputed for one in findings if one.line), Decimal(0))
    assert paid == min(right, value) if times == 1 else paid <= right
