"""Every page and form that a role can reach, each kind once: what sqlmap is to try, and where wapiti begins."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from tests.scan.hub import Hub

MOST_PAGES = 300
# Nobody is scanned who has just left; and a file is no page.
NOT_FOLLOWED = re.compile(r"/(logout|static|api|export)\b|\.(css|js|csv|xlsx|json|svg|png|zip|txt)$")
# Fields that a form has once for each parameter, product or line; and things of which there are many.
NUMBERED = re.compile(r"(?<=^param)-.*|(?<=^value)-.*|\d+")
ONE_OF_MANY = re.compile(r"\d+|(?<=^/gateways/)(?!new|import|check|preview|try)[^/]+")
# What sqlmap replaces, in an address.
MARK = "*"
FIELDS = frozenset(("input", "select", "textarea"))
NO_FIELD = frozenset(("submit", "button", "image", "reset", "file"))
FORM_TYPE, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Asked:
    """One request of a browser or of a program."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    type: str = ""

    @property
    def kind(self) -> tuple[str, ...]:
        """What it has in common with those that need not be tried again: the names, without the values."""
        names = {NUMBERED.sub("", name) for text in (self.query, self.body) for name, _value in parse_qsl(text, True)}
        return (self.method, ONE_OF_MANY.sub("0", self.path), *sorted(names))


@dataclass
class Form:
    """A form while it is read."""

    method: str
    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Finds the links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.links.extend(given[name] for name in ("hx-get",) if given.get(name))
        if tag == "form":
            self.forms.append(Form(given.get("method", "get").upper(), given.get("action", "")))
        elif tag in FIELDS and given.get("name") and self.forms and given.get("type") not in NO_FIELD:
            self.forms[-1].fields.append((given["name"], given.get("value") or "1"))


def crawl(hub: Hub, role: str) -> list[Asked]:
    """Return one request of each kind that this role can make, pages first."""
    found: dict[tuple[str, ...], Asked] = {}
    waiting, opened = deque([Asked("GET", "/")]), 0
    while waiting and opened < MOST_PAGES:
        page = waiting.popleft()
        opened += 1
        for asked in _read(hub, hub.cookies[role], page):
            if asked.kind not in found:
                found[asked.kind] = asked
                if asked.method == "GET":
                    waiting.append(asked)
    return list(found.values())


def _read(hub: Hub, cookie: str, page: Asked) -> Iterator[Asked]:
    address = page.path + (f"?{page.query}" if page.query else "")
    try:
        kind, text = hub.get(address, {"Cookie": cookie})
    except OSError:
        return
    if not kind.startswith("text/html"):
        return
    reader = Reader()
    reader.feed(text)
    for link in reader.links:
        yield from _asked(hub, address, link)
    for form in reader.forms:
        yield from _asked(hub, address, form.action or address, form)


def _asked(hub: Hub, page: str, link: str, form: Form | None = None) -> Iterator[Asked]:
    parts = urlsplit(urljoin(hub.address + page, link))
    if f"{parts.scheme}://{parts.netloc}" != hub.address or NOT_FOLLOWED.search(parts.path):
        return
    if form is None:
        yield Asked("GET", parts.path, parts.query)
    elif form.method == "GET":
        yield Asked("GET", parts.path, urlencode(dict(form.fields)))
    else:
        yield Asked(form.method, parts.path, parts.query, urlencode(dict(form.fields)), FORM_TYPE)
