"""A token that a code buys, and the code comes to our redirect address or in the answer. Rows: test_a1_..."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.gateways.people import NOW, make_subject
from tests.gateways.recipe.door import PARAMS, Door, MemoryCodes, MemoryTokens, ending, gateway, said, suspend
from tests.gateways.servers import LoopbackServer
from webapp.gateways.contract import Connection, Operation
from webapp.gateways.errors import AuthFailed, Unavailable

REDIRECT = "https://hub.example.com/callback/c4llback-t0ken/code"
CODE = """
[auth]
kind = "code"
token = "body.Result[0].access_token"
lifetime_s = 28800
headers = { Authorization = "Bearer {{ token }}" }
[auth.request]
method = "POST"
url = "{{ params.url }}/oauth/token"
form = { client_id = "{{ params.user }}", client_secret = "{{ params.pw }}", code = "{{ code }}", grant = "password" }
[auth.code]
inline = "body.Result.code"
wait_s = 1
state_field = "uid"
[auth.code.request]
method = "POST"
url = "{{ params.url }}/oauth/authenticate"
form = { client_id = "{{ params.user }}", redirect_url = "{{ hub.redirect_url }}", uid = "{{ state }}" }
"""


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    door.on["/oauth/authenticate"] = lambda asked: said({"Result": {"success": True}})
    door.on["/oauth/token"] = lambda asked: (
        said({"Result": [{"access_token": door.new_token()}]})
        if asked.form["code"].startswith("c0de-")
        else said({"HasError": True}, "400 No")
    )
    with LoopbackServer(door.respond) as server:
        door.url = server.url
        yield door


@pytest.fixture
def conn(connect, door: Door) -> Connection:
    conn = connect({**PARAMS, "url": door.url})
    conn.redirect_url, conn.codes, conn.tokens = REDIRECT, MemoryCodes(), MemoryTokens()
    return conn


def delivering(door: Door, conn: Connection) -> None:
    """Let the platform deliver a code, with our state, while it is being asked."""

    def ask(asked):
        conn.codes.came[asked.form["uid"]] = f"c0de-{len(conn.codes.expected)}-xyz"
        return said({"Result": {"success": True}})

    door.on["/oauth/authenticate"] = ask


def test_a1_code_that_is_delivered_buys_the_token(conn, door):
    delivering(door, conn)
    assert suspend(CODE, conn).outcome == "ok"
    assert door.last("/oauth/authenticate").form["redirect_url"] == REDIRECT
    assert door.last("/oauth/token").form["code"] == "c0de-1-xyz"
    assert door.last("/suspend").headers["authorization"] == "Bearer Tok3n-nr-001"


def test_a1_code_in_the_answer_is_taken_without_waiting(conn, door):
    door.on["/oauth/authenticate"] = lambda asked: said({"Result": {"code": "c0de-inline"}})
    conn.codes = None
    suspend(CODE, conn)
    assert door.last("/oauth/token").form["code"] == "c0de-inline"


def test_a1_state_is_new_every_time_and_cannot_be_guessed(conn, door):
    delivering(door, conn)
    suspend(CODE, conn)
    conn.now = lambda: NOW + timedelta(hours=9)
    suspend(CODE, conn)
    first, second = conn.codes.expected
    assert first != second
    assert min(len(first), len(second)) >= 32
    assert door.last("/oauth/authenticate").form["uid"] == second


def test_a1_code_that_never_comes_says_what_to_do_and_keeps_the_address_secret(conn, door):
    with pytest.raises(AuthFailed) as caught:
        suspend(CODE, conn)
    assert (caught.value.code, caught.value.params) == (
        "code_not_delivered", {"host": "hub.example.com", "seconds": 1}
    )  # fmt: skip
    assert door.count("/oauth/token") == 0


def test_a1_code_of_another_state_is_not_taken(conn, door):
    conn.codes.came["somebody-elses-state"] = "c0de-evil"
    with pytest.raises(AuthFailed):
        suspend(CODE, conn)
    assert door.count("/oauth/token") == 0


def test_a1_try_out_that_would_have_to_wait_says_so(conn, door):
    conn.codes = None
    with pytest.raises(AuthFailed) as caught:
        suspend(CODE, conn)
    assert caught.value.code == "code_needs_integration"


def test_a1_hub_without_an_address_of_its_own_says_so(conn, door):
    conn.redirect_url = ""
    with pytest.raises(AuthFailed) as caught:
        suspend(CODE, conn)
    assert caught.value.code == "redirect_url_unknown"


def test_a1_refusal_to_give_a_code_is_told_as_it_is(conn, door):
    door.on["/oauth/authenticate"] = lambda asked: said({"error": "invalid_client"}, "401 No")
    with pytest.raises(AuthFailed) as caught:
        suspend(CODE, conn)
    assert caught.value.code == "credentials_refused"
    door.on["/oauth/authenticate"] = lambda asked: said("", "503 Busy")
    with pytest.raises(Unavailable):
        suspend(CODE, conn)


def test_a1_token_of_a_code_is_kept_for_all_processes(conn, door, connect):
    delivering(door, conn)
    suspend(CODE, conn)
    other = connect(dict(conn.params))
    other.tokens, other.codes, other.redirect_url = conn.tokens, conn.codes, conn.redirect_url
    suspend(CODE, other)
    assert door.count("/oauth/authenticate") == 1


def test_a1_eight_threads_ask_for_one_code(conn, door):
    delivering(door, conn)
    one, barrier = gateway(CODE), threading.Barrier(8)
    outcomes: list[str] = []
    threads = [threading.Thread(target=lambda: (barrier.wait(), outcomes.append(ending(one, conn)))) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert outcomes == ["ok"] * 8
    assert (len(conn.codes.expected), door.count("/oauth/token")) == (1, 1)


def test_recipe_with_a_code_says_that_it_needs_our_redirect_address():
    traits = gateway(CODE).traits
    assert (traits.needs_redirect, traits.redirect_fields) == (True, ("code", "uid"))
    assert not gateway("").traits.needs_redirect


def test_preview_asks_for_no_code(conn, door):
    gateway(CODE).preview(conn, Operation.SUSPEND, make_subject(), "k")
    assert door.asked == []
