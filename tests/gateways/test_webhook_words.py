"""The gateway "Outros": what it says when something fails, what a test shows, and what it answers by default."""

import re
from dataclasses import replace

import pytest

from tests.gateways.people import NOW, make_sale_subject, make_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways import callback
from webapp.gateways.contract import CallbackRequest, Operation, Secret, Verdict
from webapp.gateways.errors import EndpointGone, GatewayError, Rejected, Throttled, Unavailable, Unsupported
from webapp.gateways.webhook import WebhookGateway

GATEWAY = WebhookGateway()
SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
CREATE = Operation.CREATE


@pytest.fixture
def receiver():
    with LoopbackServer(always(http())) as server:
        yield server


@pytest.fixture
def conn(connect, receiver):
    return lambda free=None, **params: connect({"url": f"{receiver.url}/hook", "segredo": SECRET, **params}, free)


def sent(receiver):
    """Return head and body of the last request."""
    head, _, body = receiver.requests[-1].partition(b"\r\n\r\n")
    return head.decode("latin-1"), body.decode()


def refused(act):
    with pytest.raises(GatewayError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "params"),
    [
        (200, b'{"success": false, "error": "cheio"}', Unavailable, "receiver_refused", {"message": "cheio"}),
        (299, b'{"success": "false", "error": "cheio"}', Unavailable, "receiver_refused", {"message": "cheio"}),
        (300, b"{}", Unavailable, "redirect", {}),
        (399, b"{}", Unavailable, "redirect", {}),
        (400, b'{"error": "cheio"}', Unavailable, "receiver_status", {"message": "cheio"}),
        (410, b"{}", EndpointGone, "endpoint_gone", {}),
        (429, b"{}", Throttled, "throttled", {}),
        (503, b"{}", Throttled, "throttled", {}),
    ],
)
def test_failure_shows_code_status_words_and_what_was_sent(conn, receiver, status, body, kind, code, params):
    receiver.respond = always(http(body, f"{status} X"))
    error = refused(lambda: GATEWAY.send(conn(), CREATE, make_sale_subject(), "key-1"))
    assert (type(error), error.code, error.params) == (kind, code, {"status": status, **params})
    assert error.exchange.status == status
    step = GATEWAY.check(conn())[-1]
    assert (step.name, step.code, step.params, step.exchange.status) == ("answer", code, error.params, status)


def test_pause_until_a_date_is_measured_by_our_own_clock(conn, receiver):
    receiver.respond = always(http(b"", "429 X", f"Retry-After: {NOW.replace(second=7):%a, %d %b %Y %H:%M:%S} GMT"))
    error = refused(lambda: GATEWAY.send(conn(), CREATE, make_sale_subject(), "key-1"))
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("params", "names", "code", "told"),
    [
        ({"url": " "}, ["params"], "param_missing", {"name": "url"}),
        ({"segredo": Secret("")}, ["params"], "param_missing", {"name": "segredo"}),
        ({"url": "http://10.0.0.1/"}, ["params", "address"], "address_refused",
         {"host": "10.0.0.1", "address": "10.0.0.1", "reason": "private"}),
        ({"url": "http://127.0.0.1:1/"}, ["params", "address"], "connect_failed", None),
    ],
)  # fmt: skip
def test_check_stops_at_the_first_flaw_and_says_of_what(conn, params, names, code, told):
    steps = GATEWAY.check(conn(**params))
    assert ([step.name for step in steps], steps[-1].code) == (names, code)
    assert [step.ok for step in steps] == [True] * (len(names) - 1) + [False]
    assert told is None or steps[-1].params == told
    assert (steps[-1].exchange is not None) is (names[-1] == "address")


def test_event_without_an_address_goes_nowhere(connect):
    error = refused(lambda: GATEWAY.send(connect({"segredo": SECRET}), CREATE, make_sale_subject(), "key-1"))
    assert (error.code, error.exchange.url) == ("url_scheme", "")


@pytest.mark.parametrize("name", ["url", "segredo"])
def test_check_misses_a_param_that_was_never_given(connect, name):
    params = {"url": "http://127.0.0.1:1/", "segredo": SECRET}
    del params[name]
    assert GATEWAY.check(connect(params))[0].params == {"name": name}


def test_check_names_the_field_that_a_param_would_hide_and_the_name_it_would_get(conn):
    step = GATEWAY.check(conn({"api_key": "k", "pacote": "x"}))[0]
    assert (step.name, step.ok, step.code) == ("params", False, "free_param_clash")
    assert step.params == {"name": "pacote", "sent_as": "param_pacote"}


