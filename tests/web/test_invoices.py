"""Invoices of platforms on the screen: uploaded, mapped, looked at, set aside, contested, closed."""

import io
from datetime import date
from decimal import Decimal

import pytest
from apiflask import APIFlask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.fixtures.people import Browser
from tests.web import invoice_states
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import BillingTerms, Event, Integration, Invoice, InvoiceLine, Product

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def platform(app: APIFlask) -> Integration:
    return invoice_states.platform()


def send(
    browser: Browser, platform: Integration, content: bytes, name: str = "fatura.csv", **more: str
) -> TestResponse:
    data = {"integration_id": str(platform.id), "month": "2026-09", "file": (io.BytesIO(content), name), **more}
    return browser.post("/invoices/new", data=data, content_type="multipart/form-data")


def line_of(subject: str) -> InvoiceLine:
    db.session.rollback()
    return db.session.scalars(select(InvoiceLine).where(InvoiceLine.subject == subject).limit(1)).one()


def test_upload_then_columns_then_what_was_found(finance: Browser, platform: Integration) -> None:
    answer = send(finance, platform, invoice_states.text())
    assert answer.status_code == 303
    page = finance.get(answer.location)
    read_page(page)
    assert "ana@casa.example.com" in page.text
    form = {"column-0": "login", "column-1": "product", "column-2": "value"}
    found = finance.post(answer.location, data=form, follow_redirects=True)
    read_page(found)
    invoice = db.session.scalars(select(Invoice)).one()
    assert (invoice.billed, invoice.disputed) == (Decimal("101.50"), Decimal("61.70"))
    assert invoice.counts == {"right": 1, "cancelled": 1, "price": 1, "not_sold": 1, "twice": 1, "not_billed": 1}
    assert db.session.get_one(BillingTerms, platform.id).mapping == invoice_states.COLUMNS
    assert all(text in found.text for text in ("61,70", "estranho@example.com", "davi@casa.example.com"))


def test_next_invoice_has_the_same_columns_chosen(finance: Browser, platform: Integration) -> None:
    invoice_states.checked(platform)
    place = send(finance, platform, invoice_states.text("ana@casa.example.com;full;19,90"), month="2026-08").location
    page = finance.get(place)
    assert 'selected value="login"' in page.text


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "vazia.csv", "vazi"),
        (b"Login;Produto;Valor\r\n", "so-titulo.csv", "cabe"),
        (b"%PDF-1.4 broken", "fatura.pdf", "PDF"),
        (b"PK\x03\x04 broken", "fatura.xlsx", "XLSX"),
    ],
)
def test_upload_bad_file_is_told_and_nothing_is_kept(
    finance: Browser, platform: Integration, content: bytes, name: str, code: str
) -> None:
    answer = send(finance, platform, content, name)
    assert (answer.status_code, db.session.scalar(select(func.count()).select_from(Invoice))) == (422, 0)
    read_page(answer)
    assert "file-error" in answer.text


def test_upload_of_100_mb_is_told(finance: Browser, platform: Integration) -> None:
    assert send(finance, platform, b"a;b;c\r\n" * 14_000_000).status_code == 413


def test_upload_same_file_again_is_told(finance: Browser, platform: Integration) -> None:
    invoice_states.uploaded(platform)
    answer = send(finance, platform, invoice_states.text(), month="2026-10")
    assert answer.status_code == 422
    assert "09/2026" in answer.text


def test_upload_without_month_or_file_is_told(finance: Browser, platform: Integration) -> None:
    assert send(finance, platform, invoice_states.text(), month="nothing").status_code == 422
    assert send(finance, platform, invoice_states.text(), month="2099-01").status_code == 422
    data = {"integration_id": str(platform.id), "month": "2026-09"}
    assert finance.post("/invoices/new", data=data).status_code == 422


def test_columns_that_say_too_little_are_told(finance: Browser, platform: Integration) -> None:
    place = f"/invoices/{invoice_states.uploaded(platform).id}/columns"
    for form in ({"column-2": "value"}, {"column-0": "login"}, {"column-0": "login", "column-1": "value"},
                 {"column-0": "login", "column-1": "login", "column-2": "value"}):  # fmt: skip
        answer = finance.post(place, data={"column-0": "", "column-1": "", "column-2": "", **form})
        assert answer.status_code == 422
        read_page(answer)
    assert db.session.scalars(select(Invoice.state)).one() == "columns"


def test_line_shows_days_and_proof(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    page = finance.get(f"/invoices/{invoice.id}/lines/{line_of('bia@casa.example.com').id}")
    read_page(page)
    assert all(text in page.text for text in ("req-bia", "20/08/2026", "seat-days"))
    assert page.text.count('<li class="bg-secondary-lt') == 30


def test_line_set_aside_and_back(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    place = f"/invoices/{invoice.id}/lines/{line_of('bia@casa.example.com').id}"
    assert finance.post(f"{place}/aside", data={"reason": ""}).status_code == 422
    assert finance.post(f"{place}/aside", data={"reason": "Agreed by phone"}).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Invoice, invoice.id).disputed == Decimal("41.80")
    finance.post(f"/invoices/{invoice.id}/check")
    db.session.rollback()
    assert db.session.get_one(Invoice, invoice.id).disputed == Decimal("41.80")
    assert line_of("bia@casa.example.com").aside == "Agreed by phone"
    again = f"/invoices/{invoice.id}/lines/{line_of('bia@casa.example.com').id}/contest"
    assert finance.post(again).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Invoice, invoice.id).disputed == Decimal("61.70")
    actions = set(db.session.scalars(select(Event.action).where(Event.object_type == "invoice")))
    assert {"invoice.set_aside", "invoice.take_up", "invoice.check", "invoice.upload"} <= actions


