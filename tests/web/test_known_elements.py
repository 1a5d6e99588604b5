"""Small things that users look for where they know them from: a button, a help, a date, a badge."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web import states
from tests.web.page import Page, read_page
from webapp.extensions import db
from webapp.models import Service

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
LISTS = ("/customers", "/integrations", "/integrations/{integration_id}/products", "/packages", "/plans")
CARD = {
    "billing_kind": "postpaid", "due_day": 21, "sold_on": "2026-01-10", "billing_method": "Boleto",
    "suspension_profile": "Padrão", "contract_ends_on": "2027-01-10",
}  # fmt: skip


@pytest.fixture
def here(app: object) -> states.States:
    return states.build()


def described(page: Page, name: str) -> list[str]:
    """Return the ids of the texts that explain a field."""
    field = next(attrs for _tag, attrs in page.tags if attrs.get("name") == name)
    return field.get("aria-describedby", "").split()


@pytest.mark.parametrize("address", LISTS)
def test_list_is_refreshed_with_the_filters_that_stand_there(address: str, admin: Browser, here: states.States) -> None:
    page = read_page(admin.get(address.format(**here.ids())))
    [form] = [attrs for attrs in page.all("form") if attrs.get("role") == "search"]
    assert form["method"] == "get"
    assert [attrs for attrs in page.all("button") if attrs.get("aria-label") == "Atualizar" and "type" not in attrs]


@pytest.mark.parametrize("switch", ["single_package", "follow_status"])
def test_switch_of_an_integration_is_explained_beside_it(switch: str, admin: Browser) -> None:
    page = read_page(admin.get("/integrations/new?gateway=nx_play"))
    assert described(page, switch)


def test_callback_address_is_copied_by_a_button(admin: Browser, here: states.States) -> None:
    page = read_page(admin.get("/integrations"))
    copied = [attrs["data-copy"] for attrs in page.all("button") if "data-copy" in attrs]
    assert copied
    assert all("/callback/" in address for address in copied)


def test_card_of_a_service_shows_what_was_agreed(admin: Browser) -> None:
    service = factories.make_service(plan=factories.make_plan(technology="Fibra"), **CARD)
    text = admin.get(f"/customers/{service.customer_id}").text
    for shown in ("Fibra", "Dia 21", "10/01/2026", "10/01/2027", "Boleto", "Padrão", "Mensalidade (pós-paga)"):
        assert shown in text, shown
    stored = db.session.get_one(Service, service.id)
    assert stored.enabled_at is not None
    for name in ("Habilitado em", "Cadastrado em", "Vendido em"):
        assert name in text, name


@pytest.mark.parametrize("address", ["/plans", "/services/{full_service_id}/packages"])
def test_locked_packages_carry_a_badge(address: str, admin: Browser, here: states.States) -> None:
    assert "Pacotes travados" in admin.get(address.format(**here.ids())).text


def test_dici_tab_says_by_when_the_provider_reports(admin: Browser) -> None:
    assert "dia 15 do mês seguinte" in admin.get("/packages/new").text


def test_package_may_be_given_away(attendant: Browser) -> None:
    service, package = factories.make_service(), factories.make_package()
    address = f"/services/{service.id}/packages/new?package_id={package.id}"
    assert attendant.post(address, data={"value": "0,00"}).status_code == 303
    assert db.session.get_one(Service, service.id).packages[0].value == Decimal("0.00")


def test_nothing_in_the_product_changes_or_deletes_the_history() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in WEBAPP.rglob("*.py")}
    wrong = [name for name, text in texts.items() if "delete(Event" in text or "update(Event" in text]
    assert wrong == []
