"""How a recipe shows who it is: static, Basic, query, and a token fetched once."""

import base64
import json
import threading
import time
from datetime import timedelta

import pytest

from tests.gateways.people import NOW, make_subject
from tests.gateways.recipe.door import BASE, PARAMS
from tests.gateways.servers import LoopbackServer, http
from webapp.gateways.contract import Operation
from webapp.gateways.errors import AuthFailed, Unavailable
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

TOKEN = """
[auth]
kind = "token"
token = "body.data.token"
lifetime = "body.expires"
renew_early_s = 10
headers = { Authorization = "Bearer {{ token }}" }
[auth.request]
method = "POST"
url = "{{ params.url }}/login"
json = { u = "{{ params.user }}", p = "{{ params.pw }}" }
"""


class Platform:
    """Gives tokens t1, t2, ... and takes only those that it has not thrown away."""

    def __init__(self):
        self.tokens = 0
        self.refused = set()
        self.calls = []
        self.login = None

    def respond(self, peer, raw):
        head, _, _ = raw.decode("latin-1").partition("\r\n\r\n")
        self.calls.append(head)
        if head.startswith("POST /login"):
            time.sleep(0.05)
            self.tokens += 1
            body = json.dumps({"data": {"token": f"token-{self.tokens}"}, "expires": 60}).encode()
            peer.sendall(self.login or http(body))
        else:
            bad = any(f"Bearer {token}\r\n" in head + "\r\n" for token in self.refused)
            peer.sendall(http(b"", "401 X") if bad else http())


@pytest.fixture
def platform():
    platform = Platform()
    with LoopbackServer(platform.respond) as server:
        platform.url = server.url
        yield platform


@pytest.fixture
def conn(connect, platform):
    return connect({**PARAMS, "url": platform.url})


def suspend(recipe, conn):
    return RecipeGateway(read_recipe(BASE + recipe)).send(conn, Operation.SUSPEND, make_subject(), "k")


def test_basic_is_in_utf8(conn, platform):
    conn.params["user"] = "usuário"
    suspend('[auth]\nkind = "basic"\nusername = "{{ params.user }}"\npassword = "{{ params.pw }}"', conn)
    assert "Basic " + base64.b64encode("usuário:geheim-1".encode()).decode() in platform.calls[0]


def test_query_credentials_are_sent_and_masked(conn, platform):
    reply = suspend('[auth]\nkind = "query"\nquery = { k = "{{ params.pw }}" }', conn)
    assert platform.calls[0].startswith("POST /suspend?k=geheim-1 ")
    assert reply.exchange.url.endswith("/suspend?k=***")


def test_no_auth_sends_none(conn, platform):
    suspend("", conn)
    assert "authorization" not in platform.calls[0].lower()


def test_token_is_fetched_once_and_kept(conn, platform):
    for _ in range(3):
        shown = suspend(TOKEN, conn).exchange
    assert platform.tokens == 1
    assert "Bearer token-1" in platform.calls[-1]
    assert "token-1" not in repr(shown) + repr(conn)


def test_token_is_fetched_once_for_all_threads(conn, platform):
    gateway = RecipeGateway(read_recipe(BASE + TOKEN))
    send = lambda: gateway.send(conn, Operation.SUSPEND, make_subject(), "k")  # noqa: E731
    threads = [threading.Thread(target=send) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert platform.tokens == 1
    assert sum("POST /suspend" in call for call in platform.calls) == 8


def test_token_is_renewed_before_it_ends(conn, platform):
    suspend(TOKEN, conn)
    conn.now = lambda: NOW + timedelta(seconds=49)
    suspend(TOKEN, conn)
    assert platform.tokens == 1
    conn.now = lambda: NOW + timedelta(seconds=50)
    suspend(TOKEN, conn)
    assert platform.tokens == 2


def test_refused_token_is_renewed_once_and_the_call_repeated(conn, platform):
    suspend(TOKEN, conn)
    platform.refused = {"token-1"}
    suspend(TOKEN, conn)
    assert platform.tokens == 2
    assert "Bearer token-2" in platform.calls[-1]


def test_token_that_is_refused_again_is_an_auth_failure(conn, platform):
    platform.refused = {"token-1", "token-2"}
    with pytest.raises(AuthFailed):
        suspend(TOKEN, conn)
    assert platform.tokens == 2


@pytest.mark.parametrize(
    ("login", "kind", "code"),
    [
        (http(b"{}"), AuthFailed, "token_missing"),
        (http(b'{"data": {"token": ""}}'), AuthFailed, "token_missing"),
        (http(b'{"error": "no"}', "400 X"), AuthFailed, "credentials_refused"),
        (http(b"", "401 X"), AuthFailed, "credentials_refused"),
        (http(b"", "500 X"), Unavailable, "server_error"),
    ],
)
def test_log_in_that_fails_is_about_us_not_the_subscriber(conn, platform, login, kind, code):
    platform.login = login
    with pytest.raises(kind) as caught:
        suspend(TOKEN, conn)
    assert caught.value.code == code
    assert not any("POST /suspend" in call for call in platform.calls)


def test_check_shows_the_log_in_as_a_step(conn, platform):
    gateway = RecipeGateway(read_recipe(BASE + TOKEN))
    assert [(step.name, step.ok) for step in gateway.check(conn)] == [("params", True), ("credentials", True)]
    platform.login = http(b"", "401 X")
    conn.cache.clear()
    assert [(step.name, step.code) for step in gateway.check(conn)][-1] == ("credentials", "credentials_refused")
