"""The one way out, against real sockets and against ``responses`` at the adapter."""

import gc
import gzip
import json
import resource
import socket
import struct
import threading
import time

import pytest
import requests
import responses

from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.errors import ContractBroken, EgressRefused, OutcomeUnknown, Unavailable
from webapp.gateways.http import HttpRequest
from webapp.gateways.masking import Masker

BODY = b'{"x": 1}'


def post(url, **rest):
    return HttpRequest("POST", url, {"Content-Type": "application/json"}, BODY, **rest)


def test_request_goes_out_as_given_and_answer_comes_back(make_client):
    with LoopbackServer(always(http(b'{"ok": true}', "201 Created", "X-Trace: 7"))) as server:
        response = make_client().send(post(server.url + "/a%20b?c=d"))
    assert (response.status, response.body, response.headers["x-trace"]) == (201, b'{"ok": true}', "7")
    assert server.requests[0].startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n" + BODY)


def test_connection_is_reused_within_a_thread(make_client):
    with LoopbackServer(always(http())) as server:
        client = make_client()
        for _ in range(5):
            client.send(post(server.url))
    assert (server.connections, len(server.requests)) == (1, 5)


def test_threads_have_connections_of_their_own(make_client):
    with LoopbackServer(always(http())) as server:
        client = make_client()
        threads = [threading.Thread(target=client.send, args=(post(server.url),)) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert (server.connections, len(server.requests)) == (4, 4)


def test_cookies_of_one_call_do_not_reach_the_next(make_client):
    with LoopbackServer(always(http(b"{}", "200 OK", "Set-Cookie: subscriber=maria; Path=/"))) as server:
        client = make_client()
        client.send(post(server.url))
        client.send(post(server.url))
    assert b"cookie" not in server.requests[1].lower()


def test_proxy_variables_of_the_environment_are_not_read(make_client, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    with LoopbackServer(always(http())) as server:
        assert make_client().send(post(server.url)).status == 200


def test_configured_proxy_gets_the_whole_url(make_client):
    with LoopbackServer(always(http())) as proxy:
        make_client(proxies={"http": proxy.url}).send(post("http://platform.example.com/x"))
    assert proxy.requests[0].startswith(b"POST http://platform.example.com/x HTTP/1.1")


def test_forbidden_address_is_refused_behind_a_proxy_too(make_client):
    with LoopbackServer(always(http())) as proxy, pytest.raises(EgressRefused):
        make_client(proxies={"http": proxy.url}).send(post("http://169.254.169.254/latest"))
    assert proxy.connections == 0


def test_sockets_of_a_thread_end_with_it(make_client):
    client = make_client()
    ended = threading.Event()

    def respond(peer, raw):
        peer.sendall(http())
        assert peer.recv(1) == b""
        ended.set()
        return False

    with LoopbackServer(respond) as server:
        thread = threading.Thread(target=client.send, args=(post(server.url),))
        thread.start()
        thread.join()
        del thread
        gc.collect()
        assert ended.wait(2)


def test_many_hosts_in_turn_are_all_reached(make_client, monkeypatch):
    loopback = lambda host, port, *rest: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", loopback)
    with LoopbackServer(always(http())) as server:
        client = make_client()
        for number in (*range(20), *range(20)):
            assert client.send(post(f"http://h{number}.example.com:{server.port}/")).status == 200


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirect_is_not_followed(make_client, status):
    with (
        LoopbackServer(always(http())) as inner,
        LoopbackServer(always(http(b"", status, f"Location: {inner.url}"))) as outer,
    ):
        assert make_client().send(post(outer.url)).status == int(status[:3])
    assert inner.connections == 0


def test_closed_port_is_unavailable_and_nothing_was_sent(make_client):
    with LoopbackServer(always(http())) as server:
        pass
    with pytest.raises(Unavailable) as caught:
        make_client().send(post(server.url))
    assert caught.value.code == "connect_failed"


def test_unknown_name_is_unavailable(make_client, monkeypatch):
    def fail(*rest):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unavailable) as caught:
        make_client().send(post("http://nowhere.example.com/"))
    assert (caught.value.code, caught.value.params["host"]) == ("name_not_found", "nowhere.example.com")


def test_plain_server_behind_https_fails_before_anything_is_sent(make_client):
    def not_tls(peer, raw):
        raise AssertionError("a request came through")

    with LoopbackServer(not_tls) as server, pytest.raises(Unavailable) as caught:
        make_client(connect_timeout_s=0.5).send(post(server.url.replace("http:", "https:")))
    assert caught.value.code in ("tls_failed", "connect_timeout")


def _reset(peer, raw):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    return False


@pytest.mark.parametrize("respond", [_reset, lambda peer, raw: False], ids=["reset", "closed"])
def test_connection_lost_after_sending_is_an_unknown_outcome(make_client, respond):
    with LoopbackServer(respond) as server, pytest.raises(OutcomeUnknown) as caught:
        make_client().send(post(server.url))
    assert caught.value.code == "connection_lost"
    assert caught.value.exchange.request_body == '{"x": 1}'


def test_connection_lost_while_reading_is_only_unavailable(make_client):
    with LoopbackServer(_reset) as server, pytest.raises(Unavailable):
        make_client().send(HttpRequest("GET", server.url, read_only=True))


def test_body_shorter_than_promised_is_an_unknown_outcome(make_client):
    def respond(peer, raw):
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False

    with LoopbackServer(respond) as server, pytest.raises(OutcomeUnknown):
        make_client().send(post(server.url))


@pytest.mark.parametrize("rest", ["", "Server: x\r\n", "Content-Le"])
def test_head_that_is_cut_off_is_no_answer(make_client, rest):
    def respond(peer, raw):
        peer.sendall(f"HTTP/1.1 200 OK\r\n{rest}".encode())
        return False

    with LoopbackServer(respond) as server, pytest.raises(OutcomeUnknown) as caught:
        make_client().send(post(server.url))
    assert caught.value.code == "connection_lost"


def test_silence_after_sending_is_an_unknown_outcome_at_the_deadline(make_client):
    release = threading.Event()
    with LoopbackServer(lambda peer, raw: release.wait(60)) as server:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown) as caught:
            make_client(total_timeout_s=1.0).send(post(server.url))
    release.set()
    assert caught.value.code == "answer_timeout"
    assert time.monotonic() - started < 20


