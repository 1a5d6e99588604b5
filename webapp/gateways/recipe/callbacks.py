"""The passive side of a recipe: how a platform's question is read and answered, and what it tells unasked."""

import hashlib
import hmac
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from webapp.gateways.callback import (
    DEFAULT,
    NO_STORE,
    CallbackContract,
    Field,
    Reply,
    default_answer,
    text_at,
    view_of,
)
from webapp.gateways.contract import CallbackAnswer, CallbackRequest, EventHint, Verdict
from webapp.gateways.recipe.answers import path_getter
from webapp.gateways.recipe.expressions import Getter, MissingValue, Roots, holds
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.readers import path_getters
from webapp.gateways.recipe.render import compile_headers, compile_native, compile_text, guarded, header_value
from webapp.gateways.recipe.schema import CallbackReply, CallbackWords, EventWords
from webapp.gateways.recipe.scope import Names, Scope

_AT: Location = ("callback",)
_REPLY_ROOTS: Roots = {"login": frozenset(), "products": frozenset(), "verdict": frozenset()}
_MARKUP = ("xml", "html")
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(slots=True)
class ReplyView:
    """What the templates of a reply can see."""

    login: str
    products: list[str]
    verdict: str

    def names(self) -> dict[str, Any]:
        """Return the names for Jinja."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class Admission:
    """Who may ask: an address, and a secret in a header, as the integration's params say."""

    addresses: Callable[[Scope], str] | None = None
    secret_header: str = ""
    secret: Callable[[Scope], str] | None = None

    def admits(self, scope: Scope, request: CallbackRequest) -> bool:
        """Tell whether the request comes from where it should. What the params leave empty is not asked."""
        listed = _said(self.addresses, scope).strip()
        secret = _said(self.secret, scope)
        # Both are looked at in any case, so that the time taken does not tell which one was wrong.
        right_place = not listed or _is_listed(request.address, listed)
        right_secret = not secret or _is_same(secret, _header(request, self.secret_header))
        return right_place and right_secret


@dataclass(frozen=True)
class EventReader:
    """Reads of whom a platform tells unasked; see ``schema.EventWords``."""

    when: Getter | None
    login: Getter | None
    document: Getter | None
    reference: Getter | None
    remote: Mapping[str, Getter]

    def read(self, request: CallbackRequest) -> EventHint | None:
        """Return the hint; None when it is none of our concern or names nobody."""
        view = view_of(request)
        if self.when is not None and not holds(self.when(view)):
            return None
        ids = {name: text for name, path in self.remote.items() if (text := text_at(view, path).strip())}
        login, document, reference = (
            text_at(view, path).strip() if path else "" for path in (self.login, self.document, self.reference)
        )
        return EventHint(login, document, reference, ids) if login or document or reference or ids else None


def compile_callback(words: CallbackWords | None, problems: Problems) -> CallbackContract:
    """Compile how a question is read and answered; none = the default contract."""
    if words is None:
        return DEFAULT
    given = {Verdict.ALLOWED: words.allowed, Verdict.DENIED: words.denied, Verdict.SUSPENDED: words.suspended}
    return CallbackContract(
        login_fields=_fields(words.login_fields, problems, "login_fields"),
        password_fields=_fields(words.password_fields, problems, "password_fields"),
        product_fields=_fields(words.product_fields, problems, "product_fields"),
        replies={
            verdict: _compile_reply(verdict, reply, problems) for verdict, reply in given.items() if reply is not None
        },
    )


def compile_admission(words: CallbackWords | None, names: Names, problems: Problems) -> Admission:
    """Compile who may ask; nothing said = whoever knows the address."""
    if words is None:
        return Admission()
    roots = names.connection_roots()

    def text(value: str, name: str) -> Callable[[Scope], str] | None:
        return guarded(problems, (*_AT, name), lambda: compile_text(value, roots)) if value else None

    return Admission(text(words.addresses, "addresses"), words.secret_header, text(words.secret, "secret"))


def compile_events(words: EventWords | None, problems: Problems) -> EventReader | None:
    """Compile what the platform tells unasked; none = nothing."""
    if words is None:
        return None
    at: Location = ("events",)
    return EventReader(
        when=path_getter(words.when, problems, (*at, "when")),
        login=path_getter(words.login, problems, (*at, "login")),
        document=path_getter(words.document, problems, (*at, "document")),
        reference=path_getter(words.reference, problems, (*at, "reference")),
        remote=path_getters(words.remote, problems, (*at, "remote")),
    )


def _fields(names: tuple[str, ...], problems: Problems, key: str) -> tuple[Field, ...]:
    found: list[Field] = []
    for index, name in enumerate(names):
        if "." not in name:
            found.append(name)
        elif (path := path_getter(name, problems, (*_AT, key, index))) is not None:
            found.append(path)
    return tuple(found)


def _compile_reply(verdict: Verdict, words: CallbackReply, problems: Problems) -> Reply:
    at: Location = (*_AT, verdict.value)
    body = _compile_body(words, problems, at)
    headers: dict[str, Callable[[Any], str]] = dict(
        compile_headers(words.headers, _REPLY_ROOTS, problems, (*at, "headers"))
    )

    def reply(login: str, products: tuple[str, ...]) -> CallbackAnswer:
        default = default_answer(verdict, login, products, words.status)
        view = ReplyView(login, list(products), verdict.value)
        try:
            sent = {name: header_value(_printable(render(view))) for name, render in headers.items()}
            return CallbackAnswer(words.status, body(view) if body else default.body, {**NO_STORE, **sent})
        except MissingValue:
            # What was typed at the log-in does not fit the recipe's words: the verdict stands all the same.
            return default

    return reply


def _compile_body(words: CallbackReply, problems: Problems, at: Location) -> Callable[[Any], Any] | None:
    if words.json_ is not None:
        return compile_native(words.json_, _REPLY_ROOTS, problems, (*at, "json"))
    if words.text is None:
        return None
    text = words.text
    kinds = [value.lower() for name, value in words.headers.items() if name.lower() == "content-type"]
    escape = html.escape if any(mark in kind for kind in kinds for mark in _MARKUP) else str
    return guarded(problems, (*at, "text"), lambda: compile_text(text, _REPLY_ROOTS, escape))


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _said(render: Callable[[Scope], str] | None, scope: Scope) -> str:
    try:
        return render(scope) if render is not None else ""
    except MissingValue:
        return ""


def _header(request: CallbackRequest, name: str) -> str:
    return next((value for key, value in request.headers.items() if key.lower() == name.lower()), "")


def _is_same(secret: str, given: str) -> bool:
    """Compare in constant time, whatever the lengths."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (secret, given)]
    return hmac.compare_digest(*digests)


def _is_listed(address: str, listed: str) -> bool:
    try:
        asking = ip_address(address)
    except ValueError:
        return False
    if isinstance(asking, IPv6Address) and asking.ipv4_mapped is not None:
        asking = asking.ipv4_mapped
    return any(asking in network for network in map(_network, _BETWEEN.split(listed)) if network is not None)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """An entry that cannot be read lets nobody in."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None
