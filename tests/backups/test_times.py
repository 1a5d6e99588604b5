"""When a backup is due, and which stay: by examples that people would give."""

from datetime import UTC, datetime, time, timedelta

import pytest

from webapp.decide.backup_times import Rhythm, kept, last_due

DAILY = Rhythm(time(2, 30), 24, 7, 4, 3)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every_h", "now", "due"),
    [
        (24, "2026-11-23 12:00", "2026-11-23 02:30"),
        (24, "2026-11-23 02:29", "2026-11-22 02:30"),
        (24, "2026-11-23 02:30", "2026-11-23 02:30"),
        (6, "2026-11-23 01:00", "2026-11-22 20:30"),
        (6, "2026-11-23 23:59", "2026-11-23 20:30"),
        (1, "2026-11-23 00:10", "2026-11-22 23:30"),
    ],
)
def test_last_moment_at_which_one_was_due_is_the_latest_of_the_rhythm(every_h: int, now: str, due: str) -> None:
    rhythm = Rhythm(time(2, 30), every_h, 7, 4, 3)
    found = last_due(rhythm, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_of_a_year_of_nights_some_days_weeks_and_months_stay() -> None:
    nights = [datetime(2026, 11, 23, 2, 30, tzinfo=UTC) - timedelta(days=number) for number in range(365)]
    stay = sorted(kept(nights, DAILY, NOON), reverse=True)
    assert stay[:7] == nights[:7]
    assert [one.date().isoformat() for one in stay[7:]] == ["2026-11-15", "2026-11-08", "2026-10-31", "2026-09-30"]


def test_hub_that_was_off_for_months_keeps_what_it_has() -> None:
    old = [NOON - timedelta(days=200 + number) for number in range(5)]
    assert kept(old, DAILY, NOON) == set(old)


def test_all_of_the_last_day_stay_and_the_newest_always() -> None:
    hours = [NOON - timedelta(hours=number) for number in range(40)]
    few = Rhythm(time(0), 1, 1, 0, 0)
    assert kept(hours, few, NOON) == set(hours[:24])
    assert kept(hours[30:], few, NOON + timedelta(days=9)) == {hours[30]}
    assert kept([], few, NOON) == set()
