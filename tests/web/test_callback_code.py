"""``/callback/<token>/code``: a platform delivers a code, and who waits for it gets it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from tests.factories import make_integration
from tests.fixtures.people import Browser
from tests.gateways.recipe.door import BASE, Door, said
from tests.gateways.recipe.test_auth_code import CODE
from tests.gateways.servers import LoopbackServer
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Attempt, Event, Integration, IntegrationCode
from webapp.services import callback, integrations, recipes
from webapp.services.connections import open_connection
from webapp.services.hub import current_hub
from webapp.services.integration_tokens import StoredCodes

HUB = "https://hub.example.com"


@dataclass(frozen=True)
class Row:
    """The id alone: a session that reads an object again would hold SQLite's write lock."""

    id: int


def rested(integration: Integration) -> Row:
    row = Row(integration.id)
    db.session.rollback()
    return row


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"INSTANCE": str(tmp_path), "EGRESS_ALLOW": "127.0.0.0/8", "BASE_URL": HUB}
    return load_settings({f"SINTONIA_{name}": value for name, value in given.items()})


@pytest.fixture
def door() -> Iterator[Door]:
    door = Door()
    door.on["/oauth/token"] = lambda asked: said({"Result": [{"access_token": door.new_token()}]})
    with LoopbackServer(door.respond) as server:
        door.url = server.url
        yield door


@pytest.fixture
def integration(app: APIFlask, door: Door) -> Row:
    recipes.save_version(BASE + CODE, reason="", base=recipes.edition("any"), key="any")
    params = {"url": door.url, "user": "prov", "pw": "geheim-1"}
    return rested(make_integration(gateway="any", params=params))


def full_address(integration: Row) -> str:
    found = integrations.callback_url(integrations.get_integration(integration.id)) + "/code"
    db.session.rollback()
    return found


def address(integration: Row) -> str:
    return full_address(integration).removeprefix(HUB)


def box(integration: Row) -> StoredCodes:
    return StoredCodes(db.engine, current_hub().vault, integration.id)


@pytest.mark.parametrize(
    "sent",
    [
        {"query_string": {"code": "c0de-1", "uid": "a-state"}},
        {"data": {"code": "c0de-1", "uid": "a-state"}},
        {"json": {"code": "c0de-1", "uid": "a-state"}},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_code_is_taken_however_it_is_sent(client: FlaskClient, integration: Row, method: str, sent) -> None:
    box(integration).expect("a-state")
    assert client.open(address(integration), method=method, **sent).status_code == 200
    assert box(integration).wait("a-state", 0) == "c0de-1"


def test_answer_is_the_same_whether_somebody_waits_or_not(client: FlaskClient, integration: Row) -> None:
    box(integration).expect("a-state")
    answers = [
        client.get(address(integration), query_string=query)
        for query in ({"code": "c", "uid": "a-state"}, {"code": "c", "uid": "no-state"}, {"uid": "a-state"}, {})
    ]
    assert {(answer.status_code, answer.get_data(as_text=True)) for answer in answers} == {
        (200, answers[0].get_data(as_text=True))
    }


def test_unknown_token_is_no_address(client: FlaskClient, integration: Row) -> None:
    assert client.get("/callback/not-a-token/code?code=c&uid=s").status_code == 404


def test_gateway_that_needs_no_code_takes_none(client: FlaskClient, integration: Row) -> None:
    other = rested(make_integration())
    box(other).expect("a-state")
    assert client.get(address(other), query_string={"code": "c0de-1", "state": "a-state"}).status_code == 200
    assert db.session.scalars(select(IntegrationCode.sealed)).all() == [None]


def test_who_guesses_states_is_stopped(client: FlaskClient, integration: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "PER_ADDRESS", callback.throttle.Limit("callback-address", 3, 300))
    guesses = [client.get(address(integration), query_string={"code": "c", "uid": str(n)}) for n in range(5)]
    assert [guess.status_code for guess in guesses] == [200, 200, 200, 429, 429]
    assert guesses[-1].headers["Retry-After"] == "300"


def test_code_and_state_are_in_no_log(client: FlaskClient, integration: Row) -> None:
    box(integration).expect("a-secret-state")
    with capture_logs() as logged:
        client.get(address(integration), query_string={"code": "c0de-secret", "uid": "a-secret-state"})
        client.get(address(integration), query_string={"code": "c0de-secret", "uid": "another-secret"})
    assert [line["taken"] for line in logged if line["event"] == "callback.code"] == [True, False]
    assert "secret" not in str(logged)


def test_a1_testing_an_integration_takes_the_code_that_the_platform_delivers(
    app: APIFlask, integration: Row, door: Door
) -> None:
    def ask(asked):
        query = {"uid": asked.form["uid"], "code": "c0de-by-call"}
        app.test_client().get(asked.form["redirect_url"].removeprefix(HUB), query_string=query)
        return said({"Result": {"success": True}})

    door.on["/oauth/authenticate"] = ask
    steps = integrations.test_integration(integration.id)
    assert [(step.name, step.ok) for step in steps] == [("params", True), ("credentials", True)]
    assert door.last("/oauth/token").form["code"] == "c0de-by-call"
    assert open_connection(integration.id)[1].tokens.load()["token"] == "Tok3n-nr-001"


def test_failed_test_tells_the_host_and_keeps_the_address_out_of_everything_kept(
    app: APIFlask, integration: Row, door: Door
) -> None:
    door.on["/oauth/authenticate"] = lambda asked: said({"you": asked.form["redirect_url"]}, "400 No")
    step = integrations.test_integration(integration.id)[-1]
    secret = address(integration).split("/")[2]
    kept = [repr(step), *map(str, db.session.scalars(select(Event.after))), *map(repr, db.session.query(Attempt).all())]
    assert step.code == "credentials_refused"
    assert secret not in json.dumps(kept)


def test_form_shows_the_redirect_address_where_it_is_needed(admin: Browser, integration: Row) -> None:
    page = admin.get(f"/integrations/{integration.id}").get_data(as_text=True)
    assert full_address(integration) in page
    other = rested(make_integration())
    assert full_address(other) not in admin.get(f"/integrations/{other.id}").get_data(as_text=True)
