"""A whole journey without a mouse: from signing in to a package that is sold and stands on the platform."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.administrator import EMAIL, PASSWORD
from tests.journeys.browser import CHROMIUM, WIDE
from tests.journeys.keyboard import Typist
from tests.journeys.shop import Shop, open_shop
from webapp.sandbox.client import Tenant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]


@pytest.fixture
def shop(browser: Browser, tmp_path: Path, nx: Tenant) -> Iterator[Shop]:
    """A platform is connected and a plan is there; whoever did that has signed out."""
    with open_shop(browser, tmp_path, nx, width=WIDE) as shop:
        shop.admin.connect()
        shop.admin.test_and_synchronise("NxPlay")
        shop.admin.make_plan("Fibra 300", "79,90")
        shop.admin.sign_out()
        yield shop


def test_package_is_made_and_sold_by_keys_alone(shop: Shop, nx: Tenant) -> None:
    typist = Typist(shop.at)
    sign_in(typist)
    make_package(typist)
    register(typist)
    add_service(typist)
    open_menu_of_service(typist)
    sell(typist)
    shop.seller.until("Ativa", watching=True)
    assert nx.subscriber(email="maria@example.com")["products"] == ["full"]


def sign_in(typist: Typist) -> None:
    """The first field has the focus already."""
    typist.write(email=EMAIL, password=PASSWORD)
    typist.open_with()
    typist.at.sees("Painel")


def make_package(typist: Typist) -> None:
    """Through the side menu; the tabs of the form are changed by the arrows, a box is ticked by Space."""
    typist.reach("Pacotes")
    typist.open_with()
    typist.follow("Adicionar")
    typist.skip_menu()
    typist.reach("Geral")
    typist.write(description="1 APP PREMIUM", value="30,00")
    typist.reach("Geral", back=True)
    typist.keys("ArrowRight")
    expect(typist.page.get_by_role("tab", name="Integração")).to_be_focused()
    typist.choose("integration_id", "NxPlay")
    typist.reach("Plano Full full")
    typist.keys("Space")
    typist.reach("Salvar")
    typist.open_with()
    typist.at.sees("O pacote foi salvo.")


def register(typist: Typist) -> None:
    """Enter in the last field saves."""
    typist.reach("Clientes")
    typist.open_with()
    typist.follow("Adicionar cliente")
    typist.skip_menu()
    typist.write(code="1234", name="Maria da Conceição", document="529.982.247-25", email="maria@example.com")
    typist.open_with()
    typist.at.sees("O cliente foi salvo.")


def add_service(typist: Typist) -> None:
    typist.follow("Adicionar serviço")
    typist.skip_menu()
    typist.write(code="S1234")
    typist.choose("plan_id", "Fibra 300")
    typist.write(login="maria.login")
    typist.open_with()
    typist.at.sees("O serviço foi salvo.")


def open_menu_of_service(typist: Typist) -> None:
    """Enter opens the three dots, Escape closes them, Enter opens them again; Tab goes through what they hold."""
    menu = typist.page.locator("#service-list details.menu")
    typist.skip_menu()
    typist.reach("Ações do serviço S1234")
    typist.keys("Enter")
    expect(menu).to_have_attribute("open", "")
    typist.reach("Pacotes")
    typist.keys("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    typist.keys("Enter")
    typist.reach("Pacotes")
    typist.open_with()
    typist.at.sees("Pacotes do serviço S1234")


def sell(typist: Typist) -> None:
    typist.follow("Adicionar pacote")
    typist.skip_menu()
    typist.reach("Filtrar:")
    typist.page.keyboard.type("premium")
    typist.reach("1 APP PREMIUM")
    typist.open_with()
    typist.skip_menu()
    typist.choose("param-noggin", "Desligado")
    expect(typist.page.locator("#preview")).to_contain_text("Criar")
    typist.reach("Vender o pacote")
    typist.open_with()
    typist.at.sees("O pacote foi vendido")
