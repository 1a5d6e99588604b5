"""The command that people start, as a process that is killed, stopped and started again."""

import signal
import socket
import time
from pathlib import Path

import requests

from tests.harness.hubs import HubOnDisk
from tests.journeys.engine_child import SERVE, EngineProcesses

START_S = 120.0
LOOK_S = 0.02


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """One ``serve`` of a hub.

    Args:
        bug: put into every process of it.
    """

    def __init__(self, engines: EngineProcesses, hub: HubOnDisk, role: str = "all", *, bug: str = "") -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = Path(hub.folder / f"{role}.log")
        self._engines, self._folder = engines, hub.folder
        self._role, self.bug, self._url = role, bug, hub.url
        self.pid = 0

    def start(self) -> None:
        """Start it and wait until it answers; a role without pages is only started."""
        order = (SERVE, str(self.log), "--port", str(self.port), "--role", self._role)
        self.pid = self._engines.start(self._folder, *order, url=self._url, bug=self.bug)
        until_s = time.monotonic() + START_S
        while self._role in ("all", "web") and self.asked("/healthz") != 200:
            gone = self.is_gone() or time.monotonic() > until_s
            assert not gone, f"I1: it does not start: {self.said()[-3000:]}"
            time.sleep(LOOK_S)

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send it a signal, wait for its end, and return how it ended.

        One that only begins is asked to end when it can hear that.
        """
        until_s = time.monotonic() + START_S
        while number == signal.SIGTERM and not self.hears(number) and time.monotonic() < until_s:
            time.sleep(LOOK_S)
        code = self._engines.kill(self.pid, number)
        self.pid = 0
        return code

    def hears(self, number: signal.Signals) -> bool:
        """Tell whether the process minds a signal by itself, or has ended."""
        told = Path(f"/proc/{self.pid}/status").read_text("ascii")
        minded = int(next(line.split()[1] for line in told.splitlines() if line.startswith("SigCgt")), 16)
        return bool(minded >> (number - 1) & 1) or self.is_gone()

    def is_gone(self) -> bool:
        """Tell whether the process has ended."""
        return Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"

    def asked(self, path: str) -> int:
        """Return the status of a page; 0 = nobody answers."""
        try:
            return requests.get(self.address + path, timeout=5).status_code
        except requests.RequestException:
            return 0

    def said(self) -> str:
        """Return what it wrote, all its processes together."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""
