"""A hub inside a minimal Debian, seen from outside: its pages, its API, its commands."""

import re
import signal
import time
from pathlib import Path
from typing import Any

import requests

from tests.binary.debian import PROGRAM, Debian
from tests.harness.served import free_port

# On a machine that does much else the first start takes many times what it takes alone.
START_S, END_S, SETTLE_S, LOOK_S = 120, 60, 90, 0.05
EMAIL, PHRASE = "admin@example.com", "vaga-lume no telhado azul"
LINK = re.compile(r"(http://\S+)(/setup/\S+)")
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
Json = Any


class Hub:
    """One instance there, and who serves it.

    Args:
        settings: further ones, as ``database_url``.
    """

    def __init__(self, debian: Debian, folder: Path, program: str = PROGRAM, **settings: str) -> None:
        self.debian, self.program = debian, program
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        self.settings = {"egress_allow": "127.0.0.0/8", **settings}
        self.pages = requests.Session()
        self.token = ""
        self.process: Any = None

    def start(self) -> float:
        """Serve; returns after how many seconds it answered."""
        began_s = time.monotonic()
        command = (self.program, "serve", "--port", str(self.port))
        self.process = self.debian.start(self.log, *command, **self.settings)
        while not self.is_up():
            assert self.process.poll() is None, self.said()[-3000:]
            assert time.monotonic() - began_s < START_S, self.said()[-3000:]
            time.sleep(LOOK_S)
        return time.monotonic() - began_s

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send its first process a signal; returns how it ended, and after how many seconds."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(END_S), time.monotonic() - began_s

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def said(self) -> str:
        """Return what it wrote so far, over all of its starts."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def command(self, *words: str, given: str = "", fails: bool = False) -> str:
        """Run one of its commands on the same instance; returns what it says, or why it fails where it shall."""
        done = self.debian.run(self.program, *words, given=given, **self.settings)
        assert (done.returncode != 0) == fails, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stderr if fails else done.stdout

    def set_up(self) -> "requests.Response":
        """Follow the link that the first start prints, and become the first administrator."""
        found = LINK.search(self.said())
        assert found, self.said()[-3000:]
        return self.fill(found.group(2), email=EMAIL, password=PHRASE, again=PHRASE)

    def fill(self, path: str, **fields: str) -> "requests.Response":
        """Fill in the form of a page, as a browser does."""
        page = self.pages.get(self.address + path, timeout=30)
        token = CSRF.search(page.text)
        assert page.status_code == 200, page.text[:2000]
        assert token, page.text[:2000]
        return self.pages.post(self.address + path, data={"csrf_token": token.group(1), **fields}, timeout=30)

    def api(self, method: str, path: str, body: Json = None, *, status: int = 0) -> Json:
        """Ask its API; the first time a token is made by its command."""
        self.token = self.token or self._new_token()
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.address}/api/v1{path}", json=body, headers=headers, timeout=30)
        assert answer.status_code == status if status else answer.ok, f"{answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def _new_token(self) -> str:
        return self.command("token", "create", "--name", "check", "--scope", "admin").split()[-1]
