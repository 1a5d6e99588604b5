"""The passive side: what a platform asks at log-in, and how we answer. The default that a recipe may change."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.gateways.contract import CallbackAnswer, CallbackQuestion, CallbackRequest, Secret, Verdict

LOGIN_FIELDS = ("user", "usuario", "login", "email")
PASSWORD_FIELDS = ("pass", "password", "senha")
PRODUCT_FIELDS = ("product", "produto")
STATUSES: Mapping[Verdict, int] = {Verdict.ALLOWED: 200, Verdict.DENIED: 401, Verdict.SUSPENDED: 403}
NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}

Path = Callable[[Mapping[str, Any]], Any]
Field = str | Path
Reply = Callable[[str, tuple[str, ...]], CallbackAnswer]


@dataclass(frozen=True)
class CallbackContract:
    """Where the question stands and how each verdict is answered.

    Attributes:
        login_fields, password_fields, product_fields: a name is looked for in form, JSON and query; a
            path is asked of the whole request, see ``view_of``.
        replies: where a verdict is not answered by the default words.
    """

    login_fields: tuple[Field, ...] = LOGIN_FIELDS
    password_fields: tuple[Field, ...] = PASSWORD_FIELDS
    product_fields: tuple[Field, ...] = PRODUCT_FIELDS
    replies: Mapping[Verdict, Reply] = field(default_factory=dict)

    def read(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question from Basic, form, JSON or query, in this order; None when a part is missing.

        A contract that says by a path where the log-in stands says so of Basic, too: a platform may use
        Basic to show who it is itself.
        """
        view = view_of(request)
        product = _find(request, view, self.product_fields)
        basic = None if self._exact else _pair(request)
        if basic and basic[0] and basic[1]:
            return CallbackQuestion(basic[0].strip(), Secret(basic[1]), product)
        login = _find(request, view, self.login_fields).strip()
        password = _find(request, view, self.password_fields)
        return CallbackQuestion(login, Secret(password), product) if login and password else None

    def answer(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Shape the answer; wrong and unknown get the same words."""
        reply = self.replies.get(verdict)
        return reply(login, products) if reply else default_answer(verdict, login, products, STATUSES[verdict])

    @property
    def _exact(self) -> bool:
        return not all(isinstance(name, str) for name in (*self.login_fields, *self.password_fields))


def default_answer(verdict: Verdict, login: str, products: tuple[str, ...], status: int) -> CallbackAnswer:
    """Answer in our own words with that status."""
    if verdict is Verdict.ALLOWED:
        body = {"authorized": True, "subscriber": login, "products": list(products)}
        return CallbackAnswer(status, body, NO_STORE)
    if verdict is Verdict.SUSPENDED:
        return CallbackAnswer(status, {"authorized": False, "reason": "suspended"}, NO_STORE)
    return CallbackAnswer(status, {"authorized": False}, NO_STORE)


def view_of(request: CallbackRequest) -> dict[str, Any]:
    """Return the request as paths see it: method, query, form, json, headers (lower-case), basic."""
    pair = _pair(request)
    return {
        "method": request.method,
        "query": dict(request.query),
        "form": dict(request.form),
        "json": request.json,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "basic": {"login": pair[0], "password": pair[1]} if pair else None,
    }


def text_at(view: Mapping[str, Any], path: Path) -> str:
    """Return what stands at a path as text; empty when it is neither text nor a number."""
    return _text(path(view))


DEFAULT = CallbackContract()


def _find(request: CallbackRequest, view: Mapping[str, Any], fields: tuple[Field, ...]) -> str:
    for path in fields:
        if not isinstance(path, str) and (found := text_at(view, path)):
            return found
    names = [name for name in fields if isinstance(name, str)]
    return next((found for place in _places(request) for name in names if (found := _text(place.get(name)))), "")


def _places(request: CallbackRequest) -> Iterator[Mapping[str, Any]]:
    yield request.form
    if isinstance(request.json, dict):
        yield request.json
    yield request.query


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _pair(request: CallbackRequest) -> tuple[str, str] | None:
    """Read Basic ourselves where the server did not: platforms send it in UTF-8 and in Latin-1."""
    if request.basic:
        return request.basic
    text = next((value for name, value in request.headers.items() if name.lower() == "authorization"), "")
    scheme, _, coded = text.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(coded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        pair = raw.decode("utf-8")
    except UnicodeDecodeError:
        pair = raw.decode("latin-1")
    login, colon, password = pair.partition(":")
    return (login, password) if colon else None
