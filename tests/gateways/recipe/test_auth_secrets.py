"""Credentials computed for each call, free places for a token, other environments; and nothing of it is ever seen."""

import hashlib
import hmac
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.gateways.people import NOW, make_subject
from tests.gateways.recipe.door import BASE, PARAMS, Door, MemoryCodes, MemoryTokens, gateway, said, suspend
from tests.gateways.recipe.test_auth_code import CODE, REDIRECT
from tests.gateways.recipe.test_auth_token import BEARER, CALL
from tests.gateways.servers import LoopbackServer
from webapp.gateways.contract import Connection, Exchange, Operation, Secret
from webapp.gateways.errors import AuthFailed, GatewayError, Rejected
from webapp.gateways.recipe.auth import Authenticator
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe
from webapp.messages import explain

SIGNED = """
[auth]
kind = "signature"
max_clock_skew_s = 300
[auth.headers]
Authorization = "{{ params.user }}:{{ now | unix }}:{{ (now | unix ~ params.user ~ params.pw) | sha1 }}"
"""
OVER_ALL = """
[auth]
kind = "signature"
headers = { X-Stamp = "{{ now | unix }}" }
query = { sig = "{{ (request.method ~ request.path ~ request.query ~ request.body) | hmac_sha256(params.pw) }}" }
[operations.check]
url = "{{ params.url }}/check?a=1"
query = { b = "x y" }
answer = "any"
"""


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    with LoopbackServer(door.respond) as server:
        door.url = server.url
        yield door


@pytest.fixture
def conn(connect, door: Door) -> Connection:
    return connect({**PARAMS, "url": door.url})


def accept_all(door: Door) -> None:
    door.on["/suspend"] = door.on["/check"] = lambda asked: said({})


def digest(moment: datetime) -> str:
    return hashlib.sha1(f"{int(moment.timestamp())}provgeheim-1".encode()).hexdigest()


def test_a5_signature_is_made_anew_from_the_time_of_each_call(conn, door):
    accept_all(door)
    for past in (0, 61):
        moment = NOW + timedelta(seconds=past)
        conn.now = lambda moment=moment: moment
        suspend(SIGNED, conn)
        assert door.last("/suspend").headers["authorization"] == f"prov:{int(moment.timestamp())}:{digest(moment)}"


def test_a5_signature_covers_the_request_exactly_as_it_is_sent(conn, door):
    accept_all(door)
    gateway(OVER_ALL).check(conn)
    suspend(OVER_ALL, conn)
    assert door.last("/check").query == {"a": "1", "b": "x y", "sig": _hmac("GET/checka=1&b=x%20y")}
    sent = door.last("/suspend")
    assert sent.query == {"sig": _hmac("POST/suspend" + sent.body)}
    assert sent.headers["x-stamp"] == str(int(NOW.timestamp()))


