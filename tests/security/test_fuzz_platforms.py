"""Whatever a platform answers or asks, each bundled recipe ends in a word that the hub knows, and at once."""

import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.bundled.hub import Hub
from tests.gateways.bundled.stage import CANCEL, CREATE, ENABLE, SUSPEND, ContractStage
from tests.gateways.people import NOW
from tests.security.twisted import BODIES, ODD, TWISTS, Twist, TwistedClient, as_json, in_time, storable, thorough
from webapp.gateways.classify import parse_json
from webapp.gateways.contract import CallbackRequest, Connection, Operation, Secret
from webapp.gateways.errors import GatewayError
from webapp.gateways.http import HttpRequest, HttpResponse
from webapp.gateways.masking import Masker
from webapp.gateways.registry import all_gateways, get_gateway
from webapp.sources.contract import SourceConnection
from webapp.sources.registry import all_sources

FAKES = ("celetihub", "hubisp", "motv", "nx_play", "playhub", "sattv", "technobox", "watch_brasil")


class Stage:
    """A platform that is asked without a wire, and what was its answer before it was twisted."""

    def __init__(self, key: str) -> None:
        module = importlib.import_module(f"tests.gateways.bundled.test_{key}")
        found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, ContractStage)]
        self.stage = next(one for one in found if getattr(one, "key", "") == key)()
        self.key = key

    def hub(self, twists: list[Twist]) -> tuple[Hub, TwistedClient]:
        fake = self.stage.fake_class()
        wire = fake.application.test_client()
        params = self.stage.params(fake)
        secrets = [str.__str__(value) for value in params.values() if isinstance(value, Secret)]
        client = TwistedClient(lambda prepared: _asked(wire, prepared), twists, secrets)
        connection = Connection(7, params, client, lambda: NOW, sleep=lambda _s: None)
        fake.close()
        return Hub(get_gateway(self.key), connection, self.stage.subject()), client


def _asked(wire: FlaskClient, prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(str(prepared.url))
    headers = {name: str(value) for name, value in prepared.headers.items() if name != "Content-Length"}
    answer = wire.open(
        parts.path, method=str(prepared.method), query_string=parse_qsl(parts.query, keep_blank_values=True),
        data=prepared.body, headers=headers,
    )  # fmt: skip
    return answer.status_code, dict(answer.headers.items()), answer.data


@pytest.fixture(scope="module", params=FAKES)
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(request.param)


def works(hub: Hub) -> Iterator[Callable[[], Any]]:
    """Yield what the product does with a subscriber, in its order."""
    for operation in (CREATE, SUSPEND, ENABLE):
        yield lambda operation=operation: hub.send(operation)  # type: ignore[misc]
        yield hub.find
    yield lambda: list(hub.gateway.list(hub.conn))
    yield lambda: hub.gateway.list_products(hub.conn)
    yield lambda: hub.gateway.list_products(hub.conn, hub.subject)
    yield lambda: hub.gateway.check(hub.conn)
    yield lambda: hub.gateway.preview(hub.conn, Operation.CREATE, hub.subject, "key-9")
    yield lambda: hub.send(CANCEL)


def test_good_answers_are_understood(stage: Stage) -> None:
    hub, client = stage.hub([])
    hub.send(CREATE)
    assert client.calls


@thorough(8)
@given(twists=TWISTS, late=st.integers(0, 12))
def test_no_answer_of_a_platform_breaks_a_recipe(stage: Stage, twists: list[Twist], late: int) -> None:
    hub, client = stage.hub([])
    for number, work in enumerate(works(hub)):
        if number == late % 6:
            client.twist(twists)
        with in_time():
            try:
                storable(work())
            except GatewayError as error:
                storable((error.code, error.params, error.remote_ids, error.exchange))


def test_half_a_character_in_an_answer_is_read_kept_and_shown_as_a_whole_one() -> None:
    body = b'{"name": "Ana \\ud83d", "both": "\\ud83d\\ude00", "spelled": "\\\\ud83d"}'
    response = HttpResponse(HttpRequest("GET", "http://127.0.0.1:9"), 200, {}, body, Masker(), 1)
    assert parse_json(response) == {"name": "Ana \ufffd", "both": "\U0001f600", "spelled": "\\ud83d"}
    storable(response.exchange)
    storable(HttpResponse(HttpRequest("GET", "http://127.0.0.1:9"), 200, {}, BODIES[-4], Masker(), 1).exchange)


WORDS = st.sampled_from([one for one in ODD if isinstance(one, str)]) | st.text(max_size=30)
NAMES = st.sampled_from(
    ("user", "pass", "usuario", "senha", "login", "password", "email", "event", "data", "id", "token", "Authorization",
     "X-Signature", "contrato", "contrato_id", "cliente", "customer", "subscriber", "code", "state")
) | st.text(max_size=8)  # fmt: skip
FIELDS = st.dictionaries(NAMES, WORDS, max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12,
)  # fmt: skip
REQUESTS = st.builds(
    CallbackRequest, method=st.sampled_from(("GET", "POST")), headers=FIELDS, query=FIELDS, form=FIELDS, json=JSON,
    basic=st.none() | st.tuples(WORDS, WORDS), address=st.sampled_from(("127.0.0.1", "", "::1%x", "1.2.3.4:5")),
)  # fmt: skip


@thorough(30)
@given(request=REQUESTS)
def test_nothing_that_a_platform_asks_or_tells_breaks_its_reader(request: CallbackRequest) -> None:
    for gateway in all_gateways():
        with in_time():
            gateway.read_callback(request)
            gateway.read_event(request)


def heard(kind: str) -> SourceConnection:
    client = TwistedClient(lambda _prepared: as_json({}))
    zone = ZoneInfo("America/Sao_Paulo")
    return SourceConnection(
        1, {"url": "http://127.0.0.1:9"}, client, lambda: NOW, lambda _s: None, zone, hook_secret=kind
    )


@thorough(30)
@given(request=REQUESTS)
def test_nothing_that_an_erp_tells_breaks_its_reader(request: CallbackRequest) -> None:
    body = json.dumps(request.json).encode()
    for source in all_sources():
        with in_time():
            source.read_hint(heard(source.traits.key), request, body)
