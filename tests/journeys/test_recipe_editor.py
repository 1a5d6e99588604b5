"""A recipe is written in a real browser: problems beside their lines, the request shown, one call tried, saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.people import PASSWORD
from tests.gateways.servers import LoopbackServer, always, http
from tests.journeys.browser import CHROMIUM, NARROW, WIDE, Visitor, serving, visit
from tests.journeys.quality import SETUP_LINK
from webapp.services.recipe_texts import starter_text

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
TOKEN = "a-token-that-nobody-may-see"
LINE = "document.querySelector('.CodeMirror').CodeMirror.getCursor().line + 1"
INSIDE = "document.activeElement.closest('.CodeMirror') !== null"


@dataclass(frozen=True)
class Door:
    """Where the hub is, and what lets an administrator in."""

    address: str
    cookies: Any


@pytest.fixture(scope="module")
def door(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("hub")
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=SETUP_LINK) as found:
        with visit(browser, found[1], width=WIDE) as visitor:
            visitor.open(found[0])
            visitor.fill(email="admin@example.com", password=PASSWORD, again=PASSWORD)
            with visitor.page.expect_navigation():
                visitor.page.keyboard.press("Enter")
            cookies = visitor.page.context.cookies()
        yield Door(found[1], cookies)


@pytest.fixture
def editor(browser: Browser, door: Door) -> Iterator[Visitor]:
    """An administrator before the editor of a new recipe."""
    with visit(browser, door.address, width=WIDE) as visitor:
        visitor.page.context.add_cookies(door.cookies)
        visitor.open("/gateways/new")
        # The editor comes when somebody first goes into the text.
        visitor.page.locator("[data-recipe-editor]").focus()
        expect(visitor.page.locator(".CodeMirror-code")).to_be_visible()
        yield visitor


def write_at_the_end(page: Page, text: str) -> None:
    page.locator(".CodeMirror-code").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def test_problem_is_marked_while_it_is_typed_and_its_link_leads_to_the_line(editor: Visitor) -> None:
    page, last = editor.page, len(starter_text().splitlines()) + 1
    expect(page.locator("#recipe-problems li")).to_have_count(0)
    write_at_the_end(page, "nonsense = 1\n")
    problem = page.locator(f"#recipe-problems [data-problem-line='{last}']")
    expect(problem).to_contain_text("nonsense")
    expect(page.locator(".problem-mark")).to_have_count(1)
    page.keyboard.press("Control+Home")
    problem.get_by_role("link").click()
    assert page.evaluate(LINE) == last
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    expect(page.locator("#recipe-problems li")).to_have_count(0)
    expect(page.locator(".problem-mark")).to_have_count(0)
    editor.look()


def test_tab_leaves_the_editor(editor: Visitor) -> None:
    editor.page.locator(".CodeMirror-code").click()
    assert editor.page.evaluate(INSIDE)
    editor.page.keyboard.press("Tab")
    assert not editor.page.evaluate(INSIDE)


def test_operation_is_shown_then_tried_and_the_recipe_saved_without_a_restart(editor: Visitor) -> None:
    page = editor.page
    editor.secrets.append(TOKEN)
    with LoopbackServer(always(http(b'{"id": 41}', "201 Created"))) as platform:
        page.locator("main .tabs a[href='#trial']").click()
        page.locator("#operation").select_option("create")
        page.locator("#param-api_url").fill(platform.url)
        page.locator("#param-token").fill(TOKEN)
        page.locator("button[hx-post='/gateways/preview']").click()
        expect(page.locator("#trial-result")).to_contain_text(f"POST {platform.url}/users")
        assert platform.connections == 0
        editor.settle()
        page.locator("[name=confirmed]").check()
        page.locator("button[hx-post='/gateways/try']").click()
        expect(page.locator("#trial-result")).to_contain_text("HTTP 201")
        assert TOKEN.encode() in platform.requests[0]
    editor.look()
    page.locator("main .tabs a[href='#recipe']").click()
    page.locator("#reason").fill("Primeira")
    with page.expect_navigation():
        page.locator("#recipe-form .form-buttons button").click()
    assert page.url.endswith("/gateways/my_platform")
    editor.open("/integrations/new")
    expect(page.locator(".choices")).to_contain_text("My platform")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_recipe_is_checked_and_saved_without_javascript(browser: Browser, door: Door, width: int) -> None:
    with visit(browser, door.address, width=width, scripted=False) as plain:
        plain.page.context.add_cookies(door.cookies)
        plain.open("/gateways/new")
        field = plain.page.locator("#text")
        field.fill(starter_text() + "nonsense = 1\n")
        plain.page.locator("noscript button").click()
        expect(plain.page.locator("#recipe-problems")).to_contain_text("nonsense")
        field.fill(starter_text().replace("my_platform", f"tv_{width}"))
        plain.page.locator("#reason").fill("Primeira")
        with plain.page.expect_navigation():
            plain.page.locator("#recipe-form .form-buttons button").click()
        assert plain.page.url.endswith(f"/gateways/tv_{width}")
