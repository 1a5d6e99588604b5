"""The guide's files as pages: Markdown from ``docs/``, with anchors as GitHub makes them, pictures, and links of ours.

The same files are read on GitHub and in the product, so nothing in them is special: a link to ``outros.md#x`` becomes
``/guide/outros#x`` here, and ``img/x-1280-light.webp`` the picture that fits the reader's theme and screen.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import url_for

from webapp import lazy
from webapp.paths import DOCS
from webapp.web.filters import icon

if TYPE_CHECKING:
    import markdown_it
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
else:
    markdown_it = lazy.module("markdown_it")

GUIDE = DOCS / "guia"
IMAGES = GUIDE / "img"
FIRST = "README"
# What all pictures measure, in CSS pixels: tests/journeys/shots.py takes them so.
WIDE, NARROW = (1280, 880), (390, 844)
_PICTURE = re.compile(r"^img/([a-z0-9-]+)-1280-light\.webp$")
_FOREIGN = re.compile(r"^[a-z]+:")
_NO_WORD = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, for the contents and the search.

    Attributes:
        depth: 2 or 3; 1 is the page itself.
        text: all of its words, without marks.
    """

    page: str
    page_title: str
    title: str
    anchor: str
    depth: int
    text: str


@dataclass(frozen=True)
class Written:
    """One file: its title, its HTML without the title, its sections."""

    name: str
    title: str
    html: str
    sections: Sequence[Section]


def pages() -> Sequence[str]:
    """Return the guide's pages in the order in which its contents name them."""
    named = re.findall(r"\]\(([a-z-]+)\.md\)", (GUIDE / f"{FIRST}.md").read_text("utf-8"))
    return tuple(dict.fromkeys(named))


def path_of(name: str) -> Path | None:
    """Return the file of a page of the guide, or of the reference beside it; None where there is no such page."""
    if not re.fullmatch(r"[a-z-]+|README", name):
        return None
    return next((path for path in (GUIDE / f"{name}.md", DOCS / f"{name}.md") if path.is_file()), None)


def written(name: str) -> Written | None:
    """Return a page as HTML; None where there is none. It is made anew when its file changes."""
    path = path_of(name)
    return _written(path, path.stat().st_mtime_ns) if path else None


@lru_cache(maxsize=64)
def _written(path: Path, _changed: int) -> Written:
    markdown = _markdown()
    tokens = markdown.parse(path.read_text("utf-8"))
    title, sections = _headings(path.stem, tokens)
    html = markdown.renderer.render(_without_title(tokens), markdown.options, {"path": path})
    return Written(path.stem, title, html, sections)


def slug(text: str) -> str:
    """Return the anchor of a heading as GitHub makes it: small letters with their accents, hyphens for blanks."""
    return _NO_WORD.sub("", text.strip().lower()).replace(" ", "-")


def _headings(page: str, tokens: "Sequence[Token]") -> tuple[str, Sequence[Section]]:
    """Give each heading its anchor; return the page's title, and its sections with their words."""
    parts: list[tuple[int, str, str, list[str]]] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _words(tokens[place + 1])
            anchor = _unused(slug(title), [part[2] for part in parts])
            token.attrSet("id", anchor)
            parts.append((int(token.tag[1]), title, anchor, []))
        elif token.type in ("inline", "fence", "code_block") and parts:
            parts[-1][3].append(_words(token))
    name = next((title for depth, title, _anchor, _text in parts if depth == 1), page)
    return name, tuple(
        Section(page, name, title, anchor, depth, " ".join(text)) for depth, title, anchor, text in parts
    )


def _unused(anchor: str, taken: Sequence[str]) -> str:
    further = (f"{anchor}-{number}" for number in range(1, len(taken) + 1))
    return anchor if anchor not in taken else next(one for one in further if one not in taken)


def _words(token: "Token") -> str:
    if token.children is None:
        return token.content
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children)


