"""Whoever measures the same only once must still see what is new, on whatever page it comes."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.barriers import EVERYTHING, OF_THE_LOOK, SCRIPT, Barriers
from tests.journeys.inspector import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER
LOOK = (1280, "light")
SIGHT = "<!doctype html><html lang=pt-BR><title>T</title><style>"
SIGHT += ".pale { color: #ccc; background: #fff } .menu a { display: block; padding: 16px }"
SIGHT += ".away { position: absolute; width: 1px; height: 1px; overflow: hidden }"
SIGHT += "</style><body>"
FRAME = "<header><nav aria-label=Menu><a class=link href=/a>Clientes</a></nav></header>"
PLAIN = "<main><h1>Pacotes</h1><p class=dark>Um pacote.</p></main>"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.add_init_script(SCRIPT)
    yield context.new_page()
    context.close()


def seen(
    page: Page, barriers: Barriers, body: str, rules: dict[str, object] = EVERYTHING, within: str = ""
) -> list[str]:
    page.goto("data:text/html," + quote(SIGHT + body))
    return [text.partition(":")[0] for text in barriers.ask(page, LOOK, rules, within)[0]]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (FRAME + PLAIN.replace("dark", "pale"), ["color-contrast"]),
        (FRAME.replace("class=link", "class=pale") + PLAIN, ["color-contrast"]),
        (FRAME + PLAIN.replace("</main>", "<button class=dark></button></main>"), ["button-name"]),
        (FRAME + PLAIN, []),
    ],
    ids=["a pale text in the contents", "a pale text in the frame", "a button without a name", "nothing new"],
)
def test_what_is_wrong_on_the_second_page_only_is_found(page: Page, body: str, found: list[str]) -> None:
    barriers = Barriers()
    assert seen(page, barriers, FRAME + PLAIN) == []
    assert seen(page, barriers, body) == found
    assert page.locator("header a").count() == 1, "what was taken away while axe looked is back"


def test_same_text_in_another_look_is_measured_anew(page: Page) -> None:
    barriers, pale = Barriers(), FRAME + PLAIN.replace("dark", "pale")
    assert seen(page, barriers, pale, OF_THE_LOOK) == ["color-contrast"]
    assert [text.partition(":")[0] for text in barriers.ask(page, (390, "dark"), OF_THE_LOOK)[0]] == ["color-contrast"]


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("<p class=pale><span class=away>Um pacote.</span></p>", "<p class=pale><span>Um pacote.</span></p>"),
        ("<button class=pale disabled>Vender</button>", "<button class=pale>Vender</button>"),
    ],
    ids=["only read out", "out of use"],
)
def test_colour_of_a_text_that_nobody_had_to_read_is_measured_where_it_must_be(
    page: Page, before: str, then: str
) -> None:
    barriers = Barriers()
    assert seen(page, barriers, FRAME + PLAIN.replace("</main>", f"{before}</main>")) == []
    assert seen(page, barriers, FRAME + PLAIN.replace("</main>", f"{then}</main>")) == ["color-contrast"]


def test_menu_that_was_seen_is_asked_about_again_once_something_in_it_differs(page: Page) -> None:
    barriers, menu = Barriers(), "<div class=menu><a href=/a><span>Ver</span></a><a href=/b><span>%s</span></a></div>"
    body = FRAME + PLAIN.replace("</main>", f"{menu}</main>")
    assert seen(page, barriers, body % "Apagar", within=".menu") == []
    assert seen(page, barriers, body % "Mudar", within=".menu") == []
    assert seen(page, barriers, body % "", within=".menu") == ["link-name"]


BOX = "<style>.box { width: 60px; height: 20px; white-space: nowrap; overflow: %s } select { width: 90px }</style>"
LONG = "Tudo o que todas as plataformas mostram"
CHOICE = f"<select><option>{LONG}</option></select>"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (BOX % "hidden" + f"<div class=box>{LONG}</div>", [LONG]),
        (BOX % "hidden" + f"<div class=box><p><b>{LONG}</b></p></div>", [LONG]),
        (BOX % "clip" + CHOICE, []),
        (BOX % "auto" + f"<div class=box>{LONG}</div>", []),
        (BOX % "hidden" + f"<div class=box title='{LONG}'>{LONG}</div>", []),
        (BOX % "hidden" + "<div class=box>Sim</div>" + CHOICE.replace(LONG, "Sim"), []),
        (f"<p><span class=away>{LONG}</span></p>", []),
    ],
    ids=["hidden", "hidden further out", "in a choice", "can be moved", "its title says it", "all fits", "read out"],
)
def test_words_that_are_cut_off_are_found_and_no_others(page: Page, body: str, found: list[str]) -> None:
    page.goto("data:text/html," + quote(SIGHT + FRAME + body))
    assert page.evaluate("clipped()") == found
