"""Whoever calls again and again, from everywhere, or slowly, learns nothing and keeps nobody out."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from urllib.request import urlopen

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from webapp import counts
from webapp.counts import BoundedCounts
from webapp.jobs import server as serving
from webapp.jobs import slow
from webapp.services import callback, integrations, throttle
from webapp.services.callback import PER_ADDRESS

MANY, SILENT, PATIENCE_S = 5_000, 150, 30.0


def addresses(network: str) -> Iterator[str]:
    yield from (f"{network}{number >> 16:x}:{number & 0xFFFF:x}" for number in range(1, 1 << 32))


def test_table_of_those_who_are_counted_stays_small_and_keeps_who_did_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST", 1_000)
    table = BoundedCounts()
    for _turn in range(300):
        table.incr("guesser", 300)
    sizes = set()
    for address in islice(addresses("2001:db8::"), MANY):
        table.incr(address, 300)
        sizes.add(len(table))
    assert (max(sizes) <= 1_000, table.get("guesser")) == (True, 300)


def test_windows_that_are_over_leave_the_table_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST", 10)
    table, now = BoundedCounts(), [0.0]
    monkeypatch.setattr(counts, "monotonic_s", lambda: now[0])
    for number in range(9):
        table.incr(f"old-{number}", 60, 100)
    table.incr("young", 600)
    now[0] = 61.0
    table.incr("new", 60)
    assert (table.get("young"), table.get("new"), table.reset()) == (1, 1, 2)


@pytest.mark.parametrize(
    ("address", "meant"),
    [("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"), ("192.0.2.7", "192.0.2.7"),
     ("fe80::1%eth0", "fe80::/64"), ("", "")],
)  # fmt: skip
def test_who_has_a_whole_network_is_counted_as_one(address: str, meant: str) -> None:
    assert throttle.network_of(address) == meant


def test_guesses_from_many_addresses_of_one_network_are_stopped_and_the_neighbour_goes_on(
    app: APIFlask, anonymous: Browser
) -> None:
    for address in islice(addresses("2001:db8:0:1::"), PER_ADDRESS.times):
        throttle.hit(PER_ADDRESS, address)
    answers = {
        network: anonymous.get("/callback/guess", environ_base={"REMOTE_ADDR": f"{network}ffff:1"}).status_code
        for network in ("2001:db8:0:1::", "2001:db8:0:2::")
    }
    assert answers == {"2001:db8:0:1::": 429, "2001:db8:0:2::": 404}


def test_whoever_guesses_tokens_is_refused_wherever_he_knocks(
    app: APIFlask, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = replace(PER_ADDRESS, times=30)
    monkeypatch.setattr(callback, "PER_ADDRESS", limit)
    integration = factories.make_integration(gateway="nx_play")
    right = "/" + integrations.callback_url(integration).split("/", 1)[1]
    refused = [anonymous.get(f"/callback/{number}").status_code for number in range(limit.times + 10)]
    assert (set(refused[: limit.times]), set(refused[limit.times :])) == ({404}, {429})
    # No answer tells any more whether a token is right.
    for path in (right, f"{right}/event", f"{right}/code"):
        assert anonymous.get(path).status_code == 429


@contextmanager
def listening(app: APIFlask) -> Iterator[int]:
    server = serving.make_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(PATIENCE_S)


def answer_of(port: int, path: str = "/healthz") -> int:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S) as answer:  # noqa: S310
        return int(answer.status)


def closed_after(sock: socket.socket, sent: bytes) -> float:
    """Return how long a connection lives over which something is sent again and again."""
    begun = time.monotonic()
    sock.settimeout(0.2)
    while time.monotonic() - begun < PATIENCE_S:
        try:
            sock.sendall(sent)
            if sock.recv(1) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begun


def test_silent_connections_keep_nobody_out(app: APIFlask) -> None:
    with listening(app) as port, ExitStack() as held:
        for number in range(SILENT):
            sock = held.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
            sock.sendall(b"GET / HTTP/1.1\r\nX-Slow: " if number % 2 else b"")
        assert answer_of(port) == 200


@pytest.mark.parametrize("sent", [b"", b"x"], ids=["nothing", "drop by drop"])
def test_request_that_never_becomes_one_ends(app: APIFlask, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "HEADERS_S", 1)
    monkeypatch.setattr(serving, "CLEAN_EVERY_S", 1)
    with listening(app) as port, socket.create_connection(("127.0.0.1", port), PATIENCE_S) as sock:
        if sent:
            sock.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert closed_after(sock, sent) < PATIENCE_S


def test_body_that_comes_slowly_but_in_time_is_taken(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "HEADERS_S", 1)
    monkeypatch.setattr(serving, "CLEAN_EVERY_S", 1)
    with listening(app) as port, socket.create_connection(("127.0.0.1", port), PATIENCE_S) as sock:
        sock.sendall(b"POST /callback/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n")
        for _drop in range(12):
            sock.sendall(b"x")
            time.sleep(0.2)
        assert b" 404 " in sock.recv(100)
