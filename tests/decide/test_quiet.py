"""When a channel may be told: quiet hours over midnight, causes that flap, further tries."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.decide import quiet

ZONE = "America/Sao_Paulo"


def local(text: str) -> datetime:
    """Return a time of one night in São Paulo (UTC-3), as UTC: ``23 22:30`` is the 23rd, half past ten."""
    day, _, clock = text.partition(" ")
    hours, minutes = clock.split(":")
    return datetime(2026, 11, int(day), tzinfo=UTC) + timedelta(hours=int(hours) + 3, minutes=int(minutes))


@pytest.mark.parametrize(
    ("at", "hours", "told"),
    [
        ("23 22:30", ("22:00", "07:00"), "24 7:00"),
        ("23 3:00", ("22:00", "07:00"), "23 7:00"),
        ("23 22:00", ("22:00", "07:00"), "24 7:00"),
        ("23 7:00", ("22:00", "07:00"), "23 7:00"),
        ("23 21:59", ("22:00", "07:00"), "23 21:59"),
        ("23 12:30", ("12:00", "13:30"), "23 13:30"),
        ("23 13:30", ("12:00", "13:30"), "23 13:30"),
        ("23 11:59", ("12:00", "13:30"), "23 11:59"),
        ("23 11:59", ("08:00", "08:00"), "23 11:59"),
        ("23 11:59", (None, None), "23 11:59"),
    ],
)
def test_what_comes_up_in_quiet_hours_is_told_at_their_end(
    at: str, hours: tuple[str | None, str | None], told: str
) -> None:
    assert quiet.quiet_end(local(at), *hours, ZONE) == local(told)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_summer_time_begins() -> None:
    # Lisbon, 2026-03-29: one o'clock is followed by two.
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert quiet.quiet_end(before, "22:00", "07:00", "Europe/Lisbon") == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("level", "told_minutes_ago", "told_level", "wait"),
    [
        ("warn", None, "warn", 0),
        ("warn", 10, "warn", 20),
        ("warn", 31, "warn", 0),
        ("fail", 10, "warn", 0),
        ("warn", 10, "fail", 20),
        ("fail", 10, "fail", 20),
    ],
)
def test_a_cause_that_comes_again_is_told_once_in_half_an_hour_unless_it_is_worse(
    level: str, told_minutes_ago: int | None, told_level: str, wait: int
) -> None:
    now = local("23 12:00")
    told_at = None if told_minutes_ago is None else now - timedelta(minutes=told_minutes_ago)
    assert quiet.after_flap(now, level, told_at, told_level) == now + timedelta(minutes=wait)


def test_a_channel_for_what_does_not_work_is_not_told_of_less() -> None:
    fitting = {(mine, its): quiet.fits(mine, its) for mine in ("warn", "fail") for its in ("warn", "fail")}
    assert [pair for pair, fits in fitting.items() if not fits] == [("fail", "warn")]


def test_a_message_is_tried_five_times_within_three_hours_and_given_up() -> None:
    waits = [quiet.next_try(tries) for tries in range(1, 6)]
    assert [wait and wait.total_seconds() / 60 for wait in waits] == [1, 5, 30, 120, None]
