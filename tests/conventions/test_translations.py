"""Everything that people read is in Portuguese and in Spanish."""

import importlib.util
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message

from tests.conventions.modules import ROOT
from tests.conventions.texts import bare_texts
from webapp.gateways import registry


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    """The script; its folder bears the name of an installed package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    registry.load()
    # Reading the whole program takes two seconds, and every test here would do it.
    module.extract = cache(module.extract)  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("locale", ["pt_BR", "es"])
def test_every_text_has_a_sound_translation(translations: ModuleType, locale: str) -> None:
    problems = translations.check(locale, translations.extract())
    assert not problems, "\n".join(problems[:40])


@pytest.mark.parametrize("locale", ["pt_BR", "es"])
def test_update_changes_nothing_when_the_program_did_not_change(
    translations: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    before = translations.place(locale).read_bytes()
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    copy = translations.place(locale)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(before)
    translations.update(locale, translations.extract())
    # Line by line: where ``CI`` is set, pytest would spend hours on drawing the difference of two long texts.
    lines = zip_longest(before.splitlines(), copy.read_bytes().splitlines())
    assert [(old, new) for old, new in lines if old != new][:20] == []


def test_texts_of_source_templates_and_recipes_are_all_found(translations: ModuleType) -> None:
    found = {message.id for message in translations.extract()}
    for gateway in registry.all_gateways():
        assert set(filter(None, translations.gateway_texts(gateway))) <= found
    files = {location[0] for message in translations.extract() for location in message.locations}
    assert {"webapp", "templates", "gateways"} <= {name.split("/")[0] for name in files}


@pytest.mark.parametrize(
    ("original", "translated", "outcome"),
    [
        ("Search", "Busca", []),
        ("Search", "", ["not translated"]),
        ("%(count)s rows", "%(count)s linhas", []),
        ("%(count)s rows", "%(total)s linhas", ["values differ in '%(total)s linhas'"]),
        ("The code {value} is wrong.", "O código está errado.", ["values differ in 'O código está errado.'"]),
        (("%(num)d row", "%(num)d rows"), ("uma linha", "%(num)d linhas"), []),
        (("%(num)d row", "%(num)d rows"), ("uma linha", "%(n)d linhas"), ["values differ in '%(n)d linhas'"]),
    ],
)
def test_a_translation_that_loses_a_value_is_found(
    translations: ModuleType, original: str, translated: str, outcome: list[str]
) -> None:
    assert translations.wrong(Message(original), Message(original, translated)) == outcome


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_template_shows_no_text_that_is_not_translated(path: Path) -> None:
    assert bare_texts(path) == []


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ("<p>Olá</p>", ["Olá"]),
        ('<p>{{ _("Hello") }}</p>', []),
        ('<input placeholder="Search here">', ["Search here"]),
        ('<input placeholder="{{ _(\'Search\') }}" class="big">', []),
        ("<a{% if x %} class='on'{% endif %}>Sintonia</a>{# Remark #}", []),
    ],
)
def test_bare_text_is_told_from_translated_text(tmp_path: Path, source: str, bare: list[str]) -> None:
    template = tmp_path / "page.html"
    template.write_text(source, encoding="utf-8")
    assert bare_texts(template) == bare
