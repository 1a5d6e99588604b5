"""The control API of a fake ERP, /control/<tenant>/erp/...: set its people, turn its dials."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from webapp.sandbox.erp.dials import ErpDials
from webapp.sandbox.erp.people import PACKAGES, Customer, Package, Service
from webapp.sandbox.erp.state import ErpState
from webapp.sandbox.erp.view import share_of
from webapp.sandbox.ledger import Ledger
from webapp.sandbox.wire import Answer, Request, json_answer

CUSTOMER_FIELDS = {"name", "document", "email", "phone"}
WHERE = {"status", "plan_id", "package", "ids", "limit", "share"}


class ErpControl:
    """Acts at once; what it changes is in the ledger as done by hand.

    A wrong value is a ``ValueError`` or ``KeyError``, which the caller answers as 400.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def answer(self, tenant: str, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """Answer one request; ``rest`` is the path after ``erp``."""
        if not rest or rest[0] not in RESOURCES:
            return json_answer(404, {"error": "not_found"})
        version = state.people.version
        answer = RESOURCES[rest[0]](self, state, request, rest[1:])
        if state.people.version != version:
            facts = {"method": request.method, "path": request.target}
            self.ledger.append(tenant, "control", f"erp.{rest[0]}", **facts, effect="changed")
        return answer

    def people(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """GET: everybody; POST {"count", "plain", "packages", "seed"}: replace everybody."""
        if request.method == "POST":
            values = request.json()
            packages = [_package(**one) for one in values.pop("packages", [])] or PACKAGES
            state.people.fill(packages=packages, **values)
        return json_answer(200, {"count": len(state.people.customers), "packages": _packages(state)})

    def services(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """GET all, or one by id; PATCH one; DELETE one; POST {"where", "set"} changes many."""
        now = datetime.now(UTC)
        if not rest and request.method == "POST":
            return json_answer(200, {"changed": self._change_many(state, request.json(), now)})
        if not rest:
            return json_answer(200, [_row(state, *pair) for pair in state.people.services()])
        identity = int(rest[0])
        if request.method == "DELETE":
            row = _row(state, *state.people.service(identity))
            state.people.remove(identity)
            return json_answer(200, row)
        if request.method == "PATCH":
            state.people.change(identity, now, **request.json())
        return json_answer(200, _row(state, *state.people.service(identity)))

    def _change_many(self, state: ErpState, values: dict[str, Any], now: datetime) -> int:
        chosen = list(_chosen(state, values.get("where", {})))
        for service in chosen:
            state.people.change(service.id, now, **values["set"])
        return len(chosen)

    def customers(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """POST adds one with a service; PATCH changes one by id."""
        values = request.json()
        if request.method == "POST":
            customer = state.people.add(datetime.now(UTC), **values)
        else:
            customer = next(one for one in state.people.customers if one.id == int(rest[0]))
            for name in _known(values, CUSTOMER_FIELDS):
                setattr(customer, name, values[name])
            state.people.touch()
        return json_answer(200, _row(state, customer, customer.services[0]))

    def dials(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """GET; PUT replaces all, PATCH some, DELETE puts every dial back."""
        if request.method == "PATCH":
            state.set_dials(ErpDials.model_validate({**state.dials.model_dump(), **request.json()}))
        elif request.method == "PUT":
            state.set_dials(ErpDials.model_validate(request.json()))
        elif request.method == "DELETE":
            state.set_dials(ErpDials())
        return json_answer(200, state.dials.model_dump(mode="json"))

    def snapshot(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """POST: what the dial ``stale`` goes back to is now."""
        state.take_snapshot()
        return json_answer(200, {"ok": True})

    def tokens(self, state: ErpState, request: Request, rest: list[str]) -> Answer:
        """DELETE: revoke every token issued so far, as an update of the ERP does."""
        state.tokens.clear()
        return json_answer(200, {"ok": True})


def _known(values: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if values.keys() - names:
        raise ValueError(f"unknown fields: {sorted(values.keys() - names)}")
    return values


def _package(id: int, code: str | None, description: str, value: str) -> Package:
    return Package(id, code, description, value)


def _packages(state: ErpState) -> list[dict[str, Any]]:
    names = ("id", "code", "description", "value")
    return [{name: getattr(package, name) for name in names} for package in state.people.packages]


def _chosen(state: ErpState, where: dict[str, Any]) -> Iterator[Service]:
    """Return the services that a filter names, at most ``limit`` of them."""
    _known(where, WHERE)
    left = where.get("limit", len(state.people.customers) * 10)
    wanted = None if "package" not in where else state.people.package(where["package"]).id
    ids = set(where["ids"]) if "ids" in where else None
    for _customer, service in state.people.services():
        fits = all(getattr(service, name) == where[name] for name in ("status", "plan_id") if name in where)
        fits = fits and (ids is None or service.id in ids)
        fits = fits and (wanted is None or wanted in [sale.package_id for sale in service.standing])
        if fits and left and share_of(service.id, where.get("share", 1), "change"):
            left -= 1
            yield service


def _row(state: ErpState, customer: Customer, service: Service) -> dict[str, Any]:
    """Return a service with what tests want to know of its customer."""
    packages = [state.people.package(sale.package_id) for sale in service.standing]
    return {
        "id": service.id,
        "customer_id": customer.id,
        "code": str(customer.code),
        "name": customer.name,
        "document": customer.document,
        "email": customer.email,
        "phone": customer.phone,
        "plan_id": service.plan_id,
        "status": service.status,
        "login": service.login,
        "packages": [package.code or str(package.id) for package in packages],
    }


RESOURCES: dict[str, Callable[[ErpControl, ErpState, Request, list[str]], Answer]] = {
    "people": ErpControl.people,
    "services": ErpControl.services,
    "customers": ErpControl.customers,
    "dials": ErpControl.dials,
    "snapshot": ErpControl.snapshot,
    "tokens": ErpControl.tokens,
}
