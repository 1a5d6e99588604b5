"""Pages of personal data: export, erasure, periods, data map, and who looked."""

import json
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from tests import factories
from tests.fixtures.people import Browser
from tests.web import world
from webapp.extensions import db
from webapp.models import Customer, Erasure, Event, PersonalAccess
from webapp.services.privacy import accesses, erasing
from webapp.services.tokens import create_token

PASSWORD = "senha-da-internet-77"


@pytest.fixture
def customer() -> Customer:
    return factories.make_service(password=PASSWORD).customer


def looks() -> list[tuple[Any, ...]]:
    """Return what was noted: actor, what, customer, people and times."""
    db.session.rollback()
    rows = db.session.scalars(select(PersonalAccess).order_by(PersonalAccess.id))
    return [(row.actor, row.what, row.customer_id, row.people, row.times) for row in rows]


def visit(browser: Browser, address: str, **options: Any) -> int:
    """Open a page, and let its answer end as a server does."""
    response = browser.get(address, **options)
    response.close()
    return int(response.status_code)


@pytest.mark.parametrize("form", ["json", "html"])
def test_an_export_holds_what_is_known_and_no_password_and_is_noted(
    admin: Browser, customer: Customer, form: str
) -> None:
    name, customer_id, code = customer.name, customer.id, customer.services[0].code
    response = admin.post(f"/customers/{customer_id}/data/export", data={"format": form})
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert f'filename="dados-{customer_id}.{form}"' in response.headers["Content-Disposition"]
    assert name in response.text
    assert code in response.text
    assert PASSWORD not in response.text
    assert "k1." not in response.text
    response.close()
    assert looks() == [("admin@example.com", "privacy.export", customer_id, 1, 1)]
    event = db.session.scalars(select(Event).where(Event.action == "customer.export")).one()
    assert (event.object_id, event.after) == (customer_id, {"format": form})


def test_what_a_person_is_given_is_in_words_and_not_in_codes_of_the_hub(admin: Browser) -> None:
    service = factories.make_service(billing_kind="postpaid")
    factories.make_sale(service)
    customer_id, plan = service.customer_id, service.plan.description
    address = f"/customers/{customer_id}/data"
    given = admin.post(f"{address}/export", data={"format": "html"}).text
    shown = [admin.get(f"{address}?section={key}").text for key in ("contract", "platforms", "history")]
    for text_ in (given, "".join(shown)):
        assert "Mensalidade (pós-paga)" in text_
        assert plan in text_
        codes = ("servico_habilitado", "service.create", "postpaid<", "pending", "package_id", ">system<")
        assert [code for code in codes if code in text_] == []


def test_an_export_for_programs_says_of_every_section_why_and_for_how_long(admin: Browser, customer: Customer) -> None:
    address = f"/customers/{customer.id}/data/export"
    body = json.loads(admin.post(address, data={"format": "json"}).text)
    assert (body["format"], body["version"], len(body["sections"])) == ("sintonia-person", 1, 17)
    assert all(one["origin"] and one["purpose"] and one["ground"] for one in body["sections"])
    service = next(one for one in body["sections"] if one["key"] == "contract")["tables"]["service"][0]
    assert service["password"] == "***"


def test_an_export_in_another_form_is_refused(admin: Browser, customer: Customer) -> None:
    assert admin.post(f"/customers/{customer.id}/data/export", data={"format": "exe"}).status_code == 400


def test_an_erasure_is_asked_for_with_the_code_typed_and_every_service_marked(
    admin: Browser, customer: Customer
) -> None:
    address, service_id, code = f"/customers/{customer.id}/erasure", customer.services[0].id, customer.code
    wrong = admin.post(address, data={"reason": "asked", "code": "x", "cancel": service_id})
    unmarked = admin.post(address, data={"reason": "asked", "code": code})
    assert (wrong.status_code, unmarked.status_code, Erasure.query.count()) == (422, 422, 0)
    done = admin.post(address, data={"reason": "asked", "code": code, "cancel": service_id})
    assert (done.status_code, Erasure.query.count()) == (303, 1)
    page = admin.get(address).text
    assert f"/privacy/erasures/{Erasure.query.one().id}/withdraw" in page


@pytest.mark.parametrize("word", ["withdraw", "finish", "readmit"])
def test_a_decision_that_does_not_fit_is_refused_on_the_page(admin: Browser, customer: Customer, word: str) -> None:
    asked = erasing.request_erasure(customer.id, "asked", [customer.services[0].id])
    if word != "readmit":
        erasing.withdraw(asked.id, "once")
    response = admin.post(f"/privacy/erasures/{asked.id}/{word}", data={"reason": "again"})
    assert response.status_code == 409
    assert admin.post(f"/privacy/erasures/{asked.id}/{word}", data={"reason": ""}).status_code == 422


