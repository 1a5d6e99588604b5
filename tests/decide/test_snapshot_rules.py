"""What is wrong with a reading of a platform: where each rule begins, and the figures that its message shows."""

from dataclasses import replace

import pytest

from webapp.decide.snapshot_facts import Effect, Finding, Snapshot, SnapshotBefore
from webapp.decide.snapshot_rules import (
    Rule,
    clashing,
    empty,
    few,
    fewer,
    incomplete,
    no_worse,
    one_state,
    slow,
    strangers,
    unreadable,
)

NOTHING = frozenset({Effect.ANYTHING})
HOLD = frozenset({Effect.MISSING, Effect.NEGATIVE})
ALL = HOLD | {Effect.BELIEF}
NOW = Snapshot(True, listed=100, expected=100, matched=100, states={"active": 100}, compared=100)
LAST = SnapshotBefore(100, 100, 100, 10, 10, {"active": 100})
Case = tuple[Rule, dict[str, object], SnapshotBefore | None, Finding | None]


def found(code: str, effects: frozenset[Effect], **params: object) -> Finding:
    return Finding(code, effects, params)


def lost(code: str, **params: object) -> Finding:
    return found(f"snapshot_{code}", HOLD, **params)


def others(count: int, matched: int, expected: int) -> Finding:
    return found("snapshot_strangers", NOTHING, strangers=count, matched=matched, expected=expected)


def alike(state: str, count: int, was: int, last: int, effects: frozenset[Effect] = HOLD) -> Finding:
    return found("snapshot_one_state", effects, state=state, count=count, was=was, last=last)


