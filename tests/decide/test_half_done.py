"""Operations of several calls that stopped half-way, aliases that create, ids and what others stand on."""

import json
from dataclasses import replace

import pytest

from tests.decide.builders import BASIC, FULL, HOOK, NOW, NX, doubt, inputs, sale, unit, wanted
from webapp.decide.desired import desired_state
from webapp.decide.outcome import CONSEQUENCES, after_success, half_done, in_progress, merged_ids
from webapp.decide.policy import Content
from webapp.decide.state import Intent, UnitState, dump_units, load_units
from webapp.decide.steps import Hold, begun, next_step
from webapp.gateways.contract import Operation, Outcome, PasswordRule, Progress, Traits

A, S, K, X = Content.ACTIVE, Content.SUSPENDED, Content.KEEP, Content.ABSENT
CREATE, CANCEL, SUSPEND, ENABLE, UPDATE = (
    Operation.CREATE, Operation.CANCEL, Operation.SUSPEND, Operation.ENABLE, Operation.UPDATE,
)  # fmt: skip
LOSSY = replace(NX, aliases={SUSPEND: CANCEL, ENABLE: CREATE}, honours_key=False)
FIXED = replace(NX, capabilities=NX.capabilities - {UPDATE})


def step(content: Content, have: UnitState, traits: Traits = NX) -> object:
    found = next_step(wanted(content), have, traits, verify_first=False, now=NOW)
    return None if found is None else (found.operation or found.hold or found)


def half(operation: Operation, state: str = "none", payload: str = "p1", **changes: object) -> UnitState:
    progress = Progress(str(operation), ("first",), NOW.isoformat())
    return unit(state, payload, progress=progress, progress_payload="p1", **changes)


@pytest.mark.parametrize(
    ("content", "have", "expected"),
    [
        (A, half(CREATE), CREATE),
        (X, half(CREATE), CANCEL),
        (S, half(CREATE), CANCEL),
        (K, half(CREATE), None),
        (A, half(SUSPEND, "active"), ENABLE),
        (S, half(SUSPEND, "active"), SUSPEND),
        (X, half(SUSPEND, "active"), CANCEL),
        (A, half(UPDATE, "active"), UPDATE),
        (A, half(CANCEL, "active"), ENABLE),
        (X, half(CANCEL, "active"), CANCEL),
    ],
)
def test_c4_what_stopped_half_way_is_finished_or_undone(content: Content, have: UnitState, expected: object) -> None:
    assert step(content, have) == expected


def test_another_operation_forgets_how_far_the_former_came_and_what_it_left_is_uncertain() -> None:
    after = begun(half(SUSPEND, "active"), Intent("enable", "k", "p1", NOW.isoformat(), NOW.isoformat()))
    assert (after.progress, after.state) == (None, "unknown")


def test_the_same_operation_goes_on_where_it_stopped() -> None:
    intent = Intent("suspend", "k", "p1", NOW.isoformat(), NOW.isoformat())
    assert begun(half(SUSPEND, "active"), intent).progress == half(SUSPEND).progress
    assert begun(half(CANCEL, "active"), intent, CANCEL).progress == half(CANCEL).progress


@pytest.mark.parametrize(("sent", "payload"), [("p1", "p1"), ("p2", "")])
def test_data_that_changed_after_the_first_step_are_sent_again(sent: str, payload: str) -> None:
    intent = Intent("create", "k", sent, NOW.isoformat(), NOW.isoformat())
    after = after_success(half(CREATE), CREATE, intent, Outcome.OK, None)
    assert (after.state, after.payload, after.progress) == ("active", payload, None)


def test_how_far_it_came_is_kept_as_the_gateway_says_it() -> None:
    intent = Intent("create", "k", "p2", NOW.isoformat(), NOW.isoformat())
    told = Progress("create", ("first", "second"), NOW.isoformat())
    assert half_done(half(CREATE), intent, None).progress == half(CREATE).progress
    assert half_done(half(CREATE), intent, told).progress_payload == "p1"
    assert half_done(unit(), intent, told).progress_payload == "p2"
    assert half_done(half(CREATE), intent, Progress()).progress is None


def test_progress_and_ids_survive_the_database() -> None:
    have = half(CREATE, remote_ids={"key": "k1"})
    assert load_units(json.loads(json.dumps(dump_units({"1:full": have})))) == {"1:full": have}


def test_c7_what_is_still_worked_on_is_no_doubt_and_no_failure() -> None:
    intent = replace(doubt(CREATE), doubt=True)
    assert in_progress(half(CREATE, intent=intent), intent).intent == replace(intent, doubt=False)
    assert (CONSEQUENCES["in_progress"].doubt, CONSEQUENCES["in_progress"].status) == (False, "pending")


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        (LOSSY, Operation.FIND),
        (replace(LOSSY, capabilities=NX.capabilities - {Operation.FIND}), Hold.PARK),
        (replace(LOSSY, repeatable_create=True), CREATE),
    ],
)
def test_c1_an_enable_that_creates_and_goes_unanswered_is_never_repeated_blindly(
    traits: Traits, expected: object
) -> None:
    first = next_step(wanted(A), unit("suspended", "p1"), traits, verify_first=False, now=NOW)
    assert first is not None
    assert first.intent is not None
    assert first.operation is ENABLE
    assert step(A, begun(unit("suspended", "p1"), first.intent), traits) == expected


