"""Tokens: where they stand, how long they live, who may fetch one. Rows of facts: test_a2_..."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.gateways.people import NOW
from tests.gateways.recipe.door import PARAMS, Door, MemoryTokens, ending, gateway, said, suspend
from tests.gateways.servers import LoopbackServer
from webapp.gateways.contract import Connection
from webapp.gateways.errors import AuthFailed, ContractBroken, Unavailable

CALL = """
[auth.request]
method = "POST"
url = "{{ params.url }}/login"
form = { grant_type = "client_credentials", client_id = "{{ params.user }}", client_secret = "{{ params.pw }}" }
"""
BEARER = '[auth]\nkind = "token"\nheaders = { Authorization = "Bearer {{ token }}" }\n'
REFRESH = """
[auth.refresh]
method = "POST"
url = "{{ params.url }}/refresh"
form = { grant_type = "refresh_token", refresh_token = "{{ refresh_token }}" }
"""
ROTATING = BEARER + 'refresh_token = "body.refresh_token"\nlifetime = "body.expires_in"\n' + CALL + REFRESH


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    door.on["/login"] = lambda asked: said({"access_token": door.new_token()})
    with LoopbackServer(door.respond) as server:
        door.url = server.url
        yield door


@pytest.fixture
def conn(connect, door: Door) -> Connection:
    return connect({**PARAMS, "url": door.url})


def another(conn: Connection, connect) -> Connection:
    """The same integration in another process."""
    other = connect(dict(conn.params))
    other.tokens = conn.tokens
    return other


def rotating(door: Door) -> None:
    """Log in once; from then on each refresh token is good for one use, and a new token kills the old."""
    refreshes: set[str] = set()

    def answer() -> bytes:
        refreshes.clear()
        token = door.new_token(alone=True)
        refreshes.add(f"R3fresh-{token}")
        return said({"access_token": token, "refresh_token": f"R3fresh-{token}", "expires_in": 100})

    door.on["/login"] = lambda asked: answer()
    door.on["/refresh"] = lambda asked: (
        answer() if asked.form["refresh_token"] in refreshes else said({"error": "invalid_grant"}, "400 No")
    )


def test_oauth_client_credentials_are_sent_as_a_form(conn, door):
    suspend(BEARER + CALL, conn)
    asked = door.last("/login")
    assert asked.form == {"grant_type": "client_credentials", "client_id": "prov", "client_secret": "geheim-1"}
    assert door.last("/suspend").headers["authorization"] == "Bearer Tok3n-nr-001"


def test_oauth_password_grant_with_basic_is_sayable(conn, door):
    words = CALL.replace("client_credentials", "password") + (
        "headers = { Authorization = \"Basic {{ (params.user ~ ':' ~ params.pw) | base64 }}\" }\n"
    )
    suspend(BEARER + words, conn)
    assert door.last("/login").headers["authorization"] == "Basic cHJvdjpnZWhlaW0tMQ=="
    assert door.last("/login").form["grant_type"] == "password"


def test_a2_token_deep_in_the_body_with_a_fixed_lifetime_is_renewed_early(conn, door):
    door.on["/login"] = lambda asked: said({"Result": [{"access_token": door.new_token()}]})
    words = BEARER + 'token = "body.Result[0].access_token"\nlifetime_s = 28800\nrenew_early_s = 7200\n' + CALL
    suspend(words, conn)
    conn.now = lambda: NOW + timedelta(seconds=21_599)
    suspend(words, conn)
    assert door.count("/login") == 1
    conn.now = lambda: NOW + timedelta(seconds=21_600)
    suspend(words, conn)
    assert door.count("/login") == 2


@pytest.mark.parametrize(
    ("stated", "unit", "good_s", "over_s"),
    [
        (100, "s", 99, 100),
        ("100", "s", 99, 100),
        (100_000, "ms", 99, 100),
        (0, "s", 3599, 3600),
        ("soon", "s", 3599, 3600),
        (-5, "s", 3599, 3600),
        (1e300, "s", 86_400 * 3000, None),
    ],
)
def test_stated_lifetime_counts_and_an_impossible_one_does_not(conn, door, stated, unit, good_s, over_s):
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(), "expires_in": stated})
    words = BEARER + f'lifetime = "body.expires_in"\nlifetime_unit = "{unit}"\nrenew_early_s = 0\n' + CALL
    suspend(words, conn)
    conn.now = lambda: NOW + timedelta(seconds=good_s)
    suspend(words, conn)
    assert door.count("/login") == 1
    if over_s:
        conn.now = lambda: NOW + timedelta(seconds=over_s)
        suspend(words, conn)
        assert door.count("/login") == 2


def test_a3_only_the_stated_success_code_brings_a_token(conn, door):
    words = BEARER + CALL + "success_status = [201]\n"
    door.on["/login"] = lambda asked: said({"access_token": door.new_token()}, "201 Created")
    suspend(words, conn)
    assert door.count("/suspend") == 1
    conn.cache.clear()
    door.on["/login"] = lambda asked: said({"access_token": "not-yet-valid"}, "200 OK")
    with pytest.raises(ContractBroken) as caught:
        suspend(words, conn)
    assert caught.value.code == "status_unexpected"
    assert door.count("/suspend") == 1


def test_a4_the_whole_body_is_the_token(conn, door):
    door.on["/login"] = lambda asked: said(door.new_token() + "\n")
    suspend(BEARER + 'token = "body"\nlifetime_s = 600\n' + CALL + 'answer = "text"\n', conn)
    assert door.last("/suspend").headers["authorization"] == "Bearer Tok3n-nr-001"


def test_a6_refused_token_in_a_200_is_renewed_once_and_the_call_repeated(conn, door):
    words = BEARER + CALL + '[defaults]\noutcomes = [{ when = "body.error", is = "auth" }]\n'
    suspend(words, conn)
    door.good.clear()
    door.refusal = said({"error": "Token expirado"})
    assert suspend(words, conn).outcome == "ok"
    assert (door.count("/login"), door.count("/suspend")) == (2, 3)


def test_a6_token_that_is_refused_in_a_200_for_ever_fails_after_two_calls(conn, door):
    words = BEARER + CALL + '[defaults]\noutcomes = [{ when = "body.error", is = "auth" }]\n'
    door.refusal = said({"error": "Token expirado"})
    door.on["/login"] = lambda asked: said({"access_token": "never-g00d"})
    with pytest.raises(AuthFailed):
        suspend(words, conn)
    assert (door.count("/login"), door.count("/suspend")) == (2, 2)


def test_a7_sixteen_threads_make_one_log_in_and_share_its_token(conn, door):
    one, barrier = gateway(BEARER + CALL), threading.Barrier(16)
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    outcomes = _at_once(16, lambda: (barrier.wait(), ending(one, conn)))
    assert outcomes == ["ok"] * 16
    assert (door.count("/login"), door.count("/suspend")) == (1, 16)


def test_a7_sixteen_threads_whose_token_was_killed_make_one_new_log_in(conn, door):
    one, barrier = gateway(BEARER + CALL), threading.Barrier(16)
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    ending(one, conn)
    door.good.clear()
    assert _at_once(16, lambda: (barrier.wait(), ending(one, conn))) == ["ok"] * 16
    assert door.count("/login") == 2


def test_threads_that_wait_for_a_log_in_share_its_failure_and_the_next_one_tries_anew(conn, door):
    one, waiting = gateway(BEARER + CALL), threading.Barrier(8)
    entered = threading.Event()

    def slowly_no(asked):
        entered.wait(0.15)
        return said({"error": "locked"}, "401 No")

    door.on["/login"] = slowly_no
    assert set(_at_once(8, lambda: (waiting.wait(), ending(one, conn)))) == {"credentials_refused"}
    assert door.count("/login") == 1
    door.on["/login"] = lambda asked: said({"access_token": door.new_token()})
    assert ending(one, conn) == "ok"


def test_a7_two_processes_share_one_kept_token(conn, door, connect):
    conn.tokens = MemoryTokens()
    other = another(conn, connect)
    words = BEARER + "keep = true\n" + CALL
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    for process in (conn, other, conn, other):
        suspend(words, process)
    assert door.count("/login") == 1
    door.good.clear()
    for process in (conn, other, conn, other):
        suspend(words, process)
    # The second process meets the dead token too, and takes over what the first one fetched.
    assert door.count("/login") == 2


def test_a7_two_processes_at_once_make_one_log_in(conn, door, connect):
    conn.tokens = MemoryTokens()
    processes = [conn, another(conn, connect)]
    one, barrier = gateway(BEARER + "keep = true\n" + CALL), threading.Barrier(2)
    door.on["/login"] = lambda asked: said({"access_token": door.new_token(alone=True)})
    outcomes = _at_once(2, lambda: (barrier.wait(), ending(one, processes.pop())))
    assert outcomes == ["ok"] * 2
    assert door.count("/login") == 1


def test_kept_token_outlives_a_restart_until_it_is_due(conn, door, connect):
    conn.tokens = MemoryTokens()
    words = BEARER + "keep = true\nlifetime_s = 100\nrenew_early_s = 0\n" + CALL
    suspend(words, conn)
    suspend(words, another(conn, connect))
    assert door.count("/login") == 1
    late = another(conn, connect)
    late.now = lambda: NOW + timedelta(seconds=100)
    suspend(words, late)
    assert door.count("/login") == 2


def test_token_that_is_not_kept_stays_out_of_the_store(conn, door):
    conn.tokens = MemoryTokens()
    suspend(BEARER + CALL, conn)
    assert conn.tokens.text == ""


def test_refresh_token_rotates_with_every_use(conn, door):
    rotating(door)
    conn.tokens = MemoryTokens()
    for number in range(4):
        conn.now = lambda past=number: NOW + timedelta(seconds=60 * past)
        suspend(ROTATING, conn)
    assert (door.count("/login"), door.count("/refresh")) == (1, 3)
    assert conn.tokens.load()["refresh"] == "R3fresh-Tok3n-nr-004"


def test_refresh_token_is_used_by_the_process_that_comes_after(conn, door, connect):
    rotating(door)
    conn.tokens = MemoryTokens()
    suspend(ROTATING, conn)
    later = another(conn, connect)
    later.now = lambda: NOW + timedelta(seconds=60)
    suspend(ROTATING, later)
    conn.now = later.now
    suspend(ROTATING, conn)
    assert (door.count("/login"), door.count("/refresh")) == (1, 1)


def test_refused_refresh_token_leads_back_to_the_log_in_once(conn, door):
    rotating(door)
    suspend(ROTATING, conn)
    door.on["/refresh"] = lambda asked: said({"error": "invalid_grant"}, "400 No")
    conn.now = lambda: NOW + timedelta(seconds=60)
    suspend(ROTATING, conn)
    assert (door.count("/login"), door.count("/refresh")) == (2, 1)


def test_refresh_that_gets_no_answer_is_no_refusal(conn, door):
    rotating(door)
    suspend(ROTATING, conn)
    door.on["/refresh"] = lambda asked: said("", "503 Busy")
    conn.now = lambda: NOW + timedelta(seconds=60)
    with pytest.raises(Unavailable):
        suspend(ROTATING, conn)
    assert door.count("/login") == 1


def test_answer_without_a_new_refresh_token_leaves_the_old_one_good(conn, door):
    rotating(door)
    suspend(ROTATING, conn)
    door.on["/refresh"] = lambda asked: said({"access_token": door.new_token(), "expires_in": 100})
    for past in (60, 120, 180):
        conn.now = lambda past=past: NOW + timedelta(seconds=past)
        suspend(ROTATING, conn)
    assert {asked.form["refresh_token"] for asked in door.asked if asked.path == "/refresh"} == {"R3fresh-Tok3n-nr-001"}
    assert (door.count("/login"), door.count("/refresh")) == (1, 3)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (said({"ok": True}), AuthFailed, "token_missing"),
        (said(""), AuthFailed, "token_missing"),
        (said("<html><body>Login</body></html>", "200 OK"), AuthFailed, "token_missing"),
        (said({"access_token": ["a", "b"]}), AuthFailed, "token_missing"),
        (said({"access_token": "two\r\nlines"}), AuthFailed, "token_missing"),
        (said("", "302 Found", "Location: /login.html"), ContractBroken, "redirect"),
        (said("", "429 Slow", "Retry-After: 7"), Unavailable, "throttled"),
        (said("", "500 X"), Unavailable, "server_error"),
        (said({"error": "invalid_client"}, "400 No"), AuthFailed, "credentials_refused"),
    ],
)
def test_log_in_without_a_token_never_leads_to_a_call(conn, door, answer, kind, code):
    door.on["/login"] = lambda asked: answer
    with pytest.raises(kind) as caught:
        suspend(BEARER + CALL, conn)
    assert caught.value.code == code
    assert door.count("/suspend") == 0


def test_log_in_that_is_never_answered_is_tried_later(conn, door):
    door.on["/login"] = lambda asked: b""
    conn.http.total_timeout_s = 0.2
    with pytest.raises(Unavailable):
        suspend(BEARER + CALL, conn)
    assert door.count("/suspend") == 0


@pytest.mark.parametrize(
    ("word", "value", "code"),
    [("form = { id = '{{ params.user | int }}' }", "prov", "value_unfit"),
     ("headers = { X-User = '{{ params.user }}' }", "a\nb", "header_value_refused")],
)  # fmt: skip
def test_unfit_param_of_the_log_in_is_about_us_not_the_subscriber(conn, door, word, value, code):
    conn.params["user"] = value
    with pytest.raises(AuthFailed) as caught:
        suspend(f'{BEARER}[auth.request]\nmethod = "POST"\nurl = "{{{{ params.url }}}}/login"\n{word}\n', conn)
    assert caught.value.code == code
    assert door.asked == []


def _at_once(count, act):
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(act()[1])) for _ in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return outcomes
