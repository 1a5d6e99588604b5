"""What comes in: names, addresses, headers, files and fields that somebody made up."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import structlog
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from webapp import create_app, logs
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Customer, Operator
from webapp.models.operator import ADMIN, ATTENDANT
from webapp.services.bad_rows import as_csv
from webapp.services.operators import create_operator
from webapp.services.tokens import create_token
from webapp.sources.formulas import DANGEROUS
from webapp.sources.spreadsheet_csv import read_csv
from webapp.web.access import API_PREFIX

NAME, HERE = "hub.provedor.example", "http://localhost/login"
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https:evil.example", "http:///evil.example", "/\t/evil.example", "javascript:alert(1)", "data:text/html,x",
    "https://localhost@evil.example/", "https://localhost.evil.example/", "//evil.example\\@localhost",
    "%2f%2fevil.example", "/%09/evil.example", "HTTPS://EVIL.example",
)  # fmt: skip
FORMULAS = tuple(f"{first}cmd|' /C calc'!A0" for first in DANGEROUS) + ('=HYPERLINK("http://evil.example")', "@SUM(1)")


@pytest.fixture
def named(settings: Settings, app: APIFlask) -> APIFlask:
    """A hub that knows its own name."""
    return create_app(replace(settings, base_url=f"https://{NAME}"), TESTING=True)


@pytest.mark.parametrize(
    "host", ["evil.example", f"{NAME}.evil.example", f"evil.{NAME}", f"{NAME}@evil.example", "a b"]
)
def test_hub_with_a_name_answers_to_no_other(named: APIFlask, host: str) -> None:
    answer = named.test_client().get("/login", headers={"Host": host})
    assert (answer.status_code, "evil" in answer.text) == (400, False)


@pytest.mark.parametrize("host", [NAME, f"{NAME}:443", "127.0.0.1:8000", "localhost"])
def test_hub_with_a_name_answers_to_it_and_to_its_own_machine(named: APIFlask, host: str) -> None:
    assert named.test_client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_sign_in_leads_nowhere_else(app: APIFlask, anonymous: Browser, wanted: str) -> None:
    create_operator(f"{ADMIN}@example.com", PASSWORD, ADMIN)
    answer = anonymous.post(
        "/login", query_string={"next": wanted}, data={"email": f"{ADMIN}@example.com", "password": PASSWORD}
    )
    assert stays_here(answer.headers.get("Location", "/")), answer.headers
    assert stays_here(anonymous.get("/login", query_string={"next": wanted}).headers.get("Location", "/"))


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_page_that_a_fragment_says_it_came_from_leads_nowhere_else(anonymous: Browser, wanted: str) -> None:
    answer = anonymous.get("/customers", hx=True, headers={"HX-Current-URL": wanted})
    target = answer.headers["HX-Redirect"]
    assert (stays_here(target), "evil" in target.partition("?")[0]) == (True, False)


def stays_here(location: str) -> bool:
    """Tell whether a browser that is sent there stays on this site; it reads a backslash as a slash."""
    plain = re.sub(r"[\t\r\n]", "", location).replace("\\", "/")
    return urlsplit(urljoin(HERE, plain))[:2] == urlsplit(HERE)[:2]


def routes_without_arguments(app: APIFlask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static":
            yield rule.rule


def test_no_answer_but_static_files_may_be_kept_by_anybody(app: APIFlask) -> None:
    _row, text = create_token("reader", "admin")
    browsers = [
        (signed_in(app, ADMIN), {}),
        (make_browser(app), {}),
        (make_browser(app), {"Authorization": f"Bearer {text}"}),
    ]
    kept: dict[str, set[str]] = {}
    for browser, headers in browsers:
        for path in routes_without_arguments(app):
            answer = browser.get(path, headers=headers)
            if "no-store" not in answer.headers.get("Cache-Control", ""):
                kept.setdefault(path, set()).add(answer.text)
    # The worker is a file, too, with the addresses of other files: whoever asks is told the same.
    assert {path: len(texts) for path, texts in kept.items()} == {"/offline-worker.js": 1}


def test_refusal_may_be_kept_as_little_as_an_answer(app: APIFlask, admin: Browser) -> None:
    for path in ("/nothing", "/customers/999999", f"{API_PREFIX}v1/customers/none", "/callback/nobody"):
        assert "no-store" in admin.get(path).headers["Cache-Control"], path


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
def test_method_in_a_header_or_a_field_is_no_method(app: APIFlask, admin: Browser, method: str) -> None:
    customer = factories.make_customer()
    path = f"/customers/{customer.id}"
    named_so = {"X-HTTP-Method-Override": method, "X-Method-Override": method}
    assert admin.get(path, headers=named_so, query_string={"_method": method}).status_code == 200
    assert db.session.get(Customer, customer.id) is not None


def test_every_body_of_the_api_refuses_fields_that_it_does_not_know(app: APIFlask) -> None:
    found = make_browser(app).get("/api/v1/openapi.json", headers=reader()).get_json()
    open_bodies = [
        f"{method} {path}"
        for path, operations in found["paths"].items()
        for method, operation in operations.items()
        for content in (operation.get("requestBody") or {}).get("content", {}).values()
        if not closed(resolved(found, content["schema"]), found)
    ]
    assert open_bodies == []


def reader() -> dict[str, str]:
    _row, text = create_token("document", "read")
    return {"Authorization": f"Bearer {text}"}


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def closed(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Tell whether an object with a field too many is refused; a list, or a choice, when each of its parts is."""
    parts = [resolved(document, one) for name in ("anyOf", "oneOf", "allOf") for one in schema.get(name, ())]
    if schema.get("type") == "array":
        parts.append(resolved(document, schema["items"]))
    if parts:
        return all(closed(part, document) for part in parts)
    return schema.get("type") != "object" or schema.get("additionalProperties") is not None


