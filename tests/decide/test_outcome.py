"""What follows from how a call ended."""

from dataclasses import replace

import pytest

from tests.decide.builders import doubt, unit
from webapp.decide.outcome import CONSEQUENCES, Retry, account_status, adopted, after_failure, after_success
from webapp.gateways import errors
from webapp.gateways.contract import Observed, Operation, Outcome, RemoteState

CREATE = doubt(Operation.CREATE)


def test_every_error_class_has_its_consequence() -> None:
    kinds = {
        value.kind
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.GatewayError) and value is not errors.GatewayError
    }
    assert kinds | {"internal", "unsent"} == set(CONSEQUENCES)


@pytest.mark.parametrize(
    ("operation", "outcome", "state", "expected"),
    [
        (Operation.CREATE, Outcome.OK, None, "active"),
        (Operation.CREATE, Outcome.PENDING_USER, None, "pending_user"),
        (Operation.CREATE, Outcome.OK, RemoteState.PENDING_USER, "pending_user"),
        (Operation.SUSPEND, Outcome.OK, None, "suspended"),
        (Operation.SUSPEND, Outcome.ALREADY, None, "suspended"),
        (Operation.ENABLE, Outcome.OK, None, "active"),
        (Operation.CANCEL, Outcome.OK, None, "absent"),
        (Operation.CANCEL, Outcome.GONE, None, "absent"),
        (Operation.SUSPEND, Outcome.GONE, None, "absent"),
        (Operation.ENABLE, Outcome.GONE, None, "absent"),
    ],
)
def test_the_unit_after_success(
    operation: Operation, outcome: Outcome, state: RemoteState | None, expected: str
) -> None:
    after = after_success(unit("active", "p0", CREATE), operation, doubt(operation), outcome, state)
    assert after.state == expected
    assert after.intent is None


def test_already_on_create_is_a_question_not_a_success() -> None:
    after = after_success(unit(intent=CREATE), Operation.CREATE, CREATE, Outcome.ALREADY, None)
    assert after.exists
    assert not after.live


@pytest.mark.parametrize("kind", ["unknown", "contract", "internal"])
def test_what_may_have_had_its_effect_stays_in_doubt(kind: str) -> None:
    after = after_failure(unit(intent=CREATE), CREATE, CONSEQUENCES[kind])
    assert after.intent is not None
    assert after.intent.doubt


@pytest.mark.parametrize("kind", ["unavailable", "throttled", "auth", "capacity"])
def test_what_surely_had_no_effect_keeps_its_key_without_doubt(kind: str) -> None:
    sent = replace(CREATE, doubt=False)
    after = after_failure(unit(intent=CREATE), sent, CONSEQUENCES[kind])
    assert after.intent is not None
    assert not after.intent.doubt
    assert after.intent.key == CREATE.key


def test_a_doubt_outlives_a_repeat_that_surely_had_no_effect() -> None:
    after = after_failure(unit(intent=CREATE), CREATE, CONSEQUENCES["throttled"])
    assert after.intent is not None
    assert after.intent.doubt


@pytest.mark.parametrize(("status", "doubtful"), [(500, True), (502, True), (504, True), (503, False), (None, False)])
def test_an_error_page_leaves_a_change_in_doubt(status: int | None, doubtful: bool) -> None:
    sent = replace(doubt(Operation.SUSPEND), doubt=False)
    after = after_failure(unit("active"), sent, CONSEQUENCES["unavailable"], status)
    assert after.intent is not None
    assert after.intent.doubt is doubtful


def test_a_refused_repeat_leaves_what_its_first_try_may_have_changed_uncertain() -> None:
    sent = doubt(Operation.SUSPEND)
    assert after_failure(unit("active", intent=sent), sent, CONSEQUENCES["rejected"]).state == "unknown"


@pytest.mark.parametrize("operation", [Operation.SUSPEND, Operation.CANCEL])
def test_whoever_ends_is_not_waited_for(operation: Operation) -> None:
    after = after_success(unit("active"), operation, doubt(operation), Outcome.OK, RemoteState.PENDING_USER)
    assert after.state != "pending_user"


def test_what_was_refused_is_over() -> None:
    assert after_failure(unit(intent=CREATE), CREATE, CONSEQUENCES["rejected"]).intent is None
    assert CONSEQUENCES["rejected"].retry is Retry.NEVER


def test_an_account_found_after_our_own_unanswered_create_has_our_data() -> None:
    found = Observed("maria@example.com", RemoteState.ACTIVE)
    assert adopted(unit(intent=CREATE), found).payload == "p1"
    assert adopted(unit(exists=True), found).payload == ""


@pytest.mark.parametrize(
    ("reference", "document", "ours"),
    [("sin-1", "", True), ("sin-2", "", False), ("", "529", True), ("", "111", False), ("", "", True)],
)
def test_only_a_contradiction_makes_an_account_somebody_elses(reference: str, document: str, ours: bool) -> None:
    found = Observed("maria@example.com", RemoteState.ACTIVE, reference=reference, document=document)
    assert found.belongs_to("sin-1", "529") is ours


@pytest.mark.parametrize(
    ("states", "content", "expected"),
    [
        (["active", "absent"], "active", "active"),
        (["suspended"], "suspended", "suspended"),
        (["unknown"], "active", "suspended"),
        (["pending_user"], "active", "waiting_user"),
        (["absent"], "absent", "cancelled"),
        ([], "keep", "pending"),
        ([], "suspended", "suspended"),
    ],
)
def test_an_account_stands_as_its_units_do(states: list[str], content: str, expected: str) -> None:
    units = {str(number): unit(state) for number, state in enumerate(states)}
    assert account_status(units, content, settled=True) == expected
    assert account_status(units, content, settled=False) == "pending"
