"""A platform of lists on loopback: each test says how it turns its pages, or what it answers at all."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.gateways.servers import LoopbackServer, http
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

STATUS = {200: "200 OK", 401: "401 Unauthorized", 404: "404 Not Found", 500: "500 Internal Server Error"}
HEAD = """
key = "lists"
label = "Lists"
status = "assumed"
guarantee = "exactly_one"
%s

[params.url]
label = "Address"
required = true
"""
ACCOUNT = """
[account]
login = "email"
reference = "ref"
document = "cpf"
remote = { id = "id" }
state = "state"
states = { active = "active", suspended = "suspended", gone = "absent" }
products = "products"
"""


@dataclass(frozen=True)
class Asked:
    """One request, as the platform saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


Play = Callable[[Asked], Any]


class Lists:
    """Answers by ``play``: a body, or (status, body). ``asked`` is what came."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.asked: list[Asked] = []
        self._server = LoopbackServer(self._respond)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *why: Any) -> None:
        self._server.__exit__(*why)

    def _respond(self, peer: socket.socket, raw: bytes) -> None:
        head, _, sent = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        body = json.loads(sent) if sent else None
        self.asked.append(Asked(method, parts.path, query, headers, body))
        answer = self.play(self.asked[-1])
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        peer.sendall(http(json.dumps(body).encode(), STATUS[status]))


def person(number: int, **more: Any) -> dict[str, Any]:
    """Return one account as the platform shows it."""
    return {"id": number, "email": f"p{number}@example.com", "state": "active", **more}


def people(start: int, stop: int) -> list[dict[str, Any]]:
    return [person(number) for number in range(start, stop)]


def gateway(words: str, top: str = "", account: str = ACCOUNT) -> RecipeGateway:
    """Return the gateway of a recipe: its common head, how accounts are read, then these words."""
    reads_accounts = "operations.find" in words or "operations.list]" in words or "operations.list_changes" in words
    return RecipeGateway(read_recipe(HEAD % top + (account if reads_accounts else "") + words))
