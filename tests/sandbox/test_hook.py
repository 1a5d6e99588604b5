"""The fake webhook receiver."""

import time

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from tests.sandbox.calls import SECRET, deliver, event
from webapp.sandbox import signature
from webapp.sandbox.client import Tenant

OTHER_SECRET = "whsec_c2VnYXJlZG8gcXVlIG5hbyBlIG8gbm9zc28="


@pytest.mark.parametrize(
    ("tipo", "effect", "status"),
    [
        ("cadastro", "created", "active"),
        ("suspender", "suspended", "suspended"),
        ("habilitar", "enabled", "active"),
        ("alteracao", "updated", "unknown"),
        ("cancelar", "cancelled", "cancelled"),
    ],
)
def test_an_event_is_taken_recorded_and_applied(hook: Tenant, tipo: str, effect: str, status: str) -> None:
    answer = deliver(hook, event(tipo))
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    [line] = hook.ledger(kind="hook")
    assert (line["operation"], line["effect"], line["sale"]) == (tipo, effect, 991)
    assert hook.sales()["991"]["status"] == status


def test_the_ledger_holds_the_event_its_headers_its_path_and_its_very_bytes(hook: Tenant) -> None:
    deliver(hook, event("cadastro", id_integracao="77"), x_parceiro="provedor")
    [line] = hook.ledger()
    assert (line["headers"]["x-parceiro"], line["path"]) == ("provedor", f"/hook/{hook.name}/events?origem=teste")
    assert line["body"]["id_integracao"] == "77"
    assert "Conceição" in line["raw"]
    assert (line["webhook_id"], line["email"], line["signature"]) == ("msg_1", "maria@example.com", "unchecked")


def test_an_alteration_keeps_the_status(hook: Tenant) -> None:
    deliver(hook, event("suspender"), "m1")
    deliver(hook, event("alteracao", parametros={"noggin": "false"}), "m2")
    sale = hook.sales()["991"]
    assert (sale["status"], sale["events"]) == ("suspended", 2)
    assert sale["event"]["parametros"] == {"noggin": "false"}


def test_a_repeated_id_is_recorded_as_a_duplicate_and_has_no_effect(hook: Tenant) -> None:
    deliver(hook, event("cadastro"), "m1")
    deliver(hook, event("cancelar"), "m2")
    again = deliver(hook, event("cadastro"), "m1")
    assert again.json() == {"success": True, "duplicate": True}
    assert [(line["duplicate"], line["effect"]) for line in hook.ledger()][-1] == (True, None)
    assert hook.sales()["991"]["status"] == "cancelled"


def test_a_delivery_that_failed_before_its_effect_may_come_again(hook: Tenant) -> None:
    hook.set_dials(status=500, fail_next=1)
    assert deliver(hook, event("cadastro"), "m1").status_code == 500
    assert deliver(hook, event("cadastro"), "m1").json()["success"] is True
    assert [line["effect"] for line in hook.ledger()] == [None, "created"]


@pytest.mark.parametrize("body", [{}, [], {"tipo": "outro", "id_cliente_servico_pacote": 1}, {"tipo": "cadastro"}])
def test_what_is_no_event_is_400(hook: Tenant, body: object) -> None:
    answer = deliver(hook, body)
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_a_get_is_no_event(hook: Tenant) -> None:
    assert requests.get(hook.hook_url, timeout=5).status_code == 400


def test_a_good_signature_is_taken_and_a_wrong_secret_is_401(hook: Tenant) -> None:
    hook.set_dials(secrets=[SECRET])
    assert deliver(hook, event("cadastro"), "m1").status_code == 200
    hook.set_dials(secrets=[OTHER_SECRET])
    answer = deliver(hook, event("cancelar"), "m2")
    assert (answer.status_code, answer.json()) == (401, {"success": False, "error": "wrong_signature"})
    assert [line["signature"] for line in hook.ledger()] == ["ok", "wrong_signature"]
    assert hook.sales()["991"]["status"] == "active"


def test_one_good_signature_of_several_is_enough_on_either_side(hook: Tenant) -> None:
    hook.set_dials(secrets=[OTHER_SECRET, SECRET])
    assert deliver(hook, event("cadastro"), "m1").status_code == 200
    hook.set_dials(secrets=[SECRET])
    data, stamp = b'{"tipo":"cadastro","id_cliente_servico_pacote":1}', int(time.time())
    both = " ".join(signature.sign(secret, "m2", stamp, data) for secret in (OTHER_SECRET, SECRET))
    headers = {"webhook-id": "m2", "webhook-timestamp": str(stamp), "webhook-signature": both}
    assert requests.post(hook.hook_url, data=data, headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize("part", ["webhook_id", "webhook_timestamp", "webhook_signature"])
def test_a_changed_or_missing_header_is_401(hook: Tenant, part: str) -> None:
    hook.set_dials(secrets=[SECRET])
    for value in ("", "1" if part != "webhook_timestamp" else str(int(time.time()) + 60)):
        assert deliver(hook, event("cadastro"), **{part: value}).status_code == 401
    assert hook.sales() == {}


@pytest.mark.parametrize(("age_s", "status"), [(240, 200), (360, 401), (-240, 200), (-360, 401)])
def test_the_time_stamp_may_be_off_by_the_tolerance(hook: Tenant, age_s: int, status: int) -> None:
    hook.set_dials(secrets=[SECRET])
    assert deliver(hook, event("cadastro"), stamp=str(int(time.time()) - age_s)).status_code == status


def test_the_signature_agrees_with_the_specification_s_own_library() -> None:
    stamp = int(time.time())
    body = '{"nome":"Conceição"}'
    made = signature.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", stamp, body.encode())
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": str(stamp), "webhook-signature": made}
    assert Webhook(SECRET).verify(body, headers) == {"nome": "Conceição"}
