"""Spreadsheets and readings of sources in a browser: upload, columns, preview, progress, approval."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read, read_page
from tests.web.pull_states import add_item, change, make_pull
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Customer, Source, SourcePull, SourcePullItem
from webapp.services import source_mapping, source_pulls
from webapp.web import pulls

HEADER = "Código;Nome;CPF;Plano;Status;Senha\n"
FILE = HEADER + "1;Ana;52998224725;Fibra;Ativo;segredo-1\n2;Bia;11144477735;Fibra;Ativo;segredo-2\n"
COLUMNS = {"column-0": "code", "column-1": "name", "column-2": "document", "column-3": "plan", "column-4": "status"}


@pytest.fixture
def source(app: object) -> Source:
    source = factories.make_source(kind="spreadsheet", description="Lista")
    plan = factories.make_plan(description="Fibra")
    source_mapping.save_mapping(source.id, {("plan", "fibra"): str(plan.id)})
    return source


@pytest.fixture
def erp(app: object) -> Source:
    return factories.make_source(description="ERP")


@pytest.fixture
def staged(erp: Source) -> SourcePull:
    """One service would be cancelled, another would lose one of its two packages."""
    pull = make_pull(erp, status="staged", checksum="abc123")
    ending, losing = factories.make_service(), factories.make_service()
    cinema, books = (
        factories.make_package(description=name, value=Decimal(value))
        for name, value in (("Cinema", "29.90"), ("Livros", "10.00"))
    )
    for service in (ending, losing):
        factories.make_sale(service, cinema)
        factories.make_sale(service, books)
    add_item(pull.id, ending, "staged", [change("status", "negative", "status", ending.status, "cancelado")], 1)
    removed = change("remove_package", "negative", "package", "10.00", None, books.id)
    add_item(pull.id, losing, "staged", [removed], 2)
    db.session.commit()
    return pull


def send(browser: Browser, source: Source, text: str = FILE, **fields: str) -> TestResponse:
    data: dict[str, Any] = {"file": (io.BytesIO(text.encode()), "clientes.csv"), **fields}
    return browser.post(f"/sources/{source.id}/file", data=data)


def only_pull() -> SourcePull:
    return SourcePull.query.one()


def worked() -> SourcePull:
    return source_pulls.work(only_pull().id)


def text_of(response: TestResponse) -> str:
    return " ".join(response.text.split())


def test_file_goes_from_an_empty_hub_to_customers_in_a_browser(admin: Browser) -> None:
    factories.make_plan(description="Fibra")
    made = admin.post("/import", data={"description": "Lista da loja"})
    source = Source.query.one()
    assert made.location == f"/sources/{source.id}/file"
    source_mapping.save_mapping(source.id, {("plan", "fibra"): "1"})
    page = send(admin, source)
    pull_id = only_pull().id
    assert page.location == f"/pulls/{pull_id}/columns"
    chosen = admin.post(page.location, data=COLUMNS)
    assert chosen.location == f"/pulls/{pull_id}"
    assert worked().status == "ready"
    preview = admin.get(chosen.location)
    assert f"/pulls/{pull_id}/confirm" in [form["action"] for form in read_page(preview).all("form")]
    assert Customer.query.count() == 0
    admin.post(f"/pulls/{pull_id}/confirm")
    assert worked().status == "done"
    assert {row.name for row in Customer.query} == {"Ana", "Bia"}


def test_columns_page_suggests_by_name_and_shows_no_password(admin: Browser, source: Source) -> None:
    send(admin, source)
    response = admin.get(f"/pulls/{only_pull().id}/columns")
    page = read_page(response)
    chosen = [option["value"] for option in page.all("option") if "selected" in option]
    assert chosen == ["code", "name", "document", "plan", "status", "password"]
    assert "52998224725" in response.text
    assert "segredo" not in response.text
    assert "***" in response.text


def test_swapped_columns_are_pointed_out_and_pass_only_when_a_person_is_sure(admin: Browser, source: Source) -> None:
    send(
        admin,
        source,
        HEADER + "1;52998224725;Ana;Fibra;Ativo;\n2;11144477735;Bia;Fibra;Ativo;\n3;52998224725;Caio;;;\n",
    )
    address = f"/pulls/{only_pull().id}/columns"
    assert 'name="sure"' in admin.get(address).text
    refused = admin.post(address, data=COLUMNS)
    assert refused.status_code == 422
    assert refused.text.count("is-invalid") == 2
    assert only_pull().status == "ready"
    assert admin.post(address, data={**COLUMNS, "sure": "y"}).status_code == 303
    assert only_pull().status == "reading"


def test_one_thing_chosen_for_two_columns_is_refused_beside_the_second(admin: Browser, source: Source) -> None:
    send(admin, source)
    refused = admin.post(f"/pulls/{only_pull().id}/columns", data={**COLUMNS, "column-5": "name"})
    assert refused.status_code == 422
    assert 'id="column-5-error"' in refused.text
    assert 'id="column-1-error"' not in refused.text


def test_whoever_goes_back_to_the_columns_is_led_to_the_reading(admin: Browser, source: Source) -> None:
    send(admin, source)
    address = f"/pulls/{only_pull().id}/columns"
    admin.post(address, data=COLUMNS)
    for answer in (admin.get(address), admin.post(address, data=COLUMNS)):
        assert answer.location == f"/pulls/{only_pull().id}"


@pytest.mark.parametrize(("text", "words"), [("", "header"), ("<html></html>", "web page")])
def test_file_that_cannot_be_used_is_refused_beside_its_field(
    admin: Browser, source: Source, text: str, words: str
) -> None:
    admin.get("/")
    refused = send(admin, source, text)
    assert refused.status_code == 422
    assert 'id="file-error"' in refused.text
    assert SourcePull.query.count() == 0


def test_form_without_a_file_is_refused(admin: Browser, source: Source) -> None:
    assert admin.post(f"/sources/{source.id}/file", data={}).status_code == 422


def test_same_upload_sent_twice_has_one_effect_and_another_file_has_its_own(admin: Browser, source: Source) -> None:
    page = read_page(admin.get(f"/sources/{source.id}/file"))
    mark = next(field["value"] for field in page.all("input") if field.get("name") == "once")
    first, again = send(admin, source, once=mark), send(admin, source, once=mark)
    assert first.location == again.location
    assert SourcePull.query.count() == 1
    other = send(admin, source, FILE + "3;Caio;;Fibra;Ativo;\n", once=mark)
    assert other.location != first.location


def test_file_as_large_as_is_allowed_is_taken_from_people_who_are_signed_in(
    admin: Browser, anonymous: Browser, source: Source, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    monkeypatch.setattr(pulls, "LARGEST_REQUEST", 40_000)
    large = HEADER + "1;Ana;;Fibra;Ativo;\n" * 1_000
    assert send(admin, source, large).status_code == 303
    assert send(admin, source, large * 3).status_code == 413
    assert send(anonymous, source, large).status_code == 413


def test_staged_changes_say_how_many_how_much_and_who(admin: Browser, staged: SourcePull) -> None:
    shown = text_of(admin.get(f"/pulls/{staged.id}"))
    names = [item.name for item in SourcePullItem.query.order_by(SourcePullItem.id)]
    assert ", ".join(names) in shown
    # Both packages of the one that ends, one of the other.
    assert "49,90" in shown
    assert 'value="abc123"' in shown
    assert "Livros" in shown


def test_staged_changes_are_approved_only_as_they_were_seen_and_rejected_only_with_a_reason(
    admin: Browser, staged: SourcePull
) -> None:
    assert admin.post(f"/pulls/{staged.id}/approve", data={"checksum": "another"}).status_code == 409
    admin.post(f"/pulls/{staged.id}/reject", data={"reason": " "})
    assert only_pull().status == "staged"
    admin.post(f"/pulls/{staged.id}/reject", data={"reason": "Feriado"})
    assert only_pull().status != "staged"
    assert {item.outcome for item in SourcePullItem.query} == {"skipped"}


def test_viewer_sees_a_reading_and_no_button(viewer: Browser, staged: SourcePull) -> None:
    response = viewer.get(f"/pulls/{staged.id}")
    assert [form["action"] for form in read_page(response).all("form") if form.get("method") == "post"] == ["/logout"]
    for address in ("approve", "reject", "stop", "confirm"):
        assert viewer.post(f"/pulls/{staged.id}/{address}").status_code == 403
    assert viewer.get(f"/pulls/{staged.id}/bad-rows/csv").status_code == 403


def test_lines_are_found_by_direction_outcome_name_and_code(admin: Browser, staged: SourcePull) -> None:
    item = SourcePullItem.query.order_by(SourcePullItem.id.desc()).first()
    rows = {
        query: len(read(admin.get(f"/pulls/{staged.id}?{query}", hx=True)).all("tr")) - 1
        for query in ("direction=negative", f"q={item.service_code}", f"q={item.name[:6].upper()}")
    }
    assert rows["direction=negative"] == 2
    assert rows[f"q={item.service_code}"] == 1
    assert rows[f"q={item.name[:6].upper()}"] >= 1
    assert "<table" not in admin.get(f"/pulls/{staged.id}?outcome=applied", hx=True).text


def test_progress_is_that_of_the_database_and_ends_with_the_whole_page(admin: Browser, erp: Source) -> None:
    pull = make_pull(erp, status="applying", applied=20, lease_until=utc_now() + timedelta(minutes=5))
    db.session.commit()
    address = f"/fragments/pulls/{pull.id}?polls=1"
    working = admin.get(address, hx=True)
    bar = read(working).all("progress")[0]
    assert (bar["value"], bar["max"]) == ("20", "51")
    assert "every 2s" in working.text
    pull.status = "done"
    db.session.commit()
    assert admin.get(address, hx=True).headers["HX-Redirect"] == f"/pulls/{pull.id}"
    assert "every 2s" not in admin.get(f"/pulls/{pull.id}").text


def test_reading_is_started_stopped_and_refused_while_one_is_under_way(admin: Browser, erp: Source) -> None:
    started = admin.post(f"/sources/{erp.id}/pull", data={"dry_run": "1"})
    pull = only_pull()
    assert (started.location, pull.dry_run, pull.requested_by) == (f"/pulls/{pull.id}", True, "admin@example.com")
    assert admin.post(f"/sources/{erp.id}/pull").status_code == 409
    admin.post(f"/pulls/{pull.id}/stop")
    assert only_pull().status == "stopped"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_that_cannot_be_used_are_given_as_a_file(admin: Browser, source: Source, kind: str) -> None:
    send(admin, source, HEADER + "1;=cmd();1,2E+10;Fibra;Ativo;segredo\n")
    admin.post(f"/pulls/{only_pull().id}/columns", data=COLUMNS)
    worked()
    response = admin.get(f"/pulls/{only_pull().id}/bad-rows/{kind}")
    assert f"rows.{kind}" in response.headers["Content-Disposition"]
    assert b"segredo" not in response.data
    assert response.data.startswith(b"PK" if kind == "xlsx" else "\ufeff".encode())
    if kind == "csv":
        assert "'=cmd()" in response.text
    assert admin.get(f"/pulls/{only_pull().id}/bad-rows/exe").status_code == 404
