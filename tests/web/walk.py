"""One walk over every page with the test client: what each answered, and which words had no translation."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from apiflask import APIFlask
from babel.support import NullTranslations
from flask_babel import get_translations
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.fixtures.people import Browser, make_browser, signed_in
from tests.secrets.canaries import hide_in_every_place
from tests.web import pages, states
from tests.web.pages import FIRST, STRANGER, Place
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.models.operator import ADMIN, VIEWER
from webapp.services.setup import issue_setup_token


class Leftovers(NullTranslations):
    """Asked for what the catalogue does not have; remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def gettext(self, message: str) -> str:
        self.seen.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, num: int) -> str:
        return self.gettext(msgid1 if num == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str | object:
        return self.gettext(message)

    ugettext, ungettext, upgettext = gettext, ngettext, pgettext


@dataclass
class Walk:
    """What a walk brought: answers by the name of the place, words that stayed English, and what was logged.

    Every secret that is kept sealed is a canary (``tests/secrets/canaries.py``): no answer and no log may say one.
    """

    app: APIFlask
    here: states.States
    browsers: dict[str, Browser] = field(default_factory=dict)
    answers: dict[str, TestResponse] = field(default_factory=dict)
    seen_by_viewer: dict[str, TestResponse] = field(default_factory=dict)
    leftovers: set[str] = field(default_factory=set)
    logs: str = ""


@contextmanager
def hub(folder: Path) -> Iterator[APIFlask]:
    """An application on an empty database in that folder."""
    app = create_app(
        load_settings({"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}), TESTING=True
    )
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def walked(folder: Path) -> Iterator[Walk]:
    """Open every place of the catalogue once; where a viewer may look, also as a viewer."""
    with hub(folder) as app:
        walk = Walk(app, states.build())
        listening = Leftovers()
        with app.test_request_context():
            get_translations().add_fallback(listening)
        with capture_logs() as lines:
            _look_at_all(walk)
        walk.leftovers, walk.logs = listening.seen, repr(lines)
        yield walk


def _look_at_all(walk: Walk) -> None:
    token = issue_setup_token()
    _visit(walk, FIRST, make_browser(walk.app), {**walk.here.ids(), "setup_token": str(token)})
    for role in (STRANGER, ADMIN, VIEWER):
        walk.browsers[role] = signed_in(walk.app, role) if role else make_browser(walk.app)
        if role == ADMIN:
            states.after_set_up(walk.here)
            hide_in_every_place()
        _visit(walk, role, walk.browsers[role], walk.here.ids())
    viewer, ids = walk.browsers[VIEWER], walk.here.ids()
    walk.seen_by_viewer = {place.name: _ask(viewer, place, ids) for place in pages.opened()}


def _visit(walk: Walk, role: str, browser: Browser, ids: dict[str, object]) -> None:
    for place in pages.ALL_PLACES:
        if place.role == role:
            walk.answers[place.name] = _ask(browser, place, ids)


def _ask(browser: Browser, place: Place, ids: dict[str, object]) -> TestResponse:
    address = place.address.format(**ids)
    if place.data is None:
        return browser.get(address)
    return browser.post(address, data=place.data, csrf="csrf_token" not in place.data)
