"""Reads a page and refuses what no page may have."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

from webapp.web import asked

HANDLER = re.compile(r"^on[a-z]+$")
UNLABELLED = ("hidden", "submit", "button")
NOT_TYPED = (asked.FIELD, asked.VERB)


@dataclass
class Page(HTMLParser):
    """Tags, texts and ids of one document."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    _labels: int = 0
    _wrapped: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "label":
            self._labels += 1
        if self._labels:
            self._wrapped.add(len(self.tags))
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._labels -= 1

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def ids(self) -> list[str]:
        return [attrs["id"] for _name, attrs in self.tags if "id" in attrs]

    def unlabelled(self) -> list[dict[str, str]]:
        """Return inputs that nothing names."""
        targets = {attrs.get("for") for attrs in self.all("label")}
        return [
            attrs
            for place, (name, attrs) in enumerate(self.tags)
            if name in ("input", "select", "textarea")
            and attrs.get("type") not in UNLABELLED
            and not (attrs.get("id") in targets or "aria-label" in attrs or place in self._wrapped)
        ]


def read(response: TestResponse) -> Page:
    """Parse a fragment or a page, and check what both must keep."""
    found = Page()
    found.feed(response.text)
    ids = found.ids()
    assert len(ids) == len(set(ids)), f"ids stand twice: {sorted({one for one in ids if ids.count(one) > 1})}"
    for name, attrs in found.tags:
        assert name != "style", "a style element is blocked by the content policy"
        assert "style" not in attrs, f"inline style on {name} {attrs}"
        assert not [key for key in attrs if HANDLER.match(key)], f"inline handler on {name} {attrs}"
        assert name != "script" or attrs.get("src"), "an inline script is blocked by the content policy"
    for form in found.all("form"):
        assert form.get("method") in ("get", "post"), form
        assert form.get("action"), form
    assert not found.unlabelled(), found.unlabelled()
    for link in found.all("a"):
        assert link.get("href"), link
    return found


def read_page(response: TestResponse) -> Page:
    """Parse a whole page: also one h1, a title, a language."""
    found = read(response)
    assert len(found.all("h1")) == 1, "a page has one h1"
    assert re.search(r"<title>\s*\S.* · Sintonia</title>", response.text)
    assert found.all("html")[0].get("lang")
    described = {word for _tag, attrs in found.tags for word in attrs.get("aria-describedby", "").split()}
    assert described <= set(found.ids()), "a help or an error that is named is not there"
    return found


def typed(found: Page) -> dict[str, str]:
    """Return what the inputs of a page hold; what its other forms ask before they act is no part of the main one."""
    held = {attrs["name"]: attrs.get("value", "") for attrs in found.all("input") if attrs.get("name")}
    return {name: value for name, value in held.items() if name not in NOT_TYPED}
