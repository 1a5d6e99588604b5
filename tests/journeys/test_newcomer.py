"""From an empty hub to customers of an ERP who watch TV, by nothing but what the pages offer."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import CHROMIUM, WIDE
from tests.journeys.newcomer import Newcomer
from tests.journeys.shop import Shop, open_shop
from webapp.sandbox.client import Erp, SandboxProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
PEOPLE = 200
PATIENCE_S = 60.0
PAYS = "servico_habilitado"
# As the ERP calls them: the names are what the mapping's suggestions go by.
PACKAGES = {"1 APP STANDARD": "10,00", "1 APP PREMIUM": "30,00", "LIVROS": "9,90"}


@dataclass(frozen=True)
class Start:
    """A hub with a platform and packages, before its first source; ``erp`` holds the people."""

    shop: Shop
    erp: Erp
    newcomer: Newcomer

    def watching(self) -> set[str]:
        """Return the e-mails of those who have content on the platform."""
        return {row["email"] for row in self.shop.platform.subscribers() if row["status"] == "active"}

    def due(self) -> set[str]:
        """Return the e-mails of those who pay in the ERP and can have an account."""
        emails = {row["email"] for row in self.erp.services(status=PAYS)}
        return {email for email in emails if email and not email.startswith("naotem@")}


@pytest.fixture(scope="module")
def start(browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    platform, erp = sandbox.tenant("newcomer"), sandbox.erp("newcomer")
    erp.people(PEOPLE)
    with open_shop(browser, tmp_path_factory.mktemp("hub"), platform, width=WIDE) as shop:
        shop.admin.connect()
        shop.admin.test_and_synchronise("NxPlay")
        for (name, value), product in zip(PACKAGES.items(), platform.products(), strict=False):
            shop.admin.make_package(name, value, "NxPlay", f"{product['name']} {product['code']}")
        yield Start(shop, erp, Newcomer(shop.admin, erp, PATIENCE_S))


def test_a_newcomer_follows_the_guide_and_the_erps_customers_watch(start: Start) -> None:
    newcomer, at = start.newcomer, start.shop.at
    newcomer.connect_erp("HubSoft da Nova")
    newcomer.guided("Testar")
    newcomer.guided("Simulação")
    newcomer.await_reading()
    assert (newcomer.figure("Registros"), newcomer.figure("Cadastrados")) == (PEOPLE, 0)

    newcomer.open_mapping()
    newcomer.press_first()
    newcomer.press_first()
    at.sees("Toda palavra em uso")
    newcomer.guided("Ler agora")
    newcomer.await_reading()
    assert (newcomer.figure("Cadastrados"), newcomer.figure("Não utilizáveis")) == (PEOPLE, 0)

    newcomer.until(lambda: start.watching() == start.due())
    assert start.shop.platform.doubles() == {}
    at.open("/")
    at.sees(str(len(start.due())))

    at.go("Fontes")
    at.follow("HubSoft da Nova")
    expect(newcomer.guide_step).to_have_count(0)
    at.press("Ler agora")
    newcomer.await_reading()
    assert (newcomer.figure("Como antes"), newcomer.figure("Cadastrados"), newcomer.figure("Alterados")) == (
        PEOPLE,
        0,
        0,
    )
    assert start.watching() == start.due()
