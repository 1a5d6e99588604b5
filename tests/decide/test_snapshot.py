"""What a reading of a platform may be used for: table and laws."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.snapshot import (
    ACCEPTABLE,
    Certificate,
    Effect,
    Finding,
    Snapshot,
    SnapshotBefore,
    accept,
    acceptable,
    certify_snapshot,
    dump,
    load,
    times_of,
    withhold,
)
from webapp.messages import ENTRIES

ALL = {Effect.MISSING, Effect.NEGATIVE, Effect.BELIEF, Effect.ANYTHING}
HOLD = {Effect.MISSING, Effect.NEGATIVE}
USUAL = {"active": 90, "suspended": 10}
GOOD = Snapshot(
    True, listed=100, pages=1, expected=100, matched=100, states=USUAL, compared=100, contradicting=0, took_s=60.0
)
LAST = SnapshotBefore(100, 100, 100, 0, 0, USUAL)
ALL_ACTIVE = {"states": {"active": 100}, "contradicting": 25}

CASES: list[tuple[str, dict[str, object], SnapshotBefore | None, str, set[Effect]]] = [
    ("nothing is wrong", {}, LAST, "", set()),
    ("no reading before", {}, None, "", set()),
    ("broken off", {"complete": False, "reason": "server_error"}, LAST, "server_error", ALL),
    ("broken off, nobody knows why", {"complete": False}, LAST, "listing_incomplete", ALL),
    ("another total", {"stated_total": 101}, LAST, "listing_count_differs", ALL),
    ("the same total", {"stated_total": 100}, LAST, "", set()),
    ("D1 empty", {"listed": 0, "matched": 0, "states": {}}, LAST, "listing_empty", ALL),
    ("empty, and rightly so", {"listed": 0, "matched": 0, "states": {}, "expected": 0},
     replace(LAST, listed=0, expected=0), "", set()),
    ("D16 half is missing", {"listed": 51, "matched": 51}, LAST, "snapshot_fewer", HOLD),
    ("a tenth is missing", {"listed": 90, "matched": 90}, LAST, "", set()),
    ("more than a tenth is missing", {"listed": 89, "matched": 89}, LAST, "snapshot_fewer", HOLD),
    ("four of eight are missing", {"listed": 4, "matched": 4, "expected": 8, "compared": 4},
     SnapshotBefore(8, 8, 8), "", set()),
    ("we ended them ourselves", {"listed": 60, "matched": 60, "expected": 60}, LAST, "", set()),
    ("half, and nothing to measure by", {"listed": 40, "matched": 40}, None, "snapshot_few", HOLD),
    ("few of a few", {"listed": 4, "matched": 4, "expected": 19}, None, "", set()),
    ("D13 other people", {"matched": 10, "strangers": 90}, LAST, "snapshot_strangers", ALL),
    ("D12 ids changed", {"matched": 0, "strangers": 100}, LAST, "snapshot_strangers", ALL),
    ("a new hub on an old platform", {"listed": 5_000, "expected": 10, "matched": 10, "strangers": 4_990}, None,
     "", set()),
    ("one of ours deleted among many others", {"listed": 500, "expected": 1, "matched": 0, "strangers": 500}, None,
     "", set()),
    ("all active at once", ALL_ACTIVE, LAST, "", set()),
    ("D10 all active, and many were not", {**ALL_ACTIVE, "contradicting": 40},
     replace(LAST, states={"active": 60, "suspended": 40}), "snapshot_one_state", HOLD),
    ("all suspended at once", {"states": {"suspended": 100}, "contradicting": 90}, LAST, "snapshot_one_state", HOLD),
    ("all suspended, as we believe", {"states": {"suspended": 100}}, LAST, "", set()),
    ("all wait for their users", {"states": {"pending_user": 100}, "contradicting": 100}, None,
     "snapshot_one_state", HOLD | {Effect.BELIEF}),
    ("D9 the word for the state is gone", {"states": {"unknown": 100}, "contradicting": 0}, LAST,
     "snapshot_unreadable", HOLD | {Effect.BELIEF}),
    ("a word that nobody mapped", {"states": {"active": 96, "unknown": 4}}, LAST, "", set()),
    ("numbered anew", {"clashes": 6}, LAST, "snapshot_clashes", HOLD),
    ("an odd account", {"clashes": 5}, LAST, "", set()),
    ("slow", {"took_s": 90_000.0}, LAST, "snapshot_slow", HOLD),
]  # fmt: skip


@pytest.mark.parametrize(("now", "before", "code", "forbidden"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_what_a_reading_may_not_be_used_for(
    now: dict[str, object], before: SnapshotBefore | None, code: str, forbidden: set[Effect]
) -> None:
    found = certify_snapshot(replace(GOOD, **now), before)
    assert [one.code for one in found.findings] == ([code] if code else [])
    assert {effect for effect in Effect if not found.allows(effect)} == forbidden
    assert found.clean is not bool(forbidden)
    assert all(one.code in ENTRIES for one in found.findings if one.code != "server_error")


LINES = {
    "enable": Difference(1, "a", Situation.STATE, Action.ENABLE),
    "update": Difference(2, "a", Situation.PRODUCT, Action.UPDATE),
    "suspend": Difference(3, "a", Situation.STATE, Action.SUSPEND),
    "cancel": Difference(4, "a", Situation.STATE, Action.CANCEL),
    "create": Difference(5, "a", Situation.MISSING, Action.CREATE),
    "note gone": Difference(6, "a", Situation.MISSING, Action.NOTE),
    "note": Difference(7, "a", Situation.STATE, Action.NOTE),
    "report": Difference(8, "a", Situation.MISSING, Action.REPORT, reason="missing_once"),
}


@pytest.mark.parametrize(
    ("now", "held"),
    [
        ({}, set()),
        ({"listed": 50, "matched": 50}, {"suspend", "cancel", "create", "note gone"}),
        ({"states": {"unknown": 100}}, {"suspend", "cancel", "create", "note gone", "note"}),
    ],
)
def test_what_is_forbidden_is_only_reported_and_says_why(now: dict[str, object], held: set[str]) -> None:
    certificate = certify_snapshot(replace(GOOD, **now), LAST)
    found = dict(zip(LINES, withhold(LINES.values(), certificate), strict=True))
    assert {name for name in LINES if found[name] != LINES[name]} == held
    assert {(found[name].action, found[name].reason) for name in held} == (
        {(Action.REPORT, certificate.findings[0].code)} if held else set()
    )


@pytest.mark.parametrize("now", [{"complete": False}, {"listed": 0}])
def test_next_reading_is_not_measured_by_one_in_which_nothing_was_read(now: dict[str, object]) -> None:
    assert certify_snapshot(replace(GOOD, **now), LAST).shown is None


def test_certificate_is_kept_as_json() -> None:
    finding = Finding("snapshot_slow", frozenset({Effect.NEGATIVE, Effect.MISSING}), {"hours": 25.0})
    shown = SnapshotBefore(9, 8, 7, 6, 5, {"active": 4}, ("snapshot_few",))
    raw = json.loads(json.dumps(dump(Certificate((finding,), shown, True))))
    assert raw == {
        "findings": [{"code": "snapshot_slow", "effects": ["missing", "negative"], "params": {"hours": 25.0}}],
        "shown": {"listed": 9, "expected": 8, "matched": 7, "strangers": 6, "clashes": 5, "states": {"active": 4},
                  "accepted": ["snapshot_few"]},
        "accepted": True,
    }  # fmt: skip
    assert load({**raw, "pages": 3}) == Certificate((finding,), shown, True)
    assert load({"pages": 3}) == Certificate()
    assert dump(Certificate()) == {"findings": [], "accepted": False}


def test_nothing_at_all_is_left_of_a_reading_of_other_people() -> None:
    certificate = certify_snapshot(replace(GOOD, matched=10, strangers=90), LAST)
    assert certificate.refusal is not None
    assert withhold(LINES.values(), certificate) == []


def in_a_row(now: Snapshot, before: SnapshotBefore | None, times: int) -> Certificate:
    """Return the certificate of the same reading, shown so often."""
    found = certify_snapshot(now, before)
    for _ in range(times - 1):
        found = certify_snapshot(now, before, times_of(found))
    return found


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (replace(GOOD, listed=50, matched=50), LAST),
        (replace(GOOD, listed=40, matched=40), None),
        (replace(GOOD, matched=10, strangers=90), LAST),
        (replace(GOOD, clashes=20), LAST),
        (replace(GOOD, states={"active": 100}, contradicting=40), replace(LAST, states={"suspended": 90})),
    ],
)
def test_what_can_be_real_may_be_accepted_when_it_came_twice_and_counts_from_the_next_reading(
    now: Snapshot, before: SnapshotBefore | None
) -> None:
    assert not acceptable(in_a_row(now, before, 1))
    with pytest.raises(ValueError, match="^certificate_not_acceptable$"):
        accept(in_a_row(now, before, 1))
    accepted = accept(in_a_row(now, before, 2))
    assert (accepted.base, accepted.clean, acceptable(accepted)) == (True, False, False)
    first = certify_snapshot(now, accepted.shown)
    assert first.clean
    # It stays the normal, reading after reading, until it gets worse.
    assert certify_snapshot(now, first.shown).clean
    worse = replace(now, listed=now.listed // 2, matched=now.matched // 2, clashes=now.clashes * 2)
    assert not certify_snapshot(worse, first.shown).clean


def test_only_what_our_own_rows_measure_is_accepted_for_good() -> None:
    now = replace(GOOD, listed=50, matched=50, clashes=20)
    found = in_a_row(now, replace(LAST, accepted=("snapshot_few",)), 2)
    assert times_of(found) == {"snapshot_fewer": 2, "snapshot_clashes": 2}
    accepted = accept(found)
    assert accepted.shown is not None
    assert accepted.shown.accepted == ("snapshot_clashes",)
    noted = certify_snapshot(now, accepted.shown).findings
    assert [(one.code, one.effects, times_of(accepted)) for one in noted] == [
        ("snapshot_clashes", frozenset(), {"snapshot_fewer": 2, "snapshot_clashes": 2})
    ]


def test_finding_that_was_never_counted_came_once_and_is_not_accepted() -> None:
    finding = Finding("snapshot_clashes", frozenset({Effect.NEGATIVE}))
    old = Certificate((finding, replace(finding, code="noted", effects=frozenset())), LAST)
    assert times_of(old) == {"snapshot_clashes": 1}
    assert not acceptable(old)


@pytest.mark.parametrize("now", [{"complete": False}, {"listed": 0}, {"states": {"unknown": 90}}, {"took_s": 1e6}])
def test_what_was_read_badly_is_never_normal(now: dict[str, object]) -> None:
    assert not acceptable(in_a_row(replace(GOOD, **now), LAST, 5))


counts = st.integers(0, 300)
shown = st.dictionaries(st.sampled_from(["active", "suspended", "pending_user", "unknown"]), counts)
snapshots = st.builds(
    Snapshot, st.booleans(), listed=counts, pages=counts, stated_total=st.none() | counts, expected=counts,
    matched=counts, strangers=counts, states=shown, compared=counts, contradicting=counts, clashes=counts,
    took_s=st.floats(0, 1e6),
)  # fmt: skip
befores = st.none() | st.builds(
    SnapshotBefore, counts, counts, counts, counts, counts, shown, st.sampled_from([(), ("snapshot_strangers",)])
)


@settings(max_examples=60)
@given(snapshots, befores)
def test_nothing_follows_from_absence_in_a_reading_that_is_not_whole_and_measured(
    now: Snapshot, before: SnapshotBefore | None
) -> None:
    found = certify_snapshot(now, before)
    if not now.complete or (now.expected and not now.listed):
        assert not any(found.allows(effect) for effect in Effect)
        assert not found.base
    if before is not None and before.expected <= now.expected and now.listed + 5 <= before.listed * 0.8:
        assert not found.allows(Effect.MISSING)
    # Whatever holds back absence holds back taking away, and the other way round.
    assert found.allows(Effect.MISSING) is found.allows(Effect.NEGATIVE)


@settings(max_examples=60)
@given(snapshots, befores)
def test_enabling_is_held_only_where_the_accounts_are_not_ours_or_were_not_read(
    now: Snapshot, before: SnapshotBefore | None
) -> None:
    found = certify_snapshot(now, before)
    refused = found.refusal is not None
    assert (LINES["enable"] in withhold([LINES["enable"]], found)) is not refused
    if refused:
        unread = not now.complete or not now.listed or now.stated_total not in (None, now.listed)
        assert unread or now.strangers > now.listed * 0.2


@settings(max_examples=60)
@given(snapshots, befores, st.integers(1, 4))
def test_certificate_survives_json_and_is_accepted_only_for_what_can_be_real(
    now: Snapshot, before: SnapshotBefore | None, times: int
) -> None:
    found = in_a_row(now, before, times)
    assert load(dump(found)) == found
    if acceptable(found):
        assert {one.code for one in found.findings if one.effects} <= ACCEPTABLE
        assert times > 1
        assert load(dump(accept(found))) == accept(found)
