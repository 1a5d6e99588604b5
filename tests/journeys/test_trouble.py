"""What goes wrong at a desk, in a real browser: two clicks, the back button, two people, a session that ended."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, TIMEOUT_S, chromium, serving
from tests.journeys.quality import ADMIN_EMAIL, WIDE, environment, prepare
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models import Customer, Integration, Package, Plan
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ADDRESS = r"(http://127\.0\.0\.1:\d+)"
FORMS = {
    "customer": ("/customers/new", Customer, {"code": "C-77", "name": "Ana"}),
    "plan": ("/plans/new", Plan, {"description": "Fibra 77", "value": "77,00"}),
    "package": ("/packages/new", Package, {"description": "Pacote 77", "value": "7,00"}),
    "integration": ("/integrations/new?gateway=outros", Integration, {
        "description": "Livros 77", "param-url": "http://127.0.0.1:9/hook"}),
}  # fmt: skip


@dataclass
class Desk:
    """A running hub and its database."""

    address: str
    folder: Path
    browser: Browser
    stack: ExitStack

    @contextmanager
    def database(self) -> Iterator[None]:
        app = create_app(load_settings(environment(self.folder)))
        with app.app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def count(self, model: type) -> int:
        with self.database():
            return db.session.query(model).count()

    def sit_down(self, scripted: bool = True) -> Page:
        """Open a window of its own and sign in."""
        context = self.browser.new_context(
            viewport={"width": WIDE, "height": 900}, locale="pt-BR", java_script_enabled=scripted
        )
        context.set_default_timeout(TIMEOUT_S * 1000)
        self.stack.callback(context.close)
        page = context.new_page()
        page.goto(f"{self.address}/login")
        sign_in(page)
        return page


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("hub")
    prepare(folder)
    with chromium() as browser, ExitStack() as stack:
        desk = Desk("", folder, browser, stack)
        with desk.database():
            create_operator(ADMIN_EMAIL, PASSWORD, "admin")
        with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
            desk.address = found[1]
            yield desk


def sign_in(page: Page) -> None:
    page.locator("#email").fill(ADMIN_EMAIL)
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def save(page: Page, *, twice: bool = False) -> None:
    """Press the button, and wait for the page that follows; after a second click that is for the caller to do."""
    button = page.get_by_role("button", name="Salvar", exact=True).last
    if twice:
        button.dblclick(no_wait_after=True)
        return
    with page.expect_navigation():
        button.click()


def open_form(page: Page, desk: Desk, address: str, typed: dict[str, str]) -> None:
    page.goto(desk.address + address)
    for name, value in typed.items():
        page.locator(f"[id='{name}']").fill(value)


@pytest.mark.parametrize("scripted", [True, False], ids=["with-javascript", "without-javascript"])
@pytest.mark.parametrize("kind", FORMS)
def test_two_clicks_on_a_new_form_make_one_thing(kind: str, scripted: bool, desk: Desk) -> None:
    address, model, typed = FORMS[kind]
    before, page = desk.count(model), desk.sit_down(scripted)
    unique = {name: f"{value}{scripted}" if name in ("code", "description") else value for name, value in typed.items()}
    open_form(page, desk, address, unique)
    save(page, twice=True)
    expect(page.locator(".alert-success")).to_be_visible()
    assert desk.count(model) == before + 1


def test_form_sent_again_after_the_back_button_makes_nothing_twice(desk: Desk) -> None:
    before, page = desk.count(Plan), desk.sit_down()
    open_form(page, desk, "/plans/new", {"description": "Fibra 88", "value": "88,00"})
    save(page)
    page.go_back()
    open_form_again(page, {"description": "Fibra 88", "value": "88,00"})
    save(page)
    expect(page.locator(".alert").first).to_be_visible()
    assert desk.count(Plan) == before + 1


def open_form_again(page: Page, typed: dict[str, str]) -> None:
    """Type it again if the browser did not keep it."""
    for name, value in typed.items():
        page.locator(f"[id='{name}']").fill(value)


def test_second_of_two_people_keeps_what_was_typed_and_saves_it_on_the_present_version(desk: Desk) -> None:
    first, second = desk.sit_down(), desk.sit_down()
    address = "/customers/1/edit"
    open_form(first, desk, address, {"phone": "11911111111"})
    open_form(second, desk, address, {"name": "Nome da segunda"})
    save(first)
    save(second)
    expect(second.locator("#conflict .alert")).to_contain_text("outra pessoa salvou")
    expect(second.locator("[name='keep-name'][value=mine]")).to_be_checked()
    expect(second.locator("[name='keep-phone'][value=theirs]")).to_be_checked()
    second.get_by_role("button", name="Salvar esta escolha").click()
    expect(second.locator("h1")).to_contain_text("Nome da segunda")
    second.goto(desk.address + address)
    expect(second.locator("#phone")).to_have_value("+55 (11) 91111-1111")


def test_session_that_ended_while_a_page_polls_leads_back_to_that_page(desk: Desk) -> None:
    page = desk.sit_down()
    page.goto(f"{desk.address}/customers?q=fulana")
    page.context.clear_cookies()
    page.get_by_role("searchbox").fill("maria")
    page.wait_for_url(re.compile(r"/login\?next="))
    sign_in(page)
    assert page.url.startswith(f"{desk.address}/customers")
    expect(page.locator("h1")).to_be_visible()
