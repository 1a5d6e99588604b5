"""Each page of the money before each role, in a browser: who may not see values gets a page that says so, and none."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.web import invoice_states
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import ServicePackage
from webapp.schema import migrate_database
from webapp.services.inputs import DiciInput
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
# Of the menu, and of what is behind it.
OF_FINANCE = {
    "Novos valores": ("/price-changes", "/price-changes/new"),
    "Faturas das plataformas": ("/invoices", "/invoices/new"),
    "Vazamento de assentos": ("/seats",),
    "Relatórios": ("/reports", "/reports/anatel", "/reports/accounting", "/reports/cities"),
}
OF_ALL = ("Agenda", "Campanhas", "Nunca usou", "Conferir um comprovante")
NO_ACCESS = "Seu perfil não permite isto."
MONEY = re.compile(r"R\$\s*\d")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with seats, costs, and a package that is declared to Anatel."""
    folder = tmp_path_factory.mktemp("hub")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("admin", "finance", "attendant", "viewer"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        invoice_states.platform()
        dici = DiciInput(type="scm", technology="GPON", medium="fibra", product_kind="internet", speed_mbps=Decimal(5))
        plan = factories.make_plan(description="Fibra 500", value=Decimal("99.90"))
        access = factories.make_package(description="Acesso", dici=dici, value=Decimal("10.00"))
        factories.make_sale(factories.make_service(plan=plan, city="Olinda"), access)
        # The accountant reads the month that is over.
        db.session.execute(update(ServicePackage).values(created_at=utc_now() - timedelta(days=40)))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def enter(at: Visitor, role: str) -> None:
    at.secrets.append(PASSWORD)
    at.open("/login")
    at.fill(email=f"{role}@example.com", password=PASSWORD)
    at.press("Entrar")


@pytest.mark.parametrize("role", ["attendant", "viewer"])
def test_who_may_not_see_values_sees_none(browser: Browser, address: str, role: str) -> None:
    with visit(browser, address, width=WIDE) as at:
        enter(at, role)
        menu = at.page.locator("#menu")
        for name, pages in OF_FINANCE.items():
            expect(menu.get_by_role("link", name=name, exact=True)).to_have_count(0)
            for page in pages:
                refused_in_words(at, page)
        for name in OF_ALL:
            at.go(name)
            expect(at.page.locator("main")).not_to_contain_text(MONEY)


def refused_in_words(at: Visitor, page: str) -> None:
    """Chromium complains of every answer that refuses; that one complaint is wanted."""
    answer = at.page.goto(at.address + page)
    assert answer is not None
    assert answer.status == 403, page
    expect(at.page.locator("main")).to_contain_text(NO_ACCESS)
    expect(at.page.locator("main")).not_to_contain_text(MONEY)
    at.watch.troubles[:] = [text for text in at.watch.troubles if "status of 403" not in text]
    at.look()


@pytest.mark.parametrize("role", ["admin", "finance"])
def test_who_answers_for_the_money_sees_all_of_it(browser: Browser, address: str, role: str) -> None:
    with visit(browser, address, width=NARROW) as at:
        enter(at, role)
        for name, pages in OF_FINANCE.items():
            at.go(name)
            for page in pages:
                answer = at.page.goto(at.address + page)
                assert answer is not None
                assert answer.status == 200, page
                at.look()


def test_finance_takes_the_files_of_the_accountant_and_of_anatel(browser: Browser, address: str) -> None:
    with visit(browser, address, width=WIDE) as at:
        enter(at, "finance")
        at.go("Relatórios")
        at.follow("Contabilidade")
        composed = taken(at, "CSV").decode("utf-8-sig")
        assert "Acesso;" in composed
        assert "10,00" in composed
        assert taken(at, "XLSX")[:2] == b"PK"
        at.follow("Anatel")
        counted = taken(at, "Contagens SCM (CSV)").decode("utf-8-sig")
        head, *lines = counted.splitlines()
        assert len(lines) == 1
        assert len(lines[0].split(";")) == len(head.split(";"))
        assert lines[0].endswith(";1")


def taken(at: Visitor, link: str) -> bytes:
    with at.page.expect_download() as file:
        at.page.get_by_role("link", name=link, exact=True).click()
    return Path(file.value.path()).read_bytes()


@pytest.mark.parametrize(("width", "scripted"), [(WIDE, True), (NARROW, False)])
def test_finance_plans_a_new_value_of_a_plan_and_drops_it(
    browser: Browser, address: str, width: int, scripted: bool
) -> None:
    with visit(browser, address, width=width, scripted=scripted) as at:
        enter(at, "finance")
        at.open("/price-changes/new?kind=plan")
        at.fill(percent="10", from_on="2027-01-15", reason="IPCA")
        at.tick("Escolher Fibra 500")
        at.press("Mostrar o que acontece")
        at.sees("109,89")
        at.press("Planejar exatamente isto")
        at.sees("1 mudança foi planejada.")
        row = at.row("Fibra 500").filter(has_text="Planejad")
        expect(row).to_contain_text("15/01/2027")
        at.open("/agenda/day?on=2027-01-15")
        at.sees("Novos valores")
        at.open("/price-changes")
        at.act(row, "Descartar")
        at.sees("A mudança foi descartada.")
