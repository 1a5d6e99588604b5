"""Days held and reasons: pure rules of the ledger of seats."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.leaks import Balance, Costs, Sum, billed_states, totals
from webapp.decide.seat_reasons import ABSENT, ACTIVE, PENDING, REASONS, SUSPENDED, Change, reason
from webapp.decide.seats import Span, counting_days, held_days, month_bounds

ZONE = ZoneInfo("America/Sao_Paulo")
MARCH = date(2026, 3, 1)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


def span(began: datetime, ended: datetime | None, state: str = "active", account_id: int = 1) -> Span:
    return Span(1, account_id, 1, 1, state, began, ended)


def days(*spans: Span) -> list[int]:
    states = held_days(spans, MARCH, ZONE).get((1, 1), ())
    return [day for day, state in enumerate(states, 1) if state]


def test_day_that_was_touched_counts_whole_and_midnight_belongs_to_the_day_that_begins() -> None:
    assert days(span(at(3, 23, 59), at(5, 0, 1))) == [3, 4, 5]
    assert days(span(at(3, 0), at(5, 0))) == [3, 4]
    assert days(span(at(3), at(3))) == []
    assert days(span(at(30), None)) == [30, 31]


def test_months_are_those_of_the_provider() -> None:
    # In UTC it is April already.
    assert days(span(at(31, 22), at(31, 23))) == [31]
    first, after = month_bounds(date(2026, 3, 17), ZONE)
    assert (first, after) == (at(1, 0), datetime(2026, 4, 1, tzinfo=ZONE))


def test_day_of_several_states_is_the_strongest() -> None:
    spans = [span(at(3, 1), at(3, 5), "suspended"), span(at(3, 5), at(3, 6)), span(at(3, 6), at(4, 6), "pending")]
    states = held_days(spans, MARCH, ZONE)[1, 1]
    assert (states[2], states[3], states[4]) == ("active", "pending", "")
    assert counting_days(states, suspended_counts=False, pending_counts=False) == [3]
    assert counting_days(states, suspended_counts=False, pending_counts=True) == [3, 4]


def test_who_held_nothing_in_the_month_is_left_out() -> None:
    april = datetime(2026, 4, 2, tzinfo=ZONE)
    assert held_days([span(april, None), span(at(1) - timedelta(days=9), at(1, 0))], MARCH, ZONE) == {}


moments = st.datetimes(datetime(2026, 2, 1), datetime(2026, 5, 1)).map(lambda one: one.replace(tzinfo=ZONE))


@given(moments, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_days_are_those_on_which_some_moment_lies(began: datetime, lasted: timedelta) -> None:
    ended = began + lasted
    expected = []
    for day in range(1, 32):
        start = datetime(2026, 3, day, tzinfo=ZONE)
        if began < ended and began < start + timedelta(days=1) and ended > start:
            expected.append(day)
    assert days(span(began, ended)) == expected


@pytest.mark.parametrize(("change", "code"), [
    (Change(ABSENT, ACTIVE), "sold"),
    (Change(ABSENT, ACTIVE, with_plan=True), "plan"),
    (Change(ABSENT, ACTIVE, held_before=True), "returned"),
    (Change(ABSENT, ACTIVE, called=False), "adopted"),
    (Change(ABSENT, ACTIVE, called=False, held_before=True), "reconciled"),
    (Change(ABSENT, PENDING), "sold"),
    (Change(PENDING, ACTIVE), "finished"),
    (Change(ACTIVE, PENDING), "waiting"),
    (Change(SUSPENDED, ACTIVE), "enabled"),
    (Change(ACTIVE, SUSPENDED, status="suspenso_debito"), "debt"),
    (Change(ACTIVE, SUSPENDED, status="suspenso_pedido_cliente"), "asked"),
    (Change(ACTIVE, SUSPENDED, status="servico_habilitado", paused=True), "paused"),
    (Change(ACTIVE, SUSPENDED), "suspended"),
    (Change(ACTIVE, SUSPENDED, called=False), "reconciled"),
    (Change(ACTIVE, ABSENT, removed=True, status="cancelado"), "removed"),
    (Change(ACTIVE, ABSENT, over=True), "date_ended"),
    (Change(ACTIVE, ABSENT, status="cancelado"), "service_ended"),
    (Change(ACTIVE, ABSENT, carried=False), "unbundled"),
    (Change(ACTIVE, ABSENT, called=False), "reconciled"),
    (Change(ACTIVE, ABSENT, erased=True, called=False), "erased"),
    (Change(ACTIVE, ABSENT), ""),
])  # fmt: skip
def test_reason_follows_from_what_is_known(change: Change, code: str) -> None:
    assert reason(change) == code
    assert code in (*REASONS, "")


def test_cost_holds_from_its_day_until_the_next_one() -> None:
    costs = Costs({1: ((date(2026, 1, 1), Decimal("9.90")), (date(2026, 6, 1), Decimal("12.00")))})
    assert [costs.on(1, date(2026, *day)) for day in ((1, 1), (5, 31), (6, 1))] == [
        Decimal("9.90"), Decimal("9.90"), Decimal("12.00"),
    ]  # fmt: skip
    assert costs.on(1, date(2025, 12, 31)) is None
    assert costs.on(2, date(2026, 6, 1)) is None


def test_margin_and_its_share() -> None:
    assert Balance(revenue=Decimal("29.90"), cost=Decimal("9.90")).margin == Decimal("20.00")
    assert Balance(revenue=Decimal("30.00"), cost=Decimal("10.00")).percent == Decimal("66.7")
    assert Balance(cost=Decimal("9.90")).percent is None


def test_terms_say_what_is_billed_and_sums_say_what_has_no_price() -> None:
    assert billed_states(suspended_counts=True, pending_counts=False) == ("active", "suspended")
    assert billed_states(suspended_counts=False, pending_counts=True) == ("active", "pending")
    one = Sum()
    one.add(2, None)
    assert totals([("unknown", one)])["unknown"] == Sum(2, Decimal("0.00"), 2)