def _without_title(tokens: "Sequence[Token]") -> "list[Token]":
    """The page's head bears the title; what follows it is the text."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return list(tokens[3:])
    return list(tokens)


def _link(renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, *rest: Any) -> str:
    """A link into the guide leads there; one to a file that the product does not carry says only its name."""
    address = str(tokens[place].attrGet("href"))
    file, mark, anchor = address.partition("#")
    if _FOREIGN.match(address):
        tokens[place].attrSet("rel", "noreferrer")
    elif file.endswith(".md") and path_of(Path(file).stem):
        tokens[place].attrSet("href", _page_address(Path(file).stem) + mark + anchor)
    elif file:
        tokens[place].tag = tokens[_closing(tokens, place)].tag = "span"
        tokens[place].attrs = {}
    return renderer.renderToken(tokens, place, *rest)


def _closing(tokens: "Sequence[Token]", place: int) -> int:
    return next(n for n in range(place, len(tokens)) if tokens[n].type == "link_close")


def _page_address(name: str) -> str:
    return url_for("guide.index") if name == FIRST else url_for("guide.show", page=name)


def _image(renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, *rest: Any) -> str:
    """Show the picture of the reader's theme and width when it is asked for: what is folded is not even fetched.

    Three pictures weigh more than all the rest of a page, and many a provider is at the end of a slow line.
    """
    found, said = _PICTURE.match(str(tokens[place].attrGet("src"))), escape(tokens[place].content)
    if found is None or not _is_there(f"{found[1]}-1280-light.webp"):
        return f"<em>{said}</em>"
    pictures = "".join(_picture(found[1], theme, said) for theme in ("light", "dark"))
    return f'<details class="guide-picture"><summary>{icon("eye")}{said}</summary>{pictures}</details>'


def _paragraph(renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, *rest: Any) -> str:
    """What can be folded stands in no paragraph."""
    inside = tokens[place + tokens[place].nesting].children or []
    if [child.type for child in inside] == ["image"]:
        return ""
    return renderer.renderToken(tokens, place, *rest)


def _picture(name: str, theme: str, said: str) -> str:
    wide, narrow = (image_address(f"{name}-{width}-{theme}.webp") for width in (WIDE[0], NARROW[0]))
    return (
        f'<picture class="only-{theme}"><source media="(max-width: 640px)" srcset="{narrow}"'
        f' width="{NARROW[0]}" height="{NARROW[1]}"><img src="{wide}" alt="{said}"'
        f' width="{WIDE[0]}" height="{WIDE[1]}" loading="lazy"></picture>'
    )


def image_address(name: str) -> str:
    """Return the address of a picture; it changes when the picture does, so that browsers may keep it."""
    path = IMAGES / name
    return url_for("guide.image", name=name, v=f"{path.stat().st_mtime_ns:x}" if path.is_file() else None)


def _is_there(name: str) -> bool:
    return (IMAGES / name).is_file()


def _table_open(*_all: object) -> str:
    return '<div class="guide-wide" tabindex="0"><table class="table">'


def _table_close(*_all: object) -> str:
    return "</table></div>"


def _fence(_renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, *_all: object) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[place].content)}</code></pre>\n'


def _cell(renderer: "RendererHTML", tokens: "Sequence[Token]", place: int, *rest: Any) -> str:
    # The content policy allows no style in a page; a column stands as the others do.
    tokens[place].attrs.pop("style", None)
    # A corner without words heads nothing: a reader would announce an empty heading.
    if not tokens[place + 1].content:
        tokens[place].tag = tokens[place + 2].tag = "td"
    return renderer.renderToken(tokens, place, *rest)


@lru_cache
def _markdown() -> "MarkdownIt":
    markdown = markdown_it.MarkdownIt("commonmark", {"html": False}).enable("table")
    for name, rule in _rules():
        markdown.add_render_rule(name, rule)
    return markdown


def _rules() -> Iterator[tuple[str, Callable[..., str]]]:
    yield from (("link_open", _link), ("image", _image), ("fence", _fence), ("code_block", _fence))
    yield from (("paragraph_open", _paragraph), ("paragraph_close", _paragraph))
    yield from (("table_open", _table_open), ("table_close", _table_close), ("th_open", _cell), ("td_open", _cell))
