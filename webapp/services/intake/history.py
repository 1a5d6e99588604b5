"""What a batch did, as the history keeps it: the same actions and facts as when a person does it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from webapp.decide.intake import Change, HeldPackage, KnownCustomer, KnownService, What
from webapp.services import customers, sale_params, service_store
from webapp.services.audit import MASK, entry
from webapp.services.changes import plain
from webapp.services.intake.folding import Done
from webapp.services.intake.stock import Stock

Event = dict[str, Any]
Real = Callable[[int], int]
SALE_FACTS = ("value", "starts_on", "ends_on")
_BLANK: Mapping[str, Any] = {
    name: "" if name in ("login", "address", "no_suspend_reason", "billing_method", "billing_kind",
                         "suspension_profile") else None
    for name in service_store.FIELDS
}  # fmt: skip


def events_of(stock: Stock, done: Sequence[Done], params: Mapping[int, dict[str, str]], real: Real) -> list[Event]:
    """Return the events of a batch.

    Args:
        params: of new sales, as their rows keep them, by provisional id.
        real: from a provisional id to the row's.
    """
    events = list(_customer_events(stock, real))
    for row in done:
        if row.service_id is not None and row.changes:
            events += _service_events(stock, row, params, real)
    return events


def _customer_events(stock: Stock, real: Real) -> Iterator[Event]:
    for customer_id, customer in stock.customers.items():
        if customer_id < 0:
            yield entry("customer.create", "customer", real(customer_id), customer.code, after=_person(customer))
    for customer_id, before in stock.were_customers.items():
        after = stock.customers[customer_id]
        if customer_id > 0:
            yield entry(
                "customer.update", "customer", customer_id, after.code, before=_person(before), after=_person(after)
            )


def _service_events(stock: Stock, row: Done, params: Mapping[int, dict[str, str]], real: Real) -> Iterator[Event]:
    assert row.service_id is not None
    service = stock.services[row.service_id]
    if row.service_id < 0:
        yield entry("service.create", "service", real(service.id), service.code, after=_opened(stock, service))
        return
    before = stock.were_services.get(service.id, service)
    names = [change.field for change in row.changes if change.what is What.UPDATE_SERVICE]
    if names:
        old, new = _facts(before, names), _facts(service, names) | ({"password": MASK} if "password" in names else {})
        yield entry("service.update", "service", service.id, service.code, before=old, after=new)
    if before.status != service.status:
        was, now = {"status": before.status}, {"status": service.status}
        yield entry("service.status", "service", service.id, service.code, before=was, after=now)
    if before.plan_id != service.plan_id:
        old, new = ({"plan": stock.catalogue.plans[one.plan_id].description} for one in (before, service))
        yield entry("service.migrate", "service", service.id, service.code, before=old, after=new)
    yield from _sale_events(stock, before, service, row.changes, params, real)


def _sale_events(
    stock: Stock, before: KnownService, service: KnownService, changes: Sequence[Change],
    params: Mapping[int, dict[str, str]], real: Real,
) -> Iterator[Event]:  # fmt: skip
    held = {sale.package_id: sale for sale in before.packages}
    present = {sale.package_id: sale for sale in service.packages}
    whats: dict[int, What] = {change.package_id: change.what for change in changes if change.package_id is not None}
    for package_id, what in whats.items():
        package = stock.catalogue.packages[package_id]
        if what is What.ADD_PACKAGE:
            sale = present[package_id]
            kept = sale_params.history(params.get(sale.sale_id, {}), package.traits)
            after = {"service": service.code, **_sold(sale), "description": "", "params": kept}
            yield entry("sale.create", "service_package", real(sale.sale_id), package.description, after=after)
        elif what is What.REMOVE_PACKAGE:
            gone, facts = held[package_id], {"service": service.code, **_sold(held[package_id])}
            yield entry("sale.remove", "service_package", gone.sale_id, package.description, before=facts)
        else:
            old, new = held[package_id], present[package_id]
            yield entry(
                "sale.update", "service_package", new.sale_id, package.description, before=_sold(old), after=_sold(new)
            )


def _person(customer: KnownCustomer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in customers.FIELDS}


def _opened(stock: Stock, service: KnownService) -> dict[str, Any]:
    told = {
        name: plain(getattr(service, name)) for name in ("status", "login", "address", "value", "due_day", "sold_on")
    }
    packages = [stock.catalogue.packages[sale.package_id].description for sale in service.packages]
    plan = stock.catalogue.plans[service.plan_id].description
    told |= {"city": service.city or None, "customer": service.customer_code, "plan": plan}
    return {**_BLANK, **told, "packages": packages}


def _facts(service: KnownService, names: Sequence[str]) -> dict[str, Any]:
    columns = {"customer": "customer_code"}
    return {name: plain(getattr(service, columns.get(name, name))) for name in names if name != "password"}


def _sold(sale: HeldPackage) -> dict[str, Any]:
    return {name: plain(getattr(sale, name)) for name in SALE_FACTS}
