"""Every failure is problem details, in words, and never a traceback."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from tests.api.conftest import Program
from webapp import messages
from webapp.api import MAX_BODY_BYTES
from webapp.extensions import db
from webapp.messages import access

MEMBERS = {"type", "title", "status", "code", "detail"}


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json.keys() - {"errors"} == MEMBERS
    assert answer.json["status"] == status
    assert answer.json["code"] == code
    assert answer.json["type"] == f"/problems/{code}"
    assert answer.json["detail"] not in ("", code)


def test_an_unknown_path_is_a_404(client: FlaskClient, reader: Program) -> None:
    assert_problem(client.get("/api/v1/nothing"), 404, "route_unknown")
    assert_problem(client.get("/api/nothing"), 404, "route_unknown")
    assert_problem(client.get("/api"), 404, "route_unknown")
    assert_problem(reader.get("/accounts/word"), 404, "route_unknown")


def test_a_number_that_no_id_can_be_is_a_404(reader: Program) -> None:
    assert_problem(reader.get("/accounts/99999999999999999999"), 404, "route_unknown")


def test_a_wrong_method_is_a_405_that_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/customers")
    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_an_unknown_object_is_a_404_in_words(reader: Program) -> None:
    for path in ("/customers/nobody", "/services/nobody", "/packages/9", "/plans/9", "/integrations/9", "/runs/9"):
        answer = reader.get(path)
        assert_problem(answer, 404, answer.json["code"])
        assert " " in answer.json["detail"], path


def test_a_body_that_is_no_json_is_a_415(writer: Program) -> None:
    headers = {"Authorization": f"Bearer {writer.token}"}
    answer = writer.client.put("/api/v1/customers/1", data="name=Maria", headers=headers, content_type="text/plain")
    assert_problem(answer, 415, "media_type_unsupported")


@pytest.mark.parametrize("body", ["{", "{'name': 1}", b"\xff\xfe", ""])
def test_a_broken_body_is_a_400(writer: Program, body: str | bytes) -> None:
    headers = {"Authorization": f"Bearer {writer.token}", "Content-Type": "application/json"}
    assert_problem(writer.client.put("/api/v1/customers/1", data=body, headers=headers), 400, "request_unreadable")


def test_a_body_that_is_too_large_is_a_413(writer: Program) -> None:
    answer = writer.put("/customers/1", {"name": "x" * MAX_BODY_BYTES})
    assert_problem(answer, 413, "request_too_large")
    assert "4096" in answer.json["detail"]


def test_every_wrong_field_is_named_with_code_and_words(admin: Program) -> None:
    body = {
        "value": "1.234",
        "technology": "x" * 300,
        "download_kbps": "fast",
        "packages": [{"package_id": None}],
        "x": 1,
    }
    answer = admin.post("/plans", body)
    assert_problem(answer, 422, "validation_failed")
    found = {error["field"]: error["code"] for error in answer.json["errors"]}
    assert found == {
        "description": "field_missing",
        "value": "too_many_decimals",
        "technology": "text_too_long",
        "download_kbps": "not_a_number",
        "packages.0.package_id": "not_a_number",
        "x": "field_unknown",
    }
    assert all(" " in error["message"] and "{" not in error["message"] for error in answer.json["errors"])


@pytest.mark.parametrize("body", [[], "text", 7, None, {"name": "\ud800"}, {"name": None}, {"name": ["x"]}])
def test_a_body_of_the_wrong_shape_is_a_422(writer: Program, body: Any) -> None:
    assert_problem(writer.put("/customers/1", body if body is not None else {}), 422, "validation_failed")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1e400", "99999999999"])
def test_a_value_that_is_no_price_is_a_422(admin: Program, value: str) -> None:
    assert_problem(admin.post("/plans", {"description": "x", "value": value}), 422, "validation_failed")


def test_a_number_too_large_for_the_database_is_a_422(admin: Program) -> None:
    body = {"description": "x", "value": "1.00", "packages": [{"package_id": 10**30}]}
    assert admin.post("/plans", body).status_code == 422


def test_an_unknown_filter_is_refused_not_ignored(reader: Program) -> None:
    answer = reader.get("/accounts?estado=active")
    assert_problem(answer, 422, "validation_failed")
    assert answer.json["errors"][0]["field"] == "estado"


@pytest.fixture
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def failing(app: APIFlask) -> Callable[[Exception], str]:
    """Make the list of customers raise."""

    def fail(error: Exception) -> str:
        def raise_it(**_values: Any) -> None:
            raise error

        raise_it.api_scope = "read"  # type: ignore[attr-defined]
        app.view_functions["api.list_customers"] = raise_it
        return "/customers"

    return fail


def test_what_nobody_expected_is_a_500_without_a_trace(
    reader: Program, failing: Callable[[Exception], str], log: list[MutableMapping[str, Any]]
) -> None:
    answer = reader.get(failing(RuntimeError("secret inside")))
    assert_problem(answer, 500, "hub_failed")
    assert "secret inside" not in answer.text
    assert "Traceback" not in answer.text
    assert [(line["event"], line["log_level"]) for line in log] == [("api_failed", "error")]
    assert str(log[0]["exc_info"]) == "secret inside"


def test_a_locked_database_is_a_503_that_says_when_to_come_back(
    reader: Program, failing: Callable[[Exception], str]
) -> None:
    locked = sqlite.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite.SQLITE_BUSY
    answer = reader.get(failing(OperationalError("select", {}, locked)))
    assert_problem(answer, 503, "database_busy")
    assert answer.headers["Retry-After"] == "5"


def test_a_failure_leaves_nothing_open(reader: Program, failing: Callable[[Exception], str]) -> None:
    reader.get(failing(RuntimeError("boom")))
    assert not db.session().in_transaction()


@pytest.mark.parametrize(
    ("asked", "answered"), [(None, "pt-BR"), ("en", "en"), ("en-GB,en;q=0.8", "en"), ("pt", "pt-BR"), ("fr", "pt-BR")]
)
def test_words_come_in_the_language_asked_for_else_the_hubs(
    client: FlaskClient, asked: str | None, answered: str
) -> None:
    answer = client.get("/api/v1/customers", headers={"Accept-Language": asked} if asked else {})
    assert answer.headers["Content-Language"] == answered
    assert "Accept-Language" in answer.headers["Vary"]


def test_no_code_of_the_api_means_something_else_elsewhere() -> None:
    modules = [import_module(f"webapp.messages.{found.name}") for found in iter_modules(messages.__path__)]
    for other in modules:
        if other is not access and hasattr(other, "ENTRIES"):
            assert access.ENTRIES.keys() & other.ENTRIES.keys() == set(), other.__name__
