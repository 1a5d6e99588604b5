"""The gateway "Outros": wire format, placement, signature, and what counts as taken."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.gateways.people import NOW, make_sale_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Operation, Secret
from webapp.gateways.errors import (
    AuthFailed,
    EgressRefused,
    EndpointGone,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from webapp.gateways.webhook import WebhookGateway, new_secret, sign

GATEWAY = WebhookGateway()
SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OLD = Secret(new_secret())


@pytest.fixture
def receiver():
    with LoopbackServer(always(http(b'{"success": true}'))) as server:
        yield server


@pytest.fixture
def conn(connect, receiver):
    def make(free=None, **params):
        return connect({"url": receiver.url + "/hook?a=1", "segredo": SECRET, **params}, free)

    return make


def split(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    return lines[0], {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}, body


def send(conn, operation=Operation.CREATE, key="key-1"):
    return GATEWAY.send(conn, operation, make_sale_subject(), key)


def test_signature_of_the_specification_is_reproduced():
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
def far_from_utc(monkeypatch):
    monkeypatch.setenv("TZ", "BRT+3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_signature_is_the_same_wherever_the_server_stands(far_from_utc):
    here = datetime.fromtimestamp(1614265330, UTC)
    there = here.astimezone(timezone(timedelta(hours=-3)))
    assert here.astimezone().utcoffset() == timedelta(hours=-3)
    signed = {sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1", at, "{}") for at in (here, there)}
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    digest = hmac.new(key, b"msg_1.1614265330.{}", hashlib.sha256).digest()
    assert signed == {f"v1,{base64.b64encode(digest).decode()}"}


def test_event_has_the_documented_shape_and_order(conn, receiver):
    send(conn())
    line, headers, body = split(receiver.requests[0])
    assert line == "POST /hook?a=1 HTTP/1.1"
    assert headers["content-type"] == "application/json; charset=utf-8"
    expected = {
        "tipo": "cadastro",
        "status": "aguardando_cadastro",
        "id_cliente_servico_pacote": 991,
        "pacote": {"id_pacote": 240, "codigo": "APP", "descricao": "App de filmes"},
        "produto": {"codigo": "FULL", "nome": "Plano Full"},
        "parametros": {"noggin": "false"},
        "cliente_servico": {
            "id_cliente_servico": 17711,
            "servico_status": "servico_habilitado",
            "cliente": {
                "id_cliente": 25138,
                "codigo_cliente": "2023",
                "nome_razaosocial": "Maria Conceição 🎬",
                "cpf_cnpj": "52998224725",
                "email_principal": "maria@example.com",
                "telefone_primario": "+55 11 98765-4321",
            },
        },
    }
    assert body == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("operation", "tipo", "status"),
    [
        (Operation.CREATE, "cadastro", "aguardando_cadastro"),
        (Operation.UPDATE, "alteracao", "aguardando_alteracao"),
        (Operation.SUSPEND, "suspender", "aguardando_suspensao"),
        (Operation.ENABLE, "habilitar", "aguardando_habilitacao"),
        (Operation.CANCEL, "cancelar", "aguardando_exclusao"),
    ],
)
def test_operation_has_its_words(conn, receiver, operation, tipo, status):
    send(conn(), operation)
    event = json.loads(split(receiver.requests[0])[2])
    assert (event["tipo"], event["status"]) == (tipo, status)


def test_sent_bytes_are_the_signed_bytes(conn, receiver, monkeypatch):
    send(conn())
    _, headers, body = split(receiver.requests[0])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert "ç" in body.decode()
    assert "🎬" in body.decode()


def test_library_of_the_specification_verifies_and_refuses_a_changed_body(connect, receiver):
    conn = connect({"url": receiver.url, "segredo": SECRET})
    conn.now = lambda: datetime.now(UTC)
    send(conn)
    _, headers, body = split(receiver.requests[0])
    assert Webhook(SECRET).verify(body, headers)["tipo"] == "cadastro"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"FULL", b"FREE"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, {**headers, "webhook-id": "key-2"})


def test_repeat_keeps_the_id_and_renews_the_time(conn, receiver):
    connection = conn()
    send(connection)
    connection.now = lambda: datetime(2026, 11, 23, tzinfo=UTC)
    send(connection)
    first, second = (split(raw)[1] for raw in receiver.requests)
    assert first["webhook-id"] == second["webhook-id"] == "key-1"
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


def test_both_secrets_sign_while_one_is_replaced(conn, receiver):
    connection = conn(segredo_anterior=OLD)
    connection.now = lambda: datetime.now(UTC)
    send(connection)
    _, headers, body = split(receiver.requests[0])
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert Webhook(SECRET).verify(body, headers)
    assert Webhook(OLD).verify(body, headers)


def test_hub_signature_is_over_the_same_bytes(conn, receiver):
    send(conn(assinatura_hub=Secret("hub-secret")))
    _, headers, body = split(receiver.requests[0])
    assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(b"hub-secret", body, hashlib.sha256).hexdigest()


def test_fresh_secret_signs_and_is_random():
    assert new_secret() != new_secret()
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("secret", ["whsec_%%% ", "minha chave ", "whsec_ ", "whsec_MfKQ9r8GKYqr%TwjUPD8ILPZIo2LaLaSw"])
def test_secret_that_cannot_sign_is_a_fault_of_ours(conn, receiver, secret):
    with pytest.raises(AuthFailed) as caught:
        send(conn(segredo=Secret(secret)))
    assert caught.value.code == "signing_secret_invalid"
    assert receiver.connections == 0


def test_free_params_go_where_their_names_say(conn, receiver):
    free = {"api_key": "k-123", "header:X-Tenant": "prov ção", "query:login": "a&b=ç", "tipo": "forged"}
    send(conn(free))
    line, headers, body = split(receiver.requests[0])
    event = json.loads(body)
    assert (event["api_key"], event["tipo"], event["param_tipo"]) == ("k-123", "cadastro", "forged")
    assert headers["x-tenant"].encode("latin-1").decode() == "prov ção"
    assert line == "POST /hook?a=1&login=a%26b%3D%C3%A7 HTTP/1.1"
    assert "header:X-Tenant" not in event


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("header:X-A", "a\r\nX-Evil: 1"),
        ("header:X A", "a"),
        ("header:", "a"),
        ("header:Content-Length", "3"),
        ("header:webhook-id", "x"),
        ("header:X-A\r\nX-B", "a"),
    ],
)
def test_param_that_would_forge_a_header_is_refused(conn, receiver, name, value):
    with pytest.raises(Rejected) as caught:
        send(conn({name: value}))
    assert caught.value.code == "header_param_invalid"
    assert receiver.connections == 0


@pytest.mark.parametrize("body", [b"", b"ok", b"<html></html>", b'{"success": true}', b'{"id": 1}', b"[]"])
def test_2xx_without_success_false_is_taken(conn, receiver, body):
    receiver.respond = always(http(body))
    assert send(conn()).outcome == "ok"


@pytest.mark.parametrize(
    "body", [b'{"success": false, "message": "sem vaga"}', b'{"success": "false", "error": "sem vaga"}']
)
def test_success_false_is_retried_with_the_receivers_words(conn, receiver, body):
    receiver.respond = always(http(body))
    with pytest.raises(Unavailable) as caught:
        send(conn())
    assert (caught.value.code, caught.value.params["message"]) == ("receiver_refused", "sem vaga")


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500, 502, 504])
def test_any_other_status_is_retried(conn, receiver, status):
    receiver.respond = always(http(b'{"message": "hm"}', f"{status} X"))
    with pytest.raises(Unavailable) as caught:
        send(conn())
    assert (type(caught.value), caught.value.code) == (Unavailable, "receiver_status")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_retried_and_never_followed(conn, receiver, status):
    receiver.respond = always(http(b"", f"{status} X", f"Location: {receiver.url}/other"))
    with pytest.raises(Unavailable) as caught:
        send(conn())
    assert caught.value.code == "redirect"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_pause_that_the_receiver_asks_for_is_passed_on(conn, receiver, status):
    receiver.respond = always(http(b"", f"{status} X", "Retry-After: 9"))
    with pytest.raises(Throttled) as caught:
        send(conn())
    assert caught.value.retry_after_s == 9


def test_410_ends_the_endpoint(conn, receiver):
    receiver.respond = always(http(b"", "410 Gone"))
    with pytest.raises(EndpointGone):
        send(conn())


def test_exchange_shows_the_event_without_secrets_and_personal_data(conn, receiver):
    receiver.respond = always(http(b'{"success": true, "senha": "nova-senha", "login": "maria@example.com"}'))
    shown = repr(send(conn({"api_key": "k-123"}, assinatura_hub=Secret("hub-secret"))).exchange)
    for hidden in ("k-123", "nova-senha", "maria@example.com", "52998224725", "98765", SECRET, "hub-secret"):
        assert hidden not in shown
    assert '"tipo": "cadastro"' in shown
    assert "***.982.247-**" in shown


def test_secret_param_of_a_sale_is_masked_by_its_value(conn):
    subject = make_sale_subject()
    subject.sale.params["pin"] = Secret("pin-4711")
    assert "pin-4711" not in repr(GATEWAY.preview(conn(), Operation.CREATE, subject, "k"))


def test_preview_sends_nothing(conn, receiver):
    shown = GATEWAY.preview(conn(), Operation.SUSPEND, make_sale_subject(), "key-1")
    assert '"suspender"' in shown.request_body
    assert receiver.connections == 0


def test_check_sends_one_signed_test_event(conn, receiver):
    steps = GATEWAY.check(conn({"api_key": "k-123"}))
    _, headers, body = split(receiver.requests[0])
    assert [(step.name, step.ok) for step in steps] == [("params", True), ("address", True), ("answer", True)]
    assert json.loads(body) == {"tipo": "teste", "status": "teste", "api_key": "k-123"}
    assert headers["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize(
    ("params", "step", "code"),
    [
        ({"url": ""}, "params", "param_missing"),
        ({"segredo": Secret("")}, "params", "param_missing"),
        ({"segredo": Secret("whsec_x")}, "params", "signing_secret_invalid"),
        ({"url": "ftp://x.example.com"}, "address", "url_scheme"),
        ({"url": "http://127.0.0.1:1/"}, "address", "connect_failed"),
    ],
)
def test_check_names_the_step_that_failed(conn, params, step, code):
    last = GATEWAY.check(conn(**params))[-1]
    assert (last.name, last.ok, last.code) == (step, False, code)


def test_check_shows_a_receiver_that_refuses(conn, receiver):
    receiver.respond = always(http(b"", "401 X"))
    steps = GATEWAY.check(conn())
    assert [(step.name, step.ok) for step in steps] == [("params", True), ("address", True), ("answer", False)]


def test_check_names_a_param_that_would_hide_a_standard_field(conn):
    step = GATEWAY.check(conn({"pacote": "x"}))[0]
    assert (step.code, step.params["sent_as"]) == ("free_param_clash", "param_pacote")


def test_address_without_permission_names_the_rule(connect):
    with pytest.raises(EgressRefused):
        send(connect({"url": "http://10.0.0.1/", "segredo": SECRET}))


def test_what_a_receiver_cannot_do_is_unsupported(conn):
    for act in (lambda: GATEWAY.find(conn(), make_sale_subject()), lambda: GATEWAY.list(conn()),
                lambda: send(conn(), Operation.NOTIFY)):  # fmt: skip
        with pytest.raises(Unsupported):
            act()


def test_generic_product_is_the_only_one(conn):
    assert [product.code for product in GATEWAY.list_products(conn())] == ["generico"]
