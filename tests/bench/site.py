"""A program that serves pages, as a process, and a browser with one connection to it."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

START_S, STOP_S, ANSWER_S = 60, 15, 60
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Site:
    """A running program and a browser before it, with its cookies."""

    port: int
    pid: int
    connection: http.client.HTTPConnection
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> bytes:
        """Fetch a page; anything but 200 is a fault of the bench."""
        return self._ask("GET", path, None, {}, 200)

    def sign_in(self, path: str, email: str, password: str, answer: int = 303) -> None:
        """Send the form of that page."""
        found = TOKEN.search(self.get(path).decode())
        token = {"csrf_token": found.group(1)} if found else {}
        self._ask("POST", path, urlencode({**token, "email": email, "password": password}), FORM, answer)

    def memory_mb(self) -> float:
        """Return what the program holds in memory."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found.group(1)) / 1024 if found else 0.0

    def cpu_ms(self) -> float:
        """Return how long the program has worked on a processor so far, in milliseconds.

        Nanoseconds of each of its threads, the first number of ``schedstat`` (proc(5), Documentation/scheduler/
        sched-stats.rst of Linux, looked up 2026-11-23). What others take of the machine is not in it.
        """
        spent = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            # A thread may end while it is looked at.
            with suppress(OSError):
                spent += int((task / "schedstat").read_text().split()[0])
        return spent / 1e6

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str], wanted: int) -> bytes:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, {**headers, "Cookie": jar} if jar else headers)
        response = self.connection.getresponse()
        content = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        assert response.status == wanted, f"{path}: {response.status}"
        return content


@contextmanager
def serving(folder: Path, command: Sequence[str], port: int) -> Iterator[Site]:
    """Run a Python module that serves that folder on that port until the end of the block."""
    environment, log = {**os.environ, "SINTONIA_INSTANCE": str(folder)}, folder / f"site-{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=file, stderr=file)
    try:
        _wait_for(port, process, log)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
        yield Site(port, process.pid, connection)
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server does not answer:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