NOT_OF_THE_FORM = {
    "id": "77", "created_at": "2000-01-01", "erased_at": "2000-01-01", "role": "admin", "roles": "admin",
    "name_folded": "x",
}  # fmt: skip


def test_fields_that_a_form_does_not_have_change_nothing(app: APIFlask) -> None:
    attendant = signed_in(app, ATTENDANT)
    customer = factories.make_customer(code="901", name="Ana Teste")
    before, role = customer.created_at, db.session.scalar(select(Operator)).roles[0].name
    data = {"code": "901", "name": "Ana Nova", "version": str(customer.version), **NOT_OF_THE_FORM}
    assert attendant.post(f"/customers/{customer.id}/edit", data=data).status_code in (302, 303, 200)
    db.session.expire_all()
    found = db.session.get(Customer, customer.id)
    assert (found.name, found.created_at, found.erased_at, found.name_folded) == ("Ana Nova", before, None, "ana nova")
    assert [one.name for one in db.session.scalar(select(Operator)).roles] == [role]
    assert db.session.get(Customer, 77) is None


@pytest.mark.parametrize("cell", FORMULAS)
def test_formula_is_text_in_an_export_and_itself_again_when_it_comes_back(cell: str) -> None:
    exported = as_csv([("code", "name"), ("1", cell)])
    shown = list(csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline=""), delimiter=";"))[1][1]
    assert not shown.startswith(DANGEROUS)
    assert [cells[1] for _row, cells in read_csv(io.BytesIO(exported))] == ["name", cell]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_forges_a_line_of_the_log(
    settings: Settings, log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = 'x\n2026-01-01T00:00:00Z level=info event=paid\r\n\x1b[2K{"event": "paid"}\u2028\x85next'
    logs.configure(replace(settings, log_format=log_format))
    try:
        structlog.get_logger().info("seen", name=forged, agent=forged)
    finally:
        logs.configure(settings)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 1, written
    assert "\x1b" not in written


def test_what_a_browser_says_of_itself_comes_back_in_no_header(app: APIFlask, admin: Browser) -> None:
    forged = {"q": "a\r\nSet-Cookie: stolen=1", "cursor": "\r\nX-Forged: 1", "sort": "\nLocation: //evil.example"}
    for path in ("/customers", "/history", "/transmissions", "/login"):
        answer = admin.get(path, query_string=forged)
        assert not {"X-Forged"} & set(answer.headers.keys())
        assert "stolen" not in str(answer.headers)