def test_test_event_has_an_id_of_its_own_and_is_shown(conn, receiver):
    shown = GATEWAY.check(conn())[-1].exchange
    key = shown.request_headers["webhook-id"]
    assert re.fullmatch("test-7-[0-9a-f]{16}", key)
    assert (shown.status, shown.request_body) == (200, '{"tipo": "teste", "status": "teste"}')
    assert GATEWAY.check(conn())[-1].exchange.request_headers["webhook-id"] != key


def test_what_a_receiver_cannot_do_is_named(conn):
    acts = {
        "find": lambda: GATEWAY.find(conn(), make_sale_subject()),
        "list": lambda: GATEWAY.list(conn()),
        "notify": lambda: GATEWAY.send(conn(), Operation.NOTIFY, make_sale_subject(), "key-1"),
    }
    errors = {name: refused(act) for name, act in acts.items()}
    errors["update"], _ = GATEWAY.send_batch(conn(), Operation.UPDATE, [make_sale_subject()] * 2, ["k-1", "k-2"])
    for name, error in errors.items():
        assert (type(error), error.code) == (Unsupported, "operation_unsupported")
        assert error.params == {"gateway": "Outros", "operation": name}
    assert GATEWAY.batch_key(conn(), CREATE, make_sale_subject()) is None


def test_event_without_a_package_is_not_sent(conn, receiver):
    error = refused(lambda: GATEWAY.send(conn(), CREATE, make_subject(), "key-1"))
    assert (type(error), error.code, error.params) == (Unsupported, "sale_missing", {"operation": "create"})
    assert receiver.connections == 0


@pytest.mark.parametrize("name", ["header:-", "header:_", "header:Host", "header:CONTENT-TYPE", "header:X-Ç"])
def test_name_that_is_no_header_of_his_own_is_refused_and_named(conn, name):
    error = refused(lambda: GATEWAY.send(conn({name: "a"}), CREATE, make_sale_subject(), "key-1"))
    assert (type(error), error.code) == (Rejected, "header_param_invalid")
    assert (error.params, error.field) == ({"name": name}, name)


def test_params_stand_where_they_belong_with_blanks_around_their_names_dropped(conn, receiver):
    free = {"header: X_Ramal-2 ": "7", "query: a/b ": "1/2", "query:c": "3", "status": "x", "param_status": "y"}
    GATEWAY.send(conn(free), CREATE, make_sale_subject(), "key-1")
    head, body = sent(receiver)
    assert "POST /hook?a%2Fb=1%2F2&c=3 HTTP/1.1" in head
    assert "\r\nX_Ramal-2: 7\r\n" in head
    assert body.endswith('},"param_status":"x","param_param_status":"y"}')


def test_headers_are_written_as_receivers_know_them(conn, receiver):
    GATEWAY.send(conn(assinatura_hub=Secret("hub")), CREATE, make_sale_subject(), "key-1")
    head, _ = sent(receiver)
    names = {line.partition(":")[0] for line in head.split("\r\n")[1:]}
    expected = {"Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature", "X-Hub-Signature-256"}
    assert expected <= names
    GATEWAY.send(conn(), CREATE, make_sale_subject(), "key-1")
    assert "Hub-Signature" not in sent(receiver)[0]


def test_half_a_character_is_sent_as_a_question_mark(conn, receiver):
    subject = make_sale_subject()
    subject = replace(subject, customer=replace(subject.customer, name="Maria \ud83c"))
    GATEWAY.send(conn(), CREATE, subject, "key-1")
    assert '"nome_razaosocial":"Maria ?"' in sent(receiver)[1]


def test_passwords_that_a_receiver_gives_back_are_not_shown(conn, receiver):
    receiver.respond = always(http(b'{"texto": "s3nha-da-maria e 0utra-senha"}'))
    subject = make_sale_subject(password=Secret("0utra-senha"))
    shown = GATEWAY.send(conn(), CREATE, subject, "key-1").exchange.response_body
    assert "texto" in shown
    assert "s3nha-da-maria" not in shown
    assert "0utra-senha" not in shown


def test_preview_shows_the_id_that_would_be_sent(conn):
    assert GATEWAY.preview(conn(), CREATE, make_sale_subject(), "key-1").request_headers["webhook-id"] == "key-1"


def test_questions_at_log_in_are_read_and_answered_by_the_default_contract(conn):
    request = CallbackRequest("POST", {}, {}, {"user": "maria", "pass": "geheim", "product": "FULL"}, None)
    assert GATEWAY.read_callback(request) == callback.DEFAULT.read(request)
    assert GATEWAY.read_callback(request) is not None
    for verdict in Verdict:
        answer = GATEWAY.answer_callback(verdict, "maria", ("FULL",))
        assert answer == callback.DEFAULT.answer(verdict, "maria", ("FULL",))
    assert GATEWAY.admits_callback(conn(), request)
    assert GATEWAY.read_event(request) is None
