"""One operation of a recipe, tried on a platform with made-up data."""

from dataclasses import asdict

import pytest

from tests.gateways.conftest import LOOPBACK
from tests.gateways.people import NOW
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Connection, Operation, RemoteState, Reply, Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.recipe import trial
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe
from webapp.gateways.recipe.starter import STARTER
from webapp.gateways.recipe.trial import TrialResult

TOKEN = "a-token-that-nobody-may-see"
LISTING = '\n[operations.list]\nurl = "{{ params.api_url }}/users"\nitems = "body.users"\n'
PRODUCTS = (
    '\n[operations.list_products]\nurl = "{{ params.api_url }}/products"\nitems = "body"\n[product]\ncode = "id"\n'
)
USER = b'{"users": [{"id": 7, "email": "joana@example.com", "status": "suspended"}]}'


def gateway_of(text: str) -> RecipeGateway:
    return RecipeGateway(read_recipe(text))


def open_trial(gateway: RecipeGateway, values: dict[str, str], policy: EgressPolicy) -> Connection:
    return trial.connection_from(gateway.traits, values, policy, lambda: NOW)


def attempt(answer: bytes, operation: Operation, text: str = STARTER, **more: str) -> tuple[TrialResult, list[bytes]]:
    """Try an operation on a platform that always says the same; return the result and what it was asked."""
    gateway = gateway_of(text)
    with LoopbackServer(always(answer)) as server:
        values = {"params.api_url": server.url, "params.token": TOKEN}
        values |= {name.replace("__", "."): value for name, value in more.items()}
        connection = open_trial(gateway, values, EgressPolicy(LOOPBACK))
        result = trial.run(gateway, connection, operation, trial.subject_from(values))
        connection.http.close()
        return result, server.requests


def test_create_tells_the_class_the_ids_and_the_masked_exchange() -> None:
    result, requests = attempt(http(b'{"id": 41}', "201 Created"), Operation.CREATE, customer__name="Joana")
    assert (result.outcome, result.code, dict(result.remote_ids)) == ("ok", "", {"id": "41"})
    assert b'"name":"Joana"' in requests[0]
    assert TOKEN.encode() in requests[0]
    assert result.exchange is not None
    assert result.exchange.status == 201
    assert TOKEN not in repr(asdict(result))
    assert result.ok


def test_what_is_not_given_is_made_up_and_the_log_in_is_the_email() -> None:
    subject = trial.subject_from({"customer.email": "joana@example.com", "product.code": "FULL", "params.x": "1"})
    assert (subject.account.login, subject.customer.name) == ("joana@example.com", "Maria Exemplo")
    assert [product.code for product in subject.account.products] == ["FULL"]
    assert subject.sale is not None
    assert subject.sale.product.code == "FULL"
    assert subject.account.params == {"x": "1"}
    assert isinstance(subject.account.password, Secret)
    assert trial.subject_from({"account.products": "A, B", "account.login": "j"}).account.products[1].code == "B"


def test_operation_uses_the_remote_ids_that_are_given() -> None:
    result, requests = attempt(http(), Operation.SUSPEND, remote__id="41")
    assert result.outcome == "ok"
    assert requests[0].startswith(b"POST /users/41/suspend ")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("401 Unauthorized", "auth"), ("422 Unprocessable", "rejected"), ("503 Service Unavailable", "unavailable"),
     ("429 Too Many Requests", "throttled")],
)  # fmt: skip
def test_refusal_is_told_as_a_class_and_nothing_is_raised(answer: str, outcome: str) -> None:
    result, _ = attempt(http(b"{}", answer), Operation.SUSPEND, remote__id="41")
    assert result.outcome == outcome
    assert result.code
    assert not result.ok


def test_look_up_tells_the_state_and_masks_the_log_in() -> None:
    result, _ = attempt(http(USER), Operation.FIND)
    assert (result.state, dict(result.remote_ids)) == (RemoteState.SUSPENDED, {"id": "7"})
    assert "joana@" not in repr(asdict(result))


def test_look_up_of_nobody_says_absent() -> None:
    result, _ = attempt(http(b'{"users": []}'), Operation.FIND)
    assert (result.outcome, result.state, result.seen) == ("ok", RemoteState.ABSENT, ())


def test_listing_is_read_no_further_than_its_beginning() -> None:
    users = b",".join(b'{"id": %d, "email": "u%d@example.com", "status": "active"}' % (n, n) for n in range(50))
    result, requests = attempt(http(b'{"users": [%s]}' % users), Operation.LIST, STARTER + LISTING)
    assert len(result.seen) == trial.READ_AT_MOST
    assert len(requests) == 1
    assert result.exchange is not None


def test_products_are_shown() -> None:
    text = STARTER.replace('"manual"', '"list"') + PRODUCTS
    result, _ = attempt(http(b'[{"id": "A", "name": "Plano A"}]'), Operation.LIST_PRODUCTS, text)
    assert [(product.code, product.name) for product in result.products] == [("A", "Plano A")]
    assert result.exchange is not None


def test_check_tells_the_param_that_is_missing() -> None:
    gateway = gateway_of(STARTER)
    connection = open_trial(gateway, {"params.api_url": "http://127.0.0.1:9"}, EgressPolicy(LOOPBACK))
    result = trial.run(gateway, connection, Operation.CHECK, trial.subject_from({}))
    assert (result.outcome, result.code, result.params["name"]) == ("error", "param_missing", "token")


def test_operation_that_is_not_there_is_told_not_raised() -> None:
    assert attempt(http(), Operation.NOTIFY)[0].outcome == "unsupported"


def test_address_that_our_rules_forbid_is_not_reached() -> None:
    gateway = gateway_of(STARTER)
    with LoopbackServer(always(http())) as server:
        values = {"params.api_url": server.url, "params.token": TOKEN, "remote.id": "1"}
        connection = open_trial(gateway, values, EgressPolicy(()))
        result = trial.run(gateway, connection, Operation.SUSPEND, trial.subject_from(values))
        assert (result.outcome, server.connections) == ("egress", 0)


def test_preview_shows_the_request_masked_and_sends_nothing() -> None:
    gateway = gateway_of(STARTER)
    with LoopbackServer(always(http())) as server:
        values = {"params.api_url": server.url, "params.token": TOKEN}
        connection = open_trial(gateway, values, EgressPolicy(LOOPBACK))
        result = trial.preview(gateway, connection, Operation.CREATE, trial.subject_from(values))
        assert server.connections == 0
    assert result.exchange is not None
    assert result.exchange.url.endswith("/users")
    assert TOKEN not in repr(asdict(result))


class Faulty(RecipeGateway):
    """An engine with a fault of its own."""

    def send(self, *_: object) -> Reply:
        raise RecursionError


def test_fault_of_the_engine_is_told_not_raised() -> None:
    gateway = Faulty(read_recipe(STARTER))
    connection = open_trial(gateway, {}, EgressPolicy(LOOPBACK))
    result = trial.run(gateway, connection, Operation.CREATE, trial.subject_from({}))
    assert (result.outcome, result.code, result.params) == ("error", "trial_failed", {"error": "RecursionError"})
