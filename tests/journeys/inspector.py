"""What is looked at on each page of a tour, and the tours: each part of the pages in a hub of its own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.barriers import EVERYTHING, OF_THE_LOOK, THOROUGH, Barriers
from tests.journeys.browser import CHROMIUM, chromium
from tests.journeys.quality import NARROW, PORTUGUESE, WIDE, Tour, show, speak, tour
from tests.web.pages import Place
from webapp.languages import LANGUAGES

PARTS = 2
NEEDS_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
OPEN_FOLDS = """document.querySelectorAll('details:not(.menu)').forEach(fold => { fold.open = true; });
    document.querySelectorAll('.tab-panel').forEach(panel => { panel.hidden = false; })"""
SET_MENU = """open => {
    const menu = document.querySelector('main details.menu'); if (menu) { menu.open = open; }
    return Boolean(menu);
}"""
MENU = "main details.menu[open]"
# One page with another object is the same page in another state.
ID = re.compile(r"\{\w+\}")
DESK, PHONE = (WIDE, "light"), (NARROW, "dark")
# The longest words of each language are others: half of the pages in each of these, and ``make barriers`` all in all.
# Not in turns: what axe found in one part of a page counts for the same part of others, and words are in it.
SPOKEN = {1: PORTUGUESE, 2: PORTUGUESE if THOROUGH else "es"}


class Inspector:
    """Looks at each page two ways and writes down what is wrong."""

    def __init__(self) -> None:
        self.barriers: dict[str, list[str]] = defaultdict(list)
        self.too_wide: list[str] = []
        self.cut: list[str] = []
        self._barriers = Barriers()
        self._seen: set[str] = set()
        self._now = (0, "")

    def look(self, page: Page, place: Place) -> None:
        """Narrow in the dark and wide in the light: colours hang on the theme, not on the width. All is open.

        A page in another state is looked at narrow and dark, its colours in the light stood on the first. The
        window keeps what the last page had, and the next begins with that: to change it lays out everything anew.
        """
        page.evaluate(OPEN_FOLDS)
        for one in sorted(self._looks(place), key=lambda one: one != self._now):
            self._show(page, one)
            self._ask(page, place, one)
            self._look_for_cut_words(page, place, one)
            if one == PHONE:
                self._look_at_menu(page, place)
        if THOROUGH and place.data is None:
            self._read_in_other_languages(page, place)

    def _looks(self, place: Place) -> list[tuple[int, str]]:
        path = ID.sub("{}", place.address.partition("?")[0])
        new = path not in self._seen
        self._seen.add(path)
        return [DESK, PHONE] if new or THOROUGH else [PHONE]

    def _ask(self, page: Page, place: Place, one: tuple[int, str], within: str = "") -> None:
        """Every rule on the phone; at the desk those that a look decides, and all of them once for each part."""
        part = f"part {place.address.strip('/').partition('/')[0]}"
        rules = OF_THE_LOOK if one == DESK and part in self._seen and not THOROUGH else EVERYTHING
        if one == DESK:
            self._seen.add(part)
        found, needed = self._barriers.ask(page, one, rules, within)
        self._note(f"{place.name} {one[0]} {one[1]} {within}".rstrip(), found)
        if needed > one[0]:
            self.too_wide.append(f"{place.name}: {needed} px on {one[0]} px")

    def _look_for_cut_words(self, page: Page, place: Place, one: tuple[int, str]) -> None:
        language = page.locator("html").get_attribute("lang")
        self.cut += [f"{place.name} {one[0]} {language}: {words}" for words in page.evaluate("clipped()")]

    def _read_in_other_languages(self, page: Page, place: Place) -> None:
        for language in [code for code in LANGUAGES if code != PORTUGUESE]:
            speak(page, page.url, language)
            page.reload()
            page.evaluate(OPEN_FOLDS)
            for one in (DESK, PHONE):
                self._show(page, one)
                self._look_for_cut_words(page, place, one)

    def _show(self, page: Page, one: tuple[int, str]) -> None:
        if one != self._now:
            show(page, *one)
            self._now = one

    def _look_at_menu(self, page: Page, place: Place) -> None:
        """What an open menu covers is out of reach, as it should be: only the menu itself is looked at."""
        if page.evaluate(SET_MENU, True):
            self._ask(page, place, PHONE, within=MENU)
            page.evaluate(SET_MENU, False)

    def _note(self, where: str, found: list[str]) -> None:
        for text in found:
            self.barriers[text].append(where)


@contextmanager
def inspected(folder: Path, part: int) -> Iterator[tuple[Inspector, Tour]]:
    """Look at a part of all pages; gives what was found when the tour is over."""
    inspector = Inspector()
    with (
        chromium() as browser,
        tour(browser, folder, inspector.look, part=part, parts=PARTS, language=SPOKEN[part]) as there,
    ):
        yield inspector, there


def check_barriers(inspector: Inspector) -> None:
    """Fail with every barrier that was found."""
    found = [f"{text}\n    on {', '.join(where)}" for text, where in inspector.barriers.items()]
    assert not found, "\n" + "\n".join(found)
