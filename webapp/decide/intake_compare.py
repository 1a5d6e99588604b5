"""Compares a record that came in with what is here, and tells what is here after permitted changes. Pure.

Not empty values of the record win; empty ones never erase. Comparing again after applying finds nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from webapp.decide.intake import (
    Change,
    Direction,
    HeldPackage,
    KnownCustomer,
    KnownService,
    Wanted,
    WantedPackage,
    WantedService,
    What,
)
from webapp.decide.policy import ENDED, NOT_PAYING, PAYING

MASK = "***"
CONTACTS = ("name", "document", "email", "phone")
TEXTS = ("login", "address", "city")
VALUES = ("value", "due_day", "sold_on")
SALE_VALUES = ("value", "starts_on", "ends_on")
FALLBACK_VALUE = Decimal("0.00")
_NEVER, _ALWAYS = date.max, date.min


@dataclass
class Fresh:
    """Ids for what has no row yet: negative, so that they are nobody's. ``values``: what packages cost."""

    values: Mapping[int, Decimal] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(-1, -1))

    def take(self) -> int:
        """Return the next id."""
        return next(self._numbers)


def compare(wanted: Wanted, customer: KnownCustomer | None, service: KnownService | None) -> tuple[Change, ...]:
    """Return what a record changes; nothing when all of it is so already."""
    changes = list(_customer_changes(wanted, customer))
    if wanted.service is not None:
        if service is None:
            changes += _new_service(wanted.service)
        else:
            changes += _service_changes(wanted, wanted.service, service)
            changes += _package_changes(wanted.service, service)
    return tuple(changes)


def status_direction(before: str, after: str) -> Direction:
    """Return whether a change of status gives or takes content.

    Between two words of which neither pays, going further down (waiting, not paying, ended) takes.
    """
    old, new = _rank(before), _rank(after)
    if new < old:
        return Direction.NEGATIVE
    return Direction.POSITIVE if after in PAYING and before not in PAYING else Direction.NEUTRAL


def leaving(wanted: WantedService, service: KnownService) -> tuple[HeldPackage, ...]:
    """Return the packages that a record takes off a service."""
    if wanted.packages is None:
        return ()
    kept = {package.package_id for package in wanted.packages}
    return tuple(
        held for held in service.packages
        if held.package_id not in kept and (_dropped(wanted, held) or held.package_id in wanted.leaving)
    )  # fmt: skip


def applied_customer(
    wanted: Wanted, customer: KnownCustomer | None, changes: Collection[Change], fresh: Fresh
) -> KnownCustomer | None:
    """Return the customer after these changes; None when it is new and not among them."""
    if customer is None:
        if not any(change.what is What.CREATE_CUSTOMER for change in changes):
            return None
        return KnownCustomer(
            fresh.take(), wanted.customer_code, wanted.name, wanted.document, wanted.email, wanted.phone
        )
    names = {change.field for change in changes if change.what is What.UPDATE_CUSTOMER}
    return replace(customer, **{name: getattr(wanted, name) for name in names}) if names else customer


def applied_service(
    wanted: Wanted, customer: KnownCustomer, service: KnownService | None, changes: Collection[Change], fresh: Fresh
) -> KnownService | None:
    """Return the service after these changes; None when it is new and not among them."""
    data = wanted.service
    if data is None:
        return service
    if service is None:
        created = any(change.what is What.CREATE_SERVICE for change in changes)
        return _opened(data, customer, fresh) if created else None
    values = _applied_values(data, changes)
    if "customer" in values:
        del values["customer"]
        values |= {
            "customer_id": customer.id, "customer_code": customer.code, "customer_document": customer.document
        }  # fmt: skip
    packages = _applied_packages(data, service.packages, changes, fresh)
    if not values and packages == service.packages:
        return service
    return replace(service, **values, packages=packages)


def _customer_changes(wanted: Wanted, customer: KnownCustomer | None) -> Iterator[Change]:
    if customer is None:
        yield Change(What.CREATE_CUSTOMER, Direction.POSITIVE, "code", None, wanted.customer_code)
        return
    for name in CONTACTS:
        old, new = getattr(customer, name), getattr(wanted, name)
        if new and new != old:
            yield Change(What.UPDATE_CUSTOMER, Direction.NEUTRAL, name, old, new)


def _new_service(wanted: WantedService) -> Iterator[Change]:
    yield Change(What.CREATE_SERVICE, Direction.POSITIVE, "code", None, wanted.code)
    yield Change(What.STATUS, Direction.NEUTRAL, "status", None, wanted.status)
    yield Change(What.PLAN, Direction.NEUTRAL, "plan_id", None, _plain(wanted.plan_id))
    for package in _distinct(wanted.packages):
        yield _added(package)


def _service_changes(wanted: Wanted, data: WantedService, service: KnownService) -> Iterator[Change]:
    if wanted.customer_code and wanted.customer_code != service.customer_code:
        yield Change(What.UPDATE_SERVICE, Direction.NEUTRAL, "customer", service.customer_code, wanted.customer_code)
    if data.status and data.status != service.status:
        direction = status_direction(service.status, data.status)
        yield Change(What.STATUS, direction, "status", service.status, data.status)
    if data.plan_id is not None and data.plan_id != service.plan_id:
        yield Change(What.PLAN, Direction.NEUTRAL, "plan_id", _plain(service.plan_id), _plain(data.plan_id))
    for name in (*TEXTS, *VALUES):
        old, new = getattr(service, name), getattr(data, name)
        if new not in ("", None) and new != old:
            yield Change(What.UPDATE_SERVICE, Direction.NEUTRAL, name, _plain(old), _plain(new))
    if data.password and not service.password_same:
        yield Change(What.UPDATE_SERVICE, Direction.NEUTRAL, "password", MASK, MASK)


