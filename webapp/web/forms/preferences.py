"""How somebody likes the screen."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField

from webapp.languages import offered
from webapp.web.forms.base import PageForm


def language_choices() -> list[tuple[str, object]]:
    """Return the languages, each written in itself; first: no choice."""
    return [("", _("As the browser asks for")), *offered().items()]


def theme_choices() -> list[tuple[str, object]]:
    """Return light and dark; first: as the system says."""
    return [("", _("As the system says")), ("light", _("Light")), ("dark", _("Dark"))]


class PreferencesForm(PageForm):
    """Language, theme, keys."""

    language = SelectField(
        _("Language"), choices=language_choices,
        description=_("Of all pages, and of dates, numbers and values. It goes with you to every browser."),
    )  # fmt: skip
    theme = SelectField(_("Light or dark"), choices=theme_choices, description=_("Kept in this browser only."))
    shortcuts = BooleanField(
        _("Single keys do something"),
        description=_(
            "“/” searches, “?” shows all keys. Switch it off if they disturb, or if you speak to the computer. "
            "Kept in this browser only."
        ),
    )  # fmt: skip
