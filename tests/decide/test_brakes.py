"""Back-off and circuit breaker."""

from datetime import timedelta

import pytest

from tests.decide.builders import NOW
from webapp.decide.backoff import SCHEDULE_S, delay_s, pause_s
from webapp.decide.breaker import FAILURES_TO_OPEN, MOST_UNPROVEN, Breaker, dump_breaker, load_breaker


@pytest.mark.parametrize("tries", range(1, 12))
def test_retries_follow_the_schedule_within_a_fifth(tries: int) -> None:
    planned = SCHEDULE_S[min(tries, len(SCHEDULE_S)) - 1]
    assert delay_s(tries, None, 0.0) == pytest.approx(planned * 0.8)
    assert delay_s(tries, None, 0.5) == pytest.approx(planned)
    assert delay_s(tries, None, 1.0) == pytest.approx(planned * 1.2)


def test_an_integration_may_have_its_own_schedule() -> None:
    assert delay_s(9, [1.0, 2.0], 0.5) == 2.0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(None, 5.0), (-3.0, 5.0), (0.0, 5.0), (float("nan"), 5.0), (0.2, 1.0), (120.0, 120.0), (3.15e8, 3600.0)],
)
def test_a_pause_that_was_asked_for_is_bounded(asked: float | None, expected: float) -> None:
    assert pause_s(asked, 5.0) == expected


def test_it_opens_after_enough_failures_and_lets_one_probe_through() -> None:
    breaker = Breaker()
    for failures in range(FAILURES_TO_OPEN):
        assert breaker.slots(32, 0, NOW) == (MOST_UNPROVEN - failures if failures else 32)
        assert breaker.slots(8, 12, NOW) == (8 - failures if failures else 8)
        breaker = breaker.failed(NOW)
    assert breaker.slots(32, 0, NOW + timedelta(seconds=29)) == 0
    assert breaker.slots(32, 0, NOW + timedelta(seconds=31)) == 1
    assert breaker.slots(32, 1, NOW + timedelta(seconds=31)) == 0


def test_each_failed_probe_doubles_the_pause_up_to_ten_minutes_and_success_closes() -> None:
    breaker, now, pauses = Breaker(failures=FAILURES_TO_OPEN - 1), NOW, []
    for _ in range(7):
        breaker = breaker.failed(now)
        until = load_breaker(dump_breaker(breaker)).open_until
        pauses.append(next(s for s in range(1000) if breaker.slots(1, 0, now + timedelta(seconds=s))))
        now += timedelta(seconds=pauses[-1])
        assert until
    assert pauses == [30, 60, 120, 240, 480, 600, 600]
    assert breaker.succeeded(now) == Breaker()


def test_failures_of_calls_that_began_before_the_opening_change_nothing() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN + 20):
        breaker = breaker.failed(NOW)
    assert breaker.openings == 1


def test_a_success_of_a_call_that_began_before_a_pause_does_not_end_it() -> None:
    breaker = Breaker().throttled(NOW, 60.0)
    assert breaker.succeeded(NOW + timedelta(seconds=59)).slots(8, 0, NOW + timedelta(seconds=59)) == 0
    assert breaker.succeeded(NOW + timedelta(seconds=60)) == Breaker()


def test_the_longer_of_two_pauses_counts() -> None:
    breaker = Breaker().throttled(NOW, 60.0).throttled(NOW, 5.0)
    assert breaker.slots(8, 0, NOW + timedelta(seconds=59)) == 0


def test_a_breaker_without_trouble_takes_no_room() -> None:
    assert dump_breaker(Breaker()) == {}
    assert load_breaker({}) == load_breaker(None) == Breaker()
