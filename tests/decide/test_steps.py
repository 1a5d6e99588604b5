"""From what was applied to what is desired: the next call, and the cases of doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.decide.builders import BLIND, HOOK, LOOK_UP_ONLY, NOW, NX, doubt, unit, wanted
from webapp.decide.policy import Content
from webapp.decide.state import UnitState, dump_units, load_units
from webapp.decide.steps import Hold, applied, begun, keeps_key, missing_after_look_up, next_step
from webapp.gateways.contract import Operation, Traits

A, S, K, X = Content.ACTIVE, Content.SUSPENDED, Content.KEEP, Content.ABSENT


def step(content: Content, have: UnitState, traits: Traits = NX, **more: bool) -> object:
    found = next_step(wanted(content), have, traits, verify_first=more.get("verify_first", False), now=NOW)
    return None if found is None else (found.operation or found.hold or found)


@pytest.mark.parametrize(
    ("content", "state", "payload", "expected"),
    [
        (A, "none", "", Operation.CREATE),
        (A, "absent", "", Operation.CREATE),
        (A, "active", "p1", None),
        (A, "active", "old", Operation.UPDATE),
        (A, "suspended", "p1", Operation.ENABLE),
        (A, "unknown", "p1", Operation.ENABLE),
        (A, "pending_user", "p1", None),
        (S, "none", "", None),
        (S, "absent", "", None),
        (S, "active", "p1", Operation.SUSPEND),
        (S, "suspended", "old", None),
        (S, "unknown", "p1", Operation.SUSPEND),
        (S, "pending_user", "p1", Operation.SUSPEND),
        (K, "none", "", None),
        (K, "active", "old", None),
        (K, "suspended", "p1", None),
        (X, "none", "", None),
        (X, "absent", "", None),
        (X, "active", "p1", Operation.CANCEL),
        (X, "suspended", "p1", Operation.CANCEL),
        (X, "unknown", "", Operation.CANCEL),
        (X, "pending_user", "p1", Operation.CANCEL),
    ],
)
def test_the_difference_decides(content: Content, state: str, payload: str, expected: Operation | None) -> None:
    assert step(content, unit(state, payload)) == expected


@pytest.mark.parametrize(
    ("traits", "content", "expected"),
    [
        (NX, A, Operation.FIND),
        (LOOK_UP_ONLY, A, Operation.FIND),
        (LOOK_UP_ONLY, X, Operation.FIND),
        (BLIND, A, Hold.PARK),
        (BLIND, X, Hold.PARK),
        (HOOK, A, Operation.CREATE),
        (HOOK, X, Operation.CANCEL),
        (HOOK, S, Operation.SUSPEND),
        (HOOK, K, None),
    ],
)
def test_an_unanswered_create_is_never_repeated_blindly(traits: Traits, content: Content, expected: object) -> None:
    assert step(content, unit("none", intent=doubt(Operation.CREATE)), traits) == expected


def test_a_key_alone_allows_the_same_create_while_the_platform_remembers_it() -> None:
    keyed = replace(BLIND, honours_key=True)
    assert step(A, unit(intent=doubt(Operation.CREATE)), keyed) is Operation.CREATE
    assert step(A, unit(intent=doubt(Operation.CREATE, at=NOW - timedelta(hours=25))), keyed) is Hold.PARK
    assert step(A, unit(intent=doubt(Operation.CREATE, payload="other")), keyed) is Hold.PARK


@pytest.mark.parametrize(("errors", "expected"), [(2, Operation.CREATE), (3, Hold.PARK)])
def test_a_key_for_which_the_platform_repeats_its_error_is_not_repeated_for_ever(errors: int, expected: object) -> None:
    keyed = replace(BLIND, honours_key=True)
    assert step(A, unit(intent=replace(doubt(Operation.CREATE), errors=errors)), keyed) is expected


@pytest.mark.parametrize(
    ("traits", "hours", "expected"),
    [
        (NX, 23, Operation.CREATE),
        (NX, 24, Operation.FIND),
        (LOOK_UP_ONLY, 24, Operation.CREATE),
        (replace(BLIND, honours_key=True), 24, Operation.CREATE),
    ],
)
def test_a_create_under_a_key_that_the_platform_has_forgotten_is_looked_up_first(
    traits: Traits, hours: int, expected: object
) -> None:
    # That its last try surely had no effect says nothing of an earlier one that nobody heard of.
    begun_at = NOW - timedelta(hours=hours)
    surely_not = replace(doubt(Operation.CREATE, at=begun_at), doubt=False)
    assert step(A, unit(intent=surely_not), traits) is expected


def test_a_key_is_not_used_by_a_call_that_may_end_after_it_is_forgotten() -> None:
    have = unit(intent=doubt(Operation.CREATE))
    almost = NOW + timedelta(seconds=NX.limits.key_ttl_s - NX.limits.total_timeout_s)
    assert keeps_key(have, "p1", NX, 0, almost - timedelta(seconds=1))
    assert not keeps_key(have, "p1", NX, 0, almost)


@pytest.mark.parametrize(
    ("operation", "content", "expected"),
    [
        (Operation.SUSPEND, A, Operation.ENABLE),
        (Operation.SUSPEND, S, Operation.SUSPEND),
        (Operation.ENABLE, S, Operation.SUSPEND),
        (Operation.UPDATE, A, Operation.UPDATE),
        (Operation.CANCEL, X, Operation.CANCEL),
        (Operation.CANCEL, A, Operation.CANCEL),
        (Operation.CANCEL, S, Operation.CANCEL),
        # A status that nobody knows takes nothing away, not even a second time.
        (Operation.CANCEL, K, None),
        (Operation.SUSPEND, K, None),
    ],
)
def test_an_unanswered_change_is_sent_again_or_undone(operation: Operation, content: Content, expected: object) -> None:
    state = "suspended" if operation is Operation.ENABLE else "active"
    assert step(content, unit(state, "p1", doubt(operation))) == expected


def test_suspended_then_paid_before_anything_was_sent_is_no_call() -> None:
    assert step(A, unit("active", "p1")) is None


def test_an_observed_absence_is_verified_before_a_create() -> None:
    assert step(A, unit("absent"), NX, verify_first=True) is Operation.FIND
    assert step(A, unit("absent"), BLIND, verify_first=True) is Operation.CREATE
    # A message that went unanswered tells nothing of it either.
    assert step(A, unit("absent", intent=doubt(Operation.NOTIFY)), NX, verify_first=True) is Operation.FIND


def test_the_key_is_the_same_over_repeats_and_new_for_a_new_intent() -> None:
    first = next_step(wanted(A), unit(), NX, verify_first=False, now=NOW)
    assert first is not None
    assert first.intent is not None
    have = begun(unit(), first.intent)
    clean = have.with_(intent=replace(first.intent, doubt=False))
    again = next_step(wanted(A), clean, NX, verify_first=False, now=NOW + timedelta(hours=1))
    assert again is not None
    assert again.intent is not None
    assert again.intent.key == first.intent.key
    assert again.intent.first_at == NOW.isoformat()
    after = applied(have, Operation.CREATE, first.intent)
    cancelled = next_step(wanted(X), after, NX, verify_first=False, now=NOW)
    assert cancelled is not None
    assert cancelled.intent is not None
    assert cancelled.intent.key != first.intent.key


def test_a_legitimate_new_create_after_a_cancel_has_a_new_key() -> None:
    keys = []
    have = unit()
    for content in (A, X, A):
        found = next_step(wanted(content), have, NX, verify_first=False, now=NOW)
        assert found is not None
        assert found.intent is not None
        assert found.operation is not None
        keys.append(found.intent.key)
        have = applied(begun(have, found.intent), found.operation, found.intent)
    assert len(set(keys)) == 3


def test_a_look_up_that_finds_nothing_waits_for_a_late_effect_unless_the_key_protects() -> None:
    have = unit(intent=doubt(Operation.CREATE))
    wait = missing_after_look_up(have, LOOK_UP_ONLY, NOW + timedelta(seconds=10), same_key=True)
    assert wait is not None
    assert wait.until == NOW + timedelta(seconds=90)
    assert missing_after_look_up(have, LOOK_UP_ONLY, NOW + timedelta(seconds=91), same_key=True) is None
    assert missing_after_look_up(have, NX, NOW, same_key=True) is None
    assert missing_after_look_up(have, NX, NOW, same_key=False) is not None


def test_what_surely_was_not_done_needs_no_wait() -> None:
    have = unit(intent=replace(doubt(Operation.CREATE), doubt=False))
    assert missing_after_look_up(have, LOOK_UP_ONLY, NOW, same_key=True) is None


@pytest.mark.parametrize(
    ("payload", "tries", "later", "kept"),
    [("p1", 0, 0, True), ("p1", 2, 23, True), ("p1", 3, 0, False), ("p1", 0, 24, False), ("other", 0, 0, False)],
)
def test_a_key_is_kept_for_the_same_data_while_it_lives_and_for_three_tries(
    payload: str, tries: int, later: int, kept: bool
) -> None:
    have = unit(intent=doubt(Operation.CREATE))
    assert keeps_key(have, payload, NX, tries, NOW + timedelta(hours=later)) is kept


def test_a_doubt_is_carried_over_to_the_repeat_and_folded_in_by_another_operation() -> None:
    have = unit("active", "p1", doubt(Operation.SUSPEND))
    again = next_step(wanted(S), have, NX, verify_first=False, now=NOW)
    assert again is not None
    assert again.intent is not None
    assert again.intent.doubt
    other = next_step(wanted(A), have, NX, verify_first=False, now=NOW)
    assert other is not None
    assert other.intent is not None
    assert begun(have, other.intent).state == "unknown"


def test_an_account_that_exists_where_nobody_can_be_asked_waits_for_a_person() -> None:
    assert step(A, unit(exists=True), BLIND) is Hold.PARK


def test_a_resend_repeats_the_last_call_with_its_key() -> None:
    have = unit("active", "p1", last=("create", "k-7"), resend=True)
    found = next_step(wanted(A), have, HOOK, verify_first=False, now=NOW)
    assert found is not None
    assert found.intent is not None
    assert (found.operation, found.intent.key) == (Operation.CREATE, "k-7")
    tried = begun(have, found.intent)
    assert tried.seq == have.seq
    again = next_step(
        wanted(A), tried.with_(intent=replace(found.intent, doubt=False)), HOOK, verify_first=False, now=NOW
    )
    assert again is not None
    assert again.intent is not None
    assert (again.operation, again.intent.key) == (Operation.CREATE, "k-7")


def test_units_survive_their_json_form() -> None:
    units = {"account": unit("active", "p", doubt(Operation.SUSPEND), seq=3, last=("create", "k-1")), "x": unit()}
    assert load_units(dump_units(units)) == units
