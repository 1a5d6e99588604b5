"""Where every call of a comparison ends: a process that takes a POST, waits, and answers 204.

A call has its effect when it is answered: one whose sender died before that has none, as on a platform that is told to
forget it. ``/hook/LATENCY_MS/ROUND`` takes calls, ``/count/ROUND`` and ``/seen/ROUND`` tell what came. It ends with
whoever started it.
"""

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[3]
ID = re.compile(rb"\r\nwebhook-id: *([^\r]+)", re.I)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Round:
    """What came in one round.

    Attributes:
        ids: of the jobs, with how often each had its effect.
        dropped: calls whose sender was gone before the answer.
        first_s, last_s: when the first came, and when the last was answered.
    """

    ids: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    body: str = ""


rounds: dict[str, Round] = {}


class Talk(asyncio.Protocol):
    """One connection; a sender waits for the answer before it asks again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.raw = b""

    def data_received(self, data: bytes) -> None:
        """Collect until a request is whole."""
        self.raw += data
        head, end, body = self.raw.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= (int(length.group(1)) if length else 0):
            self.raw = b""
            self._take(head, body)

    def _take(self, head: bytes, body: bytes) -> None:
        _, what, *rest = head.split(b" ", 2)[1].decode().split("/")
        found = rounds.setdefault(rest[-1], Round())
        if what != "hook":
            told: Any = found.ids.total() if what == "count" else found.__dict__
            content = json.dumps(told).encode()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content))
            return
        found.first_s = found.first_s or time.monotonic()
        found.body = found.body or body.decode()
        job = ID.search(head)
        asyncio.get_running_loop().call_later(int(rest[0]) / 1000, self._answer, found, job.group(1) if job else b"")

    def _answer(self, found: Round, job: bytes) -> None:
        if self.transport.is_closing():
            found.dropped += 1
            return
        self.transport.write(TAKEN)
        found.ids[job.decode()] += 1
        found.last_s = time.monotonic()


class Sink:
    """The process; use it as a context."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.peers.sink"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=10)

    def hook(self, latency_ms: int, name: str) -> str:
        """Return where the calls of a round go."""
        return f"{self.url}/hook/{latency_ms}/{name}"

    def count(self, name: str) -> int:
        """Return how many calls of a round had their effect."""
        return int(self._ask(f"count/{name}"))

    def seen(self, name: str) -> Round:
        """Return what came in a round."""
        told = self._ask(f"seen/{name}")
        return Round(**{**told, "ids": Counter(told["ids"])})

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as answer:
            return json.loads(answer.read())


async def serve() -> None:
    """Take calls until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Talk, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve())
