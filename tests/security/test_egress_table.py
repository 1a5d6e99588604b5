"""No address leads inside: whoever writes it, wherever it is written, whatever a name leads to a moment later."""

import random
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.connect_guard import ConnectRefused, guarded
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import EgressRefused, GatewayError
from webapp.gateways.http import HttpClient, HttpRequest
from webapp.services import channel_plugins
from webapp.services.channel_plugins import Sending, Text

TIMES = 1000
METADATA, PUBLIC = "169.254.169.254", "198.41.0.4"
# What a name may lead to inside; each class of the table once.
INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.9.9", "192.168.0.10", METADATA, "100.64.7.7", "0.0.0.0", "::1", "fd00::1",
    "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
)  # fmt: skip
MESSAGE = Text("Sintonia", "one line")


class Connections:
    """Counts what would leave this machine, or go inside, and lets none of it out."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def connect(self, _socket: socket.socket, address: Any) -> None:
        self.made.append(address[0])
        raise ConnectionRefusedError("no connection leaves a test")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    seen = Connections()

    class Counted(socket.socket):
        def connect(self, address: Any) -> None:
            seen.connect(self, address)

    monkeypatch.setattr(socket, "socket", Counted)
    return seen


@pytest.fixture
def client() -> Iterator[HttpClient]:
    made = HttpClient(EgressPolicy())
    yield made
    made.close()


@pytest.fixture
def near_client() -> Iterator[HttpClient]:
    """One that may reach this machine."""
    made = HttpClient(EgressPolicy((ip_network("127.0.0.0/8"),)))
    yield made
    made.close()


def resolver(*answers: str) -> Callable[..., list[Any]]:
    """Return a name server that gives one answer after the other; the last one for ever."""
    left = list(answers)

    def look_up(host: str, port: int, *_rest: Any, **_options: Any) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return look_up


def test_rebinding_name_never_leads_inside(
    client: HttpClient, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    for turn in range(TIMES):
        inside = chance.choice(INSIDE)
        answers = [PUBLIC, inside] if turn % 2 else [inside, PUBLIC]
        monkeypatch.setattr(socket, "getaddrinfo", resolver(*answers))
        # Whoever judged the first answer and connected to the second would connect inside.
        with pytest.raises(GatewayError) as caught:
            client.send(HttpRequest("GET", f"http://rebind-{turn}.example.com/"))
        assert isinstance(caught.value, EgressRefused) == (not turn % 2), inside
    assert set(connections.made) == {PUBLIC}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_that_leads_inside_is_not_followed(near_client: HttpClient, status: int) -> None:
    with LoopbackServer(always(http())) as inside:
        answer = http(b"{}", f"{status} Found", f"Location: {inside.url}/secret")
        with LoopbackServer(always(answer)) as platform:
            response = near_client.send(HttpRequest("GET", platform.url))
            assert (response.status, inside.connections) == (status, 0)


def test_channel_whose_name_changes_after_the_look_sends_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of loopback, this one plays the address where clouds keep credentials: nothing else would ever refuse it.
    monkeypatch.setattr(channel_plugins, "METADATA", frozenset((METADATA, "127.0.0.2")))
    with LoopbackServer(always(http())) as credentials:
        for turn in range(20):
            # Looked at once by us; the library looks again when it connects.
            monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1", "127.0.0.2"))
            sent = Sending(turn, f"json://rebind.example.com:{credentials.port}/hook", MESSAGE).result()
            assert (sent.code, credentials.connections) == ("channel_server_refused", 0)


def test_guard_stops_a_connection_before_it_is_made_and_only_in_its_own_block() -> None:
    with LoopbackServer(always(http())) as server:
        with guarded(lambda ip, port: ip == "127.0.0.2") as watch, pytest.raises(ConnectRefused):
            socket.create_connection(("127.0.0.1", server.port), 1)
        assert (watch.refused, server.connections) == (["127.0.0.1"], 0)
        socket.create_connection(("127.0.0.1", server.port), 1).close()


def test_guard_refuses_a_name_where_an_address_belongs() -> None:
    with guarded(lambda ip, port: True), socket.socket() as plain, pytest.raises(ConnectRefused):
        plain.connect(("localhost", 80))


def test_guard_refuses_datagrams_and_sockets_of_this_machine() -> None:
    with guarded(lambda ip, port: False) as watch:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram, pytest.raises(ConnectRefused):
            datagram.sendto(b"x", ("127.0.0.1", 9))
        with socket.socket(socket.AF_UNIX) as local, pytest.raises(ConnectRefused):
            local.connect("/nowhere")
    assert watch.refused == ["127.0.0.1", ""]
