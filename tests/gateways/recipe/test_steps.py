"""Operations of several calls: order, what later steps see, resume, undo, waiting, what is left out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.gateways.people import NOW, make_sale_subject
from tests.gateways.recipe.keys_platform import FIND, USER_AND_KEY, gateway
from webapp.gateways.contract import Operation, Outcome, Progress, RemoteState
from webapp.gateways.errors import (
    Capacity,
    GatewayError,
    IdentityClash,
    InProgress,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)

CREATE, CANCEL, SUSPEND = Operation.CREATE, Operation.CANCEL, Operation.SUSPEND


def subject(**changes):
    account = {"remote_ids": {}, **changes.pop("account", {})}
    return replace(make_sale_subject(**account), **changes)


def failing(gate, conn, who, operation=CREATE):
    with pytest.raises(GatewayError) as caught:
        gate.send(conn, operation, who, "k-1")
    return caught.value


def on(path):
    return lambda call: call.path.endswith(path)


def test_c4_create_in_two_calls_learns_the_id_of_each(conn, platform):
    reply = gateway(USER_AND_KEY).send(conn, CREATE, subject(), "k-1")
    assert (reply.outcome, dict(reply.remote_ids)) == (Outcome.OK, {"user": "u1", "key": "k2"})
    assert platform.paths() == ["POST /users", "POST /users/u1/keys"]


def test_c4_a_failed_second_call_is_resumed_without_a_second_user(conn, platform):
    gate = gateway(USER_AND_KEY)
    platform.misbehave(503, on=on("/keys"))
    error = failing(gate, conn, subject())
    assert isinstance(error, Unavailable)
    assert (error.progress.operation, error.progress.done) == ("create", ("user",))
    assert error.remote_ids == {"user": "u1"}
    again = subject(progress=error.progress, account={"remote_ids": error.remote_ids})
    assert gate.send(conn, CREATE, again, "k-1").remote_ids == {"key": "k2"}
    assert platform.paths() == ["POST /users", "POST /users/u1/keys", "POST /users/u1/keys"]
    assert len(platform.users) == 1


def test_each_step_has_a_key_of_its_own_that_stays_the_same(conn, platform):
    words = USER_AND_KEY.replace(
        'name = "key"\nmethod = "POST"', 'name = "key"\nmethod = "POST"\nidempotency_header = "K"'
    )
    platform.misbehave(503, on=on("/keys"))
    error = failing(gateway(words), conn, subject())
    gateway(words).send(conn, CREATE, subject(progress=error.progress, account={"remote_ids": error.remote_ids}), "k-1")
    assert [call.headers.get("k") for call in platform.ledger] == [None, "k-1-key", "k-1-key"]


def test_progress_of_another_operation_leaves_no_step_out(conn, platform):
    other = subject(progress=Progress("suspend", ("user", "key"), NOW.isoformat()))
    gateway(USER_AND_KEY).send(conn, CREATE, other, "k-1")
    assert platform.paths() == ["POST /users", "POST /users/u1/keys"]


def test_c4_a_refusal_for_good_takes_back_what_was_made(conn, platform):
    platform.misbehave(422, on=on("/keys"), body={"message": "no such product"})
    error = failing(gateway(USER_AND_KEY), conn, subject())
    assert (type(error), error.code) == (Rejected, "platform_rejected")
    assert platform.users == {}
    assert error.progress == Progress()
    assert error.remote_ids == {"user": ""}


def test_what_cannot_be_taken_back_stays_on_record_and_is_told(conn, platform):
    platform.misbehave(422, on=on("/keys"))
    platform.misbehave(503, on=lambda call: call.method == "DELETE")
    error = failing(gateway(USER_AND_KEY), conn, subject())
    assert (type(error), error.code, error.params["step"]) == (Rejected, "undo_failed", "user")
    assert error.progress.done == ("user",)
    assert error.remote_ids == {"user": "u1"}


@pytest.mark.parametrize("fault", [503, 429, 402, 401, "hang_after"])
def test_what_may_yet_succeed_is_never_taken_back(connect, platform, fault):
    conn = connect({"url": platform.url}, total_timeout_s=1)
    platform.misbehave(fault, on=on("/keys"))
    error = failing(gateway(USER_AND_KEY), conn, subject())
    assert error.progress.done == ("user",)
    assert list(platform.users) == ["u1"]


@pytest.mark.parametrize(("safe", "kind"), [("true", Unavailable), ("false", OutcomeUnknown)])
def test_c9_a_later_step_that_may_be_repeated_leaves_no_doubt_when_it_goes_unanswered(conn, platform, safe, kind):
    words = USER_AND_KEY.replace(
        'name = "key"\nmethod = "POST"', f'name = "key"\nmethod = "POST"\nrepeat_safe = {safe}'
    )
    platform.misbehave("reset", on=on("/keys"))
    error = failing(gateway(words), conn, subject())
    assert (type(error), error.progress.done) == (kind, ("user",))


def test_a_cancel_of_what_is_half_made_leaves_out_what_was_never_made(conn, platform):
    platform.users["u1"] = {"id": "u1", "login": "maria@example.com"}
    half = subject(progress=Progress("create", ("user",), NOW.isoformat()), account={"remote_ids": {"user": "u1"}})
    assert gateway(USER_AND_KEY).send(conn, CANCEL, half, "k-2").outcome is Outcome.OK
    assert platform.paths() == ["DELETE /users/u1"]


def test_c6_used_up_capacity_of_a_later_step_keeps_the_first(conn, platform):
    platform.misbehave(402, on=on("/keys"))
    error = failing(gateway(USER_AND_KEY), conn, subject())
    assert isinstance(error, Capacity)
    assert error.progress.done == ("user",)


def test_c10_a_user_who_is_there_and_ours_is_taken_as_done_and_never_taken_back(conn, platform):
    gate = gateway(USER_AND_KEY)
    gate.send(conn, CREATE, subject(), "k-1")
    platform.misbehave(422, on=on("/keys"))
    error = failing(gate, conn, subject())
    assert (error.progress.done, error.progress.found) == (("user",), ("user",))
    assert list(platform.users) == ["u1"]


def test_a_user_who_is_there_and_somebody_elses_is_refused(conn, platform):
    platform.users["u9"] = {"id": "u9", "login": "maria@example.com", "document": "11144477735"}
    error = failing(gateway(USER_AND_KEY), conn, subject())
    assert error.code == "other_subscriber"
    assert platform.paths() == ["POST /users"]


def test_a_user_who_is_there_without_a_word_whose_is_looked_up(conn, platform):
    words = USER_AND_KEY.replace("body.document", "body.nothing") + FIND
    platform.users["u9"] = {"id": "u9", "login": "maria@example.com", "document": "52998224725", "state": "on"}
    reply = gateway(words).send(conn, CREATE, subject(), "k-1")
    assert reply.remote_ids == {"user": "u9", "key": "k1"}
    assert platform.paths() == ["POST /users", "GET /users", "POST /users/u9/keys"]


def test_a_user_who_is_there_and_cannot_be_proved_ours_is_a_clash(conn, platform):
    words = USER_AND_KEY.replace("body.document", "body.nothing")
    platform.users["u9"] = {"id": "u9", "login": "maria@example.com", "document": "52998224725"}
    assert isinstance(failing(gateway(words), conn, subject()), IdentityClash)


def test_a_create_begins_anew_when_what_its_first_step_made_is_gone(conn, platform):
    done = subject(progress=Progress("create", ("user",), NOW.isoformat()), account={"remote_ids": {"user": "u7"}})
    error = failing(gateway(USER_AND_KEY), conn, done)
    assert (type(error), error.code, error.progress) == (Unavailable, "step_gone", Progress())


def test_b9_a_cancel_leaves_the_user_while_others_stand_on_him(conn, platform):
    gate = gateway(USER_AND_KEY)
    ids = gate.send(conn, CREATE, subject(), "k-1").remote_ids
    reply = gate.send(conn, CANCEL, subject(others=1, account={"remote_ids": ids}), "k-2")
    assert (reply.outcome, list(platform.users), platform.keys) == (Outcome.OK, ["u1"], {})


def test_b9_the_last_cancel_takes_the_user_too(conn, platform):
    gate = gateway(USER_AND_KEY)
    ids = gate.send(conn, CREATE, subject(), "k-1").remote_ids
    gate.send(conn, CANCEL, subject(account={"remote_ids": ids}), "k-2")
    assert (platform.users, platform.keys) == ({}, {})


def test_c10_a_key_that_is_gone_already_does_not_keep_the_user_alive(conn, platform):
    gate = gateway(USER_AND_KEY)
    ids = gate.send(conn, CREATE, subject(), "k-1").remote_ids
    platform.keys.clear()
    assert gate.send(conn, CANCEL, subject(account={"remote_ids": ids}), "k-2").outcome is Outcome.OK
    assert platform.users == {}


def test_an_operation_for_the_last_only_sends_nothing_while_others_stand_there(conn, platform):
    words = '[operations.cancel]\nmethod = "DELETE"\nurl = "{{ params.url }}/user"\nlast_only = true\n'
    who = subject(others=2)
    assert gateway(words).send(conn, CANCEL, who, "k-1").outcome is Outcome.OK
    assert platform.ledger == []


SWAP = """
[[operations.suspend.steps]]
name = "swap"
when = "{{ params.strategy == 'swap' }}"
method = "POST"
url = "{{ params.url }}/users/{{ remote.user }}/product/NONE"
[[operations.suspend.steps]]
name = "block"
when = "{{ params.strategy == 'block' }}"
method = "POST"
url = "{{ params.url }}/users/{{ remote.user }}/block"
"""


@pytest.mark.parametrize(("strategy", "state"), [("swap", "NONE"), ("block", "off")])
def test_c2_suspension_is_a_swap_or_a_block_by_the_integrations_choice(connect, platform, strategy, state):
    platform.users["u1"] = {"id": "u1", "login": "x", "state": "on"}
    conn = connect({"url": platform.url, "strategy": strategy})
    gateway(SWAP + FIND).send(conn, SUSPEND, subject(account={"remote_ids": {"user": "u1"}}), "k-1")
    assert platform.users["u1"]["state"] == state
    assert len(platform.ledger) == 1


def test_a_step_whose_condition_names_an_unknown_id_is_left_out(conn, platform):
    words = SWAP.replace("{{ params.strategy == 'swap' }}", "{{ remote.user }}")
    assert gateway(words + FIND).send(conn, SUSPEND, subject(), "k-1").outcome is Outcome.GONE
    assert platform.paths() == ["GET /users"]


READ_MODIFY_WRITE = """
[[operations.update.steps]]
name = "read"
url = "{{ params.url }}/users/{{ remote.user }}"
save = { user = "body" }
outcomes = [{ status = [404], is = "gone" }]
[[operations.update.steps]]
name = "write"
method = "PUT"
url = "{{ params.url }}/users/{{ remote.user }}"
base = "user"
json = { login = "{{ account.login }}" }
"""


def test_b5_what_was_read_is_written_back_with_our_fields_on_top(conn, platform):
    platform.users["u1"] = {"id": "u1", "login": "old@example.com", "colour": "blue", "state": "on"}
    who = subject(account={"remote_ids": {"user": "u1"}})
    gateway(READ_MODIFY_WRITE + FIND).send(conn, Operation.UPDATE, who, "k-1")
    assert platform.users["u1"] == {"id": "u1", "login": "maria@example.com", "colour": "blue", "state": "on"}


def test_b5_what_was_read_is_read_again_on_a_resume(conn, platform):
    platform.users["u1"] = {"id": "u1", "login": "old@example.com", "colour": "blue"}
    gate, who = gateway(READ_MODIFY_WRITE + FIND), subject(account={"remote_ids": {"user": "u1"}})
    platform.misbehave(503, on=lambda call: call.method == "PUT")
    error = failing(gate, conn, who, Operation.UPDATE)
    platform.users["u1"]["colour"] = "green"
    gate.send(conn, Operation.UPDATE, replace(who, progress=error.progress), "k-1")
    assert platform.users["u1"]["colour"] == "green"


def test_an_update_of_who_is_gone_ends_with_gone(conn, platform):
    reply = gateway(READ_MODIFY_WRITE + FIND).send(
        conn, Operation.UPDATE, subject(account={"remote_ids": {"user": "u1"}}), "k"
    )
    assert (reply.outcome, reply.state) == (Outcome.GONE, RemoteState.ABSENT)
    assert platform.paths() == ["GET /users/u1"]


ORDER = """
[[operations.create.steps]]
name = "order"
method = "POST"
url = "{{ params.url }}/orders"
remote = { order = "body.order" }
[[operations.create.steps]]
name = "done"
url = "{{ params.url }}/orders/{{ remote.order }}"
limit_s = 600
outcomes = [{ when = "body.state == 'working'", is = "wait", wait_s = 20 }]
[operations.create]
remote = { key = "body.id" }
"""


def test_c7_what_is_taken_and_not_finished_is_asked_for_again_and_not_ordered_again(conn, platform):
    gate, platform.jobs_need = gateway(ORDER), 1
    error = failing(gate, conn, subject())
    assert (type(error), error.retry_after_s, error.progress.done) == (InProgress, 20, ("order",))
    again = subject(progress=error.progress, account={"remote_ids": error.remote_ids})
    assert gate.send(conn, CREATE, again, "k-1").remote_ids == {"key": "key-of-o1"}
    assert platform.paths() == ["POST /orders", "GET /orders/o1", "GET /orders/o1"]


def test_c7_what_is_never_finished_counts_as_unknown_after_its_time(conn, platform):
    gate, platform.jobs_need = gateway(ORDER), 99
    error = failing(gate, conn, subject())
    conn.now = lambda: NOW + timedelta(minutes=11)
    late = failing(gate, conn, subject(progress=error.progress, account={"remote_ids": error.remote_ids}))
    assert (type(late), late.code, late.progress) == (OutcomeUnknown, "wait_too_long", Progress())


LOOK_FIRST = """
[[operations.create.steps]]
name = "look"
url = "{{ params.url }}/users"
query = { login = "{{ account.login }}" }
outcomes = [{ when = "length(body.users) > `0`", is = "adopt" }]
[[operations.create.steps]]
name = "user"
method = "POST"
url = "{{ params.url }}/users"
json = { login = "{{ account.login }}", document = "{{ customer.document }}" }
remote = { user = "body.id" }
[[operations.cancel.steps]]
name = "look"
url = "{{ params.url }}/users"
query = { login = "{{ account.login }}" }
remote = { user = "body.users[0].id" }
outcomes = [{ when = "length(body.users) == `0`", is = "gone" }]
[[operations.cancel.steps]]
name = "user"
method = "DELETE"
url = "{{ params.url }}/users/{{ remote.user }}"
answer = "any"
"""


def test_a_look_before_a_create_takes_over_what_is_ours_and_makes_nothing(conn, platform):
    platform.users["u9"] = {"id": "u9", "login": "maria@example.com", "document": "52998224725", "state": "off"}
    reply = gateway(LOOK_FIRST + FIND).send(conn, CREATE, subject(), "k-1")
    assert (reply.outcome, reply.state, dict(reply.remote_ids)) == (
        Outcome.ALREADY, RemoteState.SUSPENDED, {"user": "u9"},
    )  # fmt: skip
    assert [call.method for call in platform.ledger] == ["GET", "GET"]


def test_b1_a_look_before_a_cancel_brings_the_id_that_nobody_kept(conn, platform):
    gate = gateway(LOOK_FIRST + FIND)
    gate.send(conn, CREATE, subject(), "k-1")
    assert gate.send(conn, CANCEL, subject(), "k-2").outcome is Outcome.OK
    assert platform.users == {}


def test_a_look_before_a_cancel_that_finds_nobody_ends_it(conn, platform):
    assert gateway(LOOK_FIRST + FIND).send(conn, CANCEL, subject(), "k-2").outcome is Outcome.GONE
    assert len(platform.ledger) == 1


def test_c18_a_local_operation_sends_nothing(conn, platform):
    gate = gateway("")
    assert {gate.send(conn, operation, subject(), "k").outcome for operation in (CREATE, SUSPEND, CANCEL)} == {
        Outcome.OK
    }
    assert platform.ledger == []


def test_preview_shows_the_first_change_with_ids_that_are_not_known_yet_by_name(conn, platform):
    gate = gateway(USER_AND_KEY)
    assert gate.preview(conn, CREATE, subject(), "k").url.endswith("/users")
    after = subject(progress=Progress("create", ("user",), NOW.isoformat()))
    assert gate.preview(conn, CREATE, after, "k").url.endswith("/users/%28user%29/keys")
    assert platform.ledger == []
