"""Reads everything that desired states depend on, for many accounts at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from webapp.decide.desired import Inputs, Rules, Sale, ServiceDates
from webapp.decide.policy import CUSTOMER_SCOPE
from webapp.decide.state import UnitState
from webapp.gateways.contract import CustomerFacts, ProductFacts, Secret, ServiceFacts, Traits
from webapp.models import Customer, Package, PackageProduct, Product, Service, ServicePackage
from webapp.services.marks import INSTANCE, instance_id, keep_marks
from webapp.services.sale_params import open_params
from webapp.vault import Vault

__all__ = ["INSTANCE", "Known", "instance_id", "load_inputs", "relevant", "statuses_beside"]
_CUSTOMER, _SERVICE = Customer.__table__, Service.__table__
_SALE, _PACKAGE = ServicePackage.__table__, Package.__table__
_LINK, _PRODUCT = PackageProduct.__table__, Product.__table__


@dataclass(frozen=True)
class Known:
    """What an account row itself knows; ``keep`` is what it never falls below, empty where nothing is kept."""

    account_id: int
    service_id: int
    frozen_login: str
    remote_ids: dict[str, str]
    units: dict[str, UnitState]
    keep: str = ""


def load_inputs(
    db_connection: Connection,
    vault: Vault,
    integration_id: int,
    traits: Traits,
    rules: Rules,
    accounts: Collection[Known],
    today: date,
) -> dict[int, Inputs]:
    """Return inputs by account id, in as many queries whatever the number of accounts.

    The customer's other services are read only where the best status of all counts.

    Raises:
        VaultError: an encryption key is missing; nothing may be sent.
    """
    ids = {account.service_id for account in accounts}
    people = _people(db_connection, ids)
    others = statuses_beside(db_connection, ids) if rules.status_scope == CUSTOMER_SCOPE else {}
    sales = _sales(db_connection, vault, integration_id, {row.id: row.code for row in people.values()})
    marks = keep_marks(db_connection)
    inputs = {}
    for account in accounts:
        row = people[account.service_id]
        inputs[account.account_id] = Inputs(
            traits=traits, rules=rules, account_id=account.account_id,
            reference=marks.of(account.account_id),
            frozen_login=account.frozen_login, remote_ids=account.remote_ids, customer=_customer(row),
            service=_service(row, vault), dates=ServiceDates(row.pause_from, row.pause_until, row.no_suspend_until),
            sales=relevant(sales[account.service_id], account.units), units=account.units, today=today,
            others=others.get(account.service_id, {}), keep=account.keep,
        )  # fmt: skip
    return inputs


def statuses_beside(db_connection: Connection, service_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return, by service, the statuses of the same customer's other services, by their codes."""
    other = _SERVICE.alias("other")
    statement = (
        select(_SERVICE.c.id, other.c.code, other.c.status)
        .join(other, (other.c.customer_id == _SERVICE.c.customer_id) & (other.c.id != _SERVICE.c.id))
        .where(_SERVICE.c.id.in_(service_ids))
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for row in db_connection.execute(statement):
        found[row.id][row.code] = row.status
    return found


def _people(db_connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    statement = (
        select(
            _SERVICE.c.id, _SERVICE.c.code, _SERVICE.c.status, _SERVICE.c.login, _SERVICE.c.password,
            _SERVICE.c.pause_from, _SERVICE.c.pause_until, _SERVICE.c.no_suspend_until,
            _CUSTOMER.c.id.label("customer_id"), _CUSTOMER.c.code.label("customer_code"), _CUSTOMER.c.name,
            _CUSTOMER.c.document, _CUSTOMER.c.email, _CUSTOMER.c.phone,
        )
        .join(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)
        .where(_SERVICE.c.id.in_(ids))
    )  # fmt: skip
    return {row.id: row for row in db_connection.execute(statement)}


def relevant(sales: Iterable[Sale], units: Mapping[str, UnitState]) -> tuple[Sale, ...]:
    """Drop removed sales that left nothing on the platform: history must not slow the present."""
    live = {
        key.partition(":")[0] for key, unit in units.items()
        if unit.live or unit.half_made or unit.intent is not None
    }  # fmt: skip
    return tuple(sale for sale in sales if not sale.removed or str(sale.id) in live)


def _sales(
    db_connection: Connection, vault: Vault, integration_id: int, codes: Mapping[int, str]
) -> dict[int, list[Sale]]:
    statement = (
        select(
            _SALE.c.id, _SALE.c.service_id, _SALE.c.params, _SALE.c.starts_on, _SALE.c.ends_on, _SALE.c.removed_at,
            _PACKAGE.c.id.label("package_id"), _PACKAGE.c.code.label("package_code"), _PACKAGE.c.description,
        )
        .join(_PACKAGE, _PACKAGE.c.id == _SALE.c.package_id)
        .where(_SALE.c.service_id.in_(codes), _PACKAGE.c.integration_id == integration_id)
        .order_by(_SALE.c.id)
    )  # fmt: skip
    rows = db_connection.execute(statement).all()
    products = _products(db_connection, {row.package_id for row in rows})
    sales: dict[int, list[Sale]] = defaultdict(list)
    for row in rows:
        sales[row.service_id].append(
            Sale(
                row.id, row.package_id, row.package_code or "", row.description, products.get(row.package_id, {}),
                open_params(vault, codes[row.service_id], row.package_id, row.params), row.starts_on, row.ends_on,
                row.removed_at is not None,
            )
        )  # fmt: skip
    return sales


def _products(db_connection: Connection, package_ids: Collection[int]) -> dict[int, dict[int, ProductFacts]]:
    statement = (
        select(
            _LINK.c.package_id, _PRODUCT.c.id, _PRODUCT.c.code, _PRODUCT.c.name, _PRODUCT.c.description,
            _PRODUCT.c.kind,
        )
        .join(_PRODUCT, _PRODUCT.c.id == _LINK.c.product_id)
        .where(_LINK.c.package_id.in_(package_ids))
        .order_by(_PRODUCT.c.id)
    )  # fmt: skip
    products: dict[int, dict[int, ProductFacts]] = defaultdict(dict)
    for row in db_connection.execute(statement):
        products[row.package_id][row.id] = ProductFacts(row.code, row.name, row.description, kind=row.kind)
    return products


def _customer(row: Any) -> CustomerFacts:
    return CustomerFacts(row.customer_id, row.customer_code, row.name, row.document, row.email, row.phone)


def _service(row: Any, vault: Vault) -> ServiceFacts:
    password = vault.open(row.password, f"service:password:{row.id}") if row.password else Secret("")
    return ServiceFacts(row.id, row.code, row.status, row.login, password)
