"""Every page in a real browser: accessible in both themes, wide and narrow; nothing broken, nothing from elsewhere."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.journeys.browser import CHROMIUM, chromium
from tests.journeys.quality import NARROW, WIDE, Tour, accessibility, show, tour
from tests.web.pages import Place

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]

OPEN_FOLDS = """document.querySelectorAll('details:not(.menu)').forEach(fold => { fold.open = true; });
    document.querySelectorAll('.tab-panel').forEach(panel => { panel.hidden = false; })"""
OPEN_MENU = "(() => { const menu = document.querySelector('main details.menu'); if (menu) { menu.open = true; } })()"
MENU = "main details.menu[open]"


class Inspector:
    """Looks at each page two ways and writes down what is wrong."""

    def __init__(self) -> None:
        self.barriers: dict[str, list[str]] = defaultdict(list)
        self.too_wide: list[str] = []
        self._seen: set[str] = set()

    def look(self, page: Page, place: Place) -> None:
        """Narrow in the dark and wide in the light: colours hang on the theme, not on the width. All is open.

        A page in another state is looked at narrow and dark, its colours in the light stood on the first.
        """
        page.evaluate(OPEN_FOLDS)
        path = place.address.partition("?")[0]
        looks = ((NARROW, "dark"),) if path in self._seen else ((WIDE, "light"), (NARROW, "dark"))
        self._seen.add(path)
        for width, theme in looks:
            show(page, width, theme)
            self._note(f"{place.name} {width} {theme}", accessibility(page))
            self._measure(place, page, width)
        # What an open menu covers is out of reach, as it should be: only the menu itself is looked at.
        page.evaluate(OPEN_MENU)
        if page.locator(MENU).count():
            self._note(f"{place.name} with its menu", accessibility(page, within=MENU))
            self._measure(place, page, NARROW)
        show(page, WIDE, "light")

    def _note(self, where: str, found: list[str]) -> None:
        for text in found:
            self.barriers[text].append(where)

    def _measure(self, place: Place, page: Page, width: int) -> None:
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            self.too_wide.append(f"{place.name}: {needed} px on {width} px")


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Inspector, Tour]]:
    inspector = Inspector()
    with chromium() as browser, tour(browser, tmp_path_factory.mktemp("hub"), inspector.look) as there:
        yield inspector, there


def test_no_page_has_a_barrier(inspected: tuple[Inspector, Tour]) -> None:
    found = [f"{text}\n    on {', '.join(where)}" for text, where in inspected[0].barriers.items()]
    assert not found, "\n" + "\n".join(found)


def test_no_page_is_wider_than_the_screen(inspected: tuple[Inspector, Tour]) -> None:
    assert not inspected[0].too_wide, "\n" + "\n".join(inspected[0].too_wide)


def test_browser_complains_of_nothing_and_reaches_no_other_host(inspected: tuple[Inspector, Tour]) -> None:
    assert not inspected[1].troubles, "\n" + "\n".join(inspected[1].troubles)
