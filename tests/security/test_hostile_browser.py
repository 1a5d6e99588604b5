"""A real browser over a hub whose texts were all written by an enemy: nothing of them is executed or even tried."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.fixtures.people import signed_in
from tests.journeys.browser import BEING_RENEWED, CHROMIUM, Watch, chromium, serving
from tests.journeys.quality import environment
from tests.security.test_stored_markup import poison
from tests.web import pages, states
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models.operator import ADMIN
from webapp.schema import migrate_database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium; make test installs it"),
]
# The ids of all pages, and the cookie of an administrator.
Scene = tuple[dict[str, object], tuple[str, str]]
ADDRESS = r"(http://127\.0\.0\.1:\d+)"
# Whatever of it became part of a page would open a dialog, ask for a picture, or be stopped by the content policy.
HOSTILE = (
    "javascript:alert('{place}')\"'><stolen-page onclick=alert(1)><img src=/stolen onerror=alert('{place}')>"
    "<svg onload=alert(2)></svg></textarea></title></script><script>alert(3)</script>"
    "<form hx-get=/stolen hx-trigger=load></form><style>*{{background:url(/stolen)}}</style>"
)
SEEN = (
    "dashboard", "alerts", "transmissions", "attempt", "run-staged", "history", "customers", "customer", "sale",
    "integration", "products", "mapping", "orphan", "pull-staged", "channels", "people", "person-data", "tokens",
)  # fmt: skip
BECAME = "document.querySelectorAll('stolen-page, [onerror], [onload], [onclick], main svg[onload]').length"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    """Fill a hub as all pages need it, and put the enemy's text wherever somebody else writes."""
    app = create_app(load_settings(environment(folder)))
    with app.app_context():
        migrate_database(db.engine)
        here = states.build()
        browser = signed_in(app, ADMIN)
        states.after_set_up(here)
        found = here.ids()
        cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        poison(HOSTILE)
        db.session.remove()
        db.engine.dispose()
    return found, (cookie.key, cookie.value)


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_browser_executes_nothing_of_what_an_enemy_wrote(window: Browser, folder: Path, scene: Scene) -> None:
    ids, cookie = scene
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=ADDRESS) as found:
        visit = Visit(window, found[1], cookie)
        for place in pages.opened():
            if place.name in SEEN and place.role == ADMIN:
                visit.look(place.address.format(**ids))
        assert (visit.opened, visit.dialogs, visit.troubles) == (len(SEEN), [], [])
        assert visit.shown > len(SEEN) // 2


class Visit:
    """One window, and all that went wrong in it."""

    def __init__(self, browser: Browser, address: str, cookie: tuple[str, str]) -> None:
        self.address, self.opened, self.shown = address, 0, 0
        self.dialogs: list[str] = []
        watch = Watch(address.removeprefix("http://"))
        self.troubles = watch.troubles
        context = browser.new_context(locale="pt-BR")
        watch.over(context)
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": address}])
        context.on("request", lambda asked: self._asked(asked.url))
        self.page: Page = context.new_page()
        self.page.on("dialog", self._on_dialog)

    def look(self, path: str) -> None:
        """Open a page and everything that it fetches by itself."""
        answer = self.page.goto(f"{self.address}{path}", wait_until="load")
        expect(self.page.locator(BEING_RENEWED)).to_have_count(0)
        assert answer is not None
        assert (answer.status, urlsplit(self.page.url).path) == (200, urlsplit(path).path)
        self.opened += 1
        self.shown += "javascript:alert(" in self.page.content()
        if self.page.evaluate(BECAME):
            self.troubles.append(f"became part of {path}")

    def _asked(self, url: str) -> None:
        if "stolen" in url.partition("?")[0]:
            self.troubles.append(f"asked for {url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
