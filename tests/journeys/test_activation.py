"""A subscriber is told of a new account: by a text on loopback, whose link shows the password once, on a phone."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.gateways.servers import LoopbackServer
from tests.journeys.administrator import Administrator, Carried
from tests.journeys.browser import CHROMIUM, NARROW, STATE_S, WIDE, Visitor, serving, visit
from tests.journeys.quality import SETUP_LINK
from tests.journeys.seller import Seller
from tests.journeys.shots import free_port
from tests.services.activation_scene import gate
from webapp.sandbox.client import Tenant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PACKAGE, PLAN, CODE = "Cinema Total", "Fibra 500", "17711"
EMAIL, SHOW = "ana@example.com", "Mostrar meu login e senha"
OPTED_OUT = "O assinante pediu para não receber mensagens."


@dataclass(frozen=True)
class World:
    """Somebody who sells a package, and what subscribers get on their phones."""

    shop: Administrator
    phones: LoopbackServer


@pytest.fixture
def world(browser: Browser, nx: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    port = str(free_port())
    # A link must lead back to this hub.
    monkeypatch.setenv("SINTONIA_BASE_URL", f"http://127.0.0.1:{port}")
    with (
        gate() as phones,
        serving(tmp_path, "serve", "--port", port, wanted=SETUP_LINK) as found,
        visit(browser, found[1], width=WIDE) as visitor,
    ):
        administrator = Administrator(visitor, nx)
        administrator.set_up(found[0])
        administrator.connect()
        administrator.test_and_synchronise("NxPlay")
        administrator.make_package(PACKAGE, "29,90", "NxPlay", "Full")
        administrator.make_plan(PLAN, "99,90", [Carried(PACKAGE, mandatory=True)])
        yield World(administrator, phones)


def test_subscriber_is_told_sees_the_password_once_and_is_left_in_peace(
    browser: Browser, world: World, nx: Tenant
) -> None:
    at = world.shop.at
    reach_phones(at, world.phones.port)
    switch_on(at)
    seller = Seller(at)
    person = seller.register("2023001", "Ana Souza", "52998224725", EMAIL)
    seller.add_service(PLAN, CODE)
    seller.until("Ativa")
    password = str(nx.subscriber(email=EMAIL)["password"])
    link = link_in(message_to(world.phones, "5511987654321"), password)
    with visit(browser, at.address, width=NARROW) as subscriber:
        see_password_once(subscriber, link, password)
    leave_in_peace(at, seller, person)
    assert len(world.phones.requests) == 1


def reach_phones(at: Visitor, port: int) -> None:
    at.go("Mensagens ao assinante")
    at.follow("SMS")
    at.fill(description="Torpedos", address=f"json://127.0.0.1:{port}/{{phone}}")
    at.press("Salvar")
    at.sees("O canal foi salvo.")


def switch_on(at: Visitor) -> None:
    at.go("Mensagens ao assinante")
    with at.page.expect_navigation():
        at.page.locator("main, .page-header").get_by_role("button", name="Ligar", exact=True).first.click()
    at.look()
    at.sees("A partir de agora os assinantes são avisados")


def message_to(phones: LoopbackServer, number: str) -> str:
    """Return the text that came to this number."""
    until = time.monotonic() + STATE_S
    while not phones.requests and time.monotonic() < until:
        time.sleep(0.1)
    (raw,) = phones.requests
    assert raw.startswith(f"POST /{number} ".encode())
    return str(json.loads(raw.partition(b"\r\n\r\n")[2])["message"])


def link_in(message: str, password: str) -> str:
    assert EMAIL in message
    assert password not in message
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+/ver/[\w-]+", message)
    return str(link)


def see_password_once(at: Visitor, link: str, password: str) -> None:
    """Looking uses nothing up, however often; the button does."""
    shown = at.page.locator("main code")
    for _look in range(2):
        at.open(link)
        expect(at.page.get_by_role("button", name=SHOW)).to_be_visible()
        expect(shown).to_have_count(0)
    at.press(SHOW)
    expect(shown).to_have_text(password)
    at.sees(EMAIL)
    # Asked for without being shown: a browser complains of every answer that says that something is gone.
    again = at.page.request.get(link)
    assert (again.status, password in again.text()) == (410, False)


def leave_in_peace(at: Visitor, seller: Seller, person: str) -> None:
    """Who asked for no messages is not told either that the access is back."""
    at.open(person)
    at.press("Não enviar mais mensagens")
    at.sees("O assinante não recebe mais mensagens.")
    seller.set_status(CODE, "Suspender", "Suspender o serviço", "Atraso")
    seller.until("Suspensa")
    seller.set_status(CODE, "Habilitar", "Habilitar o serviço")
    seller.until("Ativa")
    at.awaits(at.page.locator("#customer-messages", has_text=OPTED_OUT))