def test_an_erasure_is_taken_back_from_its_page(admin: Browser, customer: Customer) -> None:
    asked = erasing.request_erasure(customer.id, "asked", [customer.services[0].id])
    response = admin.post(f"/privacy/erasures/{asked.id}/withdraw", data={"reason": "changed mind"})
    assert response.status_code == 303
    assert db.session.get_one(Erasure, asked.id, populate_existing=True).status == "withdrawn"


def test_periods_are_saved_and_a_number_outside_the_bounds_is_told_beside_its_field(admin: Browser) -> None:
    page = {name: "90" for name in ("attempt_bodies", "source_items", "alerts", "sessions")}
    page |= {"attempts": "1825", "history": "1825", "run_items": "365", "orphans": "365", "accesses": "730"}
    page |= {"customers": "1825", "source_rows": "1", "source_hints": "7", "invoice_files": "90"}
    assert admin.post("/privacy/retention", data={**page, "alerts": "30"}).status_code == 303
    refused = admin.post("/privacy/retention", data={**page, "history": "3"})
    assert refused.status_code == 422
    assert 'id="history-error"' in refused.text


def test_the_data_map_is_given_as_a_file_that_no_spreadsheet_carries_out(admin: Browser) -> None:
    factories.make_integration(description="=cmd()")
    response = admin.get("/privacy/data-map.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="mapa-de-dados.csv"'
    lines = response.text.splitlines()
    assert all(line.startswith("'=cmd()") for line in lines[1:])
    assert any("cpf_cnpj" in line for line in lines)


def test_a_look_at_a_person_is_noted_after_the_answer_and_the_same_one_only_counted(
    admin: Browser, viewer: Browser
) -> None:
    here = world.build()
    for _time in range(2):
        visit(viewer, f"/customers/{here.customer_id}")
    visit(admin, f"/services/{here.service_id}/packages")
    visit(admin, f"/transmissions?account={here.account_id}")
    assert looks() == [
        ("viewer@example.com", "customers.detail", here.customer_id, 1, 2),
        ("admin@example.com", "sales.index", here.customer_id, 1, 1),
        ("admin@example.com", "transmissions.index", here.customer_id, 1, 1),
    ]


def test_a_list_is_noted_with_how_many_it_showed_and_nothing_is_noted_of_nobody(admin: Browser) -> None:
    for _number in range(3):
        factories.make_customer()
    visit(admin, "/customers")
    visit(admin, "/packages")
    visit(admin, "/customers/9999")
    assert visit(admin, f"/transmissions?account={10**30}") == 200
    visit(admin, "/fragments/dashboard")
    assert looks() == [("admin@example.com", "customers.index", None, 3, 1)]


def test_a_part_that_refreshes_itself_is_noted_once_where_no_page_was(admin: Browser, viewer: Browser) -> None:
    here = world.build()
    part = f"/fragments/services/{here.service_id}/accounts"
    for _time in range(3):
        visit(admin, part)
    visit(viewer, f"/customers/{here.customer_id}")
    visit(viewer, part)
    assert looks() == [
        ("admin@example.com", "fragments.service_accounts", here.customer_id, 1, 1),
        ("viewer@example.com", "customers.detail", here.customer_id, 1, 1),
    ]


def test_programs_are_noted_too(app: APIFlask, customer: Customer) -> None:
    _token, key = create_token("erp", "read")
    customer_id, code, service = customer.id, customer.code, customer.services[0].code
    db.session.rollback()
    for address in (f"/customers/{code}", f"/services/{service}", "/customers"):
        response = app.test_client().get(f"/api/v1{address}", headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == 200
        response.close()
    assert looks() == [
        ("token:erp", "api.read_customer", customer_id, 1, 1),
        ("token:erp", "api.read_service", customer_id, 1, 1),
        ("token:erp", "api.list_customers", None, 1, 1),
    ]


def test_a_busy_database_holds_no_answer_and_the_look_is_written_with_the_next_one(
    admin: Browser, customer: Customer
) -> None:
    address = f"/customers/{customer.id}"
    db.session.rollback()
    with db.engine.connect() as busy:
        busy.execute(text("select 1"))
        assert visit(admin, address) == 200
        assert len(accesses.waiting()) == 1
        busy.rollback()
    visit(admin, address)
    assert ([one[4] for one in looks()], accesses.waiting()) == ([2], [])


def test_the_log_is_narrowed_to_a_person_and_to_who_looked(admin: Browser, viewer: Browser) -> None:
    here = world.build()
    visit(viewer, f"/customers/{here.customer_id}")
    visit(admin, "/customers")
    mine = admin.get("/privacy/accesses?actor=viewer@example.com").text
    theirs = admin.get(f"/privacy/accesses?customer={here.customer_id}").text
    assert (mine.count("<tr>"), theirs.count("<tr>"), admin.get("/privacy/accesses").text.count("<tr>")) == (2, 2, 3)
