"""Who gets in: every route of the API, walked."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text

from tests import factories
from tests.api.conftest import Program
from webapp import clock, create_app
from webapp.api.auth import CALLS, WRONG_TOKENS, needs, scope_of
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.services.tokens import create_token

SCOPES = ("read", "write", "admin")
# Work on many rows is for whoever may do it with one; what is set up asks for more by itself (tests/bulk_jobs).
WRITES_WITH = {
    "customers": "write", "services": "write", "accounts": "write", "bulk-jobs": "write", "receipts": "read",
    "guided-moves": "write", "reports": "write",
}  # fmt: skip
# Takes content from many at once.
ADMINISTERS = ("/api/v1/accounts/lift", "/api/v1/customers/nobody/data", "/api/v1/customers/nobody/erasure")
# What is read here is for administrators on the screens, too.
SECRET_PARTS = (
    "tokens",
    "channels",
    "operators",
    "backups",
    "erasures",
    "customer-channels",
    "customer-messages/switch",
    "message-templates",
    "invoices",
    "gateways/nobody/recipe",
    "gateways/nobody/versions",
)
SECRET_READING = tuple(f"/api/v1/{part}" for part in SECRET_PARTS)


def api_routes(app: APIFlask) -> Iterator[tuple[str, str, str]]:
    """Yield method, path with made-up values, endpoint."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            values = {name: 999 if "_id" in name or name == "number" else "nobody" for name in rule.arguments}
            # It takes no other word.
            values |= {"message_kind": "created"} if "message_kind" in values else {}
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
        reads = method == "GET" and not path.startswith(SECRET_READING)
        wanted = "read" if reads else WRITES_WITH.get(path.split("/")[3], "admin")
        wanted = "admin" if path in ADMINISTERS else wanted
        assert scope_of(endpoint) == wanted, (method, path)


def test_a_narrow_token_reads_the_subscribers_of_its_own_integration_and_nothing_else(
    app: APIFlask, client: FlaskClient
) -> None:
    own, other = factories.make_integration(gateway="nx_play").id, factories.make_integration(gateway="nx_play").id
    narrow = Program(client, create_token("platform", "subscribers", integration_id=own)[1])
    assert narrow.get(f"/integrations/{own}/subscribers").status_code == 200
    assert narrow.get(f"/integrations/{other}/subscribers").status_code == 403
    for method, path, _endpoint in api_routes(app):
        answer = narrow.call(method, path.removeprefix("/api/v1"))
        assert answer.status_code == 403, (method, path)
        assert answer.json["code"] == "scope_narrow"


@pytest.mark.parametrize(
    ("allowed", "address", "status"),
    [
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.0/24"], "203.0.114.9", 403),
        (["203.0.113.9"], "::ffff:203.0.113.9", 200),
        (["2001:db8::/32"], "2001:db8:1::5", 200),
        (["2001:db8::/32", "10.0.0.0/8"], "fe80::1%eth0", 403),
        ([], "198.51.100.1", 200),
    ],
)
def test_a_token_is_refused_from_an_address_that_it_does_not_allow(
    client: FlaskClient, allowed: list[str], address: str, status: int
) -> None:
    text = create_token("erp", "read", allowed_addresses=allowed)[1]
    headers = {"Authorization": f"Bearer {text}"}
    answer = client.get("/api/v1/customers", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert status == 200 or answer.json["code"] == "token_address_refused"


def test_a_proxy_that_the_settings_trust_tells_the_address_and_no_other(tmp_path: Path) -> None:
    seen = {}
    for proxies in (0, 1):
        folder = tmp_path / str(proxies)
        folder.mkdir()
        given = {"SINTONIA_INSTANCE": str(folder), "SINTONIA_PROXIES": str(proxies)}
        app = create_app(load_settings(given), TESTING=True)
        with app.app_context():
            db.create_all()
            text = create_token("erp", "read", allowed_addresses=["203.0.113.9"])[1]
            db.session.rollback()
            headers = {"Authorization": f"Bearer {text}", "X-Forwarded-For": "203.0.113.9"}
            seen[proxies] = app.test_client().get("/api/v1/customers", headers=headers).status_code
            db.engine.dispose()
    assert seen == {0: 403, 1: 200}


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
    answer = reader.get("/customers/nobody")
    assert answer.headers["X-RateLimit-Limit"] == "600"
    assert answer.headers["RateLimit-Policy"] == '"minute";q=600;w=60'
    assert re.fullmatch(r'"minute";r=596;t=\d+', answer.headers["RateLimit"])


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
