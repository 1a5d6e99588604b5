"""The bundled recipe of NX Play over real HTTP: exactly the calls of its assumed API, and its bad days."""

import json

import pytest

from tests.gateways.fake_nx import TOKEN, reply, running
from tests.gateways.people import PASSWORD, make_subject
from webapp.gateways.contract import Operation, Outcome, RemoteState, Secret
from webapp.gateways.errors import (
    AuthFailed,
    Capacity,
    ContractBroken,
    IdentityClash,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from webapp.gateways.registry import BUNDLED, get_gateway

NX = get_gateway("nx_play")
MUTED = [Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL]


@pytest.fixture
def nx():
    fake, server = running()
    with server:
        fake.url = server.url + "/"
        yield fake


@pytest.fixture
def conn(connect, nx):
    return connect({"api_url": nx.url, "token": Secret(TOKEN)})


def send(conn, operation=Operation.CREATE, **account):
    return NX.send(conn, operation, make_subject(**account), "key-1")


def test_create_sends_the_assumed_request(conn, nx):
    reply = send(conn, remote_ids={}, params={"paramount": "false"})
    method, path, body, headers = nx.seen[0]
    assert (method, path, headers["idempotency-key"]) == ("POST", "/subscribers", "key-1")
    assert body == {
        "external_id": "sintonia-5",
        "email": "maria@example.com",
        "password": PASSWORD,
        "name": "Maria Conceição 🎬",
        "document": "52998224725",
        "phone": "+55 11 98765-4321",
        "products": ["FULL"],
        "noggin": True,
        "paramount": False,
    }
    assert (reply.outcome, reply.remote_ids) == (Outcome.OK, {"id": "88"})


def test_update_sends_password_products_and_switches(conn, nx):
    nx.add(external_id="sintonia-5", email="maria@example.com")
    send(conn, Operation.UPDATE, params={"noggin": "false"})
    method, path, body, _ = nx.seen[0]
    assert (method, path) == ("PUT", "/subscribers/88")
    assert set(body) == {"password", "products", "noggin", "paramount", "name", "phone"}
    assert (body["noggin"], body["paramount"]) == (False, True)


@pytest.mark.parametrize(
    ("operation", "call", "state"),
    [
        (Operation.SUSPEND, ("POST", "/subscribers/88/suspend"), RemoteState.SUSPENDED),
        (Operation.ENABLE, ("POST", "/subscribers/88/enable"), RemoteState.ACTIVE),
        (Operation.CANCEL, ("DELETE", "/subscribers/88"), None),
    ],
)
def test_switch_makes_one_call_and_tells_the_state(conn, nx, operation, call, state):
    nx.add(external_id="sintonia-5", email="maria@example.com")
    assert send(conn, operation).state == state
    assert [seen[:2] for seen in nx.seen] == [call]


@pytest.mark.parametrize("operation", MUTED)
def test_account_that_is_not_there_any_more_is_gone(conn, operation):
    answer = send(conn, operation)
    assert (answer.outcome, answer.state) == (Outcome.GONE, RemoteState.ABSENT)


def test_id_that_is_not_known_is_looked_up_first(conn, nx):
    nx.add(external_id="sintonia-5", email="maria@example.com")
    answer = send(conn, Operation.SUSPEND, remote_ids={})
    assert answer.remote_ids == {"id": "88"}
    assert [seen[1] for seen in nx.seen] == ["/subscribers?email=maria%40example.com", "/subscribers/88/suspend"]


@pytest.mark.parametrize("operation", MUTED)
def test_unknown_id_without_account_is_gone_and_nothing_is_changed(conn, nx, operation):
    assert send(conn, operation, remote_ids={}).outcome is Outcome.GONE
    assert [seen[0] for seen in nx.seen] == ["GET"]


def test_second_create_adopts_our_own_account(conn, nx):
    nx.add(external_id="sintonia-5", email="maria@example.com", status="suspended")
    answer = send(conn, remote_ids={})
    assert (answer.outcome, answer.remote_ids, answer.state) == (Outcome.ALREADY, {"id": "88"}, RemoteState.SUSPENDED)
    assert len(nx.subscribers) == 1


def test_an_account_made_before_the_hub_came_is_adopted_when_nothing_contradicts(conn, nx):
    nx.add(external_id="", email="maria@example.com", document="52998224725")
    assert send(conn, remote_ids={}).outcome is Outcome.ALREADY


def test_an_account_with_the_same_e_mail_and_another_document_is_a_clash(conn, nx):
    nx.add(external_id="", email="maria@example.com", document="11144477735")
    with pytest.raises(IdentityClash):
        send(conn, remote_ids={})


@pytest.mark.parametrize("operation", MUTED)
def test_an_id_that_is_not_known_is_never_taken_from_somebody_elses_account(conn, nx, operation):
    nx.add(external_id="other", email="maria@example.com")
    with pytest.raises(IdentityClash):
        send(conn, operation, remote_ids={})
    assert [seen[0] for seen in nx.seen] == ["GET"]


def test_create_over_somebody_elses_e_mail_is_a_clash(conn, nx):
    nx.add(external_id="other", email="maria@example.com")
    with pytest.raises(IdentityClash) as caught:
        send(conn, remote_ids={})
    assert (caught.value.code, caught.value.params["login"]) == ("login_taken", "m***@example.com")


def test_licences_used_up_are_capacity(conn, nx):
    nx.override = lambda method, path: reply(402, {"error": "no_licences"})
    with pytest.raises(Capacity):
        send(conn, remote_ids={})


def test_refused_field_is_named(conn, nx):
    nx.override = lambda method, path: reply(422, {"error": "invalid", "field": "email", "message": "bad e-mail"})
    with pytest.raises(Rejected) as caught:
        send(conn, remote_ids={})
    assert (caught.value.field, caught.value.params["message"]) == ("email", "bad e-mail")


@pytest.mark.parametrize("status", [500, 502, 504])
def test_server_fault_on_create_is_in_doubt_and_elsewhere_not(conn, nx, status):
    nx.override = lambda method, path: reply(status, {})
    with pytest.raises(OutcomeUnknown):
        send(conn, remote_ids={})
    with pytest.raises(Unavailable):
        send(conn, Operation.SUSPEND)
    with pytest.raises(Unavailable):
        NX.find(conn, make_subject())


@pytest.mark.parametrize(
    ("header", "seconds"), [("Retry-After: 12", 12), ("X-Other: 1", None), ("Retry-After: abc", None)]
)
def test_pause_is_passed_on(conn, nx, header, seconds):
    nx.override = lambda method, path: reply(429, {}, header)
    with pytest.raises(Throttled) as caught:
        send(conn, Operation.SUSPEND)
    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_is_an_auth_failure(conn, nx, status):
    nx.override = lambda method, path: reply(status, {"error": "unauthorized"})
    with pytest.raises(AuthFailed):
        send(conn, Operation.SUSPEND)
    assert len(nx.seen) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>log in</html>", "answer_html"),
        (b"", "answer_empty"),
        (b'{"id": "88", "sta', "answer_not_json"),
        (b'{"id": "88", "id": "89"}', "answer_duplicate_keys"),
        (b'{"id": "89", "status": "suspended"}', "other_subscriber"),
    ],
)
def test_strange_200_breaks_the_contract(conn, nx, body, code):
    nx.override = lambda method, path: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with pytest.raises(ContractBroken) as caught:
        send(conn, Operation.SUSPEND)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"id": "88", "external_id": "other", "email": "maria@example.com"}, "other_subscriber"),
        ({"id": "88", "external_id": "sintonia-5", "email": "joao@example.com"}, "other_subscriber"),
        ({"external_id": "sintonia-5", "email": "maria@example.com"}, "remote_id_missing"),
        ({"id": None}, "remote_id_missing"),
    ],
)
def test_create_answer_about_somebody_else_or_without_id_is_refused(conn, nx, answer, code):
    nx.override = lambda method, path: reply(201, answer)
    with pytest.raises(ContractBroken) as caught:
        send(conn, remote_ids={})
    assert caught.value.code == code