def _hmac(text: str) -> str:
    return hmac.new(b"geheim-1", text.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("words", [SIGNED, OVER_ALL])
def test_a5_signature_is_masked_wherever_it_stands(conn, door, words):
    seen: list[str] = []

    def echo(asked):
        seen[:] = [asked.query.get("sig") or asked.headers["authorization"].rpartition(":")[2]]
        return said({"message": f"got {seen[0]} from you"}, "422 No", f"X-Echo: {seen[0]}")

    door.on["/suspend"] = echo
    with pytest.raises(Rejected) as caught:
        suspend(words, conn)
    assert len(seen[0]) >= 40
    assert seen[0] not in visible(caught.value)
    shown = gateway(words).preview(conn, Operation.SUSPEND, make_subject(), "k")
    assert seen[0] not in repr(shown)


def test_a5_refused_signature_is_not_tried_again(conn, door):
    with pytest.raises(AuthFailed):
        suspend(SIGNED, conn)
    assert door.count("/suspend") == 1


@pytest.mark.parametrize(
    ("date", "ok"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", True),
        ("Sun, 22 Nov 2026 11:55:00 GMT", True),
        ("Sun, 22 Nov 2026 12:05:01 GMT", False),
        ("Sun, 22 Nov 2026 09:00:00 -0230", False),
    ],
)
def test_a5_clock_that_is_too_wrong_for_signatures_is_told(date, ok):
    step = _auth(SIGNED).clock_step(Exchange("GET", "/", response_headers={"date": date}), NOW)
    assert (step.name, step.ok) == ("clock", ok)
    assert ok or (step.code == "clock_skew" and step.params["seconds"] >= 300)


def test_clock_is_not_judged_without_a_limit_or_a_date():
    dated = Exchange("GET", "/", response_headers={"Date": "Sun, 22 Nov 2020 12:00:00 GMT"})
    assert _auth("").clock_step(dated, NOW) is None
    for exchange in (None, Exchange("GET", "/"), Exchange("GET", "/", response_headers={"Date": "yesterday"})):
        assert _auth(SIGNED).clock_step(exchange, NOW) is None


def _auth(words: str):
    return Authenticator(read_recipe(BASE + words).auth)


def test_a8_raw_header_without_a_scheme_is_sent_and_masked(conn, door):
    door.good = {"geheim-1"}
    reply = suspend('[auth]\nkind = "header"\nheaders = { Authorization = "{{ params.pw }}" }\n', conn)
    assert door.last("/suspend").headers["authorization"] == "geheim-1"
    assert "geheim-1" not in repr(reply.exchange)


def test_a8_token_in_the_query_is_sent_and_masked(conn, door):
    accept_all(door)
    door.on["/login"] = lambda asked: said({"access_token": "Qu3ry/t0ken+1="})
    reply = suspend('[auth]\nkind = "token"\nquery = { k = "{{ token }}" }\n' + CALL, conn)
    assert door.last("/suspend").query == {"k": "Qu3ry/t0ken+1="}
    assert "Qu3ry" not in repr(reply.exchange)


def test_a8_token_in_the_path_is_sent_and_masked(conn, door):
    door.on["/login"] = lambda asked: said({"access_token": "P4th-t0ken-1"})
    door.on["/P4th-t0ken-1/suspend"] = lambda asked: said({})
    words = BASE.replace("{{ params.url }}/suspend", "{{ params.url }}/{{ token }}/suspend")
    one = RecipeGateway(read_recipe(words + '[auth]\nkind = "token"\n' + CALL))
    reply = one.send(conn, Operation.SUSPEND, make_subject(), "k")
    assert "P4th-t0ken-1" not in repr(reply.exchange)
    assert reply.exchange.url.endswith("/***/suspend")


def test_a9_testing_makes_the_token_and_gives_the_platform_our_address(conn, door):
    conn.callback_url = "https://hub.example.com/callback/c4llback-t0ken"
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    words = BEARER + CALL.replace("form = {", 'form = { notify = "{{ hub.callback_url }}",')
    suspend(words, conn)
    steps = gateway(words).check(conn)
    assert [(step.name, step.ok) for step in steps] == [("params", True), ("credentials", True)]
    assert door.count("/login") == 2
    assert door.last("/login").form["notify"] == conn.callback_url
    suspend(words, conn)
    assert door.last("/suspend").headers["authorization"] == "Bearer Tok3n-nr-002"


@pytest.mark.parametrize("where", ["call", "log-in"])
def test_a10_address_that_the_platform_does_not_know_is_called_by_its_name(conn, door, where):
    refusal = said({"message": "IP not allowed"}, "403 No")
    rule = 'outcomes = [{ status = [403], when = "body.message", is = "auth", code = "address_not_allowed" }]\n'
    door.on["/login"] = lambda asked: refusal if where == "log-in" else said({"access_token": door.new_token()})
    door.on["/suspend"] = lambda asked: refusal
    with pytest.raises(AuthFailed) as caught:
        suspend(BEARER + CALL + rule + "[defaults]\n" + rule, conn)
    assert caught.value.code == "address_not_allowed"
    assert "IP not allowed" in caught.value.params["message"]


ENVIRONMENTS = """
[environments.production]
label = "Production"
values = { path = "prod" }
[environments.sandbox]
label = "Homologation"
values = { path = "sandbox" }
"""


@pytest.mark.parametrize(
    ("chosen", "path", "secret"), [({}, "prod", "geheim-1"), ({"environment": "sandbox"}, "sandbox", "s4ndbox-key")]
)
def test_a11_each_environment_has_its_own_credentials(conn, door, chosen, path, secret):
    conn.params |= {"pw_sandbox": Secret("s4ndbox-key"), **chosen}
    words = BASE.replace('kind = "secret"', 'kind = "secret"\nper_environment = true') + ENVIRONMENTS
    words += '[auth]\nkind = "header"\nheaders = { Authorization = "{{ environment.path }} {{ params.pw }}" }\n'
    door.good = {f"{path} {secret}"}
    one = RecipeGateway(read_recipe(words))
    assert one.send(conn, Operation.SUSPEND, make_subject(), "k").outcome == "ok"


def visible(error: GatewayError) -> str:
    """Everything of an error that can be kept, shown or logged."""
    return repr(error.exchange) + repr(error.params) + "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "answer",
    [
        said({"data": {"jwt": "Can4ry.token.value"}}),
        said({"session": {"id": 4815162342108}, "x": "Can4ry.token.value"}),
        said("Can4ry.token.value but not alone\nsecond line"),
        said({"message": "Can4ry.token.value"}, "400 No"),
        said({"message": "no"}, "500 X", "X-Session: Can4ry.token.value"),
        said("<html>Can4ry.token.value</html>"),
    ],
)
def test_token_under_an_unexpected_name_is_seen_nowhere(conn, door, answer):
    door.on["/login"] = lambda asked: answer
    with pytest.raises(GatewayError) as caught:
        suspend(BEARER + CALL, conn)
    assert "Can4ry" not in visible(caught.value)
    assert "4815162342108" not in visible(caught.value)
    steps = gateway(BEARER + CALL).check(conn)
    assert "Can4ry" not in repr(steps)