def _package_changes(data: WantedService, service: KnownService) -> Iterator[Change]:
    held = {package.package_id: package for package in service.packages}
    ended = (data.status or service.status) in ENDED
    for package in _distinct(data.packages):
        if package.package_id in held:
            yield from _sale_changes(package, held[package.package_id])
        elif not ended:
            # What has ended gets no package back, however often it is named.
            yield _added(package)
    for gone in leaving(data, service):
        name = "left_plan" if gone.package_id in data.leaving else "package"
        yield Change(
            What.REMOVE_PACKAGE, Direction.NEGATIVE, name, _plain(gone.value), None, gone.package_id
        )  # fmt: skip


def _sale_changes(wanted: WantedPackage, held: HeldPackage) -> Iterator[Change]:
    for name in SALE_VALUES:
        old, new = getattr(held, name), getattr(wanted, name)
        if new is not None and new != old and _keeps_order(wanted, held, name):
            direction = _date_direction(name, old, new)
            yield Change(What.UPDATE_PACKAGE, direction, name, _plain(old), _plain(new), held.package_id)


def _keeps_order(wanted: WantedPackage, held: HeldPackage, name: str) -> bool:
    """A right that would end before it begins is left as it is."""
    if name == "value":
        return True
    starts, ends = wanted.starts_on or held.starts_on, wanted.ends_on or held.ends_on
    return starts is None or ends is None or starts <= ends


def _date_direction(name: str, old: Any, new: Any) -> Direction:
    if name == "starts_on":
        return Direction.NEGATIVE if new > (old or _ALWAYS) else Direction.POSITIVE
    if name == "ends_on":
        return Direction.NEGATIVE if new < (old or _NEVER) else Direction.POSITIVE
    return Direction.NEUTRAL


def _added(package: WantedPackage) -> Change:
    return Change(
        What.ADD_PACKAGE, Direction.POSITIVE, "package", None, _plain(package.value), package.package_id
    )  # fmt: skip


def _dropped(wanted: WantedService, held: HeldPackage) -> bool:
    """A package of this source that the record does not name any more, or by whose name it means another one now."""
    means = {package.external for package in wanted.packages or () if package.package_id != held.package_id}
    return wanted.exact and held.ours and (held.external not in wanted.named or held.external in means)


def _opened(data: WantedService, customer: KnownCustomer, fresh: Fresh) -> KnownService:
    return KnownService(
        id=fresh.take(), code=data.code, customer_id=customer.id, status=data.status, plan_id=data.plan_id or 0,
        login=data.login, password_same=True, address=data.address, value=data.value, due_day=data.due_day,
        sold_on=data.sold_on, packages=tuple(_sold(package, fresh) for package in _distinct(data.packages)),
        customer_code=customer.code, customer_document=customer.document, city=data.city,
    )  # fmt: skip


def _applied_values(data: WantedService, changes: Collection[Change]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for change in changes:
        if change.what is What.STATUS:
            values["status"] = data.status
        elif change.what is What.PLAN:
            values["plan_id"] = data.plan_id
        elif change.what is What.UPDATE_SERVICE and change.field == "password":
            values["password_same"] = True
        elif change.what is What.UPDATE_SERVICE:
            values[change.field] = getattr(data, change.field, None)
    return values


def _applied_packages(
    data: WantedService, packages: tuple[HeldPackage, ...], changes: Collection[Change], fresh: Fresh
) -> tuple[HeldPackage, ...]:
    gone = {change.package_id for change in changes if change.what is What.REMOVE_PACKAGE}
    added = {change.package_id for change in changes if change.what is What.ADD_PACKAGE}
    updates: dict[int | None, list[str]] = {}
    for change in changes:
        if change.what is What.UPDATE_PACKAGE:
            updates.setdefault(change.package_id, []).append(change.field)
    wanted = {package.package_id: package for package in _distinct(data.packages)}
    kept = tuple(
        replace(held, **{name: getattr(wanted[held.package_id], name) for name in updates[held.package_id]})
        if held.package_id in updates else held
        for held in packages if held.package_id not in gone
    )  # fmt: skip
    return (*kept, *(_sold(package, fresh) for package_id, package in wanted.items() if package_id in added))


def _sold(package: WantedPackage, fresh: Fresh) -> HeldPackage:
    value = package.value if package.value is not None else fresh.values.get(package.package_id, FALLBACK_VALUE)
    return HeldPackage(fresh.take(), package.package_id, value, package.starts_on, package.ends_on, False)


def _distinct(packages: tuple[WantedPackage, ...] | None) -> tuple[WantedPackage, ...]:
    """Two packages of the source may be one of ours: it is sold once, as the first of them says."""
    found: dict[int, WantedPackage] = {}
    for package in packages or ():
        found.setdefault(package.package_id, package)
    return tuple(found.values())


def _rank(status: str) -> int:
    if status in PAYING:
        return 3
    if status in NOT_PAYING:
        return 1
    return 0 if status in ENDED else 2


def _plain(value: Any) -> Any:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
