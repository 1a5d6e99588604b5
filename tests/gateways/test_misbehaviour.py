"""Group C of the facts, at the adapter: every way to misbehave, a hundred times each, always in the right class."""

import contextlib
import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.conftest import LOOPBACK
from tests.gateways.misbehaviour import BLIND, CAP, CREATE, HOOK, KEY, KINDS, LOOKUP, MARIA, SUSPEND, TABLE, Case, Row
from tests.gateways.people import NOW, make_sale_subject, make_subject
from tests.gateways.servers import LoopbackServer, http
from tests.journeys.platforms import recipe_of
from webapp.decide.backoff import pause_s
from webapp.decide.outcome import CONSEQUENCES
from webapp.gateways.contract import Connection, Gateway, Operation, Reply, Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.errors import GatewayError, Rejected, Throttled
from webapp.gateways.http import HttpClient
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe
from webapp.gateways.webhook import WebhookGateway, new_secret
from webapp.messages import explain

TIMES = 100
# Whoever waits for each byte anew waits for minutes; a busy machine does not.
TIMEOUT_S, SLACK_S = 1.0, 15.0
TOGETHER, SLOW_TOGETHER = 6, 100
MOST_GROWTH_KB = 50_000
SECRET = Secret(new_secret())
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGED = (
    "\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\r\n\r\nGET /evil HTTP/1.1\r\nX-Evil: 1\r\n\r\n", "\0X-Evil: 1",
    "\u010d\u010aX-Evil: 1", "\u2028X-Evil: 1", "%0d%0aX-Evil: 1",
)  # fmt: skip
GATEWAYS: dict[str, Gateway] = {
    KEY: RecipeGateway(read_recipe(recipe_of(KEY).text)),
    LOOKUP: RecipeGateway(read_recipe(recipe_of(LOOKUP).text)),
    BLIND: RecipeGateway(read_recipe(recipe_of(BLIND).text)),
    HOOK: WebhookGateway(),
}


@dataclass(frozen=True)
class Ended:
    """How one call ended: the class of its error or its outcome, and how long its thread was held."""

    number: int
    case: Case
    how: Any
    error: GatewayError | None
    held_s: float


class Stage:
    """A platform that plays the case whose number stands in the path, and clients to ask it."""

    def __init__(self, make_client: Any) -> None:
        self.server = LoopbackServer(self._respond)
        # Takes connections and says nothing; and one that speaks before it is asked, and not TLS.
        self.mute = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.plain = socket.create_server(("127.0.0.1", 0), backlog=512)
        threading.Thread(target=self._speak_plainly, daemon=True).start()
        self._row: Row = TABLE[0]
        self._cases: dict[int, Case] = {}
        self._clients = {
            False: make_client(total_timeout_s=10.0, connect_timeout_s=5.0, max_body_bytes=CAP),
            True: make_client(total_timeout_s=TIMEOUT_S, connect_timeout_s=TIMEOUT_S, max_body_bytes=CAP),
        }

    def run(self, row: Row, times: int = TIMES) -> list[Ended]:
        """Play a row so many times."""
        self._row, self._cases = row, {number: row.case(number) for number in range(times)}
        with ThreadPoolExecutor(SLOW_TOGETHER if row.slow else TOGETHER) as pool:
            return list(pool.map(self._one, self._cases))

    def _one(self, number: int) -> Ended:
        case = self._cases[number]
        started = time.monotonic()
        how, error = ending(case, self._connection(case, number))
        return Ended(number, case, how, error, time.monotonic() - started)

    def _connection(self, case: Case, number: int) -> Connection:
        url = {
            "": f"{self.server.url}/{number}",
            "refused": "http://127.0.0.1:1",
            "unknown": "http://nowhere.invalid",
            "not-tls": f"https://127.0.0.1:{self.plain.getsockname()[1]}",
            "mute-tls": f"https://127.0.0.1:{self.mute.getsockname()[1]}",
        }[self._row.address]
        own = {"url": url, "segredo": SECRET} if case.kind == HOOK else {"api_url": url, "token": Secret("t0ken-of-nx")}
        return Connection(7, own, self._clients[self._row.slow], lambda: NOW, {})

    def _speak_plainly(self) -> None:
        while True:
            try:
                peer, _ = self.plain.accept()
            except OSError:
                return
            with peer, contextlib.suppress(OSError):
                peer.recv(16)
                peer.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    def _respond(self, peer: socket.socket, raw: bytes) -> object:
        number = raw.split(b" ", 2)[1].split(b"/")[1]
        return self._row.play(self._cases[int(number)], peer, raw) if self._row.play else peer.sendall(http())


