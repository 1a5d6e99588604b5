"""What is here, as one batch needs it: read with a handful of queries, then kept up to date in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from webapp.decide.erased import Person
from webapp.decide.intake import HeldPackage, KnownCustomer, KnownService, Wanted
from webapp.decide.intake_compare import Fresh
from webapp.extensions import db
from webapp.models import Account, Customer, Service, ServicePackage, Source, SourceLink
from webapp.services.buyers import password_place
from webapp.services.hub import current_hub
from webapp.services.intake.catalogue import Catalogue, load_catalogue
from webapp.services.intake.rows import external_of_customer, external_of_service
from webapp.services.privacy.meeting import erased_among

CUSTOMER, SERVICE, SALE = "customer", "service", "sale"
_CUSTOMER, _SERVICE, _SALE = Customer.__table__, Service.__table__, ServicePackage.__table__
_LINK, _ACCOUNT, _SOURCE = SourceLink.__table__, Account.__table__, Source.__table__
Link = tuple[str, str]
Owner = tuple[int, str]


@dataclass
class Stock:
    """Customers and services that a batch may touch; provisional ids are negative.

    Attributes:
        by_link: kind and external of this source's links -> id here.
        owners: kind and id -> source and external of the link, whosever it is.
        were_customers, were_services: as they were before the batch, where it changed them.
        bound: services that have accounts which a platform knows.
        erased: position of a record -> the erased person whom it is about.
    """

    source_id: int | None
    catalogue: Catalogue
    ranks: dict[int, tuple[bool, int, int]] = field(default_factory=dict)
    customers: dict[int, KnownCustomer] = field(default_factory=dict)
    services: dict[int, KnownService] = field(default_factory=dict)
    customer_ids: dict[str, int] = field(default_factory=dict)
    service_ids: dict[str, int] = field(default_factory=dict)
    by_link: dict[Link, int] = field(default_factory=dict)
    owners: dict[tuple[str, int], Owner] = field(default_factory=dict)
    were_customers: dict[int, KnownCustomer] = field(default_factory=dict)
    were_services: dict[int, KnownService] = field(default_factory=dict)
    bound: set[int] = field(default_factory=set)
    erased: dict[int, Person] = field(default_factory=dict)
    fresh: Fresh = field(default_factory=Fresh)

    def customer_of(self, wanted: Wanted) -> KnownCustomer | None:
        """Return the customer of a record: the one that the source calls so, else the one of that code."""
        linked = self.by_link.get((CUSTOMER, external_of_customer(wanted)))
        found = linked if linked in self.customers else self.customer_ids.get(wanted.customer_code)
        return None if found is None else self.customers[found]

    def service_of(self, wanted: Wanted) -> KnownService | None:
        """Return the service of a record, found as the customer is."""
        if wanted.service is None:
            return None
        linked = self.by_link.get((SERVICE, external_of_service(wanted.service)))
        found = linked if linked in self.services else self.service_ids.get(wanted.service.code)
        return None if found is None else self.services[found]

    def keep_customer(self, customer: KnownCustomer) -> None:
        """Take over what a customer is now."""
        before = self.customers.get(customer.id)
        if before is not None and before is not customer:
            self.were_customers.setdefault(customer.id, before)
        self.customers[customer.id] = customer
        self.customer_ids[customer.code] = customer.id

    def keep_service(self, service: KnownService) -> None:
        """Take over what a service is now."""
        before = self.services.get(service.id)
        if before is not None and before is not service:
            self.were_services.setdefault(service.id, before)
        self.services[service.id] = service
        self.service_ids[service.code] = service.id

    def owner(self, kind: str, row_id: int) -> tuple[int | None, str]:
        """Return the source that brought a row, and its name there; None = nobody."""
        return self.owners.get((kind, row_id), (None, ""))

    def outranks(self, other: int) -> bool:
        """Tell whether another source's word counts more than this one's; an inactive one's never does."""
        worst = (True, 0, 0)
        return self.source_id is not None and self.ranks.get(other, worst) < self.ranks[self.source_id]


