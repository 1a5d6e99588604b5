"""What a recipe costs by itself: rendering the request and reading the answer, beside a bare call of ``requests``."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import requests

from tests.gateways.people import NOW, make_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Connection, Operation, Outcome, Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient, HttpRequest, HttpResponse
from webapp.gateways.masking import Masker
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import load_recipe, read_recipe
from webapp.gateways.recipe.scope import subject_scope
from webapp.gateways.recipe.sending import Caller
from webapp.gateways.registry import BUNDLED

ROUNDS = 7
CALLS = 400
MARK_MS = 0.3
Progress = Callable[[], None]

ANSWER = (
    b'{"id": "88", "email": "maria@example.com", "external_id": "sintonia-5", "status": "active", "products": ["FULL"]}'
)
# As much as a call can sensibly have: a signature, an envelope, filters, several paths and rules.
RICH = """
key = "rich"
label = "Rich"
status = "observed"
guarantee = "at_most_one"
local = ["update", "suspend", "enable", "cancel"]
[params.base]
label = "Address"
[params.secret]
label = "Secret"
kind = "secret"
[auth]
kind = "signature"
headers.X-Time = "{{ now | unix }}"
headers.X-Sign = "{{ (now | unix ~ request.path ~ request.body) | hmac_sha256(params.secret) }}"
[password]
default_field = "senha_autenticacao"
[defaults]
envelope = "data"
error_path = ["body.errors[0].text", "body.message"]
outcomes = [
  { when = "contains(['BUSY', 'LOCKED'], body.code)", is = "retry" },
  { when = "to_number(body.code) == `62`", is = "capacity" },
  { status = [200], when = "body.token == 'expired'", is = "auth" },
]
[operations.create]
method = "POST"
url = "{{ params.base }}/people/{{ customer.document }}/products"
query = { plan = "{{ params.plan | default('full') }}" }
ok = "status == `200` && body.id != null"
remote = { id = "body.id", first = "body.products[0]" }
identity = [{ path = "body.external_id", is = "{{ account.reference }}" }]
[operations.create.json]
login = "{{ account.login | lower }}"
password = "{{ account.password | pad_left(8) }}"
phone = "{{ customer.phone | phone }}"
name = { first = "{{ customer.name | first_word }}", last = "{{ customer.name | other_words }}" }
since = "{{ now | date('%d/%m/%Y', 'America/Sao_Paulo') }}"
products = "{{ account.products | each('code') }}"
kind = "{{ 'person' if customer.document != '' else 'unknown' }}"
[params.plan]
label = "Plan"
"""


@dataclass
class Costs:
    """One row: milliseconds of CPU for a call, one figure for each round.

    Attributes:
        recipe_ms: rendering the request and judging the answer.
        whole_ms: the whole operation, its masked record for people included; without a network.
        bare_ms: ``requests`` to a server of this process that answers at once.
    """

    name: str
    recipe_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)

    @property
    def is_within(self) -> bool:
        """Tell whether the recipe's own part is cheap enough."""
        return median(self.recipe_ms) < MARK_MS


class StillClient(HttpClient):
    """Answers at once, without a network: what is left is the recipe's own cost."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the one answer."""
        return HttpResponse(request, 200, {"Content-Type": "application/json"}, ANSWER, self.masker, 1)


def steps() -> int:
    """Return how often ``progress`` is called."""
    return ROUNDS


def measure(progress: Progress) -> list[Costs]:
    """Measure every row in every round, side by side with the bare call."""
    gateways = {
        "nx_play create": RecipeGateway(load_recipe(BUNDLED / "nx_play.toml")),
        "rich create": RecipeGateway(read_recipe(RICH, "rich.toml")),
    }
    rows = [Costs(name) for name in gateways]
    with LoopbackServer(always(http(ANSWER))) as server, requests.Session() as session:
        session.trust_env = False
        for _ in range(ROUNDS):
            for row in rows:
                recipe, whole = _calls(gateways[row.name])
                row.recipe_ms.append(_timed(recipe))
                row.whole_ms.append(_timed(whole))
                row.bare_ms.append(_timed(lambda: session.post(server.url, json={"email": "maria@example.com"}).json()))
            progress()
    return rows


def _calls(gateway: RecipeGateway) -> tuple[Callable[[], object], Callable[[], object]]:
    address = "https://api.example.com"
    params = {
        "api_url": address, "base": address, "token": Secret("token-of-nobody"), "secret": Secret("secret-of-nobody"),
    }  # fmt: skip
    client = StillClient(
        EgressPolicy(), masker=Masker([value for value in params.values() if isinstance(value, Secret)])
    )
    conn = Connection(1, params, client, lambda: NOW)
    subject, caller = make_subject(), Caller(gateway.recipe)
    call = gateway.recipe.calls[Operation.CREATE].last.call
    assert gateway.send(conn, Operation.CREATE, subject, "key").outcome is Outcome.OK
    return (
        lambda: caller.perform(conn, call, subject_scope(conn, gateway.recipe.names, subject, "key")),
        lambda: gateway.send(conn, Operation.CREATE, subject, "key"),
    )


def _timed(call: Callable[[], object]) -> float:
    # Of this thread alone, so that a busy machine does not count.
    began = time.thread_time()
    for _ in range(CALLS):
        call()
    return (time.thread_time() - began) / CALLS * 1000
