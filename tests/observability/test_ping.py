"""The dead man's switch, over real HTTP to a receiver of the test."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from apiflask import APIFlask
from structlog.testing import capture_logs

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.services import doctor_ping, ping
from webapp.services.hub import KEY, Hub, current_hub

UUID = "8c1f2b5e-canary"


class Watcher(ThreadingHTTPServer):
    """Notes who called; answers with ``status``."""

    status = 200

    def __init__(self) -> None:
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{UUID}"


class _Handler(BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        said = self.headers.get("Content-Length", "0")
        self.server.heard.append(self.path if said == "0" else f"{self.path} with {said} bytes")
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def watcher(app: APIFlask) -> Iterator[Watcher]:
    """Somebody elsewhere whom the hub calls; the hub is alive."""
    server = Watcher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub = current_hub()
    app.extensions[KEY] = Hub(replace(hub.settings, ping_url=server.url), hub.vault)
    for name in ("engine", "scheduler"):
        db.session.add(Heartbeat(name=name, at=utc_now()))
    db.session.commit()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def levels() -> list[tuple[str, str]]:
    return [(finding.level, finding.code) for finding in doctor_ping.examine_ping()]


def test_nobody_is_called_where_no_address_is_set(app: APIFlask) -> None:
    ping.tick(utc_now())
    assert ping.read_last() is None
    assert levels() == [("ok", "doctor_ping_none")]


def test_hub_that_lives_says_so_and_one_in_trouble_says_that_without_any_data(watcher: Watcher) -> None:
    assert levels() == [("warn", "doctor_ping_never")]
    ping.tick(utc_now())
    assert (watcher.heard, levels()) == ([f"/{UUID}"], [("ok", "doctor_ping")])
    db.session.get_one(Heartbeat, "engine").at = utc_now() - timedelta(seconds=60)
    db.session.commit()
    ping.tick(utc_now())
    assert (watcher.heard[1:], levels()) == ([f"/{UUID}/fail"], [("warn", "doctor_ping_trouble")])


@pytest.mark.parametrize(("status", "code"), [(500, "ping_refused"), (302, "ping_refused"), (0, "connect_failed")])
def test_call_that_is_not_heard_is_told_once_and_harms_nothing(watcher: Watcher, status: int, code: str) -> None:
    ping.tick(utc_now())
    if status:
        watcher.status = status
    else:
        watcher.server_close()
        watcher.shutdown()
    with capture_logs() as lines:
        for _minute in range(3):
            ping.tick(utc_now())
    assert [(line["event"], line["code"]) for line in lines] == [("ping.failed", code)]
    assert UUID not in repr(lines) + repr(current_hub().settings)
    last = ping.read_last()
    assert last is not None
    assert last.heard_at is not None
    assert levels() == [("warn", "doctor_ping_failed")]


def test_no_transaction_is_open_while_we_wait_for_the_answer(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = ping.HttpClient.send

    def send(self: ping.HttpClient, request: object) -> object:
        seen.append(db.session().in_transaction())
        return real(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(ping.HttpClient, "send", send)
    ping.tick(utc_now())
    assert seen == [False]


@pytest.mark.parametrize(
    ("url", "failing"),
    [("https://x.example.com/a", "https://x.example.com/a/fail"),
     ("https://x.example.com/a/?k=1", "https://x.example.com/a/fail?k=1")],
)  # fmt: skip
def test_address_of_trouble_keeps_what_the_address_has(url: str, failing: str) -> None:
    assert (ping.address(url, alive=True), ping.address(url, alive=False)) == (url, failing)
