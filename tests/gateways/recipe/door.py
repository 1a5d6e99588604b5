"""A platform that lets nobody in without the right credentials, and whose log-in a test writes down."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.gateways.people import make_subject
from tests.gateways.servers import http
from webapp.gateways.contract import Connection, Operation, Reply, Secret
from webapp.gateways.errors import GatewayError
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

BASE = """
key = "any"
label = "Any"
status = "observed"
guarantee = "at_most_one"
[params.url]
label = "URL"
kind = "url"
[params.user]
label = "User"
[params.pw]
label = "Password"
kind = "secret"
[operations.suspend]
method = "POST"
url = "{{ params.url }}/suspend"
json = { login = "{{ account.login }}" }
answer = "any"
"""
PARAMS = {"user": "prov", "pw": Secret("geheim-1")}


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def parse(raw: bytes) -> Asked:
    head, _, body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def said(body: Any, status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer: an object as JSON, a text as it stands."""
    return http((body if isinstance(body, str) else json.dumps(body)).encode(), status, *headers)


class Door:
    """Lets in who shows one of ``good`` in the ``Authorization`` header.

    Attributes:
        on: path -> what is answered; everything else is behind the door.
        refusal: what a bad token gets.
        asked: all requests in their order.
    """

    def __init__(self) -> None:
        self.url = ""
        self.on: dict[str, Callable[[Asked], bytes]] = {}
        self.good: set[str] = set()
        self.refusal = said("", "401 No")
        self.asked: list[Asked] = []
        self.made = 0
        self._lock = threading.Lock()

    def respond(self, peer: Any, raw: bytes) -> None:
        asked = parse(raw)
        self.asked.append(asked)
        answer = self.on.get(asked.path, self._behind)
        peer.sendall(answer(asked))

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def last(self, path: str) -> Asked:
        return next(asked for asked in reversed(self.asked) if asked.path == path)

    def new_token(self, *, alone: bool = False) -> str:
        """Make a token that is good; ``alone`` kills all others."""
        with self._lock:
            self.made += 1
            token = f"Tok3n-nr-{self.made:03}"
            self.good = {token} if alone else self.good | {token}
        return token

    def _behind(self, asked: Asked) -> bytes:
        shown = asked.headers.get("authorization", "")
        return said({}) if shown.removeprefix("Bearer ") in self.good else self.refusal


def gateway(auth: str) -> RecipeGateway:
    return RecipeGateway(read_recipe(BASE + auth))


def suspend(auth: str, conn: Connection) -> Reply:
    return gateway(auth).send(conn, Operation.SUSPEND, make_subject(), "k")


def ending(gateway: RecipeGateway, conn: Connection) -> str:
    """Suspend, and return the outcome or the code of the failure."""
    try:
        return gateway.send(conn, Operation.SUSPEND, make_subject(), "k").outcome
    except GatewayError as error:
        return error.code


class MemoryTokens:
    """What two processes share: one text, as the database would hold it, and one lease."""

    def __init__(self) -> None:
        self.text = ""
        self._lease = threading.Lock()

    def load(self) -> Mapping[str, str] | None:
        return json.loads(self.text) if self.text else None

    def save(self, token: Mapping[str, str]) -> None:
        self.text = json.dumps(dict(token))

    @contextmanager
    def renewing(self) -> Iterator[None]:
        with self._lease:
            yield


class MemoryCodes:
    """A box into which a test, or the platform in it, puts a code."""

    def __init__(self) -> None:
        self.expected: list[str] = []
        self.came: dict[str, str] = {}

    def expect(self, state: str) -> None:
        self.expected.append(state)

    def wait(self, state: str, timeout_s: float) -> Secret | None:
        return Secret(self.came.pop(state)) if state in self.came else None
