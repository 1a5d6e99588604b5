"""Finance says the code of a city once, finds it in Anatel's file, and sees on the dashboard what leaks."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.decide.leaks import KINDS
from webapp.decide.reports import first_of, former_month
from webapp.extensions import db
from webapp.models import LeakFigure
from webapp.schema import migrate_database
from webapp.services.hub import current_hub
from webapp.services.inputs import DiciInput
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
DICI = DiciInput(type="scm", technology="GPON", medium="fibra", product_kind="internet", speed_mbps=Decimal(500))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub that sells in two cities, with leaks that were noted in three months."""
    folder = tmp_path_factory.mktemp("hub")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("finance", "attendant"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        package = factories.make_package(description="Acesso", dici=DICI)
        for city in ("Olinda", "Recife", "RECIFE"):
            factories.make_sale(factories.make_service(city=city), package)
        db.session.add_all(_leaks())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def _leaks() -> Iterator[LeakFigure]:
    month = first_of(current_hub().today())
    for count in (1, 2, 3):
        for kind in KINDS:
            yield LeakFigure(month=month, kind=kind, count=count, value=Decimal("9.90") * count, noted_at=utc_now())
        month = former_month(month)


def enter(visitor: Visitor, role: str) -> None:
    visitor.open("/login")
    visitor.fill(email=f"{role}@example.com", password=PASSWORD)
    visitor.press("Entrar")


def say(visitor: Visitor, code: str) -> None:
    visitor.page.locator("main #ibge").fill(code)
    visitor.page.locator("main #area").select_option("urban")
    visitor.page.locator("main form").first.get_by_role("button", name="Salvar").last.click()


def test_code_of_each_city_is_said_once_and_stands_in_the_file(browser: Browser, address: str) -> None:
    with visit(browser, address, width=WIDE) as finance:
        enter(finance, "finance")
        finance.open("/reports/anatel?month=2099-01")
        finance.sees("Cidades sem o código IBGE")
        finance.follow("Dizer das cidades")
        say(finance, "2609600")
        expect(finance.page.locator("main #city")).to_have_value("Recife")
        say(finance, "2611606")
        finance.sees("Não falta nada")
        finance.open("/reports/anatel?month=2099-01")
        with finance.page.expect_download() as taken:
            finance.page.get_by_role("link", name="CSV").click()
        text = Path(taken.value.path()).read_text("utf-8")
        # Both ways to write Recife are one line of the file.
        assert "2609600;PF;urbano;" in text
        assert "2611606;PF;urbano;fibra;internet;GPON;500;2" in text


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_what_leaks_is_drawn_and_stands_on_the_dashboard_of_finance_alone(
    browser: Browser, address: str, width: int
) -> None:
    with visit(browser, address, width=width) as finance:
        enter(finance, "finance")
        finance.open("/")
        card = finance.page.locator("section", has_text="Dinheiro em jogo")
        expect(card.get_by_role("link", name="R$ 29,70")).to_be_visible()
        card.get_by_role("link", name="R$ 29,70").click()
        finance.sees("Vazamentos mês a mês")
        expect(finance.page.locator("main figure.chart")).to_have_count(len(KINDS))
    with visit(browser, address, width=width) as attendant:
        enter(attendant, "attendant")
        attendant.open("/")
        expect(attendant.page.locator("#overview")).to_be_visible()
        expect(attendant.page.get_by_text("Dinheiro em jogo")).to_have_count(0)