def load_stock(source_id: int | None, batch: Sequence[Wanted], *, lock: bool = False) -> Stock:
    """Read what a batch may touch; the number of queries does not grow with it.

    Args:
        lock: keep others from changing these rows until the transaction ends.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    stock = Stock(source_id, load_catalogue())
    stock.fresh.values = stock.catalogue.values
    stock.erased = erased_among(batch, source_id)
    if source_id is not None:
        rows = db.session.execute(select(_SOURCE.c.id, _SOURCE.c.active, _SOURCE.c.precedence))
        stock.ranks = {row.id: (not row.active, row.precedence, row.id) for row in rows}
        stock.by_link = _own_links(source_id, batch)
    customers, services = _customer_rows(stock, batch, lock), _service_rows(stock, batch, lock)
    if source_id is not None:
        stock.owners = _owners({CUSTOMER: [row.id for row in customers], SERVICE: [row.id for row in services]})
    for row in customers:
        owner, external = stock.owner(CUSTOMER, row.id)
        stock.keep_customer(KnownCustomer(**row._mapping, owner=owner, external=external))
    _build_services(stock, services, batch)
    return stock


def _linked(stock: Stock, kind: str) -> list[int]:
    return [local_id for (of, _), local_id in stock.by_link.items() if of == kind]


def _own_links(source_id: int, batch: Sequence[Wanted]) -> dict[Link, int]:
    services = [wanted.service for wanted in batch if wanted.service is not None]
    names = {
        CUSTOMER: {external_of_customer(wanted) for wanted in batch},
        SERVICE: {external_of_service(service) for service in services},
        SALE: {package.external for service in services for package in service.packages or () if package.external},
    }
    wanted = [and_(_LINK.c.kind == kind, _LINK.c.external.in_(found)) for kind, found in names.items() if found]
    statement = select(_LINK.c.kind, _LINK.c.external, _LINK.c.local_id).where(_LINK.c.source_id == source_id)
    return {(row.kind, row.external): row.local_id for row in db.session.execute(statement.where(or_(*wanted)))}


def _owners(ids: dict[str, Collection[int]]) -> dict[tuple[str, int], Owner]:
    wanted = [and_(_LINK.c.kind == kind, _LINK.c.local_id.in_(found)) for kind, found in ids.items() if found]
    if not wanted:
        return {}
    statement = select(_LINK.c.kind, _LINK.c.local_id, _LINK.c.source_id, _LINK.c.external).where(or_(*wanted))
    return {(row.kind, row.local_id): (row.source_id, row.external) for row in db.session.execute(statement)}


def _customer_rows(stock: Stock, batch: Sequence[Wanted], lock: bool) -> list[Any]:
    codes = {wanted.customer_code for wanted in batch}
    columns = (
        _CUSTOMER.c.id, _CUSTOMER.c.code, _CUSTOMER.c.name, _CUSTOMER.c.document, _CUSTOMER.c.email, _CUSTOMER.c.phone
    )  # fmt: skip
    statement = select(*columns).with_for_update(of=_CUSTOMER) if lock else select(*columns)
    return _rows(statement, _CUSTOMER.c.code.in_(codes), _CUSTOMER.c.id, _linked(stock, CUSTOMER))


def _service_rows(stock: Stock, batch: Sequence[Wanted], lock: bool) -> list[Any]:
    codes = {wanted.service.code for wanted in batch if wanted.service is not None}
    statement = select(
        _SERVICE.c.id, _SERVICE.c.code, _SERVICE.c.customer_id, _SERVICE.c.status, _SERVICE.c.plan_id,
        _SERVICE.c.login, _SERVICE.c.password, _SERVICE.c.address, _SERVICE.c.city, _SERVICE.c.value,
        _SERVICE.c.due_day, _SERVICE.c.sold_on, _CUSTOMER.c.code.label("customer_code"),
        _CUSTOMER.c.document.label("customer_document"),
    ).join(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)  # fmt: skip
    if not codes:
        return []
    statement = statement.with_for_update(of=_SERVICE) if lock else statement
    return _rows(statement, _SERVICE.c.code.in_(codes), _SERVICE.c.id, _linked(stock, SERVICE))


def _rows(statement: Select[Any], by_code: ColumnElement[bool], column: Any, ids: Sequence[int]) -> list[Any]:
    """Read by code, and what is missing by id: one condition on both would use the index of neither."""
    found = list(db.session.execute(statement.where(by_code)))
    known = {row.id for row in found}
    missing = [one for one in ids if one not in known]
    return found + list(db.session.execute(statement.where(column.in_(missing)))) if missing else found


def _build_services(stock: Stock, rows: Sequence[Any], batch: Sequence[Wanted]) -> None:
    held = _held(stock, [row.id for row in rows])
    passwords = _brought_passwords(stock, batch)
    for row in rows:
        owner, external = stock.owner(SERVICE, row.id)
        linked = passwords.get((SERVICE, external)) if owner == stock.source_id else None
        brought = linked or passwords.get(("code", row.code))
        stock.keep_service(
            KnownService(
                row.id, row.code, row.customer_id, row.status, row.plan_id, row.login,
                brought is not None and _is_stored(row, brought), row.address, row.value, row.due_day, row.sold_on,
                held.get(row.id, ()), owner, external, row.customer_code, row.customer_document,
                row.city or "",
            )
        )  # fmt: skip


def _brought_passwords(stock: Stock, batch: Sequence[Wanted]) -> dict[Link, str]:
    """Return the passwords that the records bring, by what the service is found by."""
    found = {}
    for wanted in batch:
        service = wanted.service
        if service is not None and service.password:
            link = (SERVICE, external_of_service(service))
            found[link if link in stock.by_link else ("code", service.code)] = str(service.password)
    return found


def _is_stored(row: Any, password: str) -> bool:
    if not row.password:
        return False
    return str(current_hub().vault.open(row.password, password_place(row.id))) == password


def _held(stock: Stock, service_ids: Sequence[int]) -> dict[int, tuple[HeldPackage, ...]]:
    if not service_ids:
        return {}
    statement = (
        select(
            _SALE.c.id, _SALE.c.service_id, _SALE.c.package_id, _SALE.c.value, _SALE.c.starts_on, _SALE.c.ends_on
        )
        .where(_SALE.c.service_id.in_(service_ids), _SALE.c.removed_at.is_(None))
        .order_by(_SALE.c.id)
    )  # fmt: skip
    rows = db.session.execute(statement).all()
    if stock.source_id is not None:
        stock.owners |= _owners({SALE: [row.id for row in rows]})
    found: dict[int, tuple[HeldPackage, ...]] = {}
    for row in rows:
        owner, external = stock.owner(SALE, row.id)
        ours = owner is not None and owner == stock.source_id
        held = HeldPackage(
            row.id, row.package_id, row.value, row.starts_on, row.ends_on, ours, external if ours else ""
        )  # fmt: skip
        found[row.service_id] = (*found.get(row.service_id, ()), held)
    return found


def load_bound(service_ids: Iterable[int]) -> set[int]:
    """Return which of these services have accounts that a platform may know."""
    ids = list(service_ids)
    if not ids:
        return set()
    statement = select(_ACCOUNT.c.service_id).where(
        _ACCOUNT.c.service_id.in_(ids), _ACCOUNT.c.status != "cancelled"
    )  # fmt: skip
    return set(db.session.scalars(statement))
