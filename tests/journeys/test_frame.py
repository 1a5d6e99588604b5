"""What stands around every page, in a real browser: search and keys, questions and messages, a session that ends, a
server that is away, parts that renew themselves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.people import PASSWORD
from tests.journeys.barriers import accessibility
from tests.journeys.browser import CHROMIUM, TIMEOUT_S, Watch, serving
from tests.journeys.quality import ADMIN_EMAIL, SETUP_LINK, prepare

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
MARIA = "Maria da Conceição Araújo dos Santos"
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""
KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        for (const one of await (await caches.open(name)).keys()) { found.push(new URL(one.url).pathname); }
    }
    return found.sort();
}"""
RENEW = """() => {
    const address = document.querySelector('#overview').getAttribute('hx-get');
    htmx.ajax('GET', address, {source: '#overview', target: '#overview', swap: 'outerHTML'});
}"""
STATIC_ONLY = ("/offline", "/static/")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A hub with something in every state; its address, and the link of its first administrator."""
    folder = tmp_path_factory.mktemp("hub")
    prepare(folder)
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=SETUP_LINK) as found:
        yield found[1], found[0]


@pytest.fixture(scope="module")
def desk(browser: Browser, address: tuple[str, str]) -> Iterator[BrowserContext]:
    """The administrator's browser, signed in."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="pt-BR", base_url=address[0], reduced_motion="reduce"
    )
    context.set_default_timeout(TIMEOUT_S * 1000)
    page = context.new_page()
    page.goto(address[1])
    for name, value in {"email": ADMIN_EMAIL, "password": PASSWORD, "again": PASSWORD}.items():
        page.locator(f"#{name}").fill(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext, address: tuple[str, str]) -> Iterator[Page]:
    """A tab of its own; nothing may be complained of in it."""
    watch = Watch(address[0].partition("//")[2])
    page = desk.new_page()
    page.on("weberror", lambda error: watch.troubles.append(str(error.error)))
    yield page
    page.close()
    assert not watch.troubles