def test_c1_an_enable_that_creates_brings_the_data_too() -> None:
    first = next_step(wanted(A, "p2"), unit("suspended", "p1"), LOSSY, verify_first=False, now=NOW)
    assert first is not None
    assert first.intent is not None
    after = after_success(unit("suspended", "p1"), ENABLE, first.intent, Outcome.OK, None)
    assert (after.state, after.payload) == ("active", "p2")
    assert after_success(unit("suspended"), ENABLE, first.intent, Outcome.ALREADY, None).exists


def test_c1_a_suspension_by_cancel_in_doubt_is_finished_before_anything_is_made_anew() -> None:
    have = unit("active", "p1", doubt(SUSPEND))
    assert step(A, have, LOSSY) is SUSPEND
    assert step(A, have, NX) is ENABLE


def test_b7_a_change_is_sent_only_where_something_can_be_changed() -> None:
    assert step(A, unit("active", "old")) is UPDATE
    assert step(A, unit("active", "old"), FIXED) is None


def test_c5_who_waits_for_his_user_is_written_to_again_and_nothing_else_changes() -> None:
    waits = unit("pending_user", "p1", last=("create", "k-1"), resend=True)
    again = next_step(wanted(A), waits, NX, verify_first=False, now=NOW)
    assert again is not None
    assert again.intent is not None
    assert again.operation is Operation.RESEND_ACTIVATION
    after = after_success(begun(waits, again.intent), again.operation, again.intent, Outcome.OK, None)
    assert (after.state, after.payload, after.resend, after.last) == ("pending_user", "p1", False, ("create", "k-1"))
    mute = replace(NX, capabilities=NX.capabilities - {Operation.RESEND_ACTIVATION})
    assert step(A, waits, mute) is CREATE


SENDS = replace(
    HOOK, password=PasswordRule("login_autenticacao", 30), sends=frozenset({"account.password", "account.login"})
)


def test_b5_a_right_carries_log_in_and_password_where_the_platform_gets_them() -> None:
    rule = replace(SENDS, password=PasswordRule("login_autenticacao", 6))
    one = desired_state(inputs(traits=rule), str).units[0]
    assert (one.subject.account.login, one.subject.account.password) == ("maria.login", "maria.login")
    plain = desired_state(inputs(traits=replace(rule, sends=frozenset())), str).units[0]
    assert plain.subject.account.password is None
    assert one.payload != plain.payload


def test_b11_a_password_too_short_is_told_only_where_it_is_sent() -> None:
    assert [flaw.code for flaw in desired_state(inputs(traits=SENDS), str).units[0].flaws] == ["password_too_short"]
    assert desired_state(inputs(traits=replace(SENDS, sends=frozenset())), str).units[0].flaws == ()


def test_b2_a_right_has_ids_of_its_own_above_those_of_the_account() -> None:
    units = {"31:full": unit("active", remote_ids={"key": "k1"})}
    both = inputs(traits=HOOK, sales=(sale(products={5: FULL, 6: BASIC}),), remote_ids={"user": "u1"}, units=units)
    ids = {one.key: dict(one.subject.account.remote_ids) for one in desired_state(both, str).units}
    assert ids == {"31:full": {"user": "u1", "key": "k1"}, "31:basico": {"user": "u1"}}


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (unit("active"), 1),
        (unit("suspended"), 1),
        (unit("absent"), 0),
        (unit(intent=doubt(CREATE)), 1),
        (half(CREATE), 1),
    ],
)
def test_b9_others_are_what_is_or_may_be_there_beside_it(other: UnitState, count: int) -> None:
    units = {"31:full": unit("active"), "32:basico": other}
    ended = sale(id=32, products={6: BASIC}, removed=True)
    desired = desired_state(inputs(traits=HOOK, sales=(sale(products={5: FULL}), ended), units=units), str)
    assert desired.units[0].subject.others == count
    assert desired.shared_with(2).units[0].subject.others == count + 2


def test_b9_a_right_that_is_about_to_be_made_keeps_the_user_of_the_one_that_ends() -> None:
    ending = sale(products={5: FULL}, removed=True)
    units = {"31:full": unit("active")}
    swapped = desired_state(inputs(traits=HOOK, sales=(ending, sale(id=32, products={6: BASIC})), units=units), str)
    assert {one.key: one.subject.others for one in swapped.units} == {"31:full": 1, "32:basico": 1}
    alone = desired_state(inputs(traits=HOOK, sales=(ending,), units=units), str)
    assert [one.subject.others for one in alone.units] == [0]


def test_an_empty_id_means_that_it_holds_no_more() -> None:
    assert merged_ids({"user": "u1", "key": "k1"}, {"key": "", "more": "m"}) == {"user": "u1", "more": "m"}