BROKEN = {"complete": False, "reason": "server_error", "reason_params": {"status": 500}}
TURNED = {"contradicting": 21}
CASES: dict[str, Case] = {
    "whole": (incomplete, {}, LAST, None),
    "broken off": (incomplete, BROKEN, LAST, found("server_error", NOTHING, status=500)),
    "broken off, nobody knows why": (incomplete, {"complete": False}, LAST, found("listing_incomplete", NOTHING)),
    "as many as it said": (incomplete, {"stated_total": 100}, LAST, None),
    "not as many as it said": (incomplete, {"stated_total": 99}, LAST, found("listing_count_differs", NOTHING)),
    "not empty": (empty, {"listed": 1}, LAST, None),
    "rightly empty": (empty, {"listed": 0, "expected": 0}, LAST, None),
    "empty, and one expected": (empty, {"listed": 0, "expected": 1}, LAST, found("listing_empty", NOTHING, expected=1)),
    "empty because it broke off": (empty, {"listed": 0, "complete": False}, LAST, None),
    "20 strangers": (strangers, {"strangers": 20, "matched": 49}, LAST, None),
    "21 strangers": (strangers, {"strangers": 21, "matched": 49}, LAST, others(21, 49, 100)),
    "21 strangers beside half of ours": (strangers, {"strangers": 21, "matched": 50}, LAST, None),
    "a fifth strangers": (strangers, {"listed": 200, "strangers": 40, "matched": 0}, LAST, None),
    "over a fifth strangers": (strangers, {"listed": 200, "strangers": 41, "matched": 0}, LAST, others(41, 0, 100)),
    "4 expected": (strangers, {"strangers": 100, "expected": 4, "matched": 0}, LAST, None),
    "5 expected": (strangers, {"strangers": 98, "expected": 5, "matched": 2}, LAST, others(98, 2, 5)),
    "a tenth fewer": (fewer, {"listed": 90}, LAST, None),
    "over a tenth fewer": (fewer, {"listed": 89}, LAST, lost("fewer", now=89, last=100, missing=11)),
    "nothing to measure by": (fewer, {"listed": 1}, None, None),
    "nothing was read": (fewer, {"listed": 0}, LAST, None),
    "a part was read": (fewer, {"listed": 1, "complete": False}, LAST, None),
    "ten were ended": (fewer, {"listed": 81, "expected": 90}, LAST, None),
    "more than were ended": (fewer, {"listed": 80, "expected": 90}, LAST, lost("fewer", now=80, last=90, missing=10)),
    "more expected": (fewer, {"listed": 89, "expected": 110}, LAST, lost("fewer", now=89, last=100, missing=11)),
    "one more expected": (fewer, {"listed": 90, "expected": 101}, LAST, None),
    "4 of 20": (fewer, {"listed": 16, "expected": 20}, SnapshotBefore(20, 20), None),
    "5 of 20": (fewer, {"listed": 15, "expected": 20}, SnapshotBefore(20, 20),
                lost("fewer", now=15, last=20, missing=5)),
    "half": (few, {"expected": 20, "matched": 10}, None, None),
    "under half": (few, {"expected": 20, "matched": 9}, None, lost("few", matched=9, expected=20)),
    "under half of a few": (few, {"expected": 19, "matched": 0}, None, None),
    "nobody, which is another matter": (few, {"listed": 0, "matched": 0}, None, None),
    "under half, but measured": (few, {"expected": 20, "matched": 9}, LAST, None),
    "under half, as was accepted": (few, {"expected": 20, "matched": 9}, replace(LAST, accepted=("snapshot_few",)),
                                    lost("few", matched=9, expected=20)),
    "a fifth in another state": (one_state, {"contradicting": 20}, None, None),
    "over a fifth in another state": (one_state, TURNED, None, alike("active", 100, 0, 0)),
    "over a fifth of those compared": (one_state, {"compared": 50, "contradicting": 11}, None,
                                       alike("active", 100, 0, 0)),
    "19 in one state": (one_state, {**TURNED, "matched": 19, "states": {"active": 19}}, None, None),
    "20 in one state": (one_state, {**TURNED, "matched": 20, "states": {"active": 20}}, None,
                        alike("active", 20, 0, 0)),
    "no states": (one_state, {**TURNED, "states": {}}, None, None),
    "97 of 100": (one_state, {**TURNED, "states": {"active": 97, "suspended": 3}}, None, None),
    "98 of 100": (one_state, {**TURNED, "states": {"active": 98, "suspended": 2}}, None, alike("active", 98, 0, 0)),
    "nearly so before": (one_state, TURNED, replace(LAST, states={"active": 79, "suspended": 21}),
                         alike("active", 100, 79, 100)),
    "so before": (one_state, TURNED, replace(LAST, states={"active": 80, "suspended": 20}), None),
    "otherwise before": (one_state, TURNED, replace(LAST, states={"suspended": 9}), alike("active", 100, 0, 9)),
    "no states before": (one_state, TURNED, replace(LAST, states={}), alike("active", 100, 0, 0)),
    "all wait": (one_state, {**TURNED, "states": {"pending_user": 100}}, None, alike("pending_user", 100, 0, 0, ALL)),
    "5 clash": (clashing, {"clashes": 5}, LAST, None),
    "6 clash": (clashing, {"clashes": 6}, LAST, lost("clashes", count=6, of=100)),
    "a twentieth clash": (clashing, {"clashes": 10, "matched": 200}, LAST, None),
    "over a twentieth clash": (clashing, {"clashes": 11, "matched": 200}, LAST, lost("clashes", count=11, of=200)),
    "every word known": (unreadable, {}, LAST, None),
    "5 in no known state": (unreadable, {"matched": 10, "states": {"unknown": 5}}, LAST, None),
    "6 in no known state": (unreadable, {"matched": 10, "states": {"unknown": 6}}, LAST,
                            found("snapshot_unreadable", ALL, count=6, of=10)),
    "a fifth": (unreadable, {"states": {"unknown": 20}}, LAST, None),
    "over a fifth in no known state": (unreadable, {"states": {"unknown": 21}}, LAST,
                                       found("snapshot_unreadable", ALL, count=21, of=100)),
    "a whole day": (slow, {"took_s": 86_400.0}, LAST, None),
    "over eleven days": (slow, {"took_s": 1_000_000.0}, LAST, lost("slow", hours=277.8)),
    "over a day": (slow, {"took_s": 86_400.1}, LAST, lost("slow", hours=24.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_rule_begins_where_it_says_and_tells_what_it_counted(name: str) -> None:
    rule, now, before, expected = CASES[name]
    assert rule(replace(NOW, **now), before) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matched", "count", "clashes", "as_accepted"),
    [
        (100, 10, 10, True),
        (90, 31, 11, True),
        (89, 10, 10, False),
        (100, 32, 10, False),
        (100, 10, 12, False),
        (89, 32, 10, False),
        (89, 10, 12, False),
        (100, 32, 12, False),
    ],
)
def test_what_was_accepted_may_grow_by_a_tenth_and_twenty_strangers(
    matched: int, count: int, clashes: int, as_accepted: bool
) -> None:
    assert no_worse(replace(NOW, matched=matched, strangers=count, clashes=clashes), LAST) is as_accepted
