"""What every gateway must do, whatever it speaks, on ``responses``.

The answers here are those of a plain JSON API and of a webhook. Recipes that speak otherwise go through the
same demands over real HTTP: tests/gateways/bundled/suite.py.
"""

import dataclasses
import re

import pytest
import requests
import responses

from tests.gateways.people import PASSWORD, make_sale_subject, make_subject
from webapp.gateways.contract import Connection, Exchange, Operation, Outcome, Secret, Unit
from webapp.gateways.errors import (
    ContractBroken,
    GatewayError,
    OutcomeUnknown,
    Throttled,
    Unavailable,
    Unsupported,
)
from webapp.gateways.registry import all_gateways
from webapp.messages import ENTRIES
from webapp.messages.gateway import PARAM_TEXTS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WRITES = (Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL)
GATEWAYS = {gateway.traits.key: gateway for gateway in all_gateways()}
GOOD = {"id": "88", "external_id": "sintonia-5", "email": "maria@example.com", "status": "active", "success": True}
PLAIN = ("nx_play", "outros")
CASES = [(key, operation) for key in PLAIN for operation in WRITES]


@pytest.fixture
def conn(connect):
    secrets = {"token": Secret("nx-token-0815"), "segredo": Secret(SECRET)}
    return connect({"api_url": "https://api.example.com", "url": "https://api.example.com/hook", **secrets})


@pytest.fixture
def platform():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answer(platform, **answer):
    for method in ("GET", "POST", "PUT", "DELETE"):
        platform.add(method, re.compile("https://api.example.com/.*"), **answer)


def send(conn: Connection, key: str, operation: Operation):
    gateway = GATEWAYS[key]
    make = make_sale_subject if gateway.traits.unit is Unit.ENTITLEMENT else make_subject
    return gateway.send(conn, operation, make(), "key-1")


@pytest.mark.parametrize(("key", "operation"), CASES)
def test_good_answer_is_taken_and_shown(conn, platform, key, operation):
    answer(platform, json=GOOD)
    reply = send(conn, key, operation)
    assert reply.outcome is Outcome.OK
    assert isinstance(reply.exchange, Exchange)
    assert (reply.exchange.status, len(platform.calls)) == (200, 1)


@pytest.mark.parametrize(("key", "operation"), CASES)
@pytest.mark.parametrize(
    "status", [400, 401, 403, 408, 410, 422, 425, 429, 500, 501, 502, 503, 504, 301, 302, 307, 418]
)
def test_bad_status_is_one_error_of_the_tree_with_words(conn, platform, key, operation, status):
    answer(platform, json={}, status=status, headers={"Location": "https://elsewhere.example.com"})
    with pytest.raises(GatewayError) as caught:
        send(conn, key, operation)
    assert caught.value.code in ENTRIES
    assert caught.value.exchange.status == status
    assert len(platform.calls) == 1


@pytest.mark.parametrize(("key", "operation"), CASES)
def test_pause_carries_its_length(conn, platform, key, operation):
    answer(platform, json={}, status=429, headers={"Retry-After": "33"})
    with pytest.raises(Throttled) as caught:
        send(conn, key, operation)
    assert caught.value.retry_after_s == 33


@pytest.mark.parametrize(("key", "operation"), CASES)
@pytest.mark.parametrize(
    ("fault", "kind"), [(requests.ConnectionError(), Unavailable), (requests.ReadTimeout(), OutcomeUnknown)]
)
def test_fault_before_and_after_sending_differ(conn, platform, key, operation, fault, kind):
    answer(platform, body=fault)
    with pytest.raises(kind) as caught:
        send(conn, key, operation)
    assert type(caught.value) is kind
    assert caught.value.code in ENTRIES


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE])
@pytest.mark.parametrize("body", ["<html>", "", '{"id": ', '{"a": 1, "a": 2}', b"\xff", '{"id": NaN}'])
def test_strange_success_of_a_recipe_is_no_success(conn, platform, operation, body):
    answer(platform, body=body)
    with pytest.raises(ContractBroken) as caught:
        send(conn, "nx_play", operation)
    assert caught.value.code in ENTRIES


@pytest.mark.parametrize(("key", "operation"), CASES)
def test_secrets_stand_nowhere(conn, platform, key, operation):
    echo = {**GOOD, "echo": [PASSWORD, SECRET, "nx-token-0815"], "senha": "neu"}
    answer(platform, json=echo)
    shown = repr(send(conn, key, operation)) + repr(conn) + repr(GATEWAYS[key])
    platform.reset()
    answer(platform, json={**echo, "message": f"no {PASSWORD}"}, status=422)
    with pytest.raises(GatewayError) as caught:
        send(conn, key, operation)
    shown += repr(caught.value) + str(caught.value.params) + repr(caught.value.exchange)
    for hidden in (PASSWORD, SECRET, SECRET[6:], "nx-token-0815", "52998224725", "maria@example.com"):
        assert hidden not in shown


@pytest.mark.parametrize(("key", "operation"), CASES)
def test_preview_is_what_is_sent(conn, platform, key, operation):
    gateway = GATEWAYS[key]
    make = make_sale_subject if gateway.traits.unit is Unit.ENTITLEMENT else make_subject
    shown = gateway.preview(conn, operation, make(), "key-1")
    answer(platform, json=GOOD)
    sent = send(conn, key, operation).exchange
    empty = {"status": None, "response_headers": {}, "response_body": "", "latency_ms": 0}
    assert shown == dataclasses.replace(sent, **empty)


@pytest.mark.parametrize("key", PLAIN)
def test_missing_operation_is_unsupported_and_declared(conn, key):
    gateway = GATEWAYS[key]
    assert not gateway.traits.can(Operation.RESEND_ACTIVATION)
    with pytest.raises(Unsupported) as caught:
        send(conn, key, Operation.RESEND_ACTIVATION)
    assert caught.value.code in ENTRIES


@pytest.mark.parametrize("key", GATEWAYS)
def test_check_never_raises(conn, platform, key):
    for bad in ({"status": 500}, {"body": "<html>"}, {"body": requests.ConnectionError()}):
        platform.reset()
        answer(platform, **bad)
        steps = GATEWAYS[key].check(conn)
        assert steps
        assert all(step.ok or step.code in ENTRIES for step in steps)


@pytest.mark.parametrize("key", PLAIN)
def test_params_are_labelled_and_their_words_can_be_translated(key):
    texts = {str(text) for text in PARAM_TEXTS}
    for spec in GATEWAYS[key].traits.params:
        assert spec.label in texts
        assert not spec.help or spec.help in texts
