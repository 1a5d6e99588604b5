"""The guide says what the screens say, and every link and picture of it is there, on GitHub as in the product."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.conventions.modules import ROOT
from webapp.paths import DOCS, TRANSLATIONS
from webapp.web.guide import REFERENCE
from webapp.web.guide_text import FIRST, GUIDE, IMAGES, NARROW, WIDE, pages, path_of, slug
from webapp.web.help import TOPICS

FILES = sorted(GUIDE.glob("*.md"))
# A list of words has neither steps nor a picture.
NO_TASK = {FIRST, "palavras"}
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
BOLD = re.compile(r"\*\*(.+?)\*\*")
VALUE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
MOST_BYTES = 12_000_000


def named(path: Path) -> str:
    return path.stem


def text_of(path: Path) -> str:
    """Return the prose: without examples of commands."""
    return re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S)


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"(?m)^#{1,6} (.+)$", text_of(path))
    return {slug(re.sub(r"[*`]", "", title)) for title in titles}


@pytest.fixture(scope="module")
def screen() -> tuple[set[str], list[re.Pattern[str]]]:
    """Words of the screen as they are, and those that take a value."""
    with (TRANSLATIONS / "pt_BR" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, "pt_BR")
    words: set[str] = set()
    for message in catalogue:
        words |= (
            set(message.string if isinstance(message.string, tuple) else (message.string,)) if message.id else set()
        )
    return words, [_taking_values(word) for word in words if VALUE.search(word) and len(VALUE.sub("", word)) > 5]


def _taking_values(word: str) -> re.Pattern[str]:
    """A value is one or two words, so that a pattern does not swallow a sentence."""
    return re.compile(r"[^ ]+( [^ ]+)?".join(map(re.escape, VALUE.split(word))))


def test_contents_name_every_page_and_no_other() -> None:
    assert set(pages()) | {FIRST} == {path.stem for path in FILES}
    assert [name for name in REFERENCE if not (DOCS / f"{name}.md").is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_link_of_the_guide_leads_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(text_of(path)):
        file, _mark, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not link.startswith("http") and (not target.is_file() or (anchor and anchor not in anchors(target))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_bold_word_of_the_guide_stands_on_a_screen(
    path: Path, screen: tuple[set[str], list[re.Pattern[str]]]
) -> None:
    unknown = [word for word in bold_words(text_of(path)) if not on_screen(word, *screen)]
    assert unknown == []


def bold_words(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        for bold in BOLD.findall(" ".join(paragraph.split())):
            yield from bold.split(" › ")


def on_screen(word: str, words: set[str], patterns: list[re.Pattern[str]]) -> bool:
    return word in words or word.rstrip(".:") in words or any(pattern.fullmatch(word) for pattern in patterns)


@pytest.mark.parametrize("word", ["Salvar tudo de novo", "Adicionar lote", "Sincronizar produtos agora mesmo"])
def test_word_that_stands_on_no_screen_is_found(word: str, screen: tuple[set[str], list[re.Pattern[str]]]) -> None:
    assert not on_screen(word, *screen)


@pytest.mark.parametrize("path", [path for path in FILES if path.stem not in NO_TASK], ids=named)
def test_page_of_a_task_says_what_is_needed_the_steps_and_what_can_go_wrong(path: Path) -> None:
    text = text_of(path)
    assert {"antes-de-começar", "o-que-pode-dar-errado"} <= anchors(path)
    assert re.search(r"(?m)^1\. ", text)
    assert IMAGE.search(text)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_picture_of_the_guide_is_there_in_four_variants_and_is_described(path: Path) -> None:
    found = IMAGE.findall(text_of(path))
    assert [said for said, _file in found if len(said) < 10] == []
    names = [Path(file).name.removesuffix(f"-{WIDE[0]}-light.webp") for _said, file in found]
    ends = [f"{size}-{theme}.webp" for size in (WIDE[0], NARROW[0]) for theme in ("light", "dark")]
    assert [f"{name}-{end}" for name in names for end in ends if not (IMAGES / f"{name}-{end}").is_file()] == []


def test_pictures_are_not_too_much_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in IMAGES.glob("*")) < MOST_BYTES


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.endpoints[0])
def test_help_leads_to_a_section_that_is_there(topic: object) -> None:
    name, _mark, anchor = topic.guide.partition("#")  # type: ignore[attr-defined]
    path = path_of(name)
    assert path is not None
    assert path.is_relative_to(ROOT / "docs" / "guia")
    assert not anchor or anchor in anchors(path)
