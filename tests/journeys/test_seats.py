"""Finance finds what a platform bills for nothing, writes down what it costs, and sees who it is; others see none."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.services.test_leaks import sell, turn
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Customer, Entitlement
from webapp.schema import migrate_database
from webapp.services.operators import create_operator
from webapp.services.seats import beginning

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
MARIA = "Maria da Conceição Araújo"


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub whose platform still serves somebody to whom nothing is sold."""
    folder = tmp_path_factory.mktemp("hub")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("admin", "finance", "attendant"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        product = factories.make_product(factories.make_integration(description="Cinema"), name="Filmes")
        turn(sell(product), desired="absent", applied="active")
        db.session.execute(update(Customer).values(name=MARIA, name_folded="maria"))
        db.session.execute(update(Entitlement).values(updated_at=utc_now() - timedelta(days=9)))
        db.session.commit()
        beginning.open_all(utc_now())
        db.session.remove()
        db.engine.dispose()
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def enter(visitor: Visitor, role: str) -> None:
    visitor.open("/login")
    visitor.fill(email=f"{role}@example.com", password=PASSWORD)
    visitor.press("Entrar")


@pytest.mark.parametrize(("width", "scripted"), [(WIDE, True), (NARROW, False)])
def test_finance_prices_a_leak_and_finds_the_person(browser: Browser, address: str, width: int, scripted: bool) -> None:
    with visit(browser, address, width=width, scripted=scripted) as finance:
        enter(finance, "finance")
        finance.go("Vazamento de assentos")
        finance.sees("sem custo registrado")
        finance.page.locator("#leaks").get_by_role("link", name="Custos").first.click()
        finance.fill(from_on="2026-01-01", value="9,90")
        finance.press("Registrar")
        finance.sees("O custo foi registrado.")
        finance.go("Vazamento de assentos")
        expect(finance.page.locator("#leaks [role=status]")).to_contain_text("9,90")
        finance.page.locator("#leaks tbody td.num a").first.click()
        finance.sees(MARIA)


def test_attendant_sees_nothing_of_it(browser: Browser, address: str) -> None:
    with visit(browser, address, width=WIDE) as attendant:
        enter(attendant, "attendant")
        expect(attendant.page.locator("#menu").get_by_role("link", name="Vazamento de assentos")).to_have_count(0)
