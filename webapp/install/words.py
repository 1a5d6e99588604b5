"""Words for whoever installs: in their language, before there is a hub whose language could be asked."""

import os
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations, Translations

from webapp.languages import LANGUAGES
from webapp.paths import TRANSLATIONS

DEFAULT = "pt_BR"


def gettext(message: str, **values: object) -> str:
    """Return a text in the language of the terminal; Portuguese where it names none of ours."""
    text: str = _catalogue(language()).gettext(message)
    return text % values if values else text


def language() -> str:
    """Return the language: what the hub is told, else what the terminal says."""
    given = os.environ.get("SINTONIA_LOCALE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return next((code for code in LANGUAGES if given[:2] == code[:2]), DEFAULT)


@lru_cache
def _catalogue(code: str) -> Any:
    return Translations.load(str(TRANSLATIONS), [code]) or NullTranslations()
