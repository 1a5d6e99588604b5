"""A small NX Play on loopback, as the bundled recipe assumes it; each test may replace any answer."""

import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.gateways.servers import LoopbackServer, http

TOKEN = "nx-token-0815"
PRODUCTS = [
    {"code": "FULL", "name": "Plano Full", "active": True},
    {"code": "OLD", "name": "Antigo", "description": "x", "active": False},
]


class FakeNx:
    """Subscribers by id; ``override`` answers first, ``seen`` records (method, path, body, headers)."""

    def __init__(self) -> None:
        self.subscribers: dict[str, dict[str, Any]] = {}
        self.seen: list[tuple[str, str, Any, dict[str, str]]] = []
        self.override: Callable[[str, str], bytes | None] = lambda method, path: None

    def respond(self, peer: socket.socket, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        data = json.loads(body) if body else None
        self.seen.append((method, path, data, headers))
        forced = self.override(method, path)
        peer.sendall(forced if forced is not None else self._answer(method, path, data, headers))

    def _answer(self, method: str, path: str, data: Any, headers: dict[str, str]) -> bytes:
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return reply(401, {"error": "unauthorized"})
        parts = urlsplit(path)
        segments = parts.path.strip("/").split("/")
        if segments == ["products"]:
            return reply(200, {"products": PRODUCTS})
        if len(segments) == 1:
            return self._create(data) if method == "POST" else self._list(parse_qs(parts.query))
        return self._one(method, segments[1:], data)

    def _create(self, data: dict[str, Any]) -> bytes:
        if any(row["email"] == data["email"] for row in self.subscribers.values()):
            return reply(409, {"error": "email_exists"})
        return reply(201, self.add(**data))

    def add(self, **data: Any) -> dict[str, Any]:
        number = str(88 + len(self.subscribers))
        self.subscribers[number] = {"status": "active", "products": [], **data, "id": number}
        return self.subscribers[number]

    def _list(self, query: dict[str, list[str]]) -> bytes:
        rows = list(self.subscribers.values())
        for name in ("external_id", "email"):
            if name in query:
                rows = [row for row in rows if row[name] == query[name][0]]
                return reply(200, {"subscribers": rows, "total": len(rows)})
        page, size = int(query["page"][0]), int(query["per_page"][0])
        return reply(200, {"subscribers": rows[(page - 1) * size : page * size], "page": page, "total": len(rows)})

    def _one(self, method: str, segments: list[str], data: Any) -> bytes:
        row = self.subscribers.get(segments[0])
        if row is None:
            return reply(404, {"error": "not_found"})
        if method == "DELETE":
            del self.subscribers[segments[0]]
            return reply(204, None)
        if method == "PUT":
            row.update(data)
            return reply(200, row)
        row["status"] = {"suspend": "suspended", "enable": "active"}[segments[1]]
        return reply(200, {"id": row["id"], "status": row["status"]})


def reply(status: int, data: Any, *headers: str) -> bytes:
    """Return an answer with a JSON body; None = no body."""
    return http(b"" if data is None else json.dumps(data).encode(), f"{status} X", *headers)


def running() -> tuple[FakeNx, LoopbackServer]:
    """Return the fake and the server that speaks for it; enter the server."""
    fake = FakeNx()
    return fake, LoopbackServer(fake.respond)
