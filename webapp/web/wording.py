"""Texts of pages, looked up without what Flask-Babel does anew for each: a list has hundreds of them."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import Domain, get_babel, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup


class Catalogues(Domain):  # type: ignore[misc]
    """Flask-Babel's own domain, with the catalogue of each language at hand."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, str | None], Any] = {}

    def get_translations(self) -> Any:
        """Return the catalogue of the language that is spoken now; one for each is kept."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        known = (locale.language, locale.territory)
        found = self._known.get(known)
        if found is None:
            found = self._known[known] = super().get_translations()
        return found


def register(app: Flask) -> None:
    """Let all texts be looked up so; give templates their ``_`` and ``gettext``, plural forms stay Flask-Babel's."""
    catalogues = get_babel(app).instance.domain_instance = Catalogues()
    said = _speaker(catalogues.get_translations)
    app.jinja_env.globals.update(gettext=said, _=said)


def _speaker(catalogue: Callable[[], Any]) -> Callable[..., str]:
    """Return ``gettext`` as Jinja's own is with ``newstyle``: a text is always a pattern, its values are escaped."""

    @pass_context
    def gettext(context: Context, message: str, /, **values: Any) -> str:
        text = catalogue().ugettext(message)
        said: str = Markup(text) if context.eval_ctx.autoescape else text
        return said % values if values or "%" in text else said

    return gettext
