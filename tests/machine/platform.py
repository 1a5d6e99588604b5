"""A platform that keeps its own books: real HTTP on loopback, an append-only ledger outside of the hub's database.

It speaks as the bundled recipe of NX Play assumes, honours a key or not, shows late or at once, and fails as it is
told. Whoever judges the hub asks this ledger, not the hub.
"""

import copy
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.gateways.servers import LoopbackServer, http
from webapp.clock import utc_now

LIVE = ("active", "suspended")
NOWHERE = ""
VERBS = {"suspend": "suspended", "enable": "active"}
WORDS = {200: "200 OK", 201: "201 Created", 404: "404 Not Found", 429: "429 Too Many Requests",
         500: "500 Internal Server Error", 503: "503 Service Unavailable"}  # fmt: skip
# How writes fail: with and without their effect. And how readings lie.
WRITE_FAULTS = ("lost", "cut", "500", "500_done", "html", "throttle", "wrong_id")
READ_FAULTS = ("cut", "500", "html", "throttle", "half")
LIST_FAULTS = ("repeat", "short", "shrunk", "empty")
FAULTS = (*WRITE_FAULTS, *(f"read_{name}" for name in READ_FAULTS), *(f"list_{name}" for name in LIST_FAULTS))
CUT, HTML = object(), object()
Row = dict[str, Any]


