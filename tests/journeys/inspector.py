"""What is looked at on each page of a tour, and the tours: each part of the pages in a hub of its own."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import CHROMIUM, chromium
from tests.journeys.quality import NARROW, WIDE, Tour, accessibility, show, tour
from tests.web.pages import Place

PARTS = 2
NEEDS_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
OPEN_FOLDS = """document.querySelectorAll('details:not(.menu)').forEach(fold => { fold.open = true; });
    document.querySelectorAll('.tab-panel').forEach(panel => { panel.hidden = false; })"""
SET_MENU = "open => { const menu = document.querySelector('main details.menu'); if (menu) { menu.open = open; } }"
MENU = "main details.menu[open]"
DESK, PHONE = (WIDE, "light"), (NARROW, "dark")


class Inspector:
    """Looks at each page two ways and writes down what is wrong."""

    def __init__(self) -> None:
        self.barriers: dict[str, list[str]] = defaultdict(list)
        self.too_wide: list[str] = []
        self._seen: set[str] = set()
        self._now = (0, "")

    def look(self, page: Page, place: Place) -> None:
        """Narrow in the dark and wide in the light: colours hang on the theme, not on the width. All is open.

        A page in another state is looked at narrow and dark, its colours in the light stood on the first. The
        window keeps what the last page had, and the next begins with that: to change it lays out everything anew.
        """
        page.evaluate(OPEN_FOLDS)
        path = place.address.partition("?")[0]
        looks = [PHONE] if path in self._seen else [DESK, PHONE]
        self._seen.add(path)
        for one in sorted(looks, key=lambda one: one != self._now):
            self._show(page, one)
            self._note(f"{place.name} {one[0]} {one[1]}", accessibility(page))
            self._measure(place, page, one[0])
            if one == PHONE:
                self._look_at_menu(page, place)

    def _show(self, page: Page, one: tuple[int, str]) -> None:
        if one != self._now:
            show(page, *one)
            self._now = one

    def _look_at_menu(self, page: Page, place: Place) -> None:
        """What an open menu covers is out of reach, as it should be: only the menu itself is looked at."""
        page.evaluate(SET_MENU, True)
        if page.locator(MENU).count():
            self._note(f"{place.name} with its menu", accessibility(page, within=MENU))
            self._measure(place, page, NARROW)
            page.evaluate(SET_MENU, False)

    def _note(self, where: str, found: list[str]) -> None:
        for text in found:
            self.barriers[text].append(where)

    def _measure(self, place: Place, page: Page, width: int) -> None:
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            self.too_wide.append(f"{place.name}: {needed} px on {width} px")


@contextmanager
def inspected(folder: Path, part: int) -> Iterator[tuple[Inspector, Tour]]:
    """Look at a part of all pages; gives what was found when the tour is over."""
    inspector = Inspector()
    with chromium() as browser, tour(browser, folder, inspector.look, part=part, parts=PARTS) as there:
        yield inspector, there


def check_barriers(inspector: Inspector) -> None:
    """Fail with every barrier that was found."""
    found = [f"{text}\n    on {', '.join(where)}" for text, where in inspector.barriers.items()]
    assert not found, "\n" + "\n".join(found)
