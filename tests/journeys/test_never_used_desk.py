"""The attendant finds who never used what was sold, tells several of them anew, and sees what that brought."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from tests.fixtures.people import PASSWORD
from tests.gateways.servers import LoopbackServer
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.services.activation_scene import channel_to, gate, make_account, switched_on
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Account
from webapp.models.account import WAITING_USER
from webapp.schema import migrate_database
from webapp.services.never_used import first_use
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://[^/\s]+)"
NAMES = ("Ana Souza", "Beatriz Lima", "Caio Prado")


@pytest.fixture
def phones() -> Iterator[LoopbackServer]:
    with gate() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, phones: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub where three people have an account for nine days and never finished the check-out."""
    monkeypatch.setenv("SINTONIA_BASE_URL", "http://127.0.0.1")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(tmp_path)}), TESTING=True).app_context():
        migrate_database(db.engine)
        for role in ("attendant", "finance"):
            create_operator(f"{role}@example.com", PASSWORD, role)
        for number, name in enumerate(NAMES):
            make_account(WAITING_USER, name=name, email=f"p{number}@example.com", phone=f"+551198765432{number}")
        db.session.execute(update(Account).values(created_at=utc_now() - timedelta(days=9)))
        db.session.commit()
        first_use.watch_checkouts()
        switched_on()
        channel_to(phones)
        db.session.remove()
        db.engine.dispose()
    return tmp_path


@pytest.mark.parametrize(("width", "scripted"), [(WIDE, True), (NARROW, False)])
def test_several_are_told_anew_and_who_begins_to_use_it_counts(
    browser: Browser, folder: Path, phones: LoopbackServer, width: int, scripted: bool
) -> None:
    with (
        serving(folder, "serve", "--port", "0", wanted=ADDRESS) as found,
        visit(browser, found[1], width=width, scripted=scripted) as at,
    ):
        enter(at, "attendant")
        at.go("Nunca usou")
        for name in NAMES:
            expect(at.row(name)).to_contain_text("Nunca")
        at.tick(f"Escolher {NAMES[0]}")
        at.tick(f"Escolher {NAMES[1]}")
        at.press("Continuar")
        at.sees("Avisar de novo")
        expect(at.page.locator("#bulk-new")).to_contain_text(NAMES[1])
        at.press("Fazer com 2 linhas")
        at.awaits(at.page.get_by_text("2 de 2 linhas"), renews=True)
        begin_to_use(folder, NAMES[0])
        at.go("Nunca usou")
        expect(at.row(NAMES[0])).to_have_count(0)
        brought = at.page.locator("h2", has_text="O que avisar de novo trouxe").locator("xpath=following::tr[2]")
        expect(brought.locator("td").nth(1)).to_have_text("2")
        expect(brought.locator("td").nth(2)).to_contain_text("1")
        # Who was told and who was not can be told apart at a glance.
        at.awaits(at.row(NAMES[1]).filter(has_not_text="Nunca"))
        expect(at.row(NAMES[2])).to_contain_text("Nunca")
    assert len(phones.requests) == 2


def enter(at: Visitor, role: str) -> None:
    at.secrets.append(PASSWORD)
    at.open("/login")
    at.fill(email=f"{role}@example.com", password=PASSWORD)
    at.press("Entrar")


def begin_to_use(folder: Path, name: str) -> None:
    """As the platform's answer at the end of the check-out leaves it behind."""
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        (account,) = (one for one in db.session.query(Account) if one.service.customer.name == name)
        first_use.note([account.id])
        db.session.remove()
        db.engine.dispose()
