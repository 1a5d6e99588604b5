"""Reads a form as a browser would send it, so that a test fills in what a person fills in and no more."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

BUTTONS = ("submit", "button", "reset", "image")
# Comes with the test's browser.
NOT_READ = ("csrf_token",)


@dataclass
class Sheet(HTMLParser):
    """One form of a page.

    Attributes:
        sent: what it sends as it is shown.
        action: where to.
    """

    wanted: str
    sent: "MultiDict[str, str]" = field(default_factory=MultiDict)
    action: str = ""
    _inside: bool = False
    _select: str = ""
    _options: list[tuple[str, bool]] = field(default_factory=list)
    _area: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = not self.action and found.get("method") == "post" and self._is_wanted(found["action"])
            self.action = found["action"] if self._inside else self.action
        elif self._inside and "disabled" not in found:
            self._field(tag, found, found.get("name", ""))

    def _is_wanted(self, action: str) -> bool:
        return self.wanted in ("", action.partition("?")[0])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def _field(self, tag: str, found: dict[str, str], name: str) -> None:
        if tag == "option":
            self._options.append((found.get("value", ""), "selected" in found))
        elif name and name not in NOT_READ and tag == "select":
            self._select, self._options = name, []
        elif name and tag == "textarea":
            self._area = name
            self.sent.add(name, "")
        elif tag == "input" and name and name not in NOT_READ and _is_sent(found):
            self.sent.add(name, found.get("value", "on" if found.get("type") in ("checkbox", "radio") else ""))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.sent[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            # The newline right after the tag is not part of what it holds.
            self.sent[self._area] = self.sent[self._area].removeprefix("\r\n").removeprefix("\n")
            self._area = None
        elif tag == "select" and self._select:
            first = [value for value, _chosen in self._options[:1]]
            chosen = [value for value, selected in self._options if selected] or first
            self.sent.setlist(self._select, chosen)
            self._select = ""


def _is_sent(found: dict[str, str]) -> bool:
    kind = found.get("type")
    return kind not in (*BUTTONS, "file") and (kind not in ("checkbox", "radio") or "checked" in found)


def read_sheet(response: TestResponse, wanted: str = "") -> Sheet:
    """Return the first form that is posted to that address; to any, without one."""
    found = Sheet(wanted)
    found.feed(response.text)
    assert found.action, f"the page has no form for {wanted!r}"
    return found


def filled(sheet: Sheet, **changes: str) -> "MultiDict[str, str]":
    """Return what the form sends with these fields typed over; ``__`` stands for a dash, None takes a field away."""
    data: MultiDict[str, str] = MultiDict(sheet.sent)
    for name, value in changes.items():
        data.setlist(name.replace("__", "-"), [value])
    return data
