"""What a reconciliation may take away without a person: limits, all or nothing, checksum."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.compare import NEGATIVE, Action, Difference, Situation
from webapp.decide.plan import DEFAULT_LIMITS, LimitHit, Limits, Plan, Spent, checksum, counts, limit_hit, make_plan
from webapp.models import RunItem

NOTHING = Spent()


def lines(count: int, action: Action = Action.SUSPEND, first: int = 0) -> list[Difference]:
    return [Difference(n, f"u{n}@example.com", Situation.STATE, action) for n in range(first, first + count)]


def hit_of(plan: Plan) -> str:
    return plan.limit_hit.limit if plan.limit_hit else ""


@pytest.mark.parametrize(
    ("base", "suspends", "cancels", "spent", "limit"),
    [
        (8, 3, 0, NOTHING, ""),  # D23: a small provider is not held for three people
        (100, 20, 0, NOTHING, ""),
        (100, 21, 0, NOTHING, "run"),
        (1000, 50, 0, NOTHING, ""),
        (1000, 51, 0, NOTHING, "run"),
        (1000, 0, 25, NOTHING, ""),
        (1000, 0, 26, NOTHING, "run_cancels"),
        (100, 0, 10, NOTHING, ""),
        (100, 0, 11, NOTHING, "run_cancels"),
        (1000, 40, 0, Spent(60), ""),
        (1000, 41, 0, Spent(60), "day"),
        (1000, 50, 0, Spent(51), "day"),
        (1000, 0, 10, Spent(40, 40), ""),
        (1000, 0, 10, Spent(41, 41), "day_cancels"),
        (1000, 10, 0, Spent(50, 50), ""),
        (1000, 0, 0, Spent(900, 900), ""),
    ],
)
def test_negative_part_waits_from_the_first_excess_on(
    base: int, suspends: int, cancels: int, spent: Spent, limit: str
) -> None:
    negative = lines(suspends) + lines(cancels, Action.CANCEL, suspends)
    plan = make_plan(negative, base, spent)
    assert hit_of(plan) == limit
    assert (len(plan.negative), len(plan.staged)) == ((0, len(negative)) if limit else (len(negative), 0))


@pytest.mark.parametrize(
    ("limits", "run", "day"),
    [
        (DEFAULT_LIMITS, 62, 124),
        (Limits(floor=100), 100, 124),
        (Limits(0, 0.29, 0.29), 359, 359),
        (Limits(0, 0.0, 0.0), 0, 0),
    ],
)
def test_limits_of_an_integration_are_its_own(limits: Limits, run: int, day: int) -> None:
    assert (limits.per_run(1240), limits.per_day(1240)) == (run, day)


def test_ratio_of_a_round_base_is_not_lost_in_binary_fractions() -> None:
    assert Limits(0, 0.29, 0.07).per_run(100) == 29
    assert Limits(0, 0.29, 0.07).per_day(100) == 7
    assert Limits(0, 0.289999996, 0.28999996).per_run(100) == 29
    assert Limits(0, 0.289999996, 0.28999996).per_day(100) == 28


def test_run_keeps_what_it_was_measured_by() -> None:
    told = make_plan(lines(70), 1240, Spent(10, 2)).limits
    assert told == {
        "floor": 20, "run_percent": 5.0, "day_percent": 10.0, "base": 1240, "run": 62, "run_cancels": 31, "day": 124,
        "day_cancels": 62, "spent": 10, "spent_cancels": 2, "hit": "run", "found": 70, "most": 62,
    }  # fmt: skip
    free = make_plan(lines(1), 1240, NOTHING, Limits(20, 0.123456789, 0.3)).limits
    assert (free["hit"], free["found"], free["most"], free["run_percent"]) == ("", 0, 0, 12.3457)


def test_subscriber_who_loses_several_rights_counts_once() -> None:
    rights = [Difference(n % 20, "u", Situation.STATE, Action.SUSPEND, {}, {"unit": f"{n}:X"}) for n in range(60)]
    assert make_plan(rights, 100, NOTHING).limit_hit is None


def test_what_a_person_must_see_in_any_case_is_staged_below_the_limits() -> None:
    plan = make_plan([*lines(1), *lines(2, Action.ENABLE, 5)], 1000, NOTHING, stage_all=True)
    assert (plan.limit_hit, len(plan.staged), len(plan.positive)) == (LimitHit("all", 1, 0), 1, 2)
    assert hit_of(make_plan(lines(2, Action.ENABLE), 1000, NOTHING, stage_all=True)) == ""


def test_d21_slow_drip_stops_at_the_limit_of_the_day() -> None:
    gone = 0
    for _run in range(10):
        gone += len(make_plan(lines(40, first=gone), 1000, Spent(gone)).negative)
    assert gone == 80


def test_checksum_is_of_the_negative_part_alone_and_a_row_gives_the_same() -> None:
    negative, positive = lines(3), lines(4, Action.ENABLE, 50)
    assert make_plan(negative + positive, 10, NOTHING).checksum == make_plan(negative, 5000, NOTHING).checksum
    assert checksum(lines(3)) != checksum(lines(4))
    assert checksum(lines(3)) != checksum(lines(3, Action.CANCEL))
    rows = [RunItem(account_id=one.account_id, login=one.login, situation=str(one.situation), action=str(one.action),
                    before=dict(one.before), after=dict(one.after)) for one in negative]  # fmt: skip
    assert checksum(rows) == checksum(negative)


def test_checksum_stays_the_same_from_release_to_release() -> None:
    """What a person approved before an update is still approved after it."""
    before, after = {"b": 1, "a": 2}, {"unit": "7:FULL"}
    some = [*lines(1), Difference(8, "x", Situation.EXTRA, Action.CANCEL, before, after)]
    turned = [replace(some[1], before={"a": 2, "b": 1}), some[0]]
    known = "0948f9cb4b4b8d5f4416432c936d4dcbd917d9b7db5606a53c78f4bb1e08b0de"
    assert checksum(some) == checksum(turned) == make_plan(some, 10, NOTHING).checksum == known


def test_counts_are_by_situation() -> None:
    assert counts([*lines(2), Difference(9, "", Situation.EXTRA, Action.REPORT)]) == {"state": 2, "extra": 1}


ACTIONS = st.sampled_from(list(Action))
SOME = st.lists(st.tuples(st.integers(1, 400), ACTIONS), max_size=150).map(
    lambda found: [Difference(n, f"u{n}", Situation.STATE, action) for n, action in found]
)
LIMITS = st.builds(Limits, st.integers(0, 50), st.floats(0, 1), st.floats(0, 1))
BASES = st.integers(0, 5000)
SPENT = st.integers(0, 200).flatmap(lambda n: st.builds(Spent, st.just(n), st.integers(0, n)))


@given(SOME, BASES, SPENT, LIMITS, st.booleans())
def test_positive_actions_are_never_held_and_negative_ones_go_all_or_wait_all(
    some: list[Difference], base: int, spent: Spent, limits: Limits, stage_all: bool
) -> None:
    plan = make_plan(some, base, spent, limits, stage_all)
    negative = [one for one in some if one.action in NEGATIVE]
    assert plan.positive == tuple(one for one in some if one.action not in NEGATIVE | {Action.REPORT})
    assert (list(plan.negative), list(plan.staged)) in ((negative, []), ([], negative))
    assert len(plan.apply) + len(plan.staged) + len(plan.report) == len(some)


@given(SOME, BASES, SPENT, LIMITS, st.randoms(use_true_random=False))
def test_order_of_differences_changes_neither_checksum_nor_verdict(
    some: list[Difference], base: int, spent: Spent, limits: Limits, shuffler: random.Random
) -> None:
    other = list(some)
    shuffler.shuffle(other)
    first, second = (make_plan(each, base, spent, limits) for each in (some, other))
    assert (first.checksum, first.limit_hit) == (second.checksum, second.limit_hit)


@given(SOME, BASES, SPENT, LIMITS, st.lists(st.integers(401, 500), min_size=1, unique=True))
def test_more_that_loses_never_frees_what_is_held(
    some: list[Difference], base: int, spent: Spent, limits: Limits, more: list[int]
) -> None:
    if make_plan(some, base, spent, limits).limit_hit is not None:
        worse = some + [Difference(n, "", Situation.STATE, Action.SUSPEND) for n in more]
        assert make_plan(worse, base, spent, limits).limit_hit is not None
        again = Spent(spent.negatives + len(more), spent.cancels)
        assert make_plan(some, base, again, limits).limit_hit is not None


@given(st.integers(0, 50), BASES, st.floats(0, 1), st.floats(0, 1), st.data())
def test_at_or_under_the_floor_nothing_is_held(
    floor: int, base: int, run: float, day: float, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, floor))
    cancels = data.draw(st.integers(0, min(count, floor // 2)))
    assert limit_hit(count, cancels, base, NOTHING, Limits(floor, run, day)) is None


@given(st.lists(st.integers(1, 60), max_size=40), BASES, LIMITS)
def test_drip_never_passes_the_limit_of_the_day(drops: list[int], base: int, limits: Limits) -> None:
    gone = 0
    for drop in drops:
        gone += drop if limit_hit(drop, 0, base, Spent(gone), limits) is None else 0
    assert gone <= limits.per_day(base)
