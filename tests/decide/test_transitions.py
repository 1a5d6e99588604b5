"""The whole record of a unit after each step: a field that is kept or dropped by mistake shows here."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.decide.builders import BLIND, HOOK, LOOK_UP_ONLY, NOW, NX, doubt, unit, wanted
from webapp.decide.outcome import (
    CONSEQUENCES,
    adopted,
    after_failure,
    after_success,
    half_done,
    not_found,
)
from webapp.decide.policy import Content
from webapp.decide.state import Intent, UnitState
from webapp.decide.steps import Hold, Step, applied, begun, missing_after_look_up, next_step, uncertain
from webapp.gateways.contract import Observed, Operation, Outcome, Progress, RemoteState

A, S, X = Content.ACTIVE, Content.SUSPENDED, Content.ABSENT
CREATE = doubt(Operation.CREATE)
CREATE_LIST = doubt(Operation.LIST)
BEFORE = NOW - timedelta(minutes=3)
PROGRESS = Progress("create", ("made",))
# A unit of which every field says something.
FULL = unit("active", "p0", CREATE, seq=4, last=("enable", "k-0"), resend=True, exists=True, remote_ids={"id": "7"},
            progress=PROGRESS, progress_payload="p0")  # fmt: skip
OVER = {"intent": None, "resend": False, "exists": False, "progress": None, "progress_payload": ""}


@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        (Operation.CREATE, {"state": "active", "payload": ""}),
        (Operation.UPDATE, {"payload": "p1"}),
        (Operation.SUSPEND, {"state": "suspended"}),
        (Operation.ENABLE, {"state": "active"}),
        (Operation.CANCEL, {"state": "absent", "payload": "", "remote_ids": {}}),
    ],
)
def test_what_was_accepted_is_recorded_and_nothing_else(operation: Operation, changes: dict[str, object]) -> None:
    intent = replace(CREATE, operation=str(operation))
    expected = FULL.with_(**OVER, last=(str(operation), "k-1"), **changes)
    assert applied(FULL, operation, intent) == expected


def test_a_look_up_that_was_answered_ends_the_intent_and_keeps_what_was_last_accepted() -> None:
    expected = FULL.with_(intent=None, resend=False, progress=None, progress_payload="")
    assert applied(FULL, Operation.RESEND_ACTIVATION, CREATE) == expected


def test_an_account_that_exists_already_is_asked_for_with_the_same_intent_and_no_doubt() -> None:
    expected = FULL.with_(exists=True, intent=replace(CREATE, doubt=False), progress=None, progress_payload="")
    assert after_success(FULL, Operation.CREATE, CREATE, Outcome.ALREADY, None) == expected


def test_what_is_gone_leaves_nothing_behind() -> None:
    after = after_success(FULL, Operation.SUSPEND, doubt(Operation.SUSPEND), Outcome.GONE, None)
    changes = {"state": "absent", "payload": "", "intent": None, "resend": False, "remote_ids": {}}
    assert after == FULL.with_(**changes, progress=None, progress_payload="")


def test_a_refused_create_is_over_and_leaves_the_unit_as_it_was() -> None:
    after = after_failure(FULL, CREATE, CONSEQUENCES["rejected"])
    assert after == FULL.with_(intent=None, resend=False, exists=False)


@pytest.mark.parametrize(
    ("was_in_doubt", "state"), [(True, "unknown"), (False, "active")], ids=["in doubt", "surely not done"]
)
def test_a_refused_change_leaves_uncertain_only_what_an_earlier_try_may_have_done(
    was_in_doubt: bool, state: str
) -> None:
    intent = replace(CREATE, operation="suspend", doubt=was_in_doubt)
    after = after_failure(FULL, intent, CONSEQUENCES["rejected"])
    assert after == FULL.with_(intent=None, resend=False, exists=False, state=state)


def test_a_refused_update_in_doubt_leaves_the_data_unknown_and_the_state_known() -> None:
    intent = replace(CREATE, operation="update")
    assert after_failure(FULL, intent, CONSEQUENCES["rejected"]).payload == ""
    assert after_failure(FULL, intent, CONSEQUENCES["rejected"]).state == "active"


@pytest.mark.parametrize(("status", "errors"), [(500, 3), (503, 2), (None, 2)])
def test_only_the_platforms_own_errors_are_counted(status: int | None, errors: int) -> None:
    intent = replace(CREATE, errors=2)
    after = after_failure(FULL, intent, CONSEQUENCES["unavailable"], status)
    assert after == FULL.with_(intent=replace(intent, errors=errors))


def test_steps_that_came_to_nothing_are_forgotten() -> None:
    assert half_done(FULL, CREATE, Progress()) == FULL.with_(progress=None, progress_payload="")


def test_steps_keep_the_data_with_which_they_began() -> None:
    further = Progress("create", ("made", "filled"))
    assert half_done(FULL, CREATE, further) == FULL.with_(progress=further)
    assert half_done(unit(), CREATE, further) == unit(progress=further, progress_payload="p1")


@pytest.mark.parametrize(
    ("intent", "payload"),
    [(CREATE, "p1"), (replace(CREATE, doubt=False), ""), (doubt(Operation.UPDATE), ""), (None, "")],
)
def test_the_data_of_what_was_found_are_known_only_after_our_own_doubtful_create(
    intent: Intent | None, payload: str
) -> None:
    after = adopted(FULL.with_(intent=intent), Observed("maria", RemoteState.SUSPENDED))
    expected = {"state": "suspended", "payload": payload, "intent": None, "exists": False}
    assert after == FULL.with_(**expected, progress=None, progress_payload="")


@pytest.mark.parametrize(
    ("have", "same_key", "expected"),
    [
        (FULL, True, {"state": "absent", "intent": replace(CREATE, doubt=False)}),
        (FULL, False, {"state": "absent", "intent": None}),
        (FULL.with_(intent=None), True, {"state": "absent", "intent": None}),
        (FULL.with_(state="none"), False, {"state": "none", "intent": None}),
    ],
)
def test_nothing_found_clears_the_way(have: UnitState, same_key: bool, expected: dict[str, object]) -> None:
    assert not_found(have, same_key=same_key) == have.with_(**expected, exists=False)


@pytest.mark.parametrize(
    ("key", "seq"), [("k-1", 4), ("k-0", 4), ("k-9", 5)], ids=["same intent", "what was last accepted", "new"]
)
def test_a_new_key_is_counted_once(key: str, seq: int) -> None:
    intent = replace(CREATE, key=key, doubt=False)
    assert begun(FULL, intent) == FULL.with_(intent=replace(intent, doubt=True), seq=seq)


def test_the_first_key_of_all_is_counted() -> None:
    intent = replace(CREATE, doubt=False)
    assert begun(unit(), intent) == unit(intent=CREATE, seq=1)


def test_a_doubt_about_another_operation_gives_way_to_what_it_left_uncertain() -> None:
    have, intent = FULL.with_(progress=None, progress_payload="", intent=doubt(Operation.SUSPEND)), CREATE
    assert begun(have, intent) == have.with_(state="unknown", intent=intent)
    have = have.with_(intent=doubt(Operation.UPDATE))
    assert begun(have, intent) == have.with_(payload="", intent=intent)


def test_steps_of_another_operation_give_way_too() -> None:
    have, intent = FULL.with_(intent=None), replace(doubt(Operation.CANCEL), key="k-9")
    expected = {"state": "unknown", "progress": None, "progress_payload": "", "intent": intent, "seq": 5}
    assert begun(have, intent) == have.with_(**expected)


def test_steps_of_an_update_leave_only_the_data_unknown() -> None:
    have, intent = FULL.with_(progress=Progress("update", ("sent",)), payload="p0"), replace(CREATE, key="k-9")
    expected = {"payload": "", "progress": None, "progress_payload": "", "intent": intent, "seq": 5}
    assert begun(have, intent) == have.with_(**expected)


def test_an_update_in_doubt_leaves_the_data_unknown() -> None:
    assert uncertain(FULL, "update") == FULL.with_(payload="")


@pytest.mark.parametrize("operation", ["suspend", "cancel", "enable", "create"])
def test_any_other_change_in_doubt_leaves_the_state_unknown(operation: str) -> None:
    assert uncertain(FULL, operation) == FULL.with_(state="unknown")


def step(content: Content, have: UnitState, traits: object = NX, *, verify_first: bool = False) -> Step | None:
    return next_step(wanted(content), have, traits, verify_first=verify_first, now=NOW)  # type: ignore[arg-type]


def asked(operation: str, key: str, payload: str = "p1", **changes: object) -> Intent:
    return replace(Intent(operation, key, payload, NOW.isoformat(), NOW.isoformat()), **changes)  # type: ignore[arg-type]


def test_a_new_call_has_a_key_of_its_own_and_the_time_of_now() -> None:
    found = step(A, unit("suspended", "p1", seq=4))
    assert found == Step(Operation.ENABLE, asked("enable", "sin-abc-9-account-5"))


def test_a_repeat_keeps_key_and_first_time_and_is_under_way_now() -> None:
    intent = doubt(Operation.SUSPEND, at=BEFORE)
    found = step(S, unit("active", "p1", intent))
    assert found == Step(Operation.SUSPEND, replace(intent, at=NOW.isoformat()))


def test_a_doubt_stays_when_the_data_change_and_the_key_does_not() -> None:
    found = step(S, unit("active", "p1", doubt(Operation.SUSPEND, "old"), seq=4))
    assert found == Step(Operation.SUSPEND, asked("suspend", "sin-abc-9-account-5", doubt=True))


def test_a_look_up_carries_what_would_be_created_now() -> None:
    assert step(A, unit(), verify_first=True) == Step(Operation.FIND, asked("", ""))
    intent = doubt(Operation.CREATE, "old", BEFORE)
    assert step(A, unit(intent=intent)) == Step(Operation.FIND, replace(intent, payload="p1"))
    assert step(X, unit(intent=intent)) == Step(Operation.FIND, replace(intent, payload="p1"))


def test_an_account_that_exists_is_looked_up_where_one_can_and_parked_where_not() -> None:
    assert step(A, unit(exists=True)) == Step(Operation.FIND, asked("", ""))
    assert step(A, unit(exists=True), BLIND) == Step(hold=Hold.PARK)


@pytest.mark.parametrize(("payload", "sent"), [("p0", "p0"), ("", "p1")])
def test_what_is_resent_carries_the_last_key_and_the_data_that_went_with_it(payload: str, sent: str) -> None:
    have = unit("active", payload, last=("create", "k-7"), resend=True)
    assert step(A, have) == Step(Operation.CREATE, asked("create", "k-7", sent))


def test_a_doubtful_create_that_may_be_repeated_is_taken_back_when_it_is_not_wanted_any_more() -> None:
    found = step(X, unit(intent=doubt(Operation.CREATE), seq=4), HOOK)
    assert found == Step(Operation.CANCEL, asked("cancel", "sin-abc-9-account-5"))


def test_a_create_in_doubt_is_waited_for_until_its_effect_would_show() -> None:
    have, limits = unit(intent=doubt(Operation.CREATE, at=BEFORE)), LOOK_UP_ONLY.limits
    visible = BEFORE + timedelta(seconds=limits.total_timeout_s + limits.read_lag_s)
    a_moment_before = visible - timedelta(microseconds=1)
    expected = Step(hold=Hold.WAIT, until=visible)
    assert missing_after_look_up(have, LOOK_UP_ONLY, a_moment_before, same_key=False) == expected
    assert missing_after_look_up(have, LOOK_UP_ONLY, visible, same_key=False) is None


def test_what_a_platform_makes_by_enabling_is_looked_up_when_its_key_is_forgotten() -> None:
    """It makes an account, so a create whose key nobody remembers is doubted here too."""
    traits = replace(NX, aliases={Operation.ENABLE: Operation.CREATE})
    long_ago = NOW - timedelta(seconds=traits.limits.key_ttl_s)
    intent = replace(doubt(Operation.CREATE, at=long_ago), doubt=False)
    assert step(A, unit("suspended", "p1", intent), traits) == Step(Operation.FIND, replace(intent, payload="p1"))


def test_an_operation_that_changes_no_record_is_only_remembered_as_the_last() -> None:
    assert applied(FULL, Operation.LIST, CREATE_LIST) == FULL.with_(**OVER, last=("list", "k-1"))


def test_a_message_to_the_platform_leaves_nothing_uncertain() -> None:
    assert uncertain(FULL, "notify") == FULL


def test_a_suspension_in_doubt_that_ends_the_account_there_is_finished_before_it_returns() -> None:
    traits = replace(NX, aliases={Operation.SUSPEND: Operation.CANCEL})
    intent = doubt(Operation.SUSPEND)
    assert step(A, unit("active", "p1", intent), traits) == Step(Operation.SUSPEND, replace(intent, at=NOW.isoformat()))
