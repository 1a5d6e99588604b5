"""What SGP tells unasked: whom an event is about, wherever the release puts it. Always looked at again."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.sources.contract import CallbackRequest, ServiceRef
from webapp.sources.sgp_records import document_of
from webapp.sources.values import Row, bare, code

SIGNATURE_HEADERS = ("x-sgp-signature", "x-hub-signature-256", "x-webhook-signature", "x-signature")
SECRET_HEADERS = ("x-sgp-secret", "x-webhook-secret", "x-webhook-token", "x-api-key")
MOST_REFS = 200
_DEPTH = 4
_CONTRACT_NAMES = ("contratoId", "contrato_id", "idContrato", "id_contrato", "contrato")
_CUSTOMER_NAMES = ("clienteId", "cliente_id", "idCliente", "id_cliente", "cliente")


def admitted(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a message is signed with the secret, or shows it; without a secret its address is the secret."""
    if not secret:
        return True
    given = {name.lower(): value.strip() for name, value in headers.items()}
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signatures = [given[name].removeprefix("sha256=").lower() for name in SIGNATURE_HEADERS if name in given]
    shown = [given[name] for name in SECRET_HEADERS if name in given]
    if given.get("authorization", "").startswith("Bearer "):
        shown.append(given["authorization"].removeprefix("Bearer ").strip())
    # Every candidate is compared, whatever the others gave: the time tells nothing.
    equal = [_equal(one, expected) for one in signatures] + [_equal(one, secret) for one in shown]
    return any(equal)


def refs_in(request: CallbackRequest) -> tuple[ServiceRef, ...] | None:
    """Return whom a message is about; None when it names nobody.

    Who is named by SGP's number of the customer alone cannot be looked up there, and is left to the next reading.
    """
    message = request.json if request.json is not None else {**request.query, **request.form}
    named = [ref for scope in _scopes(message, _DEPTH) if (ref := _ref(scope)) is not None]
    found = dict.fromkeys(ref for ref in named if ref.service_code or ref.document)
    return tuple(found)[:MOST_REFS] if named else None


def _scopes(value: Any, depth: int) -> Iterator[Row]:
    """Yield every object inside a message, the outer one first."""
    if depth == 0:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _scopes(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value[:MOST_REFS]:
            yield from _scopes(inner, depth - 1)


def _ref(scope: Row) -> ServiceRef | None:
    contract, customer = _number(scope, _CONTRACT_NAMES), _number(scope, _CUSTOMER_NAMES)
    document = bare(document_of(scope))
    if contract or customer or document:
        return ServiceRef(contract, customer, document)
    return None


def _number(scope: Row, names: tuple[str, ...]) -> str:
    """Return the first number under one of the names, or under ``id`` of an object there."""
    for name in names:
        value = scope.get(name)
        found = code(value.get("id") if isinstance(value, dict) else value)
        if found.isdecimal():
            return found
    return ""


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
