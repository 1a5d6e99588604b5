"""The control API, /control/...: turn dials, read the ledger, interfere by hand."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from webapp.sandbox.dials import Dials
from webapp.sandbox.erp.control import ErpControl
from webapp.sandbox.ledger import Ledger
from webapp.sandbox.subscribers import CHANGEABLE, Subscriber
from webapp.sandbox.tenants import Tenant, Tenants
from webapp.sandbox.wire import Answer, Request, json_answer

BY_HAND = {"active": "enabled", "suspended": "suspended", "cancelled": "cancelled"}


class Control:
    """Acts on one tenant at once and without any dial; by-hand changes are in the ledger too."""

    def __init__(self, tenants: Tenants, ledger: Ledger) -> None:
        self.tenants = tenants
        self.ledger = ledger
        self._erp = ErpControl(ledger)

    def answer(self, request: Request, rest: list[str]) -> Answer:
        """Answer one control request; 400 names what is wrong with it."""
        if rest == ["health"]:
            return json_answer(200, {"ok": True, "seq": self.ledger.seq, "tenants": sorted(self.tenants.by_name)})
        if len(rest) < 2 or rest[1] not in RESOURCES:
            return json_answer(404, {"error": "not_found"})
        try:
            return RESOURCES[rest[1]](self, self.tenants.get(rest[0]), request, rest[2:])
        except ValidationError as problem:
            return json_answer(400, {"error": problem.errors(include_url=False, include_context=False)})
        except (ValueError, TypeError, KeyError) as problem:
            return json_answer(400, {"error": repr(problem)})

    def dials(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET; PUT replaces all, PATCH some, DELETE puts every dial back."""
        if request.method == "PATCH":
            tenant.panel.set(Dials.model_validate({**tenant.dials.model_dump(), **request.json()}))
        elif request.method == "PUT":
            tenant.panel.set(Dials.model_validate(request.json()))
        elif request.method == "DELETE":
            tenant.panel.set(Dials())
        return json_answer(200, tenant.dials.model_dump(mode="json"))

    def read_ledger(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET ?since=SEQ: the tenant's lines after it."""
        return Answer(200, self.ledger.since(tenant.name, int(request.query.get("since", 0))))

    def counts(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET: calls by operation, effects by name."""
        return json_answer(200, self.ledger.counts(tenant.name))

    def products(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET; PUT a list of {code, name, description, active} replaces the platform's products."""
        if request.method == "PUT":
            tenant.products = [_product(**values) for values in request.json()]
        return json_answer(200, tenant.products)

    def sales(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET: what the webhook receiver knows, by id_cliente_servico_pacote."""
        return json_answer(200, tenant.sales)

    def reset(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """POST: forget all people, products, keys and events, and put the dials back."""
        tenant.clear()
        tenant.panel.set(Dials())
        self.ledger.append(tenant.name, "control", "reset", effect="reset")
        return json_answer(200, {"ok": True})

    def subscribers(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """GET all with passwords; POST one or {"count": n}, answered as a list; PATCH or DELETE one by id."""
        if request.method == "POST":
            made = [self._make(tenant, values) for values in _foreign(tenant, request.json())]
            return json_answer(201, made)
        if not rest:
            return json_answer(200, [asdict(subscriber) for subscriber in tenant.subscribers.by_id.values()])
        subscriber = tenant.subscribers.by_id.get(rest[0])
        if subscriber is None:
            return json_answer(404, {"error": "not_found"})
        if request.method == "PATCH":
            self._change(tenant, subscriber, request.json())
        elif request.method == "DELETE":
            tenant.subscribers.remove(subscriber)
            self._record(tenant, "delete", "deleted", subscriber)
        return json_answer(200, asdict(subscriber))

    def erp(self, tenant: Tenant, request: Request, rest: list[str]) -> Answer:
        """Everything about the tenant's ERP."""
        return self._erp.answer(tenant.name, tenant.erp, request, rest)

    def _make(self, tenant: Tenant, values: dict[str, Any]) -> dict[str, Any]:
        subscriber = tenant.subscribers.add(**_known(values))
        self._record(tenant, "create", "created", subscriber)
        return asdict(subscriber)

    def _change(self, tenant: Tenant, subscriber: Subscriber, values: dict[str, Any]) -> None:
        tenant.subscribers.change(subscriber, **_known(values))
        self._record(tenant, "update", BY_HAND.get(values.get("status", ""), "updated"), subscriber)

    def _record(self, tenant: Tenant, operation: str, effect: str, subscriber: Subscriber) -> None:
        about = {"id": subscriber.id, "external_id": subscriber.external_id, "email": subscriber.email}
        self.ledger.append(tenant.name, "control", operation, **about, effect=effect)


def _known(values: dict[str, Any]) -> dict[str, Any]:
    unknown = values.keys() - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    return values


def _product(code: str, name: str, description: str = "", active: bool = True) -> dict[str, Any]:
    return {"code": code, "name": name, "description": description, "active": active}


def _foreign(tenant: Tenant, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the values of subscribers that the hub never made."""
    if "count" not in values:
        return [values]
    first = tenant.subscribers.made + 1
    return [_stranger(number) for number in range(first, first + values["count"])]


def _stranger(number: int) -> dict[str, Any]:
    return {
        "external_id": f"foreign-{number}",
        "email": f"foreign.{number}@example.com",
        "password": "made-by-hand",
        "name": f"Foreign Subscriber {number}",
        "products": ["basico"],
    }


RESOURCES: dict[str, Callable[[Control, Tenant, Request, list[str]], Answer]] = {
    "dials": Control.dials,
    "ledger": Control.read_ledger,
    "counts": Control.counts,
    "products": Control.products,
    "sales": Control.sales,
    "subscribers": Control.subscribers,
    "reset": Control.reset,
    "erp": Control.erp,
}
