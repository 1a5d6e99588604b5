"""A new user in a real browser: the main job in Portuguese, wide and narrow, with and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import CHROMIUM, Visitor, chromium, serving, visit
from tests.journeys.seller import EMAIL, MARIA, PASSWORD, Seller
from webapp.sandbox.client import Tenant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
WIDE, NARROW = 1280, 390
SETUP_LINK = r"(http://\S+?)/setup/\S+"
DEMO_LINE = r"(http://\S+)\s+(\S+@\S+)\s+(\S+)"
Enter = Callable[..., Seller]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def enter(browser: Browser, tmp_path: Path, nx: Tenant) -> Iterator[Enter]:
    """Start a hub of its own and let a new user make the first administrator."""
    with ExitStack() as stack:

        def come(width: int, scripted: bool = True) -> Seller:
            found = stack.enter_context(serving(tmp_path, "serve", "--port", "0", wanted=SETUP_LINK))
            visitor = stack.enter_context(visit(browser, found[1], width=width, scripted=scripted))
            seller = Seller(visitor, nx)
            seller.set_up(found[0])
            return seller

        yield come


def open_shop(seller: Seller) -> None:
    seller.connect()
    seller.test_and_synchronise()
    seller.make_package("1 APP PREMIUM", "30,00", "Plano Full")
    seller.make_package("1 APP STANDARD", "10,00", "PLANO BASICO basico")
    seller.make_plan("Fibra 600", "1 APP PREMIUM")
    seller.make_plan("Fibra 300", "1 APP STANDARD")


def customers_page(seller: Seller) -> str:
    return seller.page.url.partition("#")[0]


@pytest.mark.parametrize("scripted", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_new_user_sells_changes_and_cancels_and_the_platform_has_one_account(
    scripted: bool, enter: Enter, nx: Tenant
) -> None:
    seller = enter(WIDE, scripted)
    seller.sign_out()
    seller.sign_in()
    open_shop(seller)
    seller.register()
    seller.add_service("Fibra 600")
    seller.until("Ativa")
    assert nx.subscriber(email=MARIA)["products"] == ["full"]

    for status, state, there in (
        ("Suspenso por débito", "Suspensa", "suspended"), ("Serviço Habilitado", "Ativa", "active"),
    ):  # fmt: skip
        seller.change_status(status)
        seller.until(state)
        assert nx.subscriber(email=MARIA)["status"] == there

    seller.take_password_from("codigo_cliente")
    seller.until("Ativa")
    assert nx.subscriber(email=MARIA)["password"] == "001234"
    seller.at.secrets.append("001234")

    seller.sell("1 APP STANDARD")
    seller.until("Ativa")
    assert sorted(nx.subscriber(email=MARIA)["products"]) == ["basico", "full"]
    seller.remove("1 APP STANDARD")
    seller.until("Ativa")
    seller.migrate("Fibra 300")
    seller.until("Ativa")
    assert nx.subscriber(email=MARIA)["products"] == ["basico"]

    there = customers_page(seller)
    look_at_transmissions(seller)
    seller.reconcile()
    seller.at.open(there)
    seller.change_status("Cancelado")
    seller.until("Cancelada")
    assert nx.live() == {}
    assert (nx.effects("created"), nx.doubles()) == (1, {})


def look_at_transmissions(seller: Seller) -> None:
    """Every attempt is listed, and each can be opened, masked."""
    seller.at.go("Transmissões")
    seller.at.sees("A fila está vazia.")
    seller.page.get_by_role("link", name=re.compile("^Concluídas")).click()
    rows = seller.page.locator("tbody tr")
    expect(rows.filter(has_text="Criar")).to_have_count(1)
    seller.at.look()
    with seller.page.expect_navigation():
        rows.filter(has_text="Criar").locator("td a").first.click()
    seller.at.sees("Authorization: Bearer ***")
    seller.at.look()


def test_on_a_phone_the_main_job_works_and_nothing_is_wider_than_the_screen(enter: Enter, nx: Tenant) -> None:
    seller = enter(NARROW)
    open_shop(seller)
    seller.register()
    seller.add_service("Fibra 600")
    seller.until("Ativa")
    seller.change_status("Suspenso por débito")
    seller.until("Suspensa")
    look_at_transmissions(seller)
    seller.reconcile()
    assert nx.subscriber(email=MARIA)["status"] == "suspended"
    assert (nx.effects("created"), nx.doubles()) == (1, {})


@pytest.mark.parametrize("scripted", [True, False], ids=["with-javascript", "without-javascript"])
def test_two_clicks_have_one_effect(scripted: bool, enter: Enter, nx: Tenant) -> None:
    seller = enter(WIDE, scripted)
    open_shop(seller)
    nx.set_dials(status=503, operations=["create"])
    seller.register()
    seller.add_service("Fibra 600")
    there = customers_page(seller)
    # After the second failure the next try is minutes away: what comes earlier comes by hand.
    nx.wait_calls("create", 2)
    look_at_the_queue(seller)
    nx.clear_dials()
    seller.at.open(there)
    twice(seller, "Tentar agora")
    seller.at.open(there)
    seller.until("Ativa")
    assert (nx.effects("created"), nx.doubles()) == (1, {})

    seller.begin_sale("1 APP STANDARD")
    twice(seller, "Salvar")
    seller.at.open(there)
    expect(seller.sale("1 APP STANDARD")).to_have_count(1)
    seller.until("Ativa")
    assert sorted(nx.subscriber(email=MARIA)["products"]) == ["basico", "full"]


def look_at_the_queue(seller: Seller) -> None:
    """The account stands there with its reason and the next try."""
    seller.at.go("Transmissões")
    row = seller.page.locator("tbody tr", has_text="Maria da Conceição")
    expect(row).to_contain_text("Pendente")
    expect(row).to_contain_text("A plataforma")
    expect(row).to_contain_text(re.compile(r"em \d minutos"))


def twice(seller: Seller, name: str) -> None:
    seller.page.get_by_role("button", name=name, exact=True).first.dblclick()
    seller.page.wait_for_load_state("networkidle")


def test_the_forms_around_the_main_job_work_without_javascript(enter: Enter, nx: Tenant) -> None:
    seller = enter(WIDE, scripted=False)
    open_shop(seller)
    change_the_catalogue(seller)
    register_a_webhook(seller)
    seller.register()
    seller.at.follow("Editar")
    seller.at.fill(name="Maria das Dores", email=MARIA)
    seller.at.press("Salvar")
    seller.add_service("Fibra 600")
    seller.until("Ativa")
    seller.at.follow("Editar", seller.page.locator("section.card").first)
    seller.page.get_by_text("Pausa e isenção").click()
    seller.at.fill(address="Rua das Flores, 10", pause_from="2030-01-10", pause_until="2030-01-20")
    seller.at.press("Salvar")
    seller.at.sees("Rua das Flores, 10")
    seller.until("Ativa")
    seller.at.press("Reenviar")
    seller.until("Ativa")
    search(seller)
    assert nx.subscriber(email=MARIA)["name"] == "Maria das Dores"


def change_the_catalogue(seller: Seller) -> None:
    seller.at.go("Pacotes")
    seller.at.follow("Visualizar ou editar")
    seller.at.press("Adicionar linha")
    seller.at.press("Remover a linha 2")
    seller.at.fill(accountant_note="conferido")
    seller.at.press("Salvar")
    seller.at.sees("O pacote foi salvo.")
    seller.at.go("Serviços/Planos")
    seller.at.follow("Visualizar ou editar")
    seller.at.fill(technology="Fibra")
    seller.at.press("Salvar")
    seller.at.sees("O plano foi salvo.")
    for name in ("Inativar", "Reativar"):
        seller.at.press(name)
        seller.at.sees("O plano foi salvo.")


def register_a_webhook(seller: Seller) -> None:
    """Free parameters, a new callback address, inactive and back."""
    seller.at.go("Plataformas de Conteúdo")
    seller.at.follow("Adicionar")
    seller.page.locator(".choice", has_text="Outros").click()
    seller.at.fill(description="Livros", param__url=f"{seller.platform.hook_url}")
    seller.at.press("Adicionar parâmetro")
    seller.at.fill(free__0__name="loja", free__0__value="42")
    seller.at.press("Salvar")
    seller.at.sees("A integração foi salva.")
    expect(seller.page.locator("[id='free-0-value']")).to_have_value("42")
    seller.at.press("Gerar um novo endereço")
    seller.at.sees("O endereço de callback é novo")
    seller.at.go("Plataformas de Conteúdo")
    row = seller.page.locator("tbody tr", has_text="Livros")
    for name, message in (("Inativar", "A integração foi inativada."), ("Reativar", "A integração foi ativada.")):
        seller.at.press(name, row)
        seller.at.sees(message)


def search(seller: Seller) -> None:
    seller.at.go("Clientes")
    seller.page.get_by_role("searchbox").fill("dores")
    seller.at.press("Buscar")
    seller.at.sees("Maria das Dores")


def test_the_demonstration_shows_its_log_in_and_fills_by_itself(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, "demo", "--port", "0", wanted=DEMO_LINE) as line:
        address, email, password = line[1], line[2], line[3]
        with visit(browser, address, width=WIDE) as visitor:
            visitor.open("/")
            visitor.sees("Esta é uma demonstração com clientes fictícios")
            shown = (
                visitor.page.locator("#demo-email").inner_text(),
                visitor.page.locator("#demo-password").inner_text(),
            )
            assert shown == (email, password)
            visitor.fill(email=email, password=password)
            visitor.press("Entrar")
            watch_it_fill(visitor)


def watch_it_fill(visitor: Visitor) -> None:
    """The figure grows without a click."""
    figure = visitor.page.locator(".figure-value").first
    expect(figure).to_have_text(re.compile(r"^[1-9]\d\d$"), timeout=40_000)
    visitor.look()


def test_a_wrong_password_is_refused_in_words(enter: Enter) -> None:
    seller = enter(WIDE)
    seller.sign_out()
    seller.at.fill(email=EMAIL, password=f"{PASSWORD}x")
    seller.at.press("Entrar")
    seller.at.sees("O e-mail ou a senha está errado.")
