"""Whose language a page speaks: the person's choice, else this browser's, else what the browser asks for."""

from flask import Flask, g, has_request_context, request
from flask_babel import get_babel, get_locale, refresh

from webapp.languages import offered, tag
from webapp.web.cookies import LANGUAGE

# Programs are answered in the language of the hub; api/problems.py minds what they ask for.
API_PREFIX = "/api/"


def register(app: Flask) -> None:
    """Let Flask-Babel ask us, and templates ask for the languages."""
    get_babel(app).locale_selector = chosen
    app.jinja_env.globals.update(languages=offered, language_tag=language_tag, tag_of=tag)


def remember(language: str) -> None:
    """Speak the language of whoever is signed in for the rest of this request; empty = no choice was made."""
    g.language = language
    refresh()


def chosen() -> str | None:
    """Return the language of this request; None = that of the hub."""
    if not has_request_context() or request.path.startswith(API_PREFIX):
        return None
    wanted = (g.get("language", ""), request.cookies.get(LANGUAGE, ""))
    return next((one for one in wanted if one in offered()), None) or _asked_for()


def language_tag() -> str:
    """Return the language of the page for its ``lang`` attribute: ``pt-BR``."""
    return tag(str(get_locale()))


def _asked_for() -> str | None:
    """Return what the browser prefers; ``pt`` and ``pt-PT`` are served by what we have."""
    tags = {tag(code): code for code in offered()}
    tags |= {code.split("_")[0]: code for code in offered()}
    found = request.accept_languages.best_match(list(tags))
    return tags[found] if found else None
