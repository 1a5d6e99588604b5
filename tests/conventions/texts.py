"""What a template shows to people without asking the catalogue."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

SHOWN = {"title", "placeholder", "alt", "aria-label", "data-label", "aria-description", "data-confirm", "hx-confirm"}
# Names, and what is the same in every language.
SAME_EVERYWHERE = {
    "Sintonia",
    "API",
    "CSV",
    "JSON",
    "HTTP",
    "URL",
    "CPF",
    "CNPJ",
    "ms",
    "ID",
    "Download",
    "Upload",
    "DICI",
    "kbps",
    "Mbps",
}
WORD = re.compile(r"[^\W\d_]{2,}")
SILENT = {"script", "style", "code"}
# An id that is put together from an expression and a word, as ``{{ field.id }}-error``.
MADE_ID = re.compile(r"\b0-[a-z]+")


def bare_texts(path: Path) -> list[str]:
    """Return the texts of a template that stand outside of any expression, with letters in them."""
    parser = _Visible()
    parser.feed(_without_expressions(path.read_text(encoding="utf-8")))
    parser.close()
    return [text for text in parser.texts if set(WORD.findall(MADE_ID.sub("", text))) - SAME_EVERYWHERE]


def _without_expressions(source: str) -> str:
    tokens = Environment(autoescape=True).lexer.tokeniter(source, None)
    return "".join(_html(tokens))


def _html(tokens: Iterator[tuple[int, str, str]]) -> Iterator[str]:
    """Yield the HTML; an expression becomes a digit, so that what it stands in is still one attribute."""
    for _line, kind, value in tokens:
        if kind == "data":
            yield value
        elif kind == "variable_begin":
            yield "0"


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._open.append(tag)
        self.texts += [value for name, value in attributes if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open and data.strip():
            self.texts.append(" ".join(data.split()))
