"""Parts of the frame that are kept say to each reader what they would say if they were made anew."""

import re

import pytest
from apiflask import APIFlask

from tests.fixtures.people import Browser
from webapp.services import pages_frame
from webapp.web import frame
from webapp.web.cookies import LANGUAGE, OFF, SHORTCUTS

PATHS = ("/customers", "/plans", "/history", "/login")
TOKENS = re.compile(r'(value|content)="[^"]{40,}"|"X-CSRFToken": "[^"]+"')


def said(browser: Browser, path: str) -> str:
    return TOKENS.sub("", browser.get(path).text)


def each_way(browser: Browser) -> list[str]:
    """Ask for pages as they are, in another language, and without keys: what is kept by then must not be mixed up."""
    found = [said(browser, path) for path in PATHS]
    for name, value in ((LANGUAGE, "es"), (SHORTCUTS, OFF)):
        browser.set_cookie(name, value)
        found += [said(browser, path) for path in PATHS]
        browser.delete_cookie(name)
    return found


def test_kept_parts_are_those_of_each_role_language_and_choice(
    app: APIFlask, admin: Browser, viewer: Browser, anonymous: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = (admin, viewer, anonymous)
    kept = [each_way(browser) for _twice in range(2) for browser in readers][len(readers) :]
    monkeypatch.setitem(app.jinja_env.globals, "frame_part", lambda name, **given: frame.frame_part(
        frame._make, name, **given))  # fmt: skip
    assert kept == [each_way(browser) for browser in readers]
    assert len({page for pages in kept for page in pages}) > len(PATHS) * len(readers)


def test_numbers_of_the_menu_are_never_old(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "badge bg-orange-lt ms-auto" not in admin.get("/customers").text
    monkeypatch.setattr(pages_frame, "menu_counts", lambda: pages_frame.Counts(7, 0))
    assert 'badge bg-orange-lt ms-auto">7<' in admin.get("/customers").text


def test_current_entry_is_that_of_the_page(admin: Browser) -> None:
    for path in ("/customers", "/plans", "/customers"):
        (current,) = re.findall(r'class="side-link is-current" href="([^"]+)"', admin.get(path).text)
        assert current == path
