"""Reports and receipts on their pages: who sees them, what they say, the files they give."""

import io
import re
from decimal import Decimal

import pytest

from tests import factories
from tests.fixtures.people import Browser
from webapp.extensions import db
from webapp.models import City, Customer, Event, Receipt
from webapp.services.provider import read_cnpj
from webapp.services.reports import months

PAGES = ("/reports", "/reports/file", "/reports/anatel", "/reports/anatel/file", "/reports/accounting",
         "/reports/accounting/file", "/reports/cities")  # fmt: skip


@pytest.fixture
def customer(app: object) -> Customer:
    """Somebody to whom a package is sold."""
    lines = [{"description": "Streaming", "kind": "sva", "value": Decimal("20.00")},
             {"description": "Acesso", "kind": "scm", "value": Decimal("9.90")}]  # fmt: skip
    made = factories.make_customer()
    service = factories.make_service(made, city="Cidade Exemplo")
    factories.make_sale(service, factories.make_package(description="Cinema", composition=lines))
    return made


def test_running_month_is_on_the_page_and_in_both_files(finance: Browser, customer: Customer) -> None:
    page = finance.get("/reports?by=city").text
    assert "Cidade Exemplo" in page
    assert "R$ 29,90" in page.replace("\xa0", " ")
    lines = finance.get("/reports/file?by=city").text.splitlines()
    assert lines[1].split(";")[1:7] == ["Cidade Exemplo", "0", "1", "0", "0", "1"]
    assert lines[1].split(";")[8:] == ["29,90", "0,00", "29,90"]
    assert finance.get("/reports/file?format=xlsx").data[:2] == b"PK"
    assert finance.get("/reports/file?format=exe").status_code == 404


def test_months_draw_charts_that_say_the_same_in_words_and_in_a_table(finance: Browser, customer: Customer) -> None:
    db.session.execute(db.text("UPDATE service_package SET created_at = '2020-01-01 00:00:00.000000'"))
    db.session.commit()
    months.write_due()
    page = finance.get("/reports").text
    assert page.count("<svg viewBox") == 4
    assert "reconstru" in page
    assert finance.get("/reports", hx=True).text.count("<svg viewBox") == 4


@pytest.mark.parametrize("query", ["from=x&to=2026-99", "from=2030-01&to=2020-01", "package=abc&by=nothing", "city="])
def test_nonsense_in_the_address_shows_what_is_usual(finance: Browser, query: str) -> None:
    assert finance.get(f"/reports?{query}").status_code == 200


def test_cnpj_is_checked_kept_and_stands_in_the_file(finance: Browser, customer: Customer) -> None:
    assert finance.post("/reports/anatel", data={"cnpj": "11.222.333/0001-82"}).status_code == 422
    assert finance.post("/reports/anatel", data={"cnpj": "11.222.333/0001-81"}).status_code == 303
    assert read_cnpj() == "11222333000181"
    assert db.session.query(Event).filter_by(action="provider.update").one().after == {"cnpj": "11222333000181"}
    assert finance.get("/reports/anatel/file").text.startswith("\ufeffCNPJ;ANO;MES;COD_IBGE;")


def test_code_of_a_city_is_said_on_the_page_and_then_it_is_the_next_ones_turn(
    finance: Browser, customer: Customer
) -> None:
    factories.make_service(city="Outra Cidade")
    page = finance.get("/reports/cities").text
    assert page.index("Cidade Exemplo") < page.index("Outra Cidade")
    refused = finance.post("/reports/cities", data={"city": "Cidade Exemplo", "ibge": "3550309", "area": ""})
    assert (refused.status_code, db.session.query(City).count()) == (422, 0)
    said = {"city": "Cidade Exemplo", "ibge": "3550308", "area": "urban"}
    assert finance.post("/reports/cities", data=said).status_code == 303
    assert db.session.query(City).one().ibge == "3550308"
    page = finance.get("/reports/cities").text
    assert re.search(r"<option selected value=\"Outra Cidade\"", page)
    assert "3550308" in finance.get("/reports/cities?city=Cidade+Exemplo").text
    assert finance.post("/reports/cities", data={**said, "city": "Lugar nenhum"}).status_code == 422


def test_list_of_cities_is_uploaded_whole_or_not_at_all(finance: Browser, viewer: Browser) -> None:
    for content, status in ((b"cidade,ibge\nOsasco,3534402\n", 422), (b"cidade,ibge\nOsasco,3534401\n", 303)):
        sent = {"list-file": (io.BytesIO(content), "c.csv")}
        assert finance.post("/reports/cities/file", data=sent).status_code == status
    assert db.session.query(City).one().name == "Osasco"
    assert finance.post("/reports/cities/file", data={}).status_code == 422
    assert viewer.post("/reports/cities/file", data={}).status_code == 403


def test_composition_says_that_no_tax_is_computed_on_page_and_file(finance: Browser, customer: Customer) -> None:
    month = "month=2099-01"
    for address in (f"/reports/accounting?{month}", f"/reports/accounting/file?{month}"):
        said = finance.get(address).text
        assert "imposto" in said
        assert "20,00" in said


@pytest.mark.parametrize("address", PAGES)
def test_money_is_for_administrators_and_finance(
    address: str, admin: Browser, attendant: Browser, viewer: Browser
) -> None:
    assert [who.get(address).status_code for who in (admin, attendant, viewer)] == [200, 403, 403]


def test_attendant_hands_out_a_receipt_and_a_viewer_checks_it(
    attendant: Browser, viewer: Browser, customer: Customer
) -> None:
    address = f"/customers/{customer.id}/receipt"
    assert viewer.get(address).status_code == 403
    assert viewer.post(address, data={}).status_code == 403
    assert viewer.get("/receipts/key").status_code == 404
    made = attendant.post(address, data={"format": "pdf"})
    assert made.headers["Content-Disposition"].startswith("attachment; filename=comprovante-")
    number = db.session.query(Receipt).one().number
    assert number in attendant.get(address).text
    assert b"BEGIN PUBLIC KEY" in viewer.get("/receipts/key").data
    said = viewer.post("/receipts/check", data={"file": (io.BytesIO(made.data), "c.pdf")}).text
    assert number in said
    assert customer.document not in said


def test_receipt_that_is_none_is_refused_beside_its_field(viewer: Browser) -> None:
    for data in ({}, {"file": (io.BytesIO(b"hello"), "c.pdf")}):
        assert viewer.post("/receipts/check", data=data).status_code == 422


def test_unknown_form_of_a_receipt_and_unknown_customers_are_not_found(attendant: Browser, customer: Customer) -> None:
    assert attendant.post(f"/customers/{customer.id}/receipt", data={"format": "exe"}).status_code == 404
    assert attendant.get("/customers/999/receipt").status_code == 404
    assert attendant.post("/customers/999/receipt", data={}).status_code == 404
