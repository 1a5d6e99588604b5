"""The passive side: what a platform asks at log-in, and how we answer. The default that a recipe may change."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.gateways.contract import CallbackAnswer, CallbackQuestion, CallbackRequest, Secret, Verdict

LOGIN_FIELDS = ("user", "usuario", "login", "email")
PASSWORD_FIELDS = ("pass", "password", "senha")
PRODUCT_FIELDS = ("product", "produto")


@dataclass(frozen=True)
class CallbackContract:
    """Where the question stands and with which status each verdict is answered."""

    login_fields: tuple[str, ...] = LOGIN_FIELDS
    password_fields: tuple[str, ...] = PASSWORD_FIELDS
    product_fields: tuple[str, ...] = PRODUCT_FIELDS
    allowed_status: int = 200
    denied_status: int = 401
    suspended_status: int = 403

    def read(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question from Basic, form, JSON or query, in this order; None when a part is missing."""
        product = _find(_places(request), self.product_fields)
        basic = request.basic or _basic(request.headers)
        if basic and basic[0] and basic[1]:
            return CallbackQuestion(basic[0].strip(), Secret(basic[1]), product)
        login = _find(_places(request), self.login_fields).strip()
        password = _find(_places(request), self.password_fields)
        return CallbackQuestion(login, Secret(password), product) if login and password else None

    def answer(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Shape the answer; wrong and unknown get the same words."""
        headers = {"Cache-Control": "no-store"}
        if verdict is Verdict.ALLOWED:
            body = {"authorized": True, "subscriber": login, "products": list(products)}
            return CallbackAnswer(self.allowed_status, body, headers)
        if verdict is Verdict.SUSPENDED:
            return CallbackAnswer(self.suspended_status, {"authorized": False, "reason": "suspended"}, headers)
        return CallbackAnswer(self.denied_status, {"authorized": False}, headers)


DEFAULT = CallbackContract()


def _places(request: CallbackRequest) -> Iterator[Mapping[str, Any]]:
    yield request.form
    if isinstance(request.json, dict):
        yield request.json
    yield request.query


def _find(places: Iterator[Mapping[str, Any]], names: tuple[str, ...]) -> str:
    for place in places:
        for name in names:
            value = place.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return ""


def _basic(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Read Basic ourselves: platforms send it in UTF-8 and in Latin-1."""
    text = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
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
