"""How a night of probes is spread, and what a sample says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.probes import absence_counts, asks_now, most_in, night_of, quota, share_between

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SAO_PAULO)


@pytest.mark.parametrize(
    ("moment", "begins", "ends", "expected"),
    [
        (at(3), "01:00", "06:00", (at(1), at(6))),
        # By day: the night that was.
        (at(15), "01:00", "06:00", (at(1), at(6))),
        (at(0, 30), "01:00", "06:00", (at(1, day=9), at(6, day=9))),
        # Over midnight.
        (at(23), "22:00", "05:00", (at(22), at(5, day=11))),
        (at(2), "22:00", "05:00", (at(22, day=9), at(5))),
        (at(7), "06:00", "06:00", (at(6), at(6, day=11))),
    ],
)
def test_night_is_the_one_that_is_or_was(moment, begins, ends, expected):
    night = night_of(moment, begins, ends)
    assert (night.begins, night.ends) == expected


@given(live=st.integers(0, 100_000), nights=st.integers(1, 31), minutes=st.integers(5, 1_440), most=st.integers(1, 200))
def test_all_of_a_night_are_asked_evenly_and_never_more_at_once_than_can_be(live, nights, minutes, most):
    night = night_of(datetime(2026, 11, 10, 1, tzinfo=UTC), "01:00", "01:00")
    night = type(night)(night.begins, night.begins + timedelta(minutes=minutes))
    wanted, asked = quota(live, nights), 0
    for minute in range(minutes):
        count = asks_now(night, night.begins + timedelta(minutes=minute), wanted, asked, most)
        fair = -(-2 * wanted // minutes) + 1
        assert count <= most
        assert count <= fair or most < fair
        asked += count
    assert wanted * nights >= live
    assert asked == wanted if most >= fair else asked <= wanted


def test_nobody_is_asked_outside_the_night():
    night = night_of(at(3), "01:00", "06:00")
    assert [asks_now(night, at(hour), 100, 0, 50) > 0 for hour in (0, 1, 5, 6, 12)] == [False, True, True, False, False]


@pytest.mark.parametrize(("seconds", "rate", "expected"), [(45, 0, 200), (45, 2, 90), (45, 0.01, 1), (45, 100, 200)])
def test_pace_of_the_platform_bounds_a_tick(seconds, rate, expected):
    assert most_in(seconds, rate, 200) == expected


@pytest.mark.parametrize(
    ("asked", "absent", "whole", "believed"),
    [
        (5, 1, False, False), (5, 1, True, True), (5, 4, True, False), (20, 3, False, True), (20, 4, False, False),
        (100, 10, False, True), (100, 11, True, False), (1_000, 1_000, True, False),
    ],
)  # fmt: skip
def test_absence_is_believed_of_few_among_many(asked, absent, whole, believed):
    assert absence_counts(asked, absent, whole=whole) is believed


@pytest.mark.parametrize(
    ("found", "asked", "low", "high"),
    # Wilson (1927): of none z*z / (n + z*z) above, of all n / (n + z*z) below.
    [(0, 100, 0.0, 0.036995), (2, 100, 0.005502, 0.070012), (10, 100, 0.055229, 0.174366),
     (50, 100, 0.403832, 0.596168), (100, 100, 0.963005, 1.0), (1, 1, 0.206549, 1.0), (0, 0, 0.0, 1.0)],
)  # fmt: skip
def test_sample_speaks_of_the_whole_with_its_doubt(found, asked, low, high):
    assert share_between(found, asked) == pytest.approx((low, high), abs=2e-6)


@given(asked=st.integers(1, 2_000), data=st.data())
def test_share_of_the_sample_lies_within_its_range(asked, data):
    found = data.draw(st.integers(0, asked))
    low, high = share_between(found, asked)
    assert 0 <= low <= found / asked <= high <= 1
