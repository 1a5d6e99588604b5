"""Which addresses may be reached: every class that ``ipaddress`` lets slip."""

import socket
import threading
from ipaddress import ip_network

import pytest

from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.egress import AddressRefused, EgressPolicy, resolve
from webapp.gateways.errors import EgressRefused, Unavailable
from webapp.gateways.http import HttpRequest

REFUSED = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.31.9.9",
    "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1",
    "4000::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
FORGED = [
    "http://127.0.0.1:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[::1]:{port}/", "http://localhost:{port}/",
    "http://localhost.:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/", "http://①②⑦.⓪.⓪.①:{port}/",
    "http://user@127.0.0.1:{port}/", "http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.com/",
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "ftp://127.0.0.1/", "http:///x", "http://", "", "//127.0.0.1/",
    "http://127.0.0.1:99999/", "http://exa mple.com/", "http://exam\r\nple.com/", "http://.example.com/",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_special_address_is_refused(address):
    assert EgressPolicy().refusal(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "200.160.2.3", "2804:14d:1::1", "2606:4700::1111", "172.32.0.1"])
def test_public_address_is_permitted(address):
    assert EgressPolicy().refusal(address) is None


@pytest.mark.parametrize("port", [22, 25, 6379, 5432])
def test_port_that_speaks_no_http_is_refused(port):
    assert EgressPolicy().refusal("8.8.8.8", port) == "port"


def test_allow_list_opens_only_its_own_range():
    policy = EgressPolicy((ip_network("10.20.0.0/24"),))
    assert policy.refusal("10.20.0.9") is None
    assert policy.refusal("10.20.1.9") == "private"
    assert policy.refusal("127.0.0.1") == "loopback"


def test_allow_list_holds_for_the_mapped_form_and_no_other():
    policy = EgressPolicy((ip_network("127.0.0.0/8"),))
    assert policy.refusal("::ffff:127.0.0.1") is None
    assert policy.refusal("::ffff:10.0.0.1") == "mapped"
    assert policy.refusal("::127.0.0.1") == "mapped"
    assert policy.refusal("64:ff9b::7f00:1") == "nat64"


def test_name_with_public_and_private_address_keeps_only_the_public_one():
    infos = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("10.0.0.1", "8.8.8.8")]
    assert [info[4][0] for info in EgressPolicy().permitted("x.example.com", 443, infos)] == ["8.8.8.8"]


def test_name_with_private_addresses_only_is_refused_with_its_class():
    with pytest.raises(AddressRefused) as caught:
        EgressPolicy().permitted("x.example.com", 443, [(socket.AF_INET, 1, 6, "", ("100.64.0.1", 443))])
    assert caught.value.reason == "carrier_nat"


@pytest.mark.parametrize("url", FORGED)
def test_forged_url_makes_no_connection(make_client, url):
    with LoopbackServer(always(http())) as server:
        client = make_client(policy=EgressPolicy())
        with pytest.raises((EgressRefused, Unavailable)) as caught:
            client.send(HttpRequest("GET", url.format(port=server.port)))
        assert server.connections == 0
        assert "user@" not in caught.value.exchange.url


def test_rebinding_name_is_judged_on_the_address_that_is_used(make_client, monkeypatch):
    asked = []

    def rebinding(host, port, *rest):
        asked.append(host)
        address = "8.8.8.8" if len(asked) > 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(EgressRefused) as caught:
        make_client(policy=EgressPolicy()).send(HttpRequest("GET", "http://rebind.example.com/"))
    assert caught.value.params["address"] == "169.254.169.254"
    assert asked == ["rebind.example.com"]


def test_name_is_looked_up_once_per_connection(make_client, monkeypatch):
    asked = []

    def to_loopback(host, port, *rest):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)
    with LoopbackServer(always(http())) as server:
        make_client().send(HttpRequest("GET", f"http://platform.example.com:{server.port}/x"))
    assert asked == ["platform.example.com"]
    assert b"Host: platform.example.com:" in server.requests[0]


def test_name_server_without_answer_is_given_up_in_time(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest: [] if released.wait(5) else [])
    with pytest.raises(OSError, match=r"slow\.example\.com"):
        resolve("slow.example.com", 80, 0.05)
    released.set()
