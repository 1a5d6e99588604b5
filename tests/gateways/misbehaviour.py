"""How platforms misbehave, row by row: what they do on the wire, and the class that each call must end in.

A row is played many times, each time with another operation, platform, delay, piece by piece at another place. The
seed of each case is its number, so a failure can be played again.
"""

import gzip
import json
import random
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from tests.gateways.people import NOW
from tests.gateways.servers import http
from webapp.gateways.contract import Operation, Outcome
from webapp.gateways.errors import (
    AuthFailed,
    ContractBroken,
    EndpointGone,
    IdentityClash,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)

KEY, LOOKUP, BLIND, HOOK = KINDS = ("key", "lookup", "blind", "hook")
RECIPES = (KEY, LOOKUP, BLIND)
CREATE, UPDATE, SUSPEND, ENABLE, CANCEL = CHANGES = (
    Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL,
)  # fmt: skip
ON_ONE = (UPDATE, SUSPEND, ENABLE, CANCEL)
READS = (Operation.FIND, Operation.LIST_PRODUCTS)
MARIA = {"id": "88", "external_id": "sintonia-5", "email": "maria@example.com", "document": "52998224725"}
OTHER = {"id": "99", "external_id": "sintonia-6", "email": "joao@example.com", "document": "11144477735"}
CAP = 1_000_000
BOMB = gzip.compress(b"\0" * 20_000_000, 9)
assert 20_000_000 // len(BOMB) > 900


@dataclass(frozen=True)
class Case:
    """One call that goes wrong.

    Attributes:
        chance: of this case alone; everything that varies comes from it.
    """

    kind: str
    operation: Operation
    chance: random.Random = field(repr=False)

    @property
    def reads(self) -> bool:
        return self.operation in READS


