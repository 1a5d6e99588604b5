"""Finance checks a platform's invoice on the screen, from the file to what is contested; the attendant sees nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.web import invoice_states
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.schema import migrate_database
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
MONTHS = {WIDE: "set. de 2026", NARROW: "out. de 2026"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A hub with a platform, its seats and what they cost."""
    folder = tmp_path_factory.mktemp("hub")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("admin", "finance", "attendant"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        invoice_states.platform()
        db.session.remove()
        db.engine.dispose()
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        yield found[1]


def enter(visitor: Visitor, role: str) -> None:
    visitor.open("/login")
    visitor.fill(email=f"{role}@example.com", password=PASSWORD)
    visitor.press("Entrar")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_finance_checks_an_invoice_and_contests_it(browser: Browser, address: str, width: int) -> None:
    with visit(browser, address, width=width, scripted=width == WIDE) as finance:
        enter(finance, "finance")
        finance.open("/invoices")
        finance.follow("Enviar uma fatura")
        finance.choose(integration_id="Play de mentira")
        finance.choose(month=MONTHS[width])
        # The other file differs by a line: the same one would be told.
        content = invoice_states.text(
            *invoice_states.LINES, *(["davi@casa.example.com;full;19,90"] * (width == NARROW))
        )
        finance.page.locator("#file").set_input_files({"name": "f.csv", "mimeType": "text/csv", "buffer": content})
        finance.press("Enviar o arquivo")
        finance.sees("O que é cada coluna?")
        finance.press("Conferir a fatura")
        finance.sees("61,70")
        finance.follow("bia@casa.example.com")
        finance.sees("req-bia")
        finance.page.locator("[name=reason]").fill("Combinado por telefone")
        finance.press("Não contestar")
        finance.sees("Posta de lado")
        finance.press("Contestar de novo")
        finance.open(finance.page.url.partition("/lines/")[0])
        with finance.page.expect_download() as taken:
            finance.page.get_by_role("button", name="Contestação (CSV)").click()
        text = Path(taken.value.path()).read_text("utf-8-sig")
        assert "2026-08-20T15:04:05Z" in text
        assert text.count("\n") == 5
        finance.press("Fechar a fatura")
        finance.sees("A fatura está fechada.")


def test_attendant_sees_nothing_of_it(browser: Browser, address: str) -> None:
    with visit(browser, address, width=WIDE) as attendant:
        enter(attendant, "attendant")
        expect(attendant.page.locator("#menu").get_by_role("link", name="Faturas das plataformas")).to_have_count(0)
        answer = attendant.page.request.get(f"{address}/invoices")
        assert answer.status == 403
