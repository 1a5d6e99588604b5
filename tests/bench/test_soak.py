"""The day of a hub in an hour: what grows is told from what does not, and a leak put into the program is found."""

import random

import pytest

from tests.bench.soak import __main__ as soaking
from tests.bench.soak import hub
from tests.bench.soak.person import Form
from tests.bench.soak.verdict import Judged, Limit, judge
from tests.bench.soak.watch import LIMITS

DAY_S = 3_600.0


def judged(rise_a_day: float, noise: float = 2.0, limit: Limit | None = None, seconds: float = DAY_S) -> Judged:
    """Judge memory of 200 MB that rises so much in a day and goes up and down besides."""
    chance = random.Random(3)
    times = [number * seconds / 360 for number in range(1, 361)]
    samples = [(at, 200 + rise_a_day * at / DAY_S + chance.gauss(0, noise)) for at in times]
    return judge("memory MB", samples, limit or LIMITS["memory MB"], DAY_S)


def test_what_rises_and_falls_around_the_same_is_steady() -> None:
    found = judged(0)
    assert (found.grows, found.words) == (False, "steady")
    assert found.low <= 0 <= found.high


def test_a_leak_is_found_in_an_hour_and_in_a_sixth_of_one() -> None:
    for seconds in (DAY_S, DAY_S / 6):
        found = judged(60, seconds=seconds)
        assert found.words == "grows"
        assert found.slope == pytest.approx(60, rel=0.5)
    assert judged(60).low > 50


def test_growth_within_what_is_allowed_is_no_leak() -> None:
    assert judged(12).words == "steady"
    assert judged(12, limit=Limit(5)).words == "grows"


def test_a_step_within_the_noise_of_a_short_look_is_no_leak() -> None:
    samples = [(float(at), 60.0 + (at > 100)) for at in range(1, 121)]
    assert not judge("open files", samples, LIMITS["open files"], DAY_S).grows


def test_where_too_little_was_seen_nothing_is_claimed() -> None:
    assert judged(0, noise=30, seconds=60).words == "steady, not proven"
    with pytest.raises(ValueError, match="samples"):
        judge("memory MB", [(1.0, 1.0), (2.0, 1.0)], Limit(1), DAY_S)


def test_one_moment_of_much_changes_no_slope_and_counts_where_there_is_a_most() -> None:
    samples = [(float(at), 5.0) for at in range(1, 361)]
    samples[-20] = (341.0, 90.0)
    found = judge("-wal MB", samples, LIMITS["-wal MB"], DAY_S)
    assert (found.slope, found.grows, found.words) == (0.0, False, "too much")


def test_caches_that_fill_in_the_first_half_are_no_leak() -> None:
    samples = [(float(at), 100 + min(at, 150) * 1.0) for at in range(1, 361)]
    assert judge("memory MB", samples, LIMITS["memory MB"], DAY_S).words == "steady"


def test_form_of_a_page_is_sent_as_it_stands() -> None:
    page = (
        '<input name="a" value="1"><input type="checkbox" name="b" value="y"><input type="checkbox" name="c" checked'
        ' value="y"><select name="d"><option value="x"><option value="z" selected></select>'
    )
    assert Form(page).fields == {"a": "1", "c": "y", "d": "z"}


@pytest.mark.slow
def test_leak_of_memory_and_of_open_files_is_found_in_a_hub_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soaking, "OFTEN_S", 0.1)
    monkeypatch.setattr(hub, "IN_ERP", 10)
    monkeypatch.setattr(hub, "IN_FILE", 10)
    found = soaking.soak(seconds=10, people=10, speed=2_000, leak="list+descriptor")
    verdicts = {one.name: one.words for one in found.judged}
    assert (verdicts["memory MB"], verdicts["open files"]) == ("grows", "grows")
    assert verdicts["-wal MB"] != "too much"
    assert not found.is_good
    assert found.done["log-in asked"] > 0
    assert soaking.table(found).row_count == len(soaking.as_json(found)["judged"])
    assert "faults" in " ".join(soaking.words(found))
