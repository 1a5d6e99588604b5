"""ERPs that say what a test tells them, over real HTTP, and connections to them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.gateways.servers import LoopbackServer, http
from webapp.gateways.contract import Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient
from webapp.gateways.masking import Masker
from webapp.sources.contract import SourceConnection

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)
CANARY = "canario"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeErp:
    """Answers by path from ``answers``: bytes as they are, anything else as JSON, a callable by the request."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def calls(self, path: str = "") -> list[Asked]:
        return [one for one in self.asked if one.path.endswith(path)]

    def respond(self, raw: bytes) -> bytes:
        asked = _parse(raw)
        self.asked.append(asked)
        answer = next((self.answers[path] for path in self.answers if asked.path.endswith(path)), None)
        answer = answer(asked) if callable(answer) else answer
        if answer is None:
            return http(b"{}", "404 Not Found")
        return answer if isinstance(answer, bytes) else http(json.dumps(answer).encode())


def _parse(raw: bytes) -> Asked:
    head, _, body = raw.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)


@pytest.fixture
def fake() -> Iterator[FakeErp]:
    fake = FakeErp()
    with LoopbackServer(lambda peer, raw: peer.sendall(fake.respond(raw))) as server:
        fake.url = server.url
        yield fake


Connect = Callable[..., SourceConnection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Build connections; waiting is written into ``cache["slept"]`` and takes no time."""
    clients: list[HttpClient] = []

    def make(params: dict[str, str], **given: Any) -> SourceConnection:
        secrets = [value for value in params.values() if isinstance(value, Secret)]
        clients.append(HttpClient(EgressPolicy(LOOPBACK), masker=Masker(secrets), max_body_bytes=1_000_000))
        slept: list[float] = []
        connection = SourceConnection(
            1, params, clients[-1], lambda: NOW, slept.append, ZoneInfo("America/Sao_Paulo"), **given
        )
        connection.cache["slept"] = slept
        return connection

    yield make
    for client in clients:
        client.close()
