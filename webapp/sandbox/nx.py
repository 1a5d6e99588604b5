"""The fake NX Play: its API under /nx/<tenant>, as the bundled recipe assumes it."""

import hmac
import re
from collections.abc import Callable
from typing import Any

from webapp.sandbox.keys import once
from webapp.sandbox.listing import page_of
from webapp.sandbox.stage import Call, Result
from webapp.sandbox.subscribers import Subscriber
from webapp.sandbox.tenants import Tenant
from webapp.sandbox.wire import Request

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PASSWORD_MIN = 6
PER_PAGE_MAX = 500
UPDATABLE = ("password", "products", "noggin", "paramount", "name", "phone")
CREATABLE = ("external_id", "email", "document", *UPDATABLE)
SWITCHES = {
    "suspend": ("suspended", "suspended"),
    "enable": ("active", "enabled"),
    "cancel": ("cancelled", "cancelled"),
}


class Invalid(Exception):
    """A value that the platform refuses."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def call_of(tenant: Tenant, request: Request, rest: list[str]) -> Call:
    """Return what the request asks for; ``rest`` is the path under the tenant."""
    operation = _operation(request, rest)
    body = _body(request) if operation in ("create", "update") else None
    return Call(
        operation, _about(tenant, request, rest, body), lambda: _guarded(operation, tenant, request, rest, body)
    )


def _operation(request: Request, rest: list[str]) -> str:
    match (request.method, *rest):
        case ("GET", "products"):
            return "list_products"
        case ("POST", "subscribers"):
            return "create"
        case ("GET", "subscribers"):
            return "find" if request.query.keys() & {"external_id", "email"} else "list"
        case ("PUT", "subscribers", _):
            return "update"
        case ("DELETE", "subscribers", _):
            return "cancel"
        case ("POST", "subscribers", _, "suspend" | "enable" as verb):
            return verb
    return "unknown"


def _body(request: Request) -> dict[str, Any] | None:
    """Return the body, or None when it is no JSON object."""
    try:
        body = request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _about(tenant: Tenant, request: Request, rest: list[str], body: dict[str, Any] | None) -> dict[str, Any]:
    """Return whom the call is about, so that even a call that fails early is on record."""
    said = {} if body is None else {"body": body}
    if len(rest) > 1:
        known = tenant.subscribers.by_id.get(rest[1], Subscriber(rest[1]))
        return {"id": rest[1], "external_id": known.external_id or None, "email": known.email or None, **said}
    named = body if body is not None else request.query
    return {"external_id": named.get("external_id"), "email": named.get("email"), **said}


def _guarded(operation: str, tenant: Tenant, request: Request, rest: list[str], body: dict[str, Any] | None) -> Result:
    given = request.headers.get("authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {tenant.dials.token}".encode()):
        return Result(401, {"error": "unauthorized"})
    try:
        if operation in READS:
            return READS[operation](tenant, request)
        if operation == "create":
            return once(tenant, request.headers.get("idempotency-key"), lambda: _create(tenant, body))
        return _change(operation, tenant, rest, body)
    except Invalid as problem:
        return Result(422, {"error": "invalid", "field": problem.field, "message": problem.message})


def _list_products(tenant: Tenant, request: Request) -> Result:
    return Result(200, {"products": tenant.products})


def _find(tenant: Tenant, request: Request) -> Result:
    dials, query = tenant.dials, request.query
    if not dials.lookup:
        return Result(501, {"error": "not_supported"})
    rows = tenant.subscribers.find(query.get("external_id"), query.get("email"), dials.lag_s, dials.show_cancelled)
    return Result(200, {"subscribers": rows, "total": len(rows)}, facts={"rows": len(rows)})


def _list(tenant: Tenant, request: Request) -> Result:
    if not tenant.dials.listing:
        return Result(501, {"error": "not_supported"})
    page, size = _number(request, "page", 1), _number(request, "per_page", PER_PAGE_MAX)
    return page_of(tenant, page, min(size, PER_PAGE_MAX))


READS: dict[str, Callable[[Tenant, Request], Result]] = {
    "list_products": _list_products,
    "find": _find,
    "list": _list,
}


def _number(request: Request, name: str, default: int) -> int:
    value = request.query.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise Invalid(name, f"{name} must be a whole number from 1")
    return int(value)


def _create(tenant: Tenant, body: dict[str, Any] | None) -> Result:
    values = {name: value for name, value in _given(body).items() if name in CREATABLE}
    if not values.get("external_id"):
        raise Invalid("external_id", "external_id is required")
    if not EMAIL.fullmatch(str(values.get("email", ""))):
        raise Invalid("email", "email is not valid")
    _check({"password": "", **values}, tenant)
    refusal = _refusal(tenant, values["email"])
    if refusal is not None:
        return refusal
    subscriber = tenant.subscribers.add(**values)
    shown = {name: getattr(subscriber, name) for name in ("id", "external_id", "email", "status")}
    return Result(201, shown, "created", {"id": subscriber.id})


def _given(body: dict[str, Any] | None) -> dict[str, Any]:
    if body is None:
        raise Invalid("", "the body must be a JSON object")
    return body


def _check(values: dict[str, Any], tenant: Tenant) -> None:
    """Raise Invalid for the first value that the platform refuses."""
    if "password" in values and len(str(values["password"])) < PASSWORD_MIN:
        raise Invalid("password", f"password must have at least {PASSWORD_MIN} characters")
    sold = [product["code"] for product in tenant.products if product["active"]]
    products = values.get("products", [])
    if not isinstance(products, list) or not all(code in sold for code in products):
        raise Invalid("products", "products must be a list of known, active product codes")
    for name in ("noggin", "paramount"):
        if not isinstance(values.get(name, True), bool):
            raise Invalid(name, f"{name} must be true or false")


def _refusal(tenant: Tenant, email: str) -> Result | None:
    """Return why no subscriber can be made, although the values are good; or None."""
    if tenant.dials.unique_email and tenant.subscribers.live_with_email(email):
        return Result(409, {"error": "email_exists"})
    capacity = tenant.dials.capacity
    if capacity is not None and tenant.subscribers.live_count() >= capacity:
        return Result(402, {"error": "no_licences"})
    return None


def _change(operation: str, tenant: Tenant, rest: list[str], body: dict[str, Any] | None) -> Result:
    subscriber = tenant.subscribers.live(rest[1]) if operation != "unknown" else None
    if subscriber is None:
        return Result(404, {"error": "not_found"})
    if operation == "update":
        return _update(tenant, subscriber, _given(body))
    return _switch(tenant, subscriber, *SWITCHES[operation])


def _update(tenant: Tenant, subscriber: Subscriber, body: dict[str, Any]) -> Result:
    values = {name: value for name, value in body.items() if name in UPDATABLE}
    _check(values, tenant)
    tenant.subscribers.change(subscriber, **values)
    return Result(200, subscriber.row(), "updated")


def _switch(tenant: Tenant, subscriber: Subscriber, status: str, effect: str) -> Result:
    """Set the status; an account that has it already is answered the same, without an effect."""
    shown = {"id": subscriber.id, "status": status}
    if subscriber.status == status:
        return Result(200, shown)
    tenant.subscribers.change(subscriber, status=status)
    return Result(200, shown, effect)