def sign_in(page: Page) -> None:
    page.locator("#email").fill(ADMIN_EMAIL)
    page.locator("#password").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_slash_searches_and_arrows_lead_to_the_customer(page: Page) -> None:
    page.goto("/packages")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("conceicao")
    expect(page.locator("#find-hits [role=option]").first).to_contain_text(MARIA)
    assert accessibility(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#find-hits")).to_be_hidden()
    page.keyboard.type(" ara")
    expect(page.locator("#find-hits [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#find")).to_have_attribute("aria-activedescendant", "find-customers-1")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Maria")


def test_keys_lead_everywhere_and_their_sheet_says_which(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert accessibility(page, within="#keys") == []
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    with page.expect_navigation():
        page.keyboard.press("g")
        page.keyboard.press("c")
    assert page.url.endswith("/customers")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("main tbody tr").first.locator("a[href]").first
    expect(first).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/customers/" in page.url
    page.goto("/customers")
    with page.expect_navigation():
        page.keyboard.press("n")
    assert page.url.endswith("/customers/new")
    # While somebody writes, letters are letters.
    page.locator("main input[name=name]").click()
    page.keyboard.type("gc n?/j")
    assert page.locator("main input[name=name]").input_value() == "gc n?/j"


def test_single_keys_can_be_switched_off(page: Page, desk: BrowserContext) -> None:
    page.goto("/")
    page.keyboard.press("?")
    page.locator("[data-shortcuts-toggle]").click()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#find")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    desk.clear_cookies(name="shortcuts")


def test_question_names_what_happens_and_the_message_takes_it_back(page: Page) -> None:
    page.goto("/packages?active=all")
    row = page.locator("main tbody tr:has(details.menu)", has_text="Vazio").first
    row.locator("details.menu summary").click()
    act = row.locator(".menu-list").get_by_role("button", name="Inativar")
    act.click()
    ask = page.locator("#ask")
    expect(ask.locator("h2")).to_contain_text("Vazio")
    expect(ask.locator("[data-no]")).to_be_focused()
    assert accessibility(page, within="#ask") == []
    page.keyboard.press("Escape")
    expect(ask).to_be_hidden()
    expect(act).to_be_focused()
    page.keyboard.press("Enter")
    with page.expect_navigation():
        ask.get_by_role("button", name="Inativar").click()
    flash = page.locator(".flash[data-toast]")
    expect(flash).to_contain_text("inativado")
    assert accessibility(page) == []
    with page.expect_navigation():
        flash.get_by_role("button", name="Desfazer").click()
    expect(page.locator(".flash[data-toast]")).to_contain_text("reativado")


def test_form_survives_the_end_of_its_session(page: Page, desk: BrowserContext) -> None:
    page.goto("/customers/new")
    page.locator("main input[name=code]").fill("LOST-1")
    page.locator("main input[name=name]").fill("Digitado Antes")
    desk.clear_cookies()
    # What is asked in the background meets the end first.
    page.evaluate("htmx.ajax('GET', '/fragments/dashboard', {target: '#live'})")
    over = page.locator("#session-over")
    expect(over).to_be_visible()
    assert page.locator("main input[name=name]").input_value() == "Digitado Antes"
    with desk.expect_page() as opened:
        over.get_by_role("link").click()
    sign_in(opened.value)
    expect(opened.value.locator("h1")).to_contain_text("entrou de novo")
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(over).to_be_hidden()
    with page.expect_navigation():
        page.locator("main form.card button.btn-primary, main .form-buttons .btn-primary").first.click()
    expect(page.locator("h1")).to_contain_text("Digitado Antes")


def test_page_that_stood_for_long_asks_before_it_sends(page: Page, desk: BrowserContext) -> None:
    page.clock.install()
    page.goto("/customers/new")
    page.locator("main input[name=code]").fill("LATE-1")
    page.locator("main input[name=name]").fill("Enviado Tarde")
    page.clock.fast_forward(120_000)
    kept = desk.cookies()
    desk.clear_cookies()
    page.locator("main .form-buttons .btn-primary").first.click()
    expect(page.locator("#session-over")).to_be_visible()
    desk.add_cookies(kept)  # type: ignore[arg-type]
    page.locator("#session-over [data-no]").click()
    with page.expect_navigation():
        page.locator("main .form-buttons .btn-primary").first.click()
    expect(page.locator("h1")).to_contain_text("Enviado Tarde")


def test_hidden_tab_rests_and_is_renewed_once_when_looked_at(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/fragments/" in request.url else None)
    page.evaluate(HIDE, True)
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_request("**/fragments/dashboard*"):
        page.evaluate(HIDE, False)
        page.clock.run_for(3_000)
    assert len(asked) <= 2, asked


def test_focus_and_open_menus_survive_a_renewal(page: Page) -> None:
    page.goto("/")
    link = page.locator("#overview a[href]").first
    link.focus()
    before = link.inner_text()
    part = page.locator("#overview").element_handle()
    assert part is not None
    with page.expect_response("**/fragments/dashboard*"):
        page.evaluate(RENEW)
    page.wait_for_function("old => !old.isConnected", arg=part)
    page.wait_for_function("text => document.activeElement.innerText === text", arg=before)


def test_missing_server_is_told_and_forgotten_when_it_is_back(page: Page, desk: BrowserContext) -> None:
    page.goto("/")
    desk.set_offline(True)
    page.evaluate("htmx.ajax('GET', '/fragments/dashboard', {target: '#live'}).catch(() => {})")
    expect(page.locator("#offline")).to_be_visible()
    desk.set_offline(False)
    page.evaluate("htmx.ajax('GET', '/fragments/session', {target: '#live', swap: 'none'})")
    expect(page.locator("#offline")).to_be_hidden()


def test_worker_keeps_only_its_own_page_and_shows_it_when_the_server_is_away(page: Page, desk: BrowserContext) -> None:
    page.goto("/customers")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.goto("/customers")
    kept = page.evaluate(KEPT)
    assert kept, "nothing is kept"
    assert [path for path in kept if not path.startswith(STATIC_ONLY)] == []
    desk.set_offline(True)
    try:
        page.goto("/packages")
        expect(page.locator("h1")).to_have_text("O servidor não responde")
        assert "Maria" not in page.content()
    finally:
        desk.set_offline(False)
    # By itself, as soon as there is a network again.
    expect(page.locator("h1")).to_have_text("Pacotes")


@pytest.mark.parametrize("size", [(360, 780), (640, 450)], ids=["360-px", "200-percent"])
def test_frame_fits_small_windows(size: tuple[int, int], page: Page) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("/", "/customers", "/search?q=maria&all=1", "/own/preferences", "/nothing", "/people"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path


def test_theme_and_language_are_chosen_on_one_page(page: Page, desk: BrowserContext) -> None:
    page.goto("/own/preferences")
    page.locator("#language").select_option("en")
    page.locator("#theme").select_option("dark")
    with page.expect_navigation():
        page.get_by_role("button", name="Salvar").last.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("h1")).to_have_text("Language and appearance")
    page.locator("#language").select_option("")
    page.locator("#theme").select_option("")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").last.click()
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
