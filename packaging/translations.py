"""Keep the catalogues of Portuguese and Spanish in step with the program.

``python packaging/translations.py extract``  write messages.pot
``python packaging/translations.py update``   bring each messages.po in step; translations that exist are kept
``python packaging/translations.py check``    list what is missing or wrong; exit code 1 if anything is

Texts come from the source, the templates, and the gateways: labels, helps and notes of recipes are
shown through gettext too. Files come out sorted, without line numbers and without the time of day, so
that a run without a change changes nothing.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir  # noqa: E402
from babel.messages.frontend import parse_mapping_cfg  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

from webapp.gateways import registry  # noqa: E402
from webapp.gateways.contract import Gateway  # noqa: E402
from webapp.languages import LANGUAGES, SOURCE  # noqa: E402
from webapp.sources.contract import Source  # noqa: E402
from webapp.sources.registry import all_sources  # noqa: E402

FOLDER = ROOT / "webapp" / "translations"
CONFIG = FOLDER / "babel.cfg"
TEMPLATE = FOLDER / "messages.pot"
LOCALES = tuple(code for code in LANGUAGES if code != SOURCE)
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "_l": None, "lazy_ngettext": (1, 2)}
SOURCES = {"webapp", "templates"}
PERCENT = re.compile(r"%\((\w+)\)[a-z]")
# A date that changed with each run would show as a change of the text.
STILL = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# Texts of Sintonia. Kept in step by packaging/translations.py; sorted, so that changes are small."


def main() -> int:
    """Return 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["extract", "update", "check"])
    action = parser.parse_args().action
    known = extract()
    if action == "extract":
        write(TEMPLATE, known)
        return 0
    problems = []
    for locale in LOCALES:
        if action == "update":
            update(locale, known)
        problems += [f"{locale}: {problem}" for problem in check(locale, known)]
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems and action == "check" else 0


def extract() -> Catalog:
    """Return every text of the program, untranslated."""
    catalog = _catalogue(None)
    with CONFIG.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_source)
    for filename, _line, message, comments, context in found:
        catalog.add(message, None, [(filename, 0)], auto_comments=comments, context=context)
    for gateway in registry.all_gateways():
        for text in filter(None, gateway_texts(gateway)):
            catalog.add(text, None, [(f"gateways/{gateway.traits.key}", 0)])
    for source in all_sources():
        for text in filter(None, source_texts(source)):
            catalog.add(text, None, [(f"sources/{source.traits.key}", 0)])
    return catalog


def gateway_texts(gateway: Gateway) -> Iterator[str]:
    """Yield what a gateway shows to people."""
    sheet = gateway.traits.sheet
    yield from (gateway.traits.label, gateway.traits.note, *sheet.ask, *sheet.sources)
    for spec in gateway.traits.params:
        yield from (spec.label, spec.help, spec.where, *spec.choice_labels)


def source_texts(source: Source) -> Iterator[str]:
    """Yield what a kind of source shows to people."""
    yield from (source.traits.label, source.traits.help)
    for spec in source.traits.params:
        yield from (spec.label, spec.help, spec.where, *spec.choice_labels)


def place(locale: str) -> Path:
    """Return where the catalogue of a language lies."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def load(locale: str) -> Catalog:
    """Return the catalogue as it lies on disk; an empty one when there is none."""
    if not place(locale).exists():
        return _catalogue(locale)
    with place(locale).open("rb") as file:
        return read_po(file, locale)


def update(locale: str, known: Catalog) -> None:
    """Add new texts, drop those that are gone, keep every translation."""
    catalog = load(locale)
    catalog.update(known, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    fresh = _catalogue(locale)
    for message in catalog:
        if message.id:
            fresh[message.id] = message
    write(place(locale), fresh)


def write(path: Path, catalog: Catalog) -> None:
    """Write a catalogue, sorted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, include_lineno=False)


def check(locale: str, known: Catalog) -> list[str]:
    """Return one sentence for each text that has no sound translation."""
    catalog, problems = load(locale), []
    for wanted in known:
        if wanted.id:
            message = catalog.get(wanted.id, wanted.context)
            problems += [f"{problem}: {wanted.id!r}" for problem in wrong(wanted, message)]
    problems += [f"no longer used: {item.id!r}" for item in catalog if item.id and not known.get(item.id, item.context)]
    return problems


def wrong(wanted: Message, message: Message | None) -> list[str]:
    """Return what is wrong with one translation."""
    if message is None:
        return ["not in the catalogue; run update"]
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(texts):
        return ["not translated"]
    if message.fuzzy:
        return ["marked fuzzy"]
    ids = wanted.id if isinstance(wanted.id, (tuple, list)) else (wanted.id,)
    values = set().union(*(placeholders(text) for text in ids))
    # A singular may leave its number out ("one product"); nothing may be added.
    strict = len(ids) == 1
    return [
        f"values differ in {text!r}"
        for text in texts
        if (placeholders(text) != values if strict else not placeholders(text) <= values)
    ]


def placeholders(text: str) -> set[str]:
    """Return the names of the values that a text takes, in either way of writing them."""
    names = set(PERCENT.findall(text))
    try:
        names |= {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:
        # A lone brace is no value: such a text is never formatted that way.
        return names
    return names


def _catalogue(locale: str | None) -> Catalog:
    return Catalog(
        locale, header_comment=HEADER, project="Sintonia", version="1", msgid_bugs_address="-", last_translator="-",
        language_team=locale, charset="utf-8", creation_date=STILL, revision_date=STILL, fuzzy=False,
    )  # fmt: skip


def _is_source(folder: str) -> bool:
    parts = Path(folder).resolve().relative_to(ROOT).parts
    return not parts or (parts[0] in SOURCES and parts[:2] != ("webapp", "migrations"))


if __name__ == "__main__":
    sys.exit(main())
