"""Reads one service with all that its accounts depend on, for previews. Writes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.clock import utc_now
from webapp.decide.desired import Inputs, Rules, Sale, ServiceDates
from webapp.decide.effects import maybe_there
from webapp.decide.policy import CUSTOMER_SCOPE
from webapp.decide.state import load_units
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, ProductFacts
from webapp.models import Account, Entitlement, Integration, Package, PackageProduct, Service, ServicePackage, Setting
from webapp.models.account import CANCELLED
from webapp.services import facts, marks, sale_params
from webapp.services.buyers import buyer_of
from webapp.services.connections import current_connections
from webapp.services.errors import NotFound
from webapp.services.hub import current_hub
from webapp.services.marks import Marks

UNKNOWN_MARK = "(new)"
Days = tuple[date | None, date | None]
_MARK = select(Setting.value).where(Setting.name == marks.INSTANCE).scalar_subquery()
_LATER = select(Setting.value).where(Setting.name == marks.LATER).scalar_subquery()


@dataclass(frozen=True)
class Scene:
    """One service as it stands, at one moment.

    Attributes:
        accounts: by integration id.
        marks: this installation's, in references; None = it has none yet.
        beside: accounts of the customer's other services on integrations where the best status of all counts.
        neighbours: those services, by id, where they were read already.
        read_others: the customer's other services, code -> status, where they were read already.
    """

    service: Service
    accounts: Mapping[int, Account]
    marks: Marks | None
    now: datetime
    today: date
    beside: Sequence[Account] = ()
    neighbours: Mapping[int, Service] = field(default_factory=dict)
    read_others: Mapping[str, str] | None = None

    @cached_property
    def others(self) -> Mapping[str, str]:
        """The customer's other services, code -> status; asked for once, and only where they count."""
        if self.read_others is not None:
            return self.read_others
        return facts.statuses_beside(db.session.connection(), [self.service.id]).get(self.service.id, {})

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
    found = _accounts(service_id)
    own = {row.integration_id: row for row in found if row.service_id == service_id}
    beside = [row for row in found if row.service_id != service_id and row.status != CANCELLED]
    if loaded is not None:
        services, ours = {service_id: loaded}, _marks(*db.session.execute(select(_MARK, _LATER)).one())
    else:
        services, ours = _services({service_id, *(row.service_id for row in beside)})
    if service_id not in services:
        raise NotFound("service_unknown", {"id": service_id})
    service = services.pop(service_id)
    return Scene(service, own, ours, utc_now(), current_hub().today(), beside, services)


def scenes_beside(scene: Scene) -> list[Scene]:
    """Return the customer's other services that depend on the status of this one; in a query or none at all.

    Each with its accounts on the integrations where the customer's best status counts, and with those alone.
    """
    if not scene.beside:
        return []
    services = scene.neighbours or _services({row.service_id for row in scene.beside})[0]
    others = facts.statuses_beside(db.session.connection(), list(services))
    return [
        replace(
            scene, service=services[service_id], read_others=others.get(service_id, {}),
            accounts={row.integration_id: row for row in scene.beside if row.service_id == service_id},
        )
        for service_id in sorted(services)
    ]  # fmt: skip


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
        rules=Rules(
            integration.follow_status, integration.status_rules, connection.params, integration.status_scope
        ),
        account_id=account.id if account else 0,
        reference=_reference(scene.marks, account),
        frozen_login=account.login if account and frozen else "",
        remote_ids=account.remote_ids if account else {},
        customer=buyer.customer, service=buyer.service,
        dates=ServiceDates(service.pause_from, service.pause_until, service.no_suspend_until),
        sales=tuple(sale_of(row) for row in service.packages if row.package.integration_id == integration.id),
        units=units, today=scene.today,
        others=scene.others if integration.status_scope == CUSTOMER_SCOPE else {},
        keep=account.keep_content if account else "",
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


def _reference(ours: Marks | None, account: Account | None) -> str:
    if ours is not None and account is not None:
        return ours.of(account.id)
    return f"{marks.PREFIX}-{ours.newest if ours is not None else UNKNOWN_MARK}-{UNKNOWN_MARK}"


def _marks(first: str | None, later: str | None) -> Marks | None:
    return None if first is None else marks.parse(first, later)


def _services(service_ids: Collection[int]) -> tuple[dict[int, Service], Marks | None]:
    """Return services with all that their accounts depend on, and with the same question this installation's marks."""
    packages = selectinload(Service.packages).joinedload(ServicePackage.package)
    wanted = (
        select(Service, _MARK, _LATER)
        .options(joinedload(Service.customer), joinedload(Service.plan), packages.joinedload(Package.integration))
        .options(packages.selectinload(Package.product_links).joinedload(PackageProduct.product))
        .where(Service.id.in_(service_ids))
    )
    rows = db.session.execute(wanted).all()
    return {row[0].id: row[0] for row in rows}, _marks(rows[0][1], rows[0][2]) if rows else None


def _accounts(service_id: int) -> Sequence[Account]:
    """Return a service's accounts, and those beside it that may depend on its status."""
    holder = select(Service.customer_id).where(Service.id == service_id).scalar_subquery()
    theirs = select(Service.id).where(Service.customer_id == holder)
    scoped = select(Integration.id).where(Integration.status_scope == CUSTOMER_SCOPE)
    beside = Account.service_id.in_(theirs) & Account.integration_id.in_(scoped)
    rights = selectinload(Account.entitlements).joinedload(Entitlement.product)
    wanted = select(Account).options(joinedload(Account.integration), rights).order_by(Account.id)
    return db.session.scalars(wanted.where((Account.service_id == service_id) | beside)).all()
