"""How many may lose content by one pull and in a day: all of a pull go, or all wait."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.brakes import Braked, Negative, Spent, brake, checksum, most_per_day, most_per_pull


def losing(count: int, cancels: int = 0) -> list[Negative]:
    """Return so many records that lose something, the first of them for good."""
    return [Negative(number, f"S-{number}", number < cancels) for number in range(count)]


@pytest.mark.parametrize(
    ("live", "count", "cancels", "spent", "limit"),
    [
        (8, 3, 0, Spent(), ""),
        (8, 8, 8, Spent(), ""),
        (100, 20, 0, Spent(), ""),
        (100, 21, 0, Spent(), "pull"),
        (1000, 50, 0, Spent(), ""),
        (1000, 51, 0, Spent(), "pull"),
        (100, 10, 10, Spent(), ""),
        (100, 11, 11, Spent(), "pull_cancels"),
        (1000, 50, 25, Spent(), ""),
        (1000, 50, 26, Spent(), "pull_cancels"),
        (1000, 40, 0, Spent(60), ""),
        (1000, 41, 0, Spent(60), "day"),
        (100, 1, 0, Spent(19), ""),
        (100, 1, 0, Spent(20), "day"),
        (1000, 10, 10, Spent(40, 40), ""),
        (1000, 10, 10, Spent(41, 41), "day_cancels"),
        (1000, 10, 0, Spent(90, 90), ""),
        (1000, 0, 0, Spent(500, 500), ""),
    ],
)
def test_limit_holds_from_its_first_excess_on(live: int, count: int, cancels: int, spent: Spent, limit: str) -> None:
    braked = brake(losing(count, cancels), live, spent)
    assert braked.limit == limit
    everybody = frozenset(range(count))
    assert (braked.apply, braked.staged) == ((frozenset(), everybody) if limit else (everybody, frozenset()))
    assert bool(limit) is (braked.found > braked.most)


def test_what_waits_says_of_what_there_is_how_much_and_how_much_may_go() -> None:
    held = brake(losing(21, 3), 100, Spent())
    assert held == Braked(frozenset(), frozenset(range(21)), checksum(losing(21, 3)), "pull", 21, 20)
    assert brake(losing(20, 3), 100, Spent()) == Braked(frozenset(range(20)), frozenset(), checksum(losing(20, 3)))


def test_screen_names_the_limits_that_count() -> None:
    assert [(most_per_pull(live), most_per_day(live)) for live in (100, 400, 1000)] == [(20, 20), (20, 40), (50, 100)]


def test_checksum_stays_the_same_from_release_to_release() -> None:
    """What a person approved before an update is still approved after it."""
    change = {"what": "moved", "field": "ends_on", "before": date(2026, 11, 30), "after": None}
    turned = dict(reversed(change.items()))
    known = "623f149d7e108b16d98913741f7012ce09bdaacf882039b362e57682a14021dc"
    for one in (change, turned):
        assert checksum([*losing(1), Negative(5, "S-5", True, (one,))]) == known


def test_drip_of_four_in_a_hundred_stops_within_a_day() -> None:
    gone = 0
    for _pull in range(10):
        gone += len(brake(losing(40), 1000, Spent(gone)).apply)
    assert gone == 80


def test_checksum_is_of_what_is_lost_and_not_of_the_order() -> None:
    some = losing(3, 1)
    assert checksum(some) == checksum(reversed(some)) == brake(some, 100, Spent()).checksum
    for changed in (
        replace(some[0], cancels=False),
        replace(some[0], code="S-9"),
        replace(some[0], changes=({"field": "status", "after": "cancelado"},)),
    ):
        assert checksum([changed, *some[1:]]) != checksum(some)
    assert checksum(some[1:]) != checksum(some)


@given(st.integers(0, 5000), st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_nobody_goes_over_the_day_and_more_never_lets_more_go(
    live: int, count: int, cancels: int, spent: int, more: int
) -> None:
    braked = brake(losing(count, cancels), live, Spent(spent))
    assert not (braked.apply and braked.staged)
    if braked.apply:
        assert len(braked.apply) <= max(20, live * 0.05)
        assert len(braked.apply) + spent <= max(20, live * 0.10)
    if braked.limit:
        assert brake(losing(count + more, cancels), live, Spent(spent + more)).limit