def test_contestation_says_what_the_platform_needs(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    answer = finance.post(f"/invoices/{invoice.id}/contestation", data={"format": "csv"})
    rows = [line.split(";") for line in answer.data.decode("utf-8-sig").splitlines()]
    assert [row[0] for row in rows[1:]] == ["3", "4", "5", "6"]
    bia = rows[1]
    assert bia[1:6] == ["bia@casa.example.com", "full", "19,90", "0,00", "19,90"]
    assert bia[7] == "2026-08-20T15:04:05Z"
    assert bia[9:11] == ["req-bia", "200"]
    sheet = finance.post(f"/invoices/{invoice.id}/contestation", data={"format": "xlsx"}).data
    values = CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert (len(values), values[1][5]) == (5, 19.9)


def test_contestation_carries_no_formula(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform, "=1+1@example.com;full;19,90")
    answer = finance.post(f"/invoices/{invoice.id}/contestation", data={"format": "csv"}).data.decode("utf-8-sig")
    assert "'=1+1@example.com" in answer


def test_products_that_nobody_knew_are_named_once(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform, "ana@casa.example.com;Pacote Ouro;19,90")
    assert invoice.counts["unclear"] == 1
    assert "Pacote Ouro" in finance.get(f"/invoices/{invoice.id}").text
    product = db.session.scalars(select(Product).where(Product.code == "full")).one()
    data = {"word": ["Pacote Ouro"], "product_id": [str(product.id)]}
    assert finance.post(f"/invoices/{invoice.id}/products", data=data).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Invoice, invoice.id).counts["right"] == 1
    later = invoice_states.checked(platform, "caio@casa.example.com;PACOTE OURO;19,90")
    assert later.counts["right"] == 1
    assert finance.post(f"/invoices/{invoice.id}/products", data={}).status_code == 422


def test_close_forgets_the_file_and_nothing_changes_any_more(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    place = f"/invoices/{invoice.id}"
    assert finance.post(f"{place}/close").status_code == 303
    db.session.rollback()
    row = db.session.get_one(Invoice, invoice.id)
    assert (row.state, row.content) == ("closed", None)
    line = line_of("bia@casa.example.com").id
    for rest in ("check", "close", "discard", f"lines/{line}/aside"):
        assert finance.post(f"{place}/{rest}", data={"reason": "late"}).status_code == 409
    assert finance.get(f"{place}/columns").status_code == 303
    assert "req-bia" in finance.post(f"{place}/contestation", data={"format": "csv"}).data.decode("utf-8-sig")


def test_discard_removes_a_wrong_upload(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    assert finance.post(f"/invoices/{invoice.id}/discard").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(InvoiceLine)) == 0
    assert send(finance, platform, invoice_states.text()).status_code == 303


def test_lines_are_filtered_and_taken_as_a_file(finance: Browser, platform: Integration) -> None:
    invoice = invoice_states.checked(platform)
    page = finance.get(f"/invoices/{invoice.id}?verdict=cancelled").text
    assert "bia@casa.example.com" in page
    assert "estranho@example.com" not in page
    assert "estranho@example.com" not in finance.get(f"/invoices/{invoice.id}?claim=aside").text
    query = f"invoice={invoice.id}&verdict=cancelled"
    taken = finance.post("/tables/invoice_lines/export", data={"format": "csv", "query": query})
    assert taken.data.decode("utf-8-sig").count("bia@casa.example.com") == 1


def test_ledger_that_began_later_is_told(finance: Browser, platform: Integration) -> None:
    from_later = invoice_states.checked(platform).id
    assert date(2026, 9, 1) == invoice_states.MONTH
    assert finance.get(f"/invoices/{from_later}").status_code == 200


@pytest.mark.parametrize("role", ["attendant", "viewer"])
def test_others_see_neither_menu_nor_page(request: pytest.FixtureRequest, platform: Integration, role: str) -> None:
    browser, invoice = request.getfixturevalue(role), invoice_states.checked(platform)
    assert "/invoices" not in browser.get("/").text
    for path in ("/invoices", "/invoices/new", f"/invoices/{invoice.id}", f"/invoices/{invoice.id}/columns"):
        assert browser.get(path).status_code == 403
    assert browser.post(f"/invoices/{invoice.id}/contestation", data={"format": "csv"}).status_code == 403
    query = f"invoice={invoice.id}"
    assert browser.post("/tables/invoice_lines/export", data={"format": "csv", "query": query}).status_code == 403
