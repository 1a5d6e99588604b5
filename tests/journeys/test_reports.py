"""Finance looks at the month and takes it along; the attendant hands out a receipt, and sees nothing of the money."""

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
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import ServicePackage
from webapp.schema import migrate_database
from webapp.services.operators import create_operator
from webapp.services.reports import months

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
MARIA = "Maria da Conceição Araújo"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with somebody who bought a package a year ago."""
    folder = tmp_path_factory.mktemp("hub")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("admin", "finance", "attendant"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        service = factories.make_service(factories.make_customer("2023", name=MARIA), city="Cidade Exemplo")
        factories.make_sale(service, factories.make_package(description="Cinema", value=Decimal("29.90")))
        db.session.execute(update(ServicePackage).values(created_at=utc_now() - timedelta(days=370)))
        db.session.commit()
        months.write_due()
        db.session.remove()
        db.engine.dispose()
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def enter(visitor: Visitor, role: str) -> None:
    visitor.open("/login")
    visitor.fill(email=f"{role}@example.com", password=PASSWORD)
    visitor.press("Entrar")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_finance_reads_the_months_and_takes_them_along(browser: Browser, address: str, width: int) -> None:
    with visit(browser, address, width=width) as finance:
        enter(finance, "finance")
        finance.go("Relatórios")
        finance.page.locator("main select[name=by]").select_option("city")
        finance.press("Mostrar")
        finance.sees("Cidade Exemplo")
        expect(finance.page.locator("main figure.chart")).to_have_count(4)
        with finance.page.expect_download() as taken:
            finance.page.get_by_role("link", name="CSV").click()
        assert ";29,90;0,00;29,90" in Path(taken.value.path()).read_text("utf-8")
        finance.follow("Contabilidade")
        finance.sees("A Sintonia não calcula imposto")
        finance.follow("Anatel")
        finance.sees("São contagens, e não uma entrega")


def test_attendant_hands_out_a_receipt_that_is_found_genuine_and_sees_no_money(browser: Browser, address: str) -> None:
    with visit(browser, address, width=WIDE) as attendant:
        enter(attendant, "attendant")
        expect(attendant.page.locator("#menu").get_by_role("link", name="Relatórios")).to_have_count(0)
        attendant.go("Clientes")
        attendant.follow(MARIA)
        address = attendant.page.url
        attendant.open(f"{address.partition('?')[0]}/receipt")
        with attendant.page.expect_download() as taken:
            attendant.page.get_by_role("button", name="Fazer o PDF").click()
        pdf = Path(taken.value.path())
        assert pdf.read_bytes()[:4] == b"%PDF"
        attendant.go("Conferir um comprovante")
        attendant.page.locator("#file").set_input_files(
            {"name": "comprovante.pdf", "mimeType": "application/pdf", "buffer": pdf.read_bytes()}
        )
        attendant.press("Conferir o arquivo")
        attendant.sees("Genuíno e sem mudança")
        expect(attendant.page.locator("main")).to_contain_text(re.compile("comprovante", re.IGNORECASE))
