"""Recipe calls and inner addresses: whatever the address looks like, no connection is made."""

import socket

import pytest

from tests.gateways.people import make_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Operation
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import GatewayError
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

RECIPE = """
key = "x"
label = "X"
status = "observed"
guarantee = "at_most_one"
local = ["update", "suspend", "enable", "cancel"]
[params.base_uri]
label = "Address"
[params.place]
label = "Place"
[operations.create]
method = "POST"
url = "{{ params.base_uri }}/people"
json = { mail = "{{ account.login }}" }
[operations.check]
url = "{{ params.base_uri }}/me"
[operations.notify]
url = "http://{{ params.place }}/changed"
[operations.resend_activation]
url = "https://api.example.com/{{ params.place }}/x"
"""
GATEWAY = RecipeGateway(read_recipe(RECIPE))
# Every class of special address, and every way to write loopback that some reader takes for a public name.
LITERALS = [
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001",
    "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "①②⑦.⓪.⓪.①", "127。0。0。1", "[::1]", "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "user@127.0.0.1", "user:pw@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1%2f.example.com",
    "127.0.0.1%00.example.com",
    "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fc00::1]",
    "[fd12::1]",
    "[fec0::1]", "[ff02::1]", "[2001::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[100::1]", "[64:ff9b:1::1]",
]  # fmt: skip
ODD = [
    "http://127.0.0.1:{port}\\@example.com", "http://example.com\\@127.0.0.1:{port}", "http:/127.0.0.1:{port}",
    "//127.0.0.1:{port}",
    "HTTP://127.0.0.1:{port}", " http://127.0.0.1:{port}", "http://127.0.0.1:{port}#", "http://127.0.0.1:{port}?",
    "http://\t127.0.0.1:{port}",
    "http://127.0.0.1:{port}/..", "file:///etc/passwd", "gopher://127.0.0.1:{port}", "ftp://127.0.0.1:{port}",
    "dict://127.0.0.1:{port}",
    "unix:///tmp/x", "javascript:alert(1)", "data:text/plain,x", "127.0.0.1:{port}", "", "http://",
]  # fmt: skip


@pytest.fixture
def server():
    with LoopbackServer(always(http(b'{"id": 1}'))) as running:
        yield running


@pytest.fixture
def closed(connect):
    """Connect a hub that may reach public addresses only."""
    return lambda **params: connect(params, policy=EgressPolicy())


@pytest.fixture
def dialled(monkeypatch):
    """Note every address to which a socket is connected, and let none through."""
    addresses = []

    def connect(self, address):
        addresses.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", numeric_only(socket.getaddrinfo))
    return addresses


def numeric_only(real):
    """Ask no name server of the machine; its own names are loopback."""

    def look_up(host, port, family=0, kind=0, proto=0, _flags=0):
        name = "127.0.0.1" if str(host).rstrip(".").lower() == "localhost" else host
        return real(name, port, family, kind, proto, socket.AI_NUMERICHOST)

    return look_up


@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_j1_recipe_whose_address_is_inner_or_special_makes_no_connection(closed, dialled, literal, scheme):
    conn = closed(base_uri=f"{scheme}://{literal}", place="x")
    with pytest.raises(GatewayError):
        GATEWAY.send(conn, Operation.CREATE, make_subject(), "k")
    assert dialled == []


@pytest.mark.parametrize("url", ODD)
def test_j1_address_that_is_hardly_one_makes_no_connection(closed, server, url):
    conn = closed(base_uri=url.format(port=server.port), place="x")
    with pytest.raises(GatewayError):
        GATEWAY.send(conn, Operation.CREATE, make_subject(), "k")
    assert server.connections == 0


@pytest.mark.parametrize("port", [1, 22, 25, 5432, 6379, 11211])
def test_j1_port_that_speaks_no_http_is_not_dialled(closed, dialled, port):
    with pytest.raises(GatewayError):
        GATEWAY.send(closed(base_uri=f"http://8.8.8.8:{port}", place="x"), Operation.CREATE, make_subject(), "k")
    assert dialled == []


@pytest.mark.parametrize(
    "place", ["127.0.0.1:{port}", "127.0.0.1:{port}/..", "x@127.0.0.1:{port}", "127.0.0.1:{port}#"]
)
def test_j1_value_inside_an_address_cannot_lead_elsewhere(closed, server, dialled, place):
    conn = closed(base_uri="x", place=place.format(port=server.port))
    for operation in (Operation.NOTIFY, Operation.RESEND_ACTIVATION):
        shown = GATEWAY.preview(conn, operation, make_subject(), "k").url
        assert f"127.0.0.1:{server.port}" not in shown
        with pytest.raises(GatewayError):
            GATEWAY.send(conn, operation, make_subject(), "k")
    assert dialled == []


def test_j1_check_of_an_inner_address_is_told_and_makes_no_connection(closed, server):
    steps = GATEWAY.check(closed(base_uri=server.url, place="x"))
    assert (steps[-1].ok, steps[-1].code, server.connections) == (False, "address_refused", 0)


def test_j2_name_that_changes_between_look_ups_is_judged_on_the_address_that_is_dialled(closed, dialled, monkeypatch):
    answers = iter(["169.254.169.254", "8.8.8.8", "127.0.0.1", "10.0.0.1"] * 50)

    def rebinding(host, port, *rest, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    for _ in range(100):
        with pytest.raises(GatewayError):
            GATEWAY.send(closed(base_uri="http://rebind.example.com", place="x"), Operation.CREATE, make_subject(), "k")
    assert set(dialled) <= {"8.8.8.8"}


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_j3_redirect_to_an_inner_address_is_not_followed(connect, server, status):
    moved = always(http(b"", status, f"Location: {server.url}/secret"))
    with LoopbackServer(moved) as outer, pytest.raises(GatewayError) as caught:
        GATEWAY.send(connect({"base_uri": outer.url, "place": "x"}), Operation.CREATE, make_subject(), "k")
    assert (caught.value.code, server.connections) == ("redirect", 0)
