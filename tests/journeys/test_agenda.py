"""A campaign with a trial, new values and a change of e-mail, in a browser: planned, seen, carried out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.administrator import Administrator, Carried
from tests.journeys.browser import CHROMIUM, WIDE, Visitor, serving, visit
from tests.journeys.quality import SETUP_LINK
from tests.journeys.seller import Seller
from webapp.clock import local_today
from webapp.sandbox.client import Tenant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PACKAGE, PLAN, CODE = "Cinema Total", "Fibra 500", "17711"


@pytest.fixture
def shop(browser: Browser, nx: Tenant, tmp_path: Path) -> Iterator[Administrator]:
    """An administrator who has a platform, a package and a plan to sell."""
    with (
        serving(tmp_path, "serve", "--port", "0", wanted=SETUP_LINK) as found,
        visit(browser, found[1], width=WIDE) as visitor,
    ):
        administrator = Administrator(visitor, nx)
        administrator.set_up(found[0])
        administrator.connect()
        administrator.test_and_synchronise("NxPlay")
        administrator.make_package(PACKAGE, "29,90", "NxPlay", "Full")
        administrator.make_plan(PLAN, "99,90", [Carried(PACKAGE)])
        yield administrator


def test_what_is_planned_is_seen_in_the_agenda_and_carried_out(shop: Administrator) -> None:
    at = shop.at
    make_campaign(at)
    seller = Seller(at)
    person = seller.register("2023001", "Ana Souza", "52998224725", "ana@example.com")
    seller.add_service(PLAN, CODE)
    seller.until("Ativa")
    keep_trial(at, seller)
    plan_values(at)
    at.open(person)
    change_email(at, seller)


def make_campaign(at: Visitor) -> None:
    today = local_today("America/Sao_Paulo")
    at.go("Campanhas")
    at.follow("Adicionar campanha")
    at.fill(description="Verão", from_on=str(today), until_on=str(today + timedelta(days=30)), free_months="2")
    at.choose(package_id=PACKAGE)
    at.tick("O pacote termina com os meses grátis")
    at.press("Salvar")
    at.sees("A campanha foi gravada")


def keep_trial(at: Visitor, seller: Seller) -> None:
    seller.open_packages(CODE)
    at.sees("Grátis até")
    at.act(seller.sale(PACKAGE), "Ficar com o pacote")
    at.sees("O pacote fica")


def plan_values(at: Visitor) -> None:
    today = local_today("America/Sao_Paulo")
    at.go("Novos valores")
    at.page.locator(".page-header, main").get_by_role("link", name="Planejar novos valores").first.click()
    at.fill(percent="10", from_on=str(today + timedelta(days=1)), reason="IPCA")
    at.tick(f"Escolher {PACKAGE}")
    at.press("Mostrar o que acontece")
    at.sees("32,89")
    at.press("Planejar exatamente isto")
    at.sees("1 mudança foi planejada.")
    at.go("Agenda")
    at.sees("Tudo o que tem dia marcado")


def change_email(at: Visitor, seller: Seller) -> None:
    at.act(seller.card(CODE), "Troca de e-mail")
    at.fill(email="ana.nova@example.com")
    at.press("Começar a mudança")
    at.awaits(at.page.locator("#guided-move .badge", has_text="Feita"), renews=True)
    at.sees("Serviço antigo encerrado")
