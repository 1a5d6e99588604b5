"""Months of a calendar."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.agenda import Entry, by_day, day_in_month, month_beside, month_of, weeks_of

FIRSTS = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(lambda day: day.replace(day=1))


@given(FIRSTS)
def test_weeks_begin_on_sunday_and_hold_each_day_once(first: date) -> None:
    weeks = weeks_of(first)
    days = [day for week in weeks for day in week if day is not None]
    assert all(len(week) == 7 for week in weeks)
    assert days == [first + timedelta(days=number) for number in range(len(days))]
    assert (days[-1] + timedelta(days=1)).day == 1
    assert all(week[0] is None or week[0].weekday() == 6 for week in weeks)


@given(FIRSTS, st.integers(-36, 36))
def test_months_beside_come_back(first: date, months: int) -> None:
    assert month_beside(month_beside(first, months), -months) == first


def test_ends_of_time_stay_where_they_are() -> None:
    assert month_beside(date(9999, 12, 1), 1) == date(9999, 12, 1)
    assert month_beside(date(1, 1, 1), -1) == date(1, 1, 1)


def test_month_is_read_from_an_address_and_is_the_present_one_else() -> None:
    today = date(2026, 11, 23)
    assert month_of("2027-02", today) == date(2027, 2, 1)
    assert {month_of(text, today) for text in ("", "2027-13", "x", "2027-02-03")} == {date(2026, 11, 1)}


def test_billing_day_of_a_short_month_is_its_last() -> None:
    assert day_in_month(date(2026, 2, 1), 31) == date(2026, 2, 28)


def test_lines_of_a_day_stand_in_the_order_of_their_kinds() -> None:
    day = date(2026, 11, 23)
    found = by_day([Entry("billing", day), Entry("pause", day, 2), Entry("price", day - timedelta(days=1))])
    assert [entry.kind for entry in found[day]] == ["pause", "billing"]
    assert list(found) == [day - timedelta(days=1), day]
