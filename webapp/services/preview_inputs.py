"""Reads one service with all that its accounts depend on, for previews. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.clock import utc_now
from webapp.decide.desired import Inputs, Rules, Sale, ServiceDates
from webapp.decide.effects import maybe_there
from webapp.decide.state import load_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, ProductFacts
from webapp.models import Account, Entitlement, Integration, Package, PackageProduct, Service, ServicePackage, Setting
from webapp.services import facts, sale_params
from webapp.services.buyers import buyer_of
from webapp.services.connections import current_connections
from webapp.services.errors import NotFound
from webapp.services.hub import current_hub

UNKNOWN_MARK = "(new)"
Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Scene:
    """One service as it stands, at one moment.

    Attributes:
        accounts: by integration id.
        mark: this installation's mark in references.
    """

    service: Service
    accounts: Mapping[int, Account]
    mark: str
    now: datetime
    today: date

    def integrations(self) -> dict[int, Integration]:
        """Return the integrations that the service holds packages of, or has an account on."""
        found = {account.integration_id: account.integration for account in self.accounts.values()}
        for sale in self.service.packages:
            if sale.removed_at is None and sale.package.integration is not None:
                found[sale.package.integration.id] = sale.package.integration
        return dict(sorted(found.items()))


def load_scene(service_id: int, loaded: Service | None = None) -> Scene:
    """Return a service with its packages, products and accounts; six queries, however many there are.

    Args:
        loaded: the same service, read with packages and products already: three queries less.

    Raises:
        NotFound: no such service; answer 404.
    """
    service = loaded or _service(service_id)
    mark = db.session.scalar(select(Setting.value).where(Setting.name == facts.INSTANCE))
    today = current_hub().today()
    return Scene(service, _accounts(service.id), mark or UNKNOWN_MARK, utc_now(), today)


def open_gateway(integration: Integration) -> tuple[Gateway, Connection]:
    """Return gateway and connection; nothing is asked of the platform.

    Raises:
        UnknownGateway: its recipe is gone.
        VaultError: restore the encryption key.
    """
    connection = db.session.connection()
    return current_connections().get(connection, integration.id, integration.gateway, integration.version)


def inputs_of(scene: Scene, integration: Integration, gateway: Gateway, connection: Connection) -> Inputs:
    """Return what the account of this service on this integration depends on, as stored.

    Raises:
        VaultError: restore the encryption key.
    """
    account = scene.accounts.get(integration.id)
    service, buyer = scene.service, buyer_of(scene.service)
    units = load_units(account.units) if account else {}
    frozen = account is not None and (account.login_frozen_at is not None or maybe_there(units))
    return Inputs(
        traits=gateway.traits,
        rules=Rules(integration.follow_status, integration.status_rules, connection.params),
        account_id=account.id if account else 0,
        reference=f"sin-{scene.mark}-{account.id if account else UNKNOWN_MARK}",
        frozen_login=account.login if account and frozen else "",
        remote_ids=account.remote_ids if account else {},
        customer=buyer.customer, service=buyer.service,
        dates=ServiceDates(service.pause_from, service.pause_until, service.no_suspend_until),
        sales=tuple(sale_of(row) for row in service.packages if row.package.integration_id == integration.id),
        units=units, today=scene.today,
    )  # fmt: skip


def sale_of(row: ServicePackage) -> Sale:
    """Return a stored sale as rules see it.

    Raises:
        VaultError: restore the encryption key.
    """
    sale = new_sale(row.package, sale_params.opened(row), (row.starts_on, row.ends_on))
    return replace(sale, id=row.id, removed=row.removed_at is not None)


def new_sale(package: Package, params: Mapping[str, str], days: Days = (None, None)) -> Sale:
    """Return a sale that is not stored yet, as rules see it; its id is 0."""
    products = sorted((link.product for link in package.product_links), key=lambda product: product.id)
    found = {one.id: ProductFacts(one.code, one.name, one.description, kind=one.kind) for one in products}
    return Sale(0, package.id, package.code or "", package.description, found, dict(params), *days)


def packages_with_products(package_ids: set[int]) -> dict[int, Package]:
    """Return packages by id with all that a sale of them needs, in two queries."""
    if not package_ids:
        return {}
    rows = db.session.scalars(
        select(Package)
        .options(
            joinedload(Package.integration), selectinload(Package.product_links).joinedload(PackageProduct.product)
        )
        .where(Package.id.in_(package_ids))
    )
    return {row.id: row for row in rows}


def _service(service_id: int) -> Service:
    packages = selectinload(Service.packages).joinedload(ServicePackage.package)
    service: Service | None = db.session.scalar(
        select(Service)
        .options(joinedload(Service.customer), joinedload(Service.plan), packages.joinedload(Package.integration))
        .options(packages.selectinload(Package.product_links).joinedload(PackageProduct.product))
        .where(Service.id == service_id)
    )
    if service is None:
        raise NotFound("service_unknown", {"id": service_id})
    return service


def _accounts(service_id: int) -> dict[int, Account]:
    rows = db.session.scalars(
        select(Account)
        .options(joinedload(Account.integration), selectinload(Account.entitlements).joinedload(Entitlement.product))
        .where(Account.service_id == service_id)
        .order_by(Account.id)
    )
    return {row.integration_id: row for row in rows}
