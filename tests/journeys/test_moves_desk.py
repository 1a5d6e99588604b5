"""The attendant gives a service to another holder step by step, and plans a holiday that begins and ends by itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.journeys import platforms
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.journeys.crowd import package_of
from tests.journeys.seller import Seller
from webapp import create_app
from webapp.clock import local_today
from webapp.config import load_settings
from webapp.extensions import db
from webapp.sandbox.client import Tenant
from webapp.schema import migrate_database
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
ANA, BIA, CODE, NEW_CODE = "Ana Souza", "Beatriz Lima", "17711", "17712"
NEW_PASSWORD = "senha-da-bia-1"
TOLD = ("Pedido", "Serviço novo feito", "estão nas plataformas", "foram consultadas", "encerrado", "encerradas")


@pytest.fixture
def address(nx: Tenant, tmp_path: Path) -> Iterator[str]:
    """A hub where Ana's service carries a package of a platform that can be asked."""
    with create_app(load_settings({"SINTONIA_INSTANCE": str(tmp_path)}), TESTING=True).app_context():
        migrate_database(db.engine)
        create_operator("attendant@example.com", PASSWORD, "attendant")
        plan = factories.make_plan(package_of(platforms.connect(nx, "key")), description="Fibra 500")
        ana = factories.make_customer("2023", name=ANA, email="ana@example.com")
        factories.make_customer("2024", name=BIA, email="bia@example.com")
        factories.make_service(ana, plan, code=CODE, login="ana.login", password="senha-da-ana-1")
        db.session.remove()
        db.engine.dispose()
    with serving(tmp_path, "serve", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def enter(visitor: Visitor) -> Seller:
    visitor.secrets += [PASSWORD, NEW_PASSWORD]
    visitor.open("/login")
    visitor.fill(email="attendant@example.com", password=PASSWORD)
    visitor.press("Entrar")
    return Seller(visitor)


def open_customer(at: Visitor, name: str) -> None:
    at.go("Clientes")
    at.follow(name)


@pytest.mark.parametrize(("width", "scripted"), [(WIDE, True), (NARROW, False)])
def test_holder_changes_step_by_step_and_the_old_account_ends_last(
    browser: Browser, address: str, nx: Tenant, width: int, scripted: bool
) -> None:
    with visit(browser, address, width=width, scripted=scripted) as at:
        seller = enter(at)
        open_customer(at, ANA)
        seller.until("Ativa")
        begin_move(at, seller)
        at.awaits(at.page.locator("#guided-move .badge", has_text="Feita"), renews=True)
        steps = at.page.locator(".move-steps li")
        for number, told in enumerate(TOLD):
            expect(steps.nth(number)).to_contain_text(told)
        both_remember(at)
    states = {one["email"]: one["status"] for one in nx.subscribers()}
    assert states == {"ana@example.com": "cancelled", "bia@example.com": "active"}


def begin_move(at: Visitor, seller: Seller) -> None:
    """From the old holder's service, by way of the search for the new one, to the steps."""
    at.act(seller.card(CODE), "Troca de titularidade")
    at.page.locator("main input[type=search]").fill("Beatriz")
    if not at.scripted:
        at.page.locator("main form[role=search]").get_by_role("button").click()
    at.follow(f"Escolher {BIA}")
    at.follow("Passo a passo: a conta antiga só termina quando a nova está de pé")
    at.fill(code=NEW_CODE, login="bia.login", password=NEW_PASSWORD, reason="Venda do imóvel")
    at.press("Começar a mudança")


def both_remember(at: Visitor) -> None:
    """The move stands in the list of moves, and on the pages of both people."""
    at.go("Agenda")
    at.follow("Mudanças guiadas", at.page.locator("body"))
    expect(at.row(ANA)).to_contain_text(BIA)
    for name, code, status in ((ANA, CODE, "Cancelado"), (BIA, NEW_CODE, "Habilitado")):
        open_customer(at, name)
        if status == "Cancelado":
            at.follow("Exibir todos")
        expect(Seller(at).card(code)).to_contain_text(status)
        at.sees("Mudança guiada feita")


@pytest.mark.parametrize(("width", "scripted"), [(WIDE, True), (NARROW, False)])
def test_holiday_is_planned_seen_in_the_agenda_and_carried_out(
    browser: Browser, address: str, width: int, scripted: bool
) -> None:
    today = local_today("America/Sao_Paulo")
    with visit(browser, address, width=width, scripted=scripted) as at:
        seller = enter(at)
        open_customer(at, ANA)
        seller.until("Ativa")
        person = at.page.url.partition("#")[0]
        plan_holiday(at, seller, str(today + timedelta(days=3)), str(today + timedelta(days=20)))
        expect(seller.card(CODE)).to_contain_text("Em pausa")
        seller.until("Ativa")
        # The last day of a pause is a day of it: they are back on the next.
        for day, kind in ((3, "Suspensão a pedido do cliente"), (21, "Volta de uma pausa")):
            at.open(f"/agenda/day?on={today + timedelta(days=day)}")
            at.sees(kind)
            expect(at.row(ANA)).to_contain_text(CODE)
        at.open(person)
        # The holiday begins at once: the content pauses by itself.
        plan_holiday(at, seller, str(today), str(today + timedelta(days=20)))
        seller.until("Suspensa")
        # And they are home sooner.
        plan_holiday(at, seller, "", "")
        seller.until("Ativa")


def plan_holiday(at: Visitor, seller: Seller, first: str, last: str) -> None:
    at.act(seller.card(CODE), "Editar: endereço, vencimento, pausa")
    fold = at.page.locator("details.fold", has=at.field("pause_from"))
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    at.fill(pause_from=first, pause_until=last)
    seller.save_service()