@pytest.mark.parametrize("recipe", sorted(BUNDLED.glob("*.toml")), ids=lambda path: path.stem)
def test_no_bundled_recipe_believes_a_status_whatever_the_body_is(recipe):
    # A log-in page that answers 200 to a cancel would count as done: nobody would ever try again.
    assert 'answer = "any"' not in recipe.read_text("utf-8")


def test_page_of_html_is_no_answer_to_a_cancel(conn, nx):
    body = b"<html>Log in</html>"
    nx.override = lambda method, path: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with pytest.raises(ContractBroken, match="answer_html"):
        send(conn, Operation.CANCEL, remote_ids={"id": "88"})


def test_e_mail_in_other_capitals_is_the_same(conn, nx):
    nx.override = lambda method, path: reply(201, {"id": 88, "email": "Maria@Example.com"})
    assert send(conn, remote_ids={}).remote_ids == {"id": "88"}


def test_find_shows_the_account(conn, nx):
    nx.add(external_id="sintonia-5", email="maria@example.com", products=["FULL"], status="blocked?")
    found = NX.find(conn, make_subject()).found
    assert (found.login, found.reference, found.products) == ("maria@example.com", "sintonia-5", ("FULL",))
    assert found.state is RemoteState.UNKNOWN


def test_find_is_none_only_when_the_platform_says_so(conn, nx):
    assert NX.find(conn, make_subject()).found is None
    for unclear in ({"subscribers": []}, {"subscribers": [], "total": 1}, {"total": 0}, {}, []):
        nx.override = lambda method, path, data=unclear: reply(200, data)
        with pytest.raises(ContractBroken) as caught:
            NX.find(conn, make_subject())
        assert caught.value.code == "find_unclear"
    nx.override = lambda method, path: reply(404, {})
    with pytest.raises(Rejected):
        NX.find(conn, make_subject())


