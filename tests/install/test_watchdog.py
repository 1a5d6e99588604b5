"""What systemd is told: ready, alive, ending; and that a hub whose parts hang is no longer called alive."""

import http.server
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from webapp.jobs import watchdog
from webapp.jobs.watchdog import Notifying, tell
from webapp.knock import knock
from webapp.services.life import ALL, Life


class Slowly(Life):
    """A life whose parts can be silent for as long as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.silent_s: dict[str, float] = {}

    def ages_s(self) -> dict[str, float]:
        return {part: self.silent_s.get(part, age) for part, age in super().ages_s().items()}


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What listens where systemd would."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as plain:
        plain.bind(str(Path(folder) / "notify"))
        plain.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(Path(folder) / "notify"))
        yield plain


@contextmanager
def web(status: int) -> Iterator[int]:
    """A web server that answers everything so; returns its port."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def told(systemd: socket.socket) -> str:
    return systemd.recv(100).decode()


def test_systemd_is_told_ready_alive_and_the_end(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000")
    life = Life()
    life.begin(ALL)
    with web(200) as port:
        with Notifying(life) as notifying:
            notifying.ready("127.0.0.1", port)
            assert [told(systemd) for _time in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        said = told(systemd)
        while said == "WATCHDOG=1":
            said = told(systemd)
    assert said == "STOPPING=1"


@pytest.mark.parametrize("part", ["engine", "scheduler", "web"])
def test_hub_with_a_part_that_hangs_is_not_called_alive(systemd: socket.socket, part: str) -> None:
    life = Slowly()
    life.begin(ALL)
    with web(503 if part == "web" else 200) as port:
        notifying = Notifying(life)
        notifying.ready("127.0.0.1", port)
        assert notifying.look()
        life.silent_s[part] = watchdog.SILENT_S + 1
        assert not notifying.look()
        del life.silent_s[part]
        assert notifying.look()
    assert [told(systemd) for _time in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_part_that_needs_the_database_is_no_reason_to_start_anew() -> None:
    life = Slowly()
    life.show("runs")
    life.silent_s["runs"] = 3600
    assert Notifying(life).look()


def test_nobody_is_told_where_systemd_did_not_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    assert not tell("READY=1")
    before = threading.active_count()
    with Notifying(Life()) as notifying:
        notifying.ready()
    assert threading.active_count() == before


def test_abstract_socket_of_systemd_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"sintonia-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as plain:
        plain.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert tell("READY=1")
        assert plain.recv(100) == b"READY=1"


def test_knock_gives_the_status_and_zero_for_silence_and_nonsense() -> None:
    with web(503) as port:
        assert knock("0.0.0.0", port) == 503
    assert knock("127.0.0.1", port, timeout_s=1) == 0
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        assert knock("127.0.0.1", plain.getsockname()[1], timeout_s=0.1) == 0
