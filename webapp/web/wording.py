"""Texts of templates, looked up without what Flask-Babel does anew for each: a list has hundreds of them."""

from collections.abc import Callable
from typing import Any

from babel import Locale
from flask import Flask
from flask_babel import get_locale, get_translations
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

Catalogues = Callable[[], Any]


def register(app: Flask) -> None:
    """Give templates their ``_`` and ``gettext``; the plural forms stay Flask-Babel's."""
    said = _speaker(_catalogues())
    app.jinja_env.globals.update(gettext=said, _=said)


def _catalogues() -> Catalogues:
    """Return what gives the catalogue of the language that is spoken now; one for each, kept with the application."""
    known: dict[Locale, Any] = {}

    def catalogue() -> Any:
        locale = get_locale()
        if locale is None:
            return get_translations()
        found = known.get(locale)
        if found is None:
            found = known[locale] = get_translations()
        return found

    return catalogue


def _speaker(catalogue: Catalogues) -> Callable[..., str]:
    """Return ``gettext`` as Jinja's own is with ``newstyle``: a text is always a pattern, its values are escaped."""

    @pass_context
    def gettext(context: Context, message: str, /, **values: Any) -> str:
        text = catalogue().ugettext(message)
        said: str = Markup(text) if context.eval_ctx.autoescape else text
        return said % values if values or "%" in text else said

    return gettext
