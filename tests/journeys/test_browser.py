"""What a browser must stand whatever the journey: two clicks, a wrong password, the demonstration."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.administrator import EMAIL, PASSWORD, Carried
from tests.journeys.browser import CHROMIUM, WIDE, Visitor, serving, visit
from tests.journeys.shop import Shop, join, open_shop
from webapp.sandbox.client import SandboxProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
DEMO_LINE = r"(http://\S+)\s+(\S+@\S+)\s+(\S+)"
PREMIUM, STANDARD = "1 APP PREMIUM", "1 APP STANDART"
DOCUMENTS = {"S1": "529.982.247-25", "S2": "390.533.447-05"}


@pytest.fixture(scope="module")
def shop(browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One hub for all, with a plan that carries a package of the platform."""
    platform = sandbox.tenant("browser")
    with open_shop(browser, tmp_path_factory.mktemp("hub"), platform, width=WIDE) as shop:
        shop.admin.connect()
        shop.admin.test_and_synchronise("NxPlay")
        shop.admin.make_package(PREMIUM, "30,00", "NxPlay", "Plano Full full")
        shop.admin.make_package(STANDARD, "10,00", "NxPlay", "PLANO BASICO basico")
        shop.admin.make_plan("Fibra 600", "99,90", [Carried(PREMIUM)])
        yield shop


@pytest.mark.parametrize(("scripted", "code"), [(True, "S1"), (False, "S2")], ids=["javascript", "no-javascript"])
def test_two_clicks_have_one_effect(scripted: bool, code: str, shop: Shop, browser: Browser) -> None:
    nx, email = shop.platform, f"{code.lower()}@example.com"
    with join(browser, shop, scripted=scripted) as desk:
        nx.set_dials(status=503, operations=["create"])
        tried = nx.calls("create")
        desk.seller.register(code, f"Cliente {code}", DOCUMENTS[code], email)
        desk.seller.add_service("Fibra 600", code)
        desk.seller.open_packages(code)
        there = desk.page.url
        # After the second failure the next try is minutes away: what comes earlier comes by hand.
        nx.wait_calls("create", tried + 2)
        look_at_the_queue(desk, f"Cliente {code}")
        nx.clear_dials()
        desk.at.open(there)
        twice(desk, "Tentar agora")
        desk.at.open(there)
        desk.seller.until("Ativa")
        assert (len(nx.subscribers(email=email)), nx.doubles()) == (1, {})

        desk.seller.begin_sale(STANDARD)
        twice(desk, "Vender o pacote")
        desk.at.open(there)
        desk.at.awaits(desk.seller.sale(STANDARD))
        expect(desk.seller.sale(STANDARD)).to_have_count(1)
        desk.seller.until("Ativa")
        assert sorted(nx.subscriber(email=email)["products"]) == ["basico", "full"]


def look_at_the_queue(desk: Shop, customer: str) -> None:
    """The account stands there with its reason and the next try, once the answer to the last one is noted."""
    desk.at.go("Transmissões")
    desk.at.awaits(desk.at.row(customer).filter(has_text=re.compile(r"em \d minutos")))
    row = desk.at.row(customer)
    expect(row).to_contain_text("Pendente")
    expect(row).to_contain_text("A plataforma")


def twice(desk: Shop, name: str) -> None:
    """Click two times; whoever left before an answer came would take the second click, and the first, back."""
    with desk.page.expect_response(lambda answer: answer.request.method == "POST"):
        desk.page.get_by_role("button", name=name, exact=True).first.dblclick()
    desk.page.wait_for_load_state("networkidle")


def test_the_demonstration_shows_its_log_in_and_fills_by_itself(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, "demo", "--port", "0", wanted=DEMO_LINE, forked=False) as line:
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


def test_a_wrong_password_is_refused_in_words_and_the_right_one_opens(shop: Shop, browser: Browser) -> None:
    with join(browser, shop) as desk:
        desk.admin.sign_out()
        desk.at.fill(email=EMAIL, password=f"{PASSWORD}x")
        desk.at.press("Entrar")
        desk.at.sees("O e-mail ou a senha está errado.")
        desk.admin.sign_in()
