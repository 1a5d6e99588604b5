"""The first days of a provider's administrator: who gets in, who is let go, who is forgotten, what can be put back."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.journeys.administrator import EMAIL, PASSWORD, Administrator, Carried
from tests.journeys.browser import CHROMIUM, NARROW, ROOT, STATE_S, WIDE, Visitor, serving, visit
from tests.journeys.quality import environment
from tests.journeys.seller import Seller
from tests.journeys.shop import SETUP_LINK, Shop
from tests.web.sign_in_states import code_of
from webapp import create_app
from webapp.cli import sintonia
from webapp.clock import utc_now
from webapp.commands.program import Program
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import OperatorSession
from webapp.sandbox.client import SandboxProcess
from webapp.services.privacy import erasing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
GUESSED, BIA, CHOSEN, NEXT = (
    "senha12345678",
    "bia@example.com",
    "sete capivaras na varanda",
    "oito tucanos de bicicleta",
)
ADDRESS = r"(http://127\.0\.0\.1:\d+)"
MARIA, DOCUMENT, MAIL = "Maria Quitéria Sodré", "52998224725", "maria.sodre@example.com"
ROWS = (
    "code,name,document,email,service_code,plan,status,login\n"
    f"77,{MARIA},{DOCUMENT},{MAIL},77-1,Fibra,servico_habilitado,maria.sodre\n"
)


@dataclass
class Days:
    """A hub of its own and who sits before it; ``open`` ends both."""

    folder: Path
    shop: Shop
    open: ExitStack
    codes: list[str] = field(default_factory=list)

    @property
    def at(self) -> Visitor:
        return self.shop.at

    @property
    def page(self) -> Page:
        return self.shop.page

    def make(self) -> APIFlask:
        """Return the application beside the one that serves."""
        return create_app(load_settings(environment(self.folder)), TESTING=True)

    def run(self, *command: str, ends: int = 0) -> str:
        """Type a command on the machine itself; return what it said."""
        app = self.make()
        done = CliRunner().invoke(sintonia, command, obj=Program(lambda: app, "1.2.3"))
        assert done.exit_code == ends, done.output
        _leave(app)
        return done.output

    def import_rows(self, ends: int = 0) -> str:
        (self.folder / "rows.csv").write_text(ROWS, "utf-8")
        return self.run("import", "customers", str(self.folder / "rows.csv"), ends=ends)

    def an_hour_later(self) -> None:
        """Nobody proved anything for an hour; the sessions go on."""
        app = self.make()
        with app.app_context():
            for session in db.session.scalars(select(OperatorSession)):
                session.fresh_at -= timedelta(hours=1)
            db.session.commit()
        _leave(app)

    def a_minute_later(self) -> None:
        """What the scheduler does every minute."""
        app = self.make()
        with app.app_context():
            erasing.advance_all(utc_now())
        _leave(app)

    def file_of(self, button: str) -> Path:
        """Press what gives a file."""
        with self.page.expect_download() as coming:
            self.page.get_by_role("button", name=button, exact=True).click()
        return Path(coming.value.path())


def _leave(app: APIFlask) -> None:
    """Hold nothing open, as a process that ended."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def days(browser: Browser, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """From the set-up link, over a password that anybody guesses, to a platform and a plan."""
    folder, platform = tmp_path_factory.mktemp("first-days"), sandbox.tenant("first-days")
    with ExitStack() as open_:
        found = open_.enter_context(serving(folder, "serve", "--port", "0", wanted=SETUP_LINK))
        at = open_.enter_context(visit(browser, found[1], width=WIDE))
        shop = Shop(at, Administrator(at, platform), Seller(at), platform)
        at.open(found[0])
        at.fill(email=EMAIL, password=GUESSED, again=GUESSED)
        at.press_in_vain("Criar e entrar")
        at.sees("tentadas primeiro")
        shop.admin.set_up(found[0])
        shop.admin.connect()
        shop.admin.test_and_synchronise("NxPlay")
        product = platform.products()[0]
        shop.admin.make_package("TV", "30,00", "NxPlay", f"{product['name']} {product['code']}")
        shop.admin.make_plan("Fibra", "100,00", [Carried("TV", mandatory=True)])
        yield Days(folder, shop, open_)


def test_second_factor_is_set_up_and_a_recovery_code_stands_in_for_the_phone(days: Days) -> None:
    at, page = days.at, days.page
    at.open("/own")
    at.page.get_by_role("link", name="Segundo fator").click()
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    at.fill(code=code_of(secret))
    at.press("Começar a usar")
    days.codes = page.locator("#recovery-codes code").all_inner_texts()
    assert len(days.codes) == 10
    at.follow("Já os guardei")
    days.shop.admin.sign_out()
    at.fill(email=EMAIL, password=PASSWORD)
    at.press("Entrar")
    at.fill(code="000000")
    at.press_in_vain("Continuar")
    at.fill(code=days.codes[0])
    at.press("Continuar")
    at.open("/own/second-factor")
    at.sees("9 códigos de recuperação")


def test_an_attendant_is_invited_joins_and_is_kept_to_the_role(days: Days, browser: Browser) -> None:
    at = days.at
    at.go("Usuários")
    at.follow("Convidar alguém")
    at.fill(email=BIA, name="Bia Gomes")
    at.choose(role="Atendente: clientes, serviços e pacotes vendidos")
    at.press("Criar o link")
    link = at.field("link-text").input_value()
    with visit(browser, at.address, width=NARROW) as bia, visit(browser, at.address, width=NARROW) as elsewhere:
        bia.open(link)
        bia.fill(password=CHOSEN, again=CHOSEN)
        bia.press("Definir a senha")
        _sign_in(elsewhere, BIA, CHOSEN)
        bia.open("/own/sessions")
        bia.press("Encerrar todas as outras")
        elsewhere.open("/customers")
        elsewhere.sees("Entrar")
        bia.open("/own/password")
        bia.fill(present=CHOSEN, password=NEXT, again=NEXT)
        bia.press("Alterar a senha")
        _is_refused(bia, "/people", "/privacy", "/backups", "/history/audit", "/tokens")
        _lose_the_role(days, bia)


def _sign_in(visitor: Visitor, email: str, password: str) -> None:
    visitor.open("/login")
    visitor.fill(email=email, password=password)
    visitor.press("Entrar")


def _is_refused(visitor: Visitor, *addresses: str) -> None:
    for door in ("Usuários", "Auditoria", "Privacidade", "Cópias de segurança"):
        expect(visitor.page.locator("#menu .side-nav").get_by_text(door, exact=True)).to_have_count(0)
    for address in addresses:
        visitor.page.goto(visitor.address + address)
        visitor.watch.troubles[:] = [text for text in visitor.watch.troubles if "status of 403" not in text]
        visitor.look()
        visitor.sees("Seu perfil não permite isto.")


def _lose_the_role(days: Days, bia: Visitor) -> None:
    """Another role, for which the administrator proves anew; then nothing any more."""
    at = days.at
    days.an_hour_later()
    at.go("Usuários")
    at.act(at.row(BIA), "Alterar o perfil")
    at.sees("É você mesmo?")
    at.fill(password=PASSWORD)
    at.press("Continuar")
    at.choose(role="Consulta: vê tudo o que não é secreto, não altera nada")
    at.press("Alterar o perfil")
    bia.open("/customers")
    bia.sees("Entrar")
    _sign_in(bia, BIA, NEXT)
    at.act(at.row(BIA), "Desativar")
    at.fill(reason="Saiu da empresa")
    at.press("Desativar")
    bia.open("/customers")
    bia.fill(email=BIA, password=NEXT)
    bia.press_in_vain("Entrar")


def test_history_is_checked_backed_up_and_sealed_with_another_key_while_the_hub_serves(days: Days) -> None:
    at, page = days.at, days.page
    at.go("Auditoria")
    days.run("audit", "verify")
    at.open("/history/audit")
    expect(page.get_by_text("confere", exact=True)).to_be_visible()
    at.follow("Histórico")
    page.get_by_text("Para o auditor", exact=True).click()
    days.run("audit", "verify", str(days.file_of("JSON Lines")))
    at.go("Cópias de segurança")
    at.press("Fazer uma agora")
    days.run("restore", "--check", str(_newest_backup(days)))
    days.run("secrets", "rotate", "--key")
    at.go("Plataformas de Conteúdo")
    at.act(at.row("NxPlay"), "Testar / Sincronizar")
    at.sees("A plataforma responde e aceita as credenciais.")
    assert "0 de " in days.run("doctor").splitlines()[-1]


def _newest_backup(days: Days) -> Path:
    """Return the latest one, once the page shows by itself that it is good."""
    good = days.page.locator("#backups-table tbody tr", has_text="Boa").first
    expect(good).to_be_visible(timeout=STATE_S * 1000)
    return days.folder / "backups" / good.locator("code").inner_text()


def test_an_erased_person_stays_away_from_imports_and_from_an_older_backup(days: Days, browser: Browser) -> None:
    days.import_rows()
    days.run("converge", "--until-idle")
    [account] = days.shop.platform.subscribers()
    assert (account["email"], account["status"]) == (MAIL, "active")
    (days.folder / "older").mkdir()
    days.run("backup", str(days.folder / "older"))
    _erase(days)
    assert "active" not in {row["status"] for row in days.shop.platform.subscribers()}
    assert "pediu para ser eliminada" in days.import_rows(ends=1)
    _is_nowhere(days.at)
    days.open.close()
    [older] = (days.folder / "older").glob("*.zip")
    _restore(days, older)
    with (
        serving(days.folder, "serve", "--port", "0", wanted=ADDRESS) as found,
        visit(browser, found[1], width=NARROW) as at,
    ):
        _sign_in(at, EMAIL, PASSWORD)
        if days.codes:
            at.fill(code=days.codes[1])
            at.press("Continuar")
        at.sees("Somente observando")
        _is_nowhere(at)
        _take_over(at)
        assert "active" not in {row["status"] for row in days.shop.platform.subscribers()}


def _restore(days: Days, file: Path) -> None:
    """A process of its own: it replaces what all others look at."""
    command = [sys.executable, "-m", "webapp", "restore", "--yes", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment(days.folder)}, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _erase(days: Days) -> None:
    """As somebody asked for it, after being given all of it."""
    at = days.at
    at.go("Clientes")
    at.follow(MARIA)
    at.act(at.page.locator(".page-actions"), "Todos os dados")
    given = days.file_of("Arquivo legível (HTML, para imprimir)").read_text("utf-8")
    assert MARIA in given
    assert MAIL in given
    at.follow("Eliminar …")
    at.tick("77-1")
    at.fill(reason="Pedido por escrito", code="77")
    at.press("Eliminar")
    days.run("converge", "--until-idle")
    done, until = at.page.locator("main .badge", has_text="Eliminada"), time.monotonic() + STATE_S
    while not done.count():
        assert time.monotonic() < until, at.page.inner_text("main")
        days.a_minute_later()
        at.page.reload()


def _take_over(at: Visitor) -> None:
    """Let the platform be read, and the hub act again."""
    at.open("/observing")
    at.press("Ler todas as plataformas")
    approve = at.page.get_by_role("button", name="Aprovar para NxPlay")
    expect(approve).to_be_visible(timeout=STATE_S * 1000)
    with at.page.expect_navigation():
        approve.click()
    expect(at.page.get_by_text("A Sintonia está agindo.")).to_be_visible(timeout=STATE_S * 1000)


def _is_nowhere(visitor: Visitor) -> None:
    """No page finds or shows her."""
    for address in ("/customers?q=Sodr", "/history", "/privacy", "/transmissions?tab=done"):
        visitor.open(address)
        shown = visitor.page.inner_text("main")
        assert [word for word in (MARIA, MAIL, DOCUMENT) if word in shown] == [], address
