"""What JavaScript adds to forms, in a real browser: questions before leaving, ways to what is wrong, masks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests import factories
from tests.fixtures.people import PASSWORD
from tests.journeys.browser import CHROMIUM, TIMEOUT_S, WIDE, serving
from tests.journeys.quality import ADMIN_EMAIL, environment
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models.operator import ADMIN
from webapp.schema import migrate_database
from webapp.services.operators import create_operator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
ANNOUNCED = r"(http://127\.0\.0\.1:\d+)"
PLANS = 20


def furnish(folder: Path) -> None:
    app = create_app(load_settings(environment(folder)))
    with app.app_context():
        migrate_database(db.engine)
        create_operator(ADMIN_EMAIL, PASSWORD, ADMIN)
        factories.make_customer(code="1", name="Maria")
        for number in range(PLANS):
            factories.make_plan(description=f"Fibra {number} Órion" if number else "Rádio Básico")
        factories.make_integration(gateway="nx_play", description="NX Play")
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def signed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("forms")
    furnish(folder)
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ANNOUNCED) as found:
        context = browser.new_context(
            viewport={"width": WIDE, "height": 900}, locale="pt-BR", base_url=found[1], service_workers="block"
        )
        context.set_default_timeout(TIMEOUT_S * 1000)
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=email]", ADMIN_EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        yield page
        context.close()


@pytest.fixture
def asked(signed: Page) -> Iterator[list[str]]:
    """What the browser asked before it left; it left each time."""
    found: list[str] = []

    def agree(dialog: Dialog) -> None:
        found.append(dialog.type)
        dialog.accept()

    signed.on("dialog", agree)
    yield found
    signed.goto("/plans")
    signed.remove_listener("dialog", agree)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.locator("form .form-buttons .btn-primary").click()


def test_leaving_is_asked_about_only_while_something_is_unsaved(signed: Page, asked: list[str]) -> None:
    signed.goto("/plans/2")
    signed.goto("/plans/3")
    assert asked == []
    signed.locator("#description").press_sequentially("x")
    signed.goto("/plans")
    assert asked == ["beforeunload"]
    signed.locator("main .filters [name=q]").press_sequentially("Fibra 3")
    signed.goto("/plans/3")
    signed.locator("#technology").press_sequentially("GPON")
    save(signed)
    assert asked == ["beforeunload"]
    assert signed.url.endswith("/plans")


def test_form_that_was_refused_counts_as_unsaved_and_leads_to_its_field(signed: Page, asked: list[str]) -> None:
    signed.goto("/packages/new")
    signed.locator("#description").fill("TV")
    signed.locator("#value").fill("10,00")
    signed.get_by_role("tab", name="DICI").click()
    signed.locator("#dici_type").select_option("scm")
    signed.locator("#dici_speed_mbps").fill("fast")
    save(signed)
    assert signed.title().startswith(("Erro:", "Error:"))
    assert signed.evaluate("document.activeElement.className").split()[-1] == "error-summary"
    signed.get_by_role("tab", name="Geral").click()
    expect(signed.locator("#dici_speed_mbps")).to_be_hidden()
    signed.locator(".error-summary a").first.press("Enter")
    expect(signed.locator("#dici_speed_mbps")).to_be_focused()
    signed.goto("/packages")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("field", "typed", "written", "left"),
    [
        ("document", "52998224725", "529.982.247-25", "529.982.247-25"),
        ("document", "12abc34501de35", "12.ABC.345/01DE-35", "12.ABC.345/01DE-35"),
        ("phone", "11912345678", "(11) 91234-5678", "(11) 91234-5678"),
        ("phone", "+55 (11) 91234-5678", "+55 (11) 91234-5678", "+55 (11) 91234-5678"),
        ("phone", "+351 912 345 678", "+351 912 345 678", "+351 912 345 678"),
    ],
)
def test_mask_writes_while_typing(
    field: str, typed: str, written: str, left: str, signed: Page, asked: list[str]
) -> None:
    signed.goto("/customers/new")
    signed.locator(f"#{field}").press_sequentially(typed)
    expect(signed.locator(f"#{field}")).to_have_value(written)
    signed.locator("#name").focus()
    expect(signed.locator(f"#{field}")).to_have_value(left)


@pytest.mark.parametrize(
    ("typed", "written", "left"),
    [
        ("1234", "1.234", "1.234,00"),
        ("1234,5", "1.234,5", "1.234,50"),
        ("19,90", "19,90", "19,90"),
        ("abc", "abc", "abc"),
    ],
)
def test_money_is_grouped_while_typing_and_gets_its_cents_at_the_end(
    typed: str, written: str, left: str, signed: Page, asked: list[str]
) -> None:
    signed.goto("/plans/new")
    signed.locator("#value").press_sequentially(typed)
    expect(signed.locator("#value")).to_have_value(written)
    signed.locator("#description").focus()
    expect(signed.locator("#value")).to_have_value(left)


def test_mask_leaves_the_cursor_where_it_is_and_lets_signs_be_deleted(signed: Page, asked: list[str]) -> None:
    signed.goto("/customers/new")
    box = signed.locator("#document")
    box.press_sequentially("52998224725")
    for _time in range(len("-25")):
        box.press("ArrowLeft")
    box.press("Backspace")
    expect(box).to_have_value("529.982.24-25")
    box.press("7")
    expect(box).to_have_value("529.982.247-25")
    assert box.evaluate("field => field.selectionStart") == len("529.982.247")


def test_pasted_amount_is_understood(signed: Page, asked: list[str]) -> None:
    signed.goto("/plans/new")
    signed.locator("#value").focus()
    signed.keyboard.insert_text("R$ 1.234,56")
    expect(signed.locator("#value")).to_have_value("1.234,56")


def test_long_choice_is_searched_without_accents_and_by_keyboard_alone(signed: Page, asked: list[str]) -> None:
    signed.goto("/customers/1/services/new")
    box = signed.locator("[data-narrows=plan_id]")
    box.press_sequentially("orion 13")
    expect(signed.locator("#plan_id option")).to_have_count(2)
    box.press("Enter")
    expect(signed.locator("#plan_id")).to_be_focused()
    assert "Fibra 13 Órion" in signed.locator("#plan_id").evaluate("one => one.selectedOptions[0].text")
    expect(signed.locator("#offer")).to_contain_text("Fibra 13 Órion")


def test_second_click_and_the_way_back_make_nothing_twice(signed: Page, asked: list[str]) -> None:
    signed.goto("/plans/new")
    signed.locator("#description").fill("Only once")
    signed.locator("#value").fill("10,00")
    with signed.expect_navigation():
        signed.locator("form .form-buttons .btn-primary").dblclick()
    signed.go_back()
    save(signed)
    signed.goto("/plans?q=Only+once")
    expect(signed.locator("#plans-table tbody tr")).to_have_count(1)


def test_buttons_of_a_long_form_stay_in_sight_once_something_was_changed(signed: Page, asked: list[str]) -> None:
    signed.set_viewport_size({"width": 390, "height": 500})
    signed.goto("/customers/new")
    save_button = signed.locator(".save-bar .btn-primary")
    expect(save_button).not_to_be_in_viewport()
    signed.locator("#code").press_sequentially("7")
    expect(save_button).to_be_in_viewport()
    signed.locator("#code").press("Backspace")
    expect(save_button).not_to_be_in_viewport()
    signed.set_viewport_size({"width": WIDE, "height": 900})
