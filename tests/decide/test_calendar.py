"""When nobody is suspended, and what the billing day makes of it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.calendar import STATES, Calendar, closed_until, describe, dump_calendar, load_calendar
from webapp.decide.cutoff import cancel_waits_until, in_lead, next_cutoff
from webapp.services.holiday_days import holidays_of

SP = ZoneInfo("America/Sao_Paulo")
NIGHTS = (time(22), time(8))
FULL = Calendar(NIGHTS, weekend=True, eve=True, holidays=True, state="SP", dates=frozenset({date(2026, 12, 24)}))
CARNIVAL = date(2026, 2, 17)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SP)


@pytest.mark.parametrize(
    ("calendar", "now", "opens"),
    [
        (Calendar(), "2026-11-14T23:00", None),
        (Calendar(NIGHTS), "2026-11-11T21:59", None),
        (Calendar(NIGHTS), "2026-11-11T22:00", "2026-11-12T08:00"),
        (Calendar(NIGHTS), "2026-11-12T07:59", "2026-11-12T08:00"),
        (Calendar(NIGHTS), "2026-11-12T08:00", None),
        (Calendar((time(0), time(6))), "2026-11-12T00:00", "2026-11-12T06:00"),
        (Calendar((time(20), time(0))), "2026-11-12T20:00", "2026-11-13T00:00"),
        (Calendar(weekend=True), "2026-11-14T00:00", "2026-11-16T00:00"),  # a Saturday
        (Calendar(weekend=True), "2026-11-13T23:59", None),
        (Calendar(eve=True), "2026-11-13T18:00", "2026-11-14T00:00"),  # a Friday
        (Calendar(eve=True), "2026-11-13T17:59", None),
        (Calendar(eve=True), "2026-11-19T19:00", "2026-11-20T00:00"),  # the eve of a holiday
        (Calendar(holidays=True), "2026-11-20T10:00", "2026-11-21T00:00"),
        (Calendar(holidays=True), "2026-07-09T10:00", None),  # a holiday of São Paulo alone
        (Calendar(holidays=True, state="SP"), "2026-07-09T10:00", "2026-07-10T00:00"),
        (Calendar(holidays=True), f"{CARNIVAL}T10:00", "2026-02-19T00:00"),
        (Calendar(dates=frozenset({date(2026, 12, 24)})), "2026-12-24T12:00", "2026-12-25T00:00"),
        (FULL, "2026-12-23T18:00", "2026-12-28T08:00"),  # own day, Christmas, week-end, and the night after it
        (FULL, "2026-12-23T17:00", None),
    ],
)
def test_suspensions_wait_until_the_calendar_opens(calendar: Calendar, now: str, opens: str | None) -> None:
    found = closed_until(calendar, local(now), holidays_of(calendar.state))
    assert found == (local(opens) if opens else None)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "America/Noronha", "Europe/Lisbon", "UTC"])
def test_clock_that_is_put_forward_or_back_never_holds_for_ever(zone: str) -> None:
    calendar = Calendar((time(23, 30), time(0, 30)))
    for day in (datetime(2018, 11, 3, 23, 45, tzinfo=UTC), datetime(2019, 2, 17, 1, 45, tzinfo=UTC)):
        for hours in range(8):
            now = (day + timedelta(hours=hours)).astimezone(ZoneInfo(zone))
            opens = closed_until(calendar, now, holidays_of(""))
            assert opens is None or now.astimezone(UTC) < opens.astimezone(UTC) < now.astimezone(UTC) + timedelta(
                days=2
            )


CALENDARS = st.builds(
    Calendar,
    st.none() | st.tuples(st.times(), st.times()).filter(lambda pair: pair[0] != pair[1]),
    st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", *STATES]),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=4), st.booleans(),
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30), timezones=st.just(SP))


@given(CALENDARS, MOMENTS)
def test_time_that_is_named_is_open_and_each_one_before_it_is_not(calendar: Calendar, now: datetime) -> None:
    holiday = holidays_of(calendar.state)
    opens = closed_until(calendar, now, holiday)
    if opens is not None:
        assert opens > now
        assert closed_until(calendar, opens, holiday) is None
        assert closed_until(calendar, now + (opens - now) / 2, holiday) == opens
        assert closed_until(calendar, opens - timedelta(seconds=1), holiday) == opens


@given(CALENDARS)
def test_calendar_comes_back_from_its_row_as_it_was(calendar: Calendar) -> None:
    raw = dump_calendar(calendar)
    kept = load_calendar(raw)
    assert dump_calendar(kept) == raw
    assert bool(describe(calendar)) is not calendar.is_empty
    assert (raw == {}) is calendar.is_empty


def test_words_of_a_calendar_are_codes_with_values() -> None:
    assert describe(FULL) == [
        ("calendar_nights", {"since": "22:00", "until": "08:00"}), ("calendar_weekend", {}),
        ("calendar_eve", {"since": "18:00"}), ("calendar_state", {"state": "SP"}), ("calendar_dates", {"count": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_the_holidays_of_the_country(state: str) -> None:
    assert all(holidays_of(state)(date(2026, month, day)) for month, day in ((1, 1), (9, 7), (12, 25)))


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        (25, "2026-11-12T10:00", "2026-11-25T00:00"),
        (12, "2026-11-12T00:00", "2026-12-12T00:00"),
        (12, "2026-11-11T23:59", "2026-11-12T00:00"),
        (31, "2026-11-12T10:00", "2026-11-30T00:00"),
        (31, "2026-11-30T00:00", "2026-12-31T00:00"),
        (30, "2027-01-31T10:00", "2027-02-28T00:00"),
        (1, "2026-12-31T10:00", "2027-01-01T00:00"),
    ],
)
def test_platform_counts_at_the_beginning_of_its_billing_day(day: int, now: str, expected: str) -> None:
    assert next_cutoff(day, local(now)) == local(expected)


@given(st.integers(1, 31), MOMENTS)
def test_next_cutoff_is_ahead_and_at_most_a_month_away(day: int, now: datetime) -> None:
    assert now < next_cutoff(day, now) <= now + timedelta(days=32)


def test_lead_begins_so_many_hours_before_and_ends_with_the_cutoff() -> None:
    cutoff = local("2026-11-25T00:00")
    found = [in_lead(cutoff, 48, local(now)) for now in ("2026-11-22T23:59", "2026-11-23T00:00", "2026-11-24T23:59")]
    assert found == [False, True, True]
    assert not in_lead(cutoff, 48, cutoff)


@pytest.mark.parametrize(
    ("opens", "now", "expected"),
    [
        (None, "2026-11-24T12:00", None),
        ("2026-11-24T13:00", "2026-11-24T12:00", "2026-11-24T13:00"),
        ("2026-11-25T08:00", "2026-11-24T22:00", None),  # inside the lead: it does not wait past the cut-off
        ("2026-11-24T23:30", "2026-11-24T22:00", None),  # too close to it
        ("2026-11-25T08:00", "2026-11-21T22:00", "2026-11-23T00:00"),  # before the lead: until it begins
    ],
)
def test_calendar_holds_no_cancel_past_the_cutoff(opens: str | None, now: str, expected: str | None) -> None:
    found = cancel_waits_until(local(opens) if opens else None, local("2026-11-25T00:00"), 48, local(now))
    assert found == (local(expected) if expected else None)


def test_calendar_holds_cancels_as_it_likes_where_no_billing_day_is_known() -> None:
    assert cancel_waits_until(local("2026-11-25T08:00"), None, 48, local("2026-11-24T22:00")) is not None