def test_words_of_a_refused_log_in_stay_readable(conn, door):
    door.on["/login"] = lambda asked: said(
        {"error": "invalid_client", "error_description": "Usuário ou senha inválidos"}, "400 No"
    )
    with pytest.raises(AuthFailed) as caught:
        suspend(BEARER + CALL, conn)
    assert "invalid_client" in caught.value.exchange.response_body
    assert caught.value.params["message"] == "Usuário ou senha inválidos"


@pytest.mark.parametrize(
    "words",
    [
        '[auth]\nkind = "header"\nheaders = { X-Who = "{{ (params.user ~ \':\' ~ params.pw) | base64 }}" }\n',
        '[auth]\nkind = "query"\nquery = { who = "{{ (params.user ~ params.pw) | md5 }}" }\n',
        '[auth]\nkind = "basic"\nusername = "{{ params.user }}"\npassword = "{{ params.pw }}"\n',
        BEARER.replace("{{ token }}", "{{ (params.user ~ ':' ~ token) | base64 }}") + CALL,
    ],
)
def test_what_a_filter_makes_of_a_secret_is_masked_even_when_it_is_repeated(conn, door, words):
    door.on["/login"] = lambda asked: said({"access_token": "L0ng-enough-token-of-door"})
    shown: list[str] = []

    def echo(asked):
        sent = asked.headers.get("x-who") or asked.query.get("who") or asked.headers["authorization"].split()[1]
        shown[:] = [sent]
        return said({"message": f"what is {sent}?"}, "422 No")

    door.on["/suspend"] = echo
    with pytest.raises(Rejected) as caught:
        suspend(words, conn)
    assert len(shown[0]) >= 16
    assert shown[0] not in visible(caught.value)
    assert shown[0] not in repr(gateway(words).preview(conn, Operation.SUSPEND, make_subject(), "k"))


def test_digest_of_a_secret_in_the_log_in_itself_is_masked(conn, door):
    door.on["/login"] = lambda asked: said({"no": "wrong"}, "400 No")
    words = CALL.replace('"{{ params.pw }}"', '"{{ params.pw | sha256 }}"')
    with pytest.raises(AuthFailed) as caught:
        suspend(BEARER + words, conn)
    assert hashlib.sha256(b"geheim-1").hexdigest() not in visible(caught.value)
    assert "client_id=prov" in caught.value.exchange.request_body


def test_former_tokens_stay_masked_after_a_renewal(conn, door):
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    door.on["/suspend"] = lambda asked: (
        said({"note": "you once had Tok3n-nr-001"})
        if asked.headers["authorization"].removeprefix("Bearer ") in door.good
        else said({}, "401 No")
    )
    suspend(BEARER + CALL, conn)
    door.good.clear()
    assert "Tok3n-nr" not in repr(suspend(BEARER + CALL, conn).exchange)
    assert "Tok3n-nr" not in repr(suspend(BEARER + CALL, conn).exchange)


def test_canary_code_state_refresh_and_secret_are_seen_nowhere(conn, door):
    conn.redirect_url, conn.codes, conn.tokens = REDIRECT, MemoryCodes(), MemoryTokens()

    def ask(asked):
        conn.codes.came[asked.form["uid"]] = "c0de-canary-xyz"
        return said({"Result": {"success": True}})

    door.on["/oauth/authenticate"] = ask
    door.on["/oauth/token"] = lambda asked: said({"why": asked.form, "no": f"({asked.form['code']})"}, "400 No")
    with pytest.raises(AuthFailed) as caught:
        suspend(CODE, conn)
    shown = visible(caught.value) + repr(conn)
    for secret in ("c0de-canary-xyz", "geheim-1", conn.codes.expected[0]):
        assert secret not in shown


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "code",
    ["address_not_allowed", "clock_skew", "code_not_delivered", "code_needs_integration", "redirect_url_unknown",
     "token_busy"],
)  # fmt: skip
def test_every_failure_of_a_log_in_has_cause_and_remedy(code):
    words = explain(code, {"host": "hub.example.com", "seconds": 9, "limit": 5})
    assert words.cause
    assert words.remedy
    assert words.cause != code
