"""Who gets in: every route of the API, walked."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text

from tests.api.conftest import Program
from webapp import clock, create_app
from webapp.api.auth import CALLS, WRONG_TOKENS, needs, scope_of
from webapp.config import Settings
from webapp.extensions import db
from webapp.services.tokens import create_token

SCOPES = ("read", "write", "admin")
WRITES_WITH = {"customers": "write", "services": "write", "accounts": "write"}


def api_routes(app: APIFlask) -> Iterator[tuple[str, str, str]]:
    """Yield method, path with made-up values, endpoint."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            values = {name: 999 if "_id" in name else "nobody" for name in rule.arguments}
            _domain, path = rule.build(values) or ("", "")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, path, rule.endpoint


def row_counts() -> dict[str, int]:
    db.session.rollback()
    tables = inspect(db.engine).get_table_names()
    return {name: db.session.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in tables}


def test_the_walk_finds_the_routes(app: APIFlask) -> None:
    assert len(list(api_routes(app))) >= 35


def test_every_route_refuses_who_has_no_token(app: APIFlask, client: FlaskClient) -> None:
    for method, path, _endpoint in api_routes(app):
        answer = client.open(path, method=method)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), path
        assert answer.json["code"] == "bearer_missing", path


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "sin_abc", "Bearer sin_wrong"])
def test_other_credentials_are_refused(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/customers", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_every_route_refuses_a_scope_that_is_too_small(app: APIFlask, program: Callable[[str], Program]) -> None:
    programs = {scope: program(scope) for scope in SCOPES}
    for method, path, endpoint in api_routes(app):
        needed = scope_of(endpoint)
        for scope in SCOPES[: SCOPES.index(needed)]:
            answer = programs[scope].call(method, path.removeprefix("/api/v1"))
            assert answer.status_code == 403, (scope, method, path)
            assert needed in answer.json["detail"]


def test_every_route_asks_for_the_scope_that_its_object_needs(app: APIFlask) -> None:
    for method, path, endpoint in api_routes(app):
        wanted = "read" if method == "GET" else WRITES_WITH.get(path.split("/")[3], "admin")
        assert scope_of(endpoint) == wanted, (method, path)


def test_no_get_writes(app: APIFlask, admin: Program) -> None:
    admin.get("/events")
    before = row_counts()
    for method, path, _endpoint in api_routes(app):
        if method == "GET":
            assert admin.get(path.removeprefix("/api/v1")).status_code in (200, 404), path
    assert row_counts() == before


def test_no_cookie_is_set_or_heeded(client: FlaskClient, reader: Program) -> None:
    client.set_cookie("session", "made-up")
    answer = reader.get("/customers")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert client.get("/api/v1/customers").status_code == 401


def test_who_acts_is_the_token_and_only_during_its_request(writer: Program, reader: Program) -> None:
    writer.put("/customers/1234", {"name": "Maria da Silva"})
    found = reader.get("/events?object_type=customer").json["items"]
    assert [event["actor"] for event in found] == ["token:write-program"]


def test_every_answer_says_how_many_calls_are_left(reader: Program) -> None:
    left = [int(reader.get("/customers").headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert left == [599, 598, 597]
    assert reader.get("/customers/nobody").headers["X-RateLimit-Limit"] == "600"


def test_the_call_too_much_is_refused_with_the_time_to_wait(reader: Program, writer: Program) -> None:
    for _ in range(CALLS.amount):
        reader.call("OPTIONS", "/customers")
    answer = reader.get("/customers")
    assert answer.status_code == 429
    assert answer.json["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert writer.get("/customers").status_code == 200


def test_guessing_is_throttled_and_a_good_token_still_passes(client: FlaskClient, reader: Program) -> None:
    guesses = [
        client.get("/api/v1/customers", headers={"Authorization": f"Bearer sin_{number}"}).status_code
        for number in range(WRONG_TOKENS.amount + 5)
    ]
    assert guesses == [401] * WRONG_TOKENS.amount + [429] * 5
    assert reader.get("/customers").status_code == 200


def test_a_token_that_was_good_yesterday_is_refused(client: FlaskClient, app: APIFlask) -> None:
    _token, secret = create_token("short", "read", clock.utc_now() + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/customers", headers=headers).status_code == 200
    clock.move(timedelta(hours=2))
    assert client.get("/api/v1/customers", headers=headers).status_code == 401


def test_no_token_reaches_the_log(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    app = create_app(settings, TESTING=True)
    with app.app_context():
        db.create_all()
        reader = Program(app.test_client(), create_token("reader", "read")[1])
    wrong = Program(app.test_client(), "sin_wrong-but-secret")
    app.view_functions["api.read_customer"] = _fail
    for program in (reader, wrong):
        program.get("/customers")
        program.get("/customers/1")
        program.post("/customers")
    said = capsys.readouterr()
    assert "api_failed" in said.err
    assert reader.token not in said.out + said.err
    assert wrong.token not in said.out + said.err


@needs("read")
def _fail(code: str) -> None:
    raise RuntimeError(code)
