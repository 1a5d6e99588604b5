"""Which languages the screens have. Texts of the program are English; every other language is a catalogue."""

from collections.abc import Mapping
from functools import lru_cache

from webapp.paths import TRANSLATIONS

SOURCE = "en"
# Each is written in itself: whoever looks for it reads no other.
LANGUAGES: Mapping[str, str] = {"pt_BR": "Português", "en": "English", "es": "Español"}


@lru_cache
def offered() -> Mapping[str, str]:
    """Return the languages that can be chosen: the program's own, and those whose catalogue is there."""
    return {code: name for code, name in LANGUAGES.items() if code == SOURCE or _has_catalogue(code)}


def tag(code: str) -> str:
    """Return a language as HTML and HTTP write it: ``pt-BR``."""
    return code.replace("_", "-")


def _has_catalogue(code: str) -> bool:
    return any((TRANSLATIONS / code / "LC_MESSAGES").glob("messages.[mp]o"))
