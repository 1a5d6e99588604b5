"""Language, theme and keys: whose choice counts, where it is kept, how figures and dates follow it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from tests.fixtures.people import Browser
from tests.web.page import read_page
from webapp import languages
from webapp.extensions import db
from webapp.models import Operator
from webapp.web.filters import amount, day, money, number


def tongue(text: str) -> str:
    found = re.search(r'<html lang="([^"]+)"', text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("asked", "spoken"), [
    ("", "pt-BR"), ("en", "en"), ("en-GB,en;q=0.8", "en"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("fr", "pt-BR"),
    ("de,en;q=0.5", "en"), ("*", "pt-BR"), ("x" * 300, "pt-BR"),
])  # fmt: skip
def test_page_speaks_what_the_browser_asks_for(asked: str, spoken: str, anonymous: Browser) -> None:
    assert tongue(anonymous.get("/login", headers={"Accept-Language": asked}).text) == spoken


def test_choice_of_the_person_goes_before_cookie_and_browser(admin: Browser) -> None:
    kept = admin.post("/own/preferences", data={"language": "en", "theme": "dark", "shortcuts": "y"})
    assert kept.status_code == 303
    assert db.session.query(Operator.language).scalar() == "en"
    admin.set_cookie("language", "pt_BR")
    answer = admin.get("/own/preferences", headers={"Accept-Language": "pt-BR"})
    assert tongue(answer.text) == "en"
    assert 'data-bs-theme="dark"' in answer.text
    read_page(answer)


def test_stranger_changes_the_language_at_the_sign_in_and_stays_there(anonymous: Browser) -> None:
    answer = anonymous.post("/language", data={"language": "en", "next": "/login?next=/customers"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/customers")
    assert tongue(anonymous.get("/login").text) == "en"


@pytest.mark.parametrize("going", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_switch_of_the_language_leads_nowhere_else(going: str, anonymous: Browser) -> None:
    assert anonymous.post("/language", data={"language": "en", "next": going}).headers["Location"] == "/"


@pytest.mark.parametrize("language", ["", "xx", "../en", "fr"])
def test_language_that_is_not_offered_is_refused(language: str, anonymous: Browser, admin: Browser) -> None:
    assert anonymous.post("/language", data={"language": language}).status_code == 400
    if language:
        assert admin.post("/own/preferences", data={"language": language, "theme": ""}).status_code == 422


def test_cookies_that_nobody_made_are_ignored(admin: Browser) -> None:
    for name in ("language", "theme", "shortcuts"):
        admin.set_cookie(name, '"><script>')
    text = admin.get("/own/preferences").text
    assert "<script>" not in text
    assert (tongue(text), "data-bs-theme" in text.partition(">")[2][:200]) == ("pt-BR", False)


def test_keys_that_were_switched_off_are_told_to_nobody(admin: Browser) -> None:
    admin.post("/own/preferences", data={"language": "", "theme": ""})
    text = admin.get("/customers").text
    assert 'data-shortcuts="off"' in text
    assert "aria-keyshortcuts" not in text
    assert "data-go" not in text


@pytest.mark.parametrize(("locale", "shown"), [
    ("pt_BR", ("R$\xa01.234,50", "1234,50", "12.345", "31/01/2026")),
    ("en", ("R$1,234.50", "1234.50", "12,345", "1/31/26")),
    ("es", ("1.234,50\xa0R$", "1234,50", "12.345", "31/1/26")),
])  # fmt: skip
def test_values_figures_and_dates_follow_the_language(app: APIFlask, locale: str, shown: tuple[str, ...]) -> None:
    value = Decimal("1234.50")
    with app.test_request_context(), force_locale(locale):
        assert (money(value), amount(value), number(12_345), day(date(2026, 1, 31))) == shown


def test_language_is_offered_as_soon_as_its_catalogue_is_there() -> None:
    assert list(languages.offered())[:2] == ["pt_BR", "en"]
    catalogues = {path.parent.parent.name for path in languages.TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")}
    assert set(languages.offered()) == {"en"} | catalogues