def ending(case: Case, conn: Connection) -> tuple[Any, GatewayError | None]:
    """Make the call, and return the class of its error, or its outcome."""
    gateway = GATEWAYS[case.kind]
    try:
        if case.operation is Operation.FIND:
            return gateway.find(conn, make_subject()), None
        if case.operation is Operation.LIST_PRODUCTS:
            return gateway.list_products(conn), None
        subject = make_sale_subject() if case.kind == HOOK else make_subject()
        reply: Reply = gateway.send(conn, case.operation, subject, f"key-{case.chance.random()}")
        return reply.outcome, None
    except GatewayError as error:
        return type(error), error


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made: list[HttpClient] = []

    def make_client(**options: Any) -> HttpClient:
        made.append(HttpClient(EgressPolicy(LOOPBACK), **options))
        return made[-1]

    found = Stage(make_client)
    real = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch, found.server, found.mute:
        patch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: _resolve(real, host, *rest, **more))
        yield found
    found.plain.shutdown(socket.SHUT_RDWR)
    found.plain.close()
    for client in made:
        client.close()


def _resolve(real: Any, host: str, *rest: Any, **more: Any) -> Any:
    """Know one name less than the machine: who answers for that one, and how late, is no concern here."""
    if host == "nowhere.invalid":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return real(host, *rest, **more)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_each_misbehaviour_ends_a_hundred_times_in_its_class_and_holds_no_worker(stage: Stage, row: Row) -> None:
    before_kb = resident_kb()
    ended = stage.run(row)
    wrong = [
        (one.number, one.case, one.how, one.error and one.error.code)
        for one in ended
        if one.how != row.expected(one.case)
    ]
    assert wrong == []
    assert len(ended) == TIMES
    timeout_s = TIMEOUT_S if row.slow else 10.0
    assert max(one.held_s for one in ended) <= timeout_s + SLACK_S
    assert most_kb() - before_kb < MOST_GROWTH_KB
    for one in ended:
        # What the class means stands in one table, and a person is told what it was.
        assert one.error is None or (one.error.kind in CONSEQUENCES and explain(one.error.code).remedy)


def test_every_pause_that_was_asked_for_is_bounded(stage: Stage) -> None:
    row = next(row for row in TABLE if row.name == "429 503 with a pause")
    asked = {one.error.retry_after_s for one in stage.run(row) if isinstance(one.error, Throttled)}
    assert None in asked
    assert max(filter(None, asked)) > 3_600
    assert all(1.0 <= pause_s(one, 5.0) <= 3_600.0 for one in asked)


def test_the_field_that_a_platform_names_is_shown_each_time(stage: Stage) -> None:
    row = next(row for row in TABLE if row.name == "400 422 with the field")
    told = [one.error for one in stage.run(row) if isinstance(one.error, Rejected)]
    assert len(told) > TIMES // 3
    assert {(one.field, one.params["message"]) for one in told} == {("phone", "bad")}


def test_no_value_of_a_customer_breaks_out_into_the_head_of_a_request(make_client: Callable[..., HttpClient]) -> None:
    with LoopbackServer(lambda peer, raw: peer.sendall(http(json.dumps(MARIA).encode()))) as server:
        client = make_client()
        ended = [send_forged(client, server.url, random.Random(number)) for number in range(TIMES)]
    assert Rejected in ended
    assert len(server.requests) > TIMES // 2
    for raw in server.requests:
        head = raw.partition(b"\r\n\r\n")[0].lower()
        assert not any(line.startswith((b"x-evil", b"get /evil")) for line in re.split(rb"[\r\n]", head))


def send_forged(client: HttpClient, url: str, chance: random.Random) -> Any:
    """Send a change with a forged header in one of its values; returns how it ended."""
    case = Case(chance.choice(KINDS), chance.choice((CREATE, SUSPEND)), chance)
    forged = "a" + chance.choice(FORGED)
    subject = make_sale_subject() if case.kind == HOOK else make_subject()
    if chance.random() < 0.5:
        subject = replace(subject, customer=replace(subject.customer, name=forged, phone=forged))
    else:
        subject = replace(subject, account=replace(subject.account, login=forged, remote_ids={"id": forged}))
    free = {"header:X-Shop": forged} if chance.random() < 0.3 else {"query:shop": forged}
    own = {"url": url, "segredo": SECRET, **free} if case.kind == HOOK else {"api_url": url, "token": Secret("t0ken")}
    try:
        conn = Connection(7, own, client, lambda: NOW, free if case.kind == HOOK else {})
        return GATEWAYS[case.kind].send(conn, case.operation, subject, "key").outcome
    except GatewayError as error:
        return type(error)


def resident_kb() -> int:
    """Return what this process holds now, and let the peak begin anew from there."""
    CLEAR.write_text("5")
    return most_kb()


def most_kb() -> int:
    """Return the peak since then."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    assert found is not None
    return int(found.group(1))