def _drip(start):
    def respond(peer, raw):
        peer.sendall(start)
        for _ in range(1_000):
            time.sleep(0.05)
            peer.sendall(b"x")

    return respond


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["headers", "body", "body without length"],
)
def test_dripping_answer_is_cut_at_the_total_deadline(make_client, start):
    with LoopbackServer(_drip(start)) as server:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown) as caught:
            make_client(total_timeout_s=1.0).send(post(server.url))
    assert caught.value.code == "answer_timeout"
    assert time.monotonic() - started < 20


def test_client_works_on_after_a_cut(make_client):
    client = make_client(total_timeout_s=1.5)
    with LoopbackServer(_drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as server:
        with pytest.raises(OutcomeUnknown):
            client.send(post(server.url))
        server.respond = always(http())
        assert client.send(post(server.url)).status == 200


def test_time_out_of_a_call_wins_over_the_clients(make_client):
    with LoopbackServer(_drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as server:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            make_client(total_timeout_s=60).send(post(server.url, timeout_s=1.0))
    assert time.monotonic() - started < 20


def test_stated_length_over_the_cap_is_refused_unread(make_client):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nxxxx"
    with LoopbackServer(always(answer)) as server, pytest.raises(ContractBroken) as caught:
        make_client().send(post(server.url))
    assert caught.value.code == "body_too_large"


def test_endless_body_is_cut_at_the_cap(make_client):
    def respond(peer, raw):
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65536)

    with LoopbackServer(respond) as server, pytest.raises(ContractBroken):
        make_client().send(post(server.url))


def test_gzip_bomb_is_cut_at_the_cap_without_eating_memory(make_client):
    bomb = gzip.compress(b"\0" * 200_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = http(bomb, "200 OK", "Content-Encoding: gzip")
    with LoopbackServer(always(answer)) as server, pytest.raises(ContractBroken):
        make_client().send(post(server.url))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_gzip_answer_is_read(make_client):
    with LoopbackServer(always(http(gzip.compress(b'{"a": 1}'), "200 OK", "Content-Encoding: gzip"))) as server:
        assert make_client().send(post(server.url)).body == b'{"a": 1}'


def test_garbage_instead_of_http_is_an_unknown_outcome(make_client):
    with LoopbackServer(always(b"\x00\x01 no http at all\r\n\r\n")) as server, pytest.raises(OutcomeUnknown):
        make_client(total_timeout_s=1).send(post(server.url))


def test_secrets_stand_in_no_exchange_error_or_repr(make_client):
    secret = "tok-ABC123+/=xyz"
    client = make_client(masker=Masker([secret]))
    request = HttpRequest(
        "POST",
        "http://127.0.0.1:1/" + "tok-ABC123%2B%2F%3Dxyz" + "?token=hidden-too",
        {"Authorization": f"Bearer {secret}", "X-Other": secret},
        json.dumps({"senha": "abc", "echo": secret, "own": "per-call-1"}).encode(),
        secrets=("per-call-1",),
    )
    with pytest.raises(Unavailable) as caught:
        client.send(request)
    seen = repr(caught.value) + repr(caught.value.exchange) + repr(caught.value.params) + repr(client.masker)
    for hidden in (secret, "tok-ABC123", "hidden-too", "abc", "per-call-1"):
        assert hidden not in seen
    assert "per-call-1" not in repr(request)


def test_preview_shows_the_masked_request_and_sends_nothing(make_client):
    with LoopbackServer(always(http())) as server:
        shown = make_client(masker=Masker(["tok-123456"])).preview(post(server.url + "/?api_key=tok-123456"))
    assert (shown.method, shown.url, shown.status) == ("POST", server.url + "/?api_key=***", None)
    assert server.connections == 0


@responses.activate
def test_answer_made_by_responses_comes_back(make_client):
    responses.post("https://api.example.com/x", json={"ok": 1}, status=201)
    response = make_client().send(post("https://api.example.com/x"))
    assert (response.status, response.body) == (201, b'{"ok": 1}')
    assert response.exchange.response_body == '{"ok": 1}'


@responses.activate
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (requests.ConnectTimeout(), Unavailable),
        (requests.ConnectionError(), Unavailable),
        (requests.exceptions.SSLError(), Unavailable),
        (requests.ReadTimeout(), OutcomeUnknown),
    ],
)
def test_fault_of_requests_is_mapped(make_client, fault, kind):
    responses.post("https://api.example.com/x", body=fault)
    with pytest.raises(kind) as caught:
        make_client().send(post("https://api.example.com/x"))
    assert type(caught.value) is kind