@dataclass
class Subscriber:
    """One account there. ``by`` is who made it: the hub, or somebody by hand."""

    id: str
    row: Row
    by: str
    history: list[tuple[datetime, Row]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.row["status"] in LIVE


@dataclass(frozen=True)
class Entry:
    """One write that arrived. ``job`` is what the hub was sending, None = not through its queue."""

    at: datetime
    operation: str
    id: str
    email: str
    before: str
    after: str
    job: Any = None

    @property
    def takes(self) -> bool:
        """Tell whether somebody lost something by it."""
        return (self.before == "active" and self.after != "active") or (self.before in LIVE and self.after not in LIVE)


@dataclass
class Books:
    """All that the platform knows."""

    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    keys: dict[str, tuple[int, Row]] = field(default_factory=dict)
    ledger: list[Entry] = field(default_factory=list)
    made: int = 0


class Platform:
    """Answers one integration.

    Attributes:
        fault: how it fails now; empty = not at all.
        current: tells what the hub is sending.
    """

    def __init__(self) -> None:
        self.books = Books()
        self.honours_key, self.lag = True, timedelta()
        self.fault = ""
        self.calls = 0
        self.current: Callable[[], Any] = lambda: None
        self._server = LoopbackServer(self._respond)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *why: Any) -> None:
        self._server.__exit__(*why)

    def begin(self, books: Books, *, honours_key: bool, lag: timedelta) -> None:
        """Start anew with a copy of these books."""
        self.books = copy.deepcopy(books)
        self.honours_key, self.lag, self.fault = honours_key, lag, ""

    def live(self, email: str, by: str = "") -> list[Subscriber]:
        """Return the live accounts of somebody."""
        there = (one for one in self.books.subscribers.values() if one.live and one.row["email"] == email)
        return [one for one in there if by in ("", one.by)]

    def by_hand(self, email: str, status: str = "active", reference: str = "") -> Subscriber:
        """Make an account as somebody there would."""
        row = {"external_id": reference, "email": email, "document": "", "products": ["full"], "status": status}
        return self._add(row, "hand")

    def change(self, one: Subscriber, status: str) -> None:
        """Let somebody there change an account; it shows at once."""
        one.row = {**one.row, "status": status}
        one.history = [(utc_now() - self.lag, one.row)]

    def _respond(self, peer: socket.socket, raw: bytes) -> bool:
        self.calls += 1
        head, _, sent = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        parts = urlsplit(target)
        rest = [part for part in parts.path.split("/") if part]
        body = json.loads(sent) if sent else {}
        status, answer = self._answer(method, rest, dict(parse_qsl(parts.query)), headers, body)
        if answer is CUT:
            return False
        if answer is HTML:
            peer.sendall(http(b"<html><body>Log in</body></html>", "200 OK"))
            return True
        extra = ("Retry-After: 30",) if status == 429 else ()
        peer.sendall(http(answer if isinstance(answer, bytes) else json.dumps(answer).encode(), WORDS[status], *extra))
        return True

    def _answer(self, method: str, rest: list[str], query: Row, headers: Row, body: Row) -> tuple[int, Any]:
        if rest == ["products"]:
            return 200, {"products": [{"code": code, "name": code, "active": True} for code in ("full", "extra")]}
        if method == "GET":
            return self._read(query)
        fault, early = self.fault, {"cut": (0, CUT), "500": (500, {}), "html": (200, HTML), "throttle": (429, {})}
        if fault in early:
            return early[fault]
        if fault == "wrong_id":
            return 200, {"id": "sub_of_another", "email": "another@example.com", "status": "active"}
        status, answer = self._write(method, rest, headers, body)
        if fault == "lost":
            return 0, CUT
        return (500, {}) if fault == "500_done" else (status, answer)

    def _read(self, query: Row) -> tuple[int, Any]:
        fault = self.fault.removeprefix("read_") if self.fault.startswith("read_") else ""
        plain = {"cut": (0, CUT), "500": (500, {}), "html": (200, HTML), "throttle": (429, {})}
        if fault in plain:
            return plain[fault]
        rows = [row for one in self.books.subscribers.values() if (row := self._shown(one)) is not None]
        if "email" in query:
            rows = [row for row in rows if row["email"] == query["email"]]
            answer = {"subscribers": rows, "total": len(rows)}
        else:
            answer = self._page(rows, int(query["page"]), int(query["per_page"]))
        return 200, json.dumps(answer).encode()[:-9] if fault == "half" else answer

    def _page(self, rows: list[Row], page: int, size: int) -> Row:
        fault, total = self.fault, len(rows)
        if fault == "list_empty":
            rows, total = [], 0
        if fault == "list_shrunk":
            rows = rows[: len(rows) // 2]
            total = len(rows)
        if fault == "list_short":
            rows = rows[: len(rows) // 2]
        start = 0 if fault == "list_repeat" else (page - 1) * size
        return {"subscribers": rows[start : start + size], "total": total}

    def _shown(self, one: Subscriber) -> Row | None:
        until = utc_now() - self.lag
        row = next((row for at, row in reversed(one.history) if at <= until), None)
        return row if row is not None and row["status"] in LIVE else None

    def _write(self, method: str, rest: list[str], headers: Row, body: Row) -> tuple[int, Row]:
        if method == "POST" and len(rest) == 1:
            return self._create(headers.get("idempotency-key", "") if self.honours_key else "", body)
        one = self.books.subscribers.get(rest[1])
        operation = {"PUT": "update", "DELETE": "cancel"}.get(method) or rest[2]
        if one is None or not one.live:
            self._note(operation, rest[1], NOWHERE, NOWHERE, NOWHERE)
            return 404, {"error": "not_found"}
        before = one.row["status"]
        fresh = {"cancel": {"status": "cancelled"}, "update": {"products": body.get("products", [])}}
        self._set(one, fresh[operation] if operation in fresh else {"status": VERBS[operation]})
        self._note(operation, one.id, one.row["email"], before, one.row["status"])
        return 200, one.row

    def _create(self, key: str, body: Row) -> tuple[int, Row]:
        if key and key in self.books.keys:
            known = self.books.keys[key]
            self._note("create", known[1]["id"], body["email"], "known", "known")
            return known
        row = {name: body.get(name) for name in ("external_id", "email", "document", "products")}
        one = self._add({**row, "status": "active"}, "hub")
        self._note("create", one.id, one.row["email"], NOWHERE, "active")
        if key:
            self.books.keys[key] = (201, one.row)
        return 201, one.row

    def _add(self, row: Row, by: str) -> Subscriber:
        self.books.made += 1
        one = Subscriber(f"sub_{self.books.made:04d}", {}, by)
        self.books.subscribers[one.id] = one
        self._set(one, {"id": one.id, **row})
        return one

    def _set(self, one: Subscriber, values: Row) -> None:
        one.row = {**one.row, **values}
        one.history = [*one.history[-20:], (utc_now(), one.row)]

    def _note(self, operation: str, identity: str, email: str, before: str, after: str) -> None:
        self.books.ledger.append(Entry(utc_now(), operation, identity, email, before, after, self.current()))
