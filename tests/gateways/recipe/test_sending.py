"""One call: what an alias sends, what an update needs, retry-safety, per-call time-outs."""

import json
import time

import pytest

from tests.gateways.people import PASSWORD, make_sale_subject, make_subject
from tests.gateways.recipe.keys_platform import FIND, gateway
from webapp.gateways.contract import Operation, Outcome
from webapp.gateways.errors import (
    Capacity,
    InProgress,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)

CREATE, CANCEL, SUSPEND, ENABLE = Operation.CREATE, Operation.CANCEL, Operation.SUSPEND, Operation.ENABLE
MAKE = """
[operations.create]
method = "POST"
url = "{{ params.url }}/users"
json = { login = "{{ account.login }}", document = "{{ customer.document }}" }
remote = { user = "body.id" }
"""
DROP = """
[operations.cancel]
method = "DELETE"
url = "{{ params.url }}/users/{{ remote.user }}"
answer = "any"
outcomes = [{ status = [404], is = "gone" }]
"""


def subject(**account):
    return make_subject(**{"remote_ids": {}, **account})


def outcome_words(rule):
    return MAKE + f"outcomes = [{rule}]\n"


def test_b1_an_id_that_create_gave_is_used_by_later_calls(conn, platform):
    gate = gateway(MAKE + DROP)
    ids = gate.send(conn, CREATE, subject(), "k").remote_ids
    gate.send(conn, CANCEL, subject(remote_ids=ids), "k")
    assert platform.paths() == ["POST /users", "DELETE /users/u1"]


def test_b1_an_id_that_is_not_known_is_looked_up_first(conn, platform):
    gate = gateway(MAKE + DROP + FIND)
    gate.send(conn, CREATE, subject(), "k")
    gate.send(conn, CANCEL, subject(), "k")
    assert platform.paths() == ["POST /users", "GET /users", "DELETE /users/u1"]


def test_an_id_that_nobody_can_know_is_told_and_nothing_is_sent(conn, platform):
    with pytest.raises(Rejected) as caught:
        gateway(MAKE + DROP).send(conn, CANCEL, subject(), "k")
    assert (caught.value.code, platform.ledger) == ("remote_id_unknown", [])


def test_a_create_that_needs_an_id_of_an_absent_account_is_refused_and_not_called_gone(conn, platform):
    words = MAKE.replace('/users"', '/users/{{ remote.user }}/keys"') + FIND
    with pytest.raises(Rejected) as caught:
        gateway(words).send(conn, CREATE, subject(), "k")
    assert caught.value.code == "create_needs_account"


def test_b3_a_natural_key_needs_no_id_of_the_platform(conn, platform):
    words = DROP.replace("remote.user", "customer.document")
    platform.users["52998224725"] = {"id": "52998224725", "login": "x"}
    assert gateway(words).send(conn, CANCEL, subject(), "k").outcome is Outcome.OK
    assert platform.users == {}


def test_b5_an_update_that_needs_the_password_gets_it_for_a_right_too(conn, platform):
    words = """
[operations.update]
method = "PUT"
url = "{{ params.url }}/users/u1"
json = { login = "{{ account.login }}", password = "{{ account.password }}", product = "{{ product.code }}" }
"""
    gate = gateway(words)
    assert {"account.password", "account.login"} <= gate.traits.sends
    gate.send(conn, Operation.UPDATE, make_sale_subject(remote_ids={}), "k")
    assert platform.users["u1"]["password"] == PASSWORD


def test_c1_suspend_sent_as_cancel_and_enable_as_create(conn, platform):
    gate = gateway(MAKE + DROP + FIND, 'aliases = { suspend = "cancel", enable = "create" }\n')
    gate.send(conn, CREATE, subject(), "k")
    gate.send(conn, SUSPEND, subject(), "k")
    assert platform.users == {}
    gate.send(conn, ENABLE, subject(), "k")
    assert [user["login"] for user in platform.users.values()] == ["maria@example.com"]
    assert gate.traits.lossy == {SUSPEND, ENABLE}


def test_c3_one_activating_call_serves_create_and_enable_without_loss(conn, platform):
    gate = gateway(MAKE + DROP, 'aliases = { enable = "create" }\nlossless_aliases = ["enable"]\n')
    gate.send(conn, ENABLE, subject(), "k")
    assert platform.paths() == ["POST /users"]
    assert gate.traits.lossy == set()


def test_c5_waiting_for_the_user_is_no_error(conn, platform):
    rule = '{ when = "body.state == \'on\'", is = "pending_user" }'
    assert gateway(outcome_words(rule)).send(conn, CREATE, subject(), "k").outcome is Outcome.PENDING_USER