Play = Callable[[Case, socket.socket, bytes], object]
Expected = Callable[[Case], Any]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        play: what the platform does when the request has come; None = it never comes so far (``address``).
        expected: the class of the error, or the outcome, for a case.
        slow: it ends only by the time-out.
        address: a URL in place of the platform's.
    """

    name: str
    play: Play | None
    expected: Expected
    kinds: tuple[str, ...] = KINDS
    operations: tuple[Operation, ...] = (*CHANGES, *READS)
    slow: bool = False
    address: str = ""

    def __str__(self) -> str:
        return self.name

    def case(self, number: int) -> Case:
        chance = random.Random(f"{self.name}-{number}")
        kind = chance.choice(self.kinds)
        can = CHANGES if kind in (BLIND, HOOK) else (*CHANGES, *READS)
        return Case(kind, chance.choice([one for one in self.operations if one in can]), chance)


# What it is allowed to mean.


def always(kind: Any) -> Expected:
    return lambda case: kind


def doubt(case: Case) -> Any:
    """It was sent, and nobody knows."""
    return Unavailable if case.reads else OutcomeUnknown


def fault(case: Case) -> Any:
    """A fault of the server leaves a create in doubt: looked up, or repeated with its key. All else is repeated."""
    return OutcomeUnknown if case.operation is CREATE and case.kind in RECIPES else Unavailable


def or_retry(kind: Any) -> Expected:
    """A receiver of webhooks is asked again whatever it says, for one that restarts says anything."""
    return lambda case: Unavailable if case.kind == HOOK else kind


def not_done(case: Case) -> Any:
    """It says itself that it did not; where nothing is said of the subscriber at all, the answer is no answer."""
    return Rejected if case.operation in ON_ONE else ContractBroken


def missing(case: Case) -> Any:
    return Unavailable if case.kind == HOOK else Outcome.GONE if case.operation in ON_ONE else Rejected


# What it does on the wire.


def says(make: Callable[[Case], bytes]) -> Play:
    """Answer with these bytes, in pieces, after a while."""

    def play(case: Case, peer: socket.socket, _raw: bytes) -> None:
        answer, cut = make(case), case.chance.random()
        time.sleep(case.chance.choice((0, 0, 0.003, 0.01)))
        for piece in (answer[: int(len(answer) * cut)], answer[int(len(answer) * cut) :]):
            peer.sendall(piece)

    return play


def status(*codes: int, body: Callable[[Case], bytes] = lambda case: b'{"error": "x"}', head: str = "") -> Play:
    def make(case: Case) -> bytes:
        heads = [head] if head else []
        return http(body(case), f"{case.chance.choice(codes)} X", *heads)

    return says(make)


def ok(body: Callable[[Case], bytes], *heads: str) -> Play:
    return says(lambda case: http(body(case), case.chance.choice(("200 OK", "201 Created", "207 Multi")), *heads))


def good(case: Case) -> dict[str, Any]:
    """Return what a platform says when all is well."""
    if case.operation is Operation.FIND:
        return {"subscribers": [{**MARIA, "status": "active", "products": []}], "total": 1}
    if case.operation is Operation.LIST_PRODUCTS:
        return {"products": [{"code": "FULL", "name": "Full", "active": True}]}
    return {**MARIA, "status": "suspended" if case.operation is SUSPEND else "active"}


def filled(case: Case) -> bytes:
    return json.dumps({**good(case), "more": "x" * case.chance.randrange(1, 3_000)}).encode()


def cut_json(case: Case) -> bytes:
    whole = filled(case)
    return whole[: case.chance.randrange(1, len(whole) - 1)]


def doubled(case: Case) -> bytes:
    whole = filled(case).decode()
    return (whole[:-1] + ', "more": "y"}').encode()


def bad_utf8(case: Case) -> bytes:
    return filled(case).replace(b'"x', b'"\xff' + bytes([case.chance.randrange(0x80, 0xC0)]), 1)


def not_a_number(case: Case) -> bytes:
    word = case.chance.choice(("NaN", "Infinity", "-Infinity", "1e999"))
    return (filled(case).decode()[:-1] + f', "value": {word}}}').encode()


def log_in_page(case: Case) -> bytes:
    return b"<!doctype html><html><body>" + b"log in " * case.chance.randrange(1, 500) + b"</body></html>"


def about_another(case: Case) -> bytes:
    if case.operation is Operation.FIND:
        return json.dumps({"subscribers": [OTHER], "total": 1}).encode()
    return json.dumps({**OTHER, "status": "active"}).encode()


def reset(case: Case, peer: socket.socket, _raw: bytes) -> bool:
    """Break off after so many bytes of the answer, with a reset or an orderly end."""
    answer = http(filled(case))
    peer.sendall(answer[: case.chance.randrange(0, len(answer) - 1)] if case.chance.random() < 0.5 else b"")
    if case.chance.random() < 0.5:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    return False


def silence(case: Case, peer: socket.socket, _raw: bytes) -> bool:
    """Say nothing, or stop in the middle, and keep the line open until the other side gives up."""
    answer = http(filled(case))
    peer.sendall(answer[: case.chance.choice((0, 12, len(answer) // 2, len(answer) - 1))])
    peer.recv(1)
    return False


def drip(case: Case, peer: socket.socket, _raw: bytes) -> bool:
    """One byte at a time, of the head or of the body: each restarts the time-out of a socket."""
    heads = (
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    )
    peer.sendall(case.chance.choice(heads))
    while True:
        time.sleep(0.1)
        peer.sendall(b"x")


def endless(case: Case, peer: socket.socket, _raw: bytes) -> bool:
    """Ten gigabytes: stated, in pieces with their length, or until somebody hangs up."""
    way = case.chance.randrange(3)
    heads = ("Content-Length: 10000000000", "Transfer-Encoding: chunked", "Connection: close")
    peer.sendall(f"HTTP/1.1 200 OK\r\n{heads[way]}\r\n\r\n".encode())
    piece = b"x" * 65_536
    while True:
        peer.sendall(b"10000\r\n" + piece + b"\r\n" if way == 1 else piece)


def bomb(case: Case, peer: socket.socket, _raw: bytes) -> None:
    code = case.chance.choice(("200 OK", "201 Created", "422 No", "500 Fault"))
    peer.sendall(http(BOMB, code, "Content-Encoding: gzip"))


def exists(found: dict[str, str]) -> Play:
    """Say that the e-mail is taken, and then show by whom."""

    def play(case: Case, peer: socket.socket, raw: bytes) -> None:
        if raw.startswith(b"POST"):
            peer.sendall(http(b'{"error": "email_exists"}', "409 Conflict"))
        else:
            body = {"subscribers": [{**found, "status": "active", "products": []}], "total": 1}
            peer.sendall(http(json.dumps(body).encode()))

    return play


def later(seconds: int) -> str:
    return format_datetime(NOW.replace(year=NOW.year + seconds // 31_536_000), usegmt=True)


PAUSES = ("12", "0", "-5", "abc", "", "315360000", "9" * 400, "1.5", later(0), later(315_360_000))


def pause(case: Case) -> bytes:
    code = case.chance.choice(("429 X", "503 X"))
    return http(b"{}", code, f"Retry-After: {case.chance.choice(PAUSES)}")


def field_named(case: Case) -> bytes:
    return b'{"error": "invalid", "field": "phone", "message": "bad"}'


TABLE = (
    Row("500 502 504", status(500, 502, 504), fault),
    Row("503 alone", status(503), lambda case: Throttled if case.kind == HOOK else Unavailable),
    Row("501 505 507 599", status(501, 505, 507, 599), always(Unavailable)),
    Row("connection refused", None, always(Unavailable), address="refused"),
    Row("name not found", None, always(Unavailable), address="unknown"),
    Row("no TLS behind https", None, always(Unavailable), address="not-tls"),
    Row("TLS handshake that hangs", None, always(Unavailable), address="mute-tls", slow=True),
    Row("reset or end after sending", reset, doubt),
    Row("silence after sending", silence, doubt, slow=True),
    Row("one byte at a time", drip, doubt, slow=True),
    Row("429 503 with a pause", says(pause), always(Throttled)),
    Row("400 422 with the field", status(400, 422, body=field_named), or_retry(Rejected)),
    Row("401 403", status(401, 403), or_retry(AuthFailed)),
    Row("404", status(404), missing),
    Row("409 exists, and it is ours", exists(MARIA), always(Outcome.ALREADY), (KEY, LOOKUP), (CREATE,)),
    Row("409 exists, and is another's", exists({**MARIA, **OTHER, "email": "maria@example.com"}), always(IdentityClash),
        (KEY, LOOKUP), (CREATE,)),
    Row("409 exists, and nobody can be asked", exists(MARIA), always(Rejected), (BLIND,), (CREATE,)),
    Row("410", status(410), always(EndpointGone)),
    Row("301 302 307 308", status(301, 302, 307, 308, head="Location: http://127.0.0.1:1/"), or_retry(ContractBroken)),
    Row("300 304 306", status(300, 304, 306, body=lambda case: b""), or_retry(ContractBroken)),
    Row("200 with an error", ok(lambda case: b'{"error": "no such subscriber"}'), not_done, RECIPES),
    Row("200 with success false", ok(lambda case: b'{"success": false}'), always(Unavailable), (HOOK,)),
    Row("200 with a log-in page", ok(log_in_page), always(ContractBroken), RECIPES),
    Row("200 with nothing", ok(lambda case: b" " * case.chance.randrange(4)), always(ContractBroken), RECIPES,
        (CREATE, UPDATE, SUSPEND, ENABLE, *READS)),
    Row("200 cut off", ok(cut_json), always(ContractBroken), RECIPES),
    Row("doubled keys", ok(doubled), always(ContractBroken), RECIPES),
    Row("not UTF-8", ok(bad_utf8), always(ContractBroken), RECIPES),
    Row("NaN", ok(not_a_number), always(ContractBroken), RECIPES),
    Row("another subscriber", ok(about_another), always(ContractBroken), RECIPES,
        (CREATE, UPDATE, SUSPEND, ENABLE, Operation.FIND)),
    Row("10 GB", endless, always(ContractBroken)),
    Row("gzip bomb 1:1000", bomb, always(ContractBroken)),
)  # fmt: skip