def test_find_ignores_cancelled_accounts_and_refuses_two_live_ones(conn, nx):
    nx.add(external_id="sintonia-5", email="maria@example.com", status="cancelled")
    assert NX.find(conn, make_subject()).found is None
    nx.add(external_id="sintonia-5", email="maria@example.com")
    assert NX.find(conn, make_subject()).found.remote_ids == {"id": "89"}
    nx.add(external_id="sintonia-5", email="maria@example.com")
    with pytest.raises(IdentityClash):
        NX.find(conn, make_subject())


def test_find_that_answers_about_another_breaks_the_contract(conn, nx):
    nx.override = lambda method, path: reply(
        200, {"subscribers": [{"id": "1", "email": "joao@example.com"}], "total": 1}
    )
    with pytest.raises(ContractBroken) as caught:
        NX.find(conn, make_subject())
    assert caught.value.code == "other_subscriber"


def test_products_are_listed_with_their_state(conn):
    full, old = NX.list_products(conn)
    assert (full.code, full.name, full.active) == ("FULL", "Plano Full", True)
    assert (old.description, old.active) == ("x", False)


@pytest.mark.parametrize("data", [{}, {"products": None}, {"products": [{"name": "x"}]}])
def test_strange_product_list_breaks_the_contract(conn, nx, data):
    nx.override = lambda method, path: reply(200, data)
    with pytest.raises(ContractBroken):
        NX.list_products(conn)


def test_check_tells_each_step(conn, connect, nx):
    assert [(step.name, step.ok) for step in NX.check(conn)] == [("params", True), ("answer", True)]
    wrong = NX.check(connect({"api_url": nx.url, "token": Secret("wrong-token")}))
    assert [(step.name, step.ok, step.code) for step in wrong][1] == ("answer", False, "credentials_refused")
    assert NX.check(connect({"api_url": nx.url}))[0].params == {"name": "token"}


def test_secrets_stand_in_no_exchange_error_or_repr(conn, nx):
    echo = {"id": "88", "echo": PASSWORD, "seen": f"Bearer {TOKEN}", "password": "x", "email": "maria@example.com"}
    nx.override = lambda method, path: reply(201, echo)
    shown = repr(send(conn, remote_ids={}).exchange)
    nx.override = lambda method, path: reply(422, {"message": f"bad {PASSWORD}", **echo})
    with pytest.raises(Rejected) as caught:
        send(conn, remote_ids={})
    shown += repr(caught.value) + repr(caught.value.params) + repr(caught.value.exchange) + repr(NX)
    shown += repr(NX.preview(conn, Operation.CREATE, make_subject(), "key-1"))
    for hidden in (PASSWORD, TOKEN, "maria@example.com", "52998224725", "98765"):
        assert hidden not in shown


def test_preview_shows_what_would_be_sent(conn, nx):
    shown = NX.preview(conn, Operation.SUSPEND, make_subject(remote_ids={}), "key-1")
    assert shown.url == nx.url + "subscribers/%28id%29/suspend"
    created = json.loads(NX.preview(conn, Operation.CREATE, make_subject(), "key-1").request_body)
    assert (created["noggin"], created["password"]) == (True, "***")
    assert nx.seen == []
