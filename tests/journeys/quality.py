"""A hub with something in every state, as a process, and a tour through all its pages in a real browser."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response

from tests.fixtures.people import PASSWORD
from tests.journeys.barriers import SCRIPT
from tests.journeys.browser import TIMEOUT_S, Watch, serving
from tests.web import pages, states
from tests.web.pages import FIRST, STRANGER, Place
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.languages import tag
from webapp.models.operator import ADMIN, VIEWER
from webapp.schema import migrate_database
from webapp.services.operators import create_operator
from webapp.web.cookies import LANGUAGE

WIDE, NARROW, HEIGHT = 1280, 390, 900
PORTUGUESE = "pt_BR"
SETUP_LINK = r"(http://[^/\s]+)/setup/(\S+)"
ADMIN_EMAIL, VIEWER_EMAIL = "admin@example.com", "viewer@example.com"
# Sends a form as a person would, from the page that is open; gives the token of that page along.
POST = """([action, fields]) => {
  const form = document.createElement('form'), token = document.querySelector('[name=csrf_token]');
  form.method = 'post'; form.action = action;
  const all = Object.assign(token ? {csrf_token: token.value} : {}, fields);
  for (const [name, value] of Object.entries(all)) {
    const field = document.createElement('textarea'); field.name = name; field.value = value; form.append(field);
  }
  document.body.append(form); form.submit();
}"""
Look = Callable[[Page, Place], None]
# Serves what was prepared in a folder; gives the address and the token of the set-up.
Hub = Callable[[Path], AbstractContextManager[tuple[str, str]]]


@dataclass
class Tour:
    """Somebody who opens one page after the other, and a watch over what the browser complains of.

    Attributes:
        language: of the pages.
    """

    page: Page
    address: str
    ids: Mapping[str, object]
    watch: Watch
    language: str = PORTUGUESE
    troubles: list[str] = field(default_factory=list)

    def go(self, place: Place, look: Look) -> None:
        """Open a place, look at it, and note whatever is wrong with how it came."""
        speak(self.page, self.address, self.language)
        with self.page.expect_response(self._is_document) as coming:
            self._open(place)
        self.page.wait_for_load_state("load")
        self._note(place, coming.value)
        look(self.page, place)
        said = [text for text in self.watch.troubles if not self._expected(place, text)]
        self.troubles += [f"{place.name}: {text}" for text in said]
        self.watch.troubles.clear()

    def _open(self, place: Place) -> None:
        address = self.address + place.address.format(**self.ids)
        if place.data is None:
            self.page.goto(address)
        else:
            # Until the answer has become the page, one would look at the page before it.
            with self.page.expect_navigation():
                self.page.evaluate(POST, [address, dict(place.data)])

    def _is_document(self, response: Response) -> bool:
        return response.request.is_navigation_request() and response.status != 303

    def _note(self, place: Place, response: Response) -> None:
        if response.status != place.status:
            self.troubles.append(f"{place.name}: answered {response.status}, not {place.status}")
        if self.page.locator("html").get_attribute("lang") != tag(self.language):
            self.troubles.append(f"{place.name}: not in {self.language}")

    def _expected(self, place: Place, text: str) -> bool:
        """Chromium says of every refusal that it was one."""
        return place.status >= 400 and f"status of {place.status}" in text


@contextmanager
def web_hub(folder: Path) -> Iterator[tuple[str, str]]:
    """The pages alone: nothing is sent, nothing moves."""
    with serving(folder, "serve", "--role", "web", "--port", "0", wanted=SETUP_LINK) as found:
        yield found[1], found[2]


@contextmanager
def tour(
    browser: Browser,
    folder: Path,
    look: Look,
    *,
    part: int = 1,
    parts: int = 1,
    hub: Hub = web_hub,
    language: str = PORTUGUESE,
) -> Iterator[Tour]:
    """Walk over every page of a prepared hub; ``look`` is called on each. Gives the tour when it is over.

    Args:
        part: of so many ``parts``, each in a hub of its own: the pages are many. Doors and readers come in the last.
        hub: serves them; the pictures are taken from one whose time stands still.
        language: of the pages.
    """
    here = prepare(folder)
    with hub(folder) as (address, token):
        watch = Watch(address.partition("//")[2])
        context = browser.new_context(
            viewport={"width": WIDE, "height": HEIGHT}, locale="pt-BR", service_workers="block"
        )
        context.set_default_timeout(TIMEOUT_S * 1000)
        watch.over(context)
        # Sent once, not with every page: it is half a million letters.
        context.add_init_script(SCRIPT)
        there = Tour(context.new_page(), address, {**here.ids(), "setup_token": token}, watch, language)
        _walk(there, look, folder, here, (part, parts))
        yield there
        context.close()


def prepare(folder: Path) -> states.States:
    """Fill a database in that folder; nobody can sign in yet."""
    app = create_app(load_settings(environment(folder)))
    with app.app_context():
        migrate_database(db.engine)
        here = states.build()
        db.session.remove()
        db.engine.dispose()
    return here


def environment(folder: Path) -> dict[str, str]:
    return {"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}


def _walk(there: Tour, look: Look, folder: Path, here: states.States, parts: tuple[int, int]) -> None:
    """The set-up first, which signs an administrator in; then everything; then the door from outside."""
    places: dict[str, list[Place]] = {}
    for place in pages.ALL_PLACES:
        places.setdefault(place.role, []).append(place)
    for place in places[FIRST]:
        there.go(place, look)
    _fill(there.page, email=ADMIN_EMAIL, password=PASSWORD, again=PASSWORD)
    _with_hub(folder, lambda: states.after_set_up(here))
    part, of = parts
    everything = places[ADMIN]
    for place in everything[len(everything) * (part - 1) // of : len(everything) * part // of]:
        there.go(place, look)
    if part < of:
        return
    _sign_out(there)
    for place in places[STRANGER]:
        there.go(place, look)
    _with_hub(folder, lambda: create_operator(VIEWER_EMAIL, PASSWORD, VIEWER))
    there.page.goto(f"{there.address}/login")
    _fill(there.page, email=VIEWER_EMAIL, password=PASSWORD)
    for place in places[VIEWER]:
        there.go(place, look)


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"#{name}").fill(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("load")


def _sign_out(there: Tour) -> None:
    there.page.goto(there.address)
    with there.page.expect_navigation():
        there.page.locator("form[action='/logout'] button").evaluate("button => button.click()")


def _with_hub(folder: Path, work: Callable[[], object]) -> None:
    """Do something in the same database, from beside the process that serves it."""
    app = create_app(load_settings(environment(folder)))
    with app.app_context():
        work()
        db.session.remove()
        db.engine.dispose()


def show(page: Page, width: int, theme: str) -> None:
    """Give the window that width and the reader that taste."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": HEIGHT})


def speak(page: Page, address: str, language: str) -> None:
    """Have all pages of a hub come in that language from now on, to whoever did not choose one.

    Args:
        address: of any of its pages; its path does not count.
    """
    hub = urlsplit(address)
    page.context.add_cookies([{"name": LANGUAGE, "value": language, "url": f"{hub.scheme}://{hub.netloc}/"}])