def test_c6_used_up_capacity_has_a_kind_of_its_own(conn, platform):
    platform.misbehave(400, body={"code": "8"})
    rule = '{ status = [400], when = "body.code == \'8\'", is = "capacity" }'
    with pytest.raises(Capacity):
        gateway(outcome_words(rule)).send(conn, CREATE, subject(), "k")


def test_c7_a_call_may_say_that_it_is_still_worked_on(conn, platform):
    platform.misbehave(202, body={"state": "queued"})
    with pytest.raises(InProgress) as caught:
        gateway(outcome_words('{ status = [202], is = "wait" }')).send(conn, CREATE, subject(), "k")
    assert (caught.value.retry_after_s, caught.value.progress.operation) == (30, "create")


@pytest.mark.parametrize(("safe", "kind"), [("true", Unavailable), ("false", OutcomeUnknown)])
def test_c9_whether_a_repeat_is_safe_is_said_and_not_guessed_from_the_verb(conn, platform, safe, kind):
    platform.misbehave(500)
    with pytest.raises(kind):
        gateway(MAKE + f"repeat_safe = {safe}\n").send(conn, CREATE, subject(), "k")


def test_c9_a_get_with_effects_that_goes_unanswered_is_a_doubt(connect, platform):
    conn = connect({"url": platform.url}, total_timeout_s=1)
    platform.misbehave("hang_after")
    words = '[operations.create]\nmethod = "GET"\nurl = "{{ params.url }}/users"\n'
    with pytest.raises(OutcomeUnknown):
        gateway(words).send(conn, CREATE, subject(), "k")


def test_c10_codes_of_the_platform_mean_what_the_recipe_says(conn, platform):
    platform.misbehave(400, body={"code": 4})
    rule = '{ status = [400], when = "body.code == `4`", is = "ok" }'
    assert gateway(MAKE.replace('remote = { user = "body.id" }\n', f"outcomes = [{rule}]\n")).send(
        conn, CREATE, subject(), "k"
    ).outcome is Outcome.OK  # fmt: skip


def test_c11_a_code_may_say_that_it_is_to_be_tried_again(conn, platform):
    platform.misbehave(400, body={"code": 11})
    with pytest.raises(Unavailable):
        gateway(outcome_words('{ when = "body.code == `11`", is = "retry" }')).send(conn, CREATE, subject(), "k")


def test_a_pause_that_the_platform_asks_for_in_a_200_is_a_pause(conn, platform):
    platform.misbehave(200, body={"code": "slow"}, headers={"Retry-After": "9"})
    with pytest.raises(Throttled) as caught:
        gateway(outcome_words('{ when = "body.code == \'slow\'", is = "throttled" }')).send(
            conn, CREATE, subject(), "k"
        )
    assert caught.value.retry_after_s == 9


def test_c17_a_notification_without_payload_is_sent_as_it_is(conn, platform):
    words = DROP.replace("operations.cancel", "operations.notify").replace("remote.user", "account.reference")
    platform.users["sintonia-5"] = {}
    gateway(words).send(conn, Operation.NOTIFY, subject(), "k")
    assert platform.paths() == ["DELETE /users/sintonia-5"]


def test_d6_one_call_may_take_longer_or_less_than_the_others(connect, platform):
    conn = connect({"url": platform.url}, total_timeout_s=60)
    platform.misbehave("hang_before")
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        gateway(MAKE + "timeout_s = 0.5\n").send(conn, CREATE, subject(), "k")
    assert time.monotonic() - began < 20


def test_the_key_of_the_intent_goes_in_the_header_that_the_platform_reads(conn, platform):
    gateway(MAKE + 'idempotency_header = "X-Key"\n').send(conn, CREATE, subject(), "k-7")
    assert platform.ledger[0].headers["x-key"] == "k-7"


def test_an_operation_that_the_platform_has_not_is_refused_and_nothing_is_sent(conn, platform):
    with pytest.raises(Unsupported):
        gateway(MAKE + DROP).send(conn, Operation.RESEND_ACTIVATION, subject(), "k")
    assert platform.ledger == []


def test_no_secret_of_the_subscriber_stands_in_what_is_kept(conn, platform):
    words = MAKE.replace('document = "{{ customer.document }}"', 'password = "{{ account.password }}"')
    shown = gateway(words).send(conn, CREATE, subject(), "k").exchange
    assert PASSWORD not in json.dumps([shown.request_body, shown.response_body, shown.url])
    assert platform.users["u1"]["password"] == PASSWORD
