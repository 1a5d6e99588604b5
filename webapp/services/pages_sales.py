"""Packages of one service as pages show them: what is sold, what may be added, and why the rest may not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.decide.state import ACTIVE, NONE, PENDING_USER, SUSPENDED, UNKNOWN
from webapp.extensions import db
from webapp.gateways.contract import Unit
from webapp.models import (
    Account,
    Entitlement,
    Integration,
    Package,
    PackageProduct,
    Plan,
    Service,
    ServicePackage,
)
from webapp.models.account import BLOCKED, PARKED, PENDING, WAITING_USER
from webapp.services.agenda.values import charged
from webapp.services.buyers import EMAIL, frozen_account, traits_of
from webapp.services.campaigns import campaign_names
from webapp.services.case_loading import around_of
from webapp.services.cases import Case, cases_of_service
from webapp.services.documents import fold
from webapp.services.errors import NotFound, Problem
from webapp.services.hub import current_hub
from webapp.services.sale_params import shown
from webapp.services.sales import hindrances

LOCKED_OUT = "package_locked_out"
_UNSETTLED = (PENDING, BLOCKED, PARKED, WAITING_USER)
_STATES = (ACTIVE, PENDING_USER, SUSPENDED, UNKNOWN, "absent")


@dataclass(frozen=True)
class SoldLine:
    """One package sold.

    Attributes:
        params: as anybody may see them.
        account: that carries it; None without a platform.
        state: on the platform, a word of the label kind ``right``.
        unsettled: the account's own state says more: it waits, or something is wrong.
        charged: what it costs today; less than the sale's value while it ``is_free`` by a campaign.
        campaign: its name, while it does.
    """

    sale: ServicePackage
    params: Mapping[str, str]
    account: Account | None
    state: str
    unsettled: bool
    charged: Decimal
    campaign: str = ""

    @property
    def is_free(self) -> bool:
        """Whether a campaign makes it cost nothing today."""
        return bool(self.campaign)


@dataclass(frozen=True)
class SalesView:
    """The packages of one service; ``total`` per month, ``cases``: whether each of them can be watched."""

    service: Service
    live: Sequence[SoldLine]
    removed: Sequence[SoldLine]
    accounts: Sequence[Account]
    total: Decimal
    cases: Sequence[Case] = ()


@dataclass(frozen=True)
class Missing:
    """A package that cannot be added, and why."""

    package: Package
    problem: Problem


@dataclass(frozen=True)
class Choices:
    """What may be added to a service.

    Attributes:
        found: of those the ones that the search asks for.
        locked: not offered because of Travar Pacotes; ``missing``: for another reason.
    """

    service: Service
    offered: Sequence[Package]
    found: Sequence[Package]
    locked: Sequence[Missing]
    missing: Sequence[Missing]


def view_sales(service_id: int) -> SalesView:
    """Return what is sold on a service, and what was.

    Raises:
        NotFound: no such service; answer 404.
    """
    service = view_service(service_id)
    around = around_of(service)
    accounts = around.accounts.get(service_id, ())
    carriers = {account.integration_id: account for account in accounts}
    names = campaign_names(service.packages)
    lines = [_line(sale, carriers.get(sale.package.integration_id or 0), names) for sale in service.packages]
    live = [line for line in lines if line.sale.removed_at is None]
    removed = [line for line in reversed(lines) if line.sale.removed_at is not None]
    total = sum((line.charged for line in live), Decimal(0))
    return SalesView(service, live, removed, accounts, total, cases_of_service(service, around) if live else ())


def view_choices(service_id: int, query: str = "") -> Choices:
    """Return the packages that may be added to a service, and the others with the reason.

    Raises:
        NotFound: no such service; answer 404.
    """
    service = view_service(service_id)
    packages = db.session.scalars(
        select(Package)
        .options(
            joinedload(Package.integration), selectinload(Package.product_links).joinedload(PackageProduct.product)
        )
        .order_by(Package.description, Package.id)
    )
    offered: list[Package] = []
    out: list[Missing] = []
    for package in packages:
        problems = hindrances(service, package)
        if problems:
            out.append(Missing(package, problems[0]))
        else:
            offered.append(package)
    locked = [one for one in out if one.problem.code == LOCKED_OUT]
    others = [one for one in out if one.problem.code != LOCKED_OUT]
    return Choices(service, offered, [one for one in offered if _matches(one, query)], locked, others)


def view_service(service_id: int) -> Service:
    """Return a service with customer, plan with its packages, and all packages ever sold on it.

    Raises:
        NotFound: no such service; answer 404.
    """
    sold = selectinload(Service.packages).joinedload(ServicePackage.package)
    service: Service | None = db.session.scalar(
        select(Service)
        .options(joinedload(Service.customer), joinedload(Service.plan).selectinload(Plan.packages))
        .options(sold.joinedload(Package.integration))
        .options(sold.selectinload(Package.product_links).joinedload(PackageProduct.product))
        .where(Service.id == service_id)
    )
    if service is None:
        raise NotFound("service_unknown", {"id": service_id})
    return service


def is_mandatory(sale: ServicePackage) -> bool:
    """Tell whether the service's plan carries this package as mandatory."""
    return any(link.mandatory and link.package_id == sale.package_id for link in sale.service.plan.packages)


def frozen_login(service_id: int, integration: Integration | None) -> str:
    """Return the log-in that the platform has for good where the e-mail is frozen; empty while it may change."""
    traits = traits_of(integration)
    spec = traits.param(EMAIL) if traits else None
    if integration is None or spec is None or not spec.immutable:
        return ""
    account = frozen_account(service_id, integration.id)
    return account.login if account else ""


def _line(sale: ServicePackage, account: Account | None, names: Mapping[int, str]) -> SoldLine:
    rights = [right for right in account.entitlements if right.service_package_id == sale.id] if account else []
    unsettled = account is not None and account.status in _UNSETTLED and not _done(sale, rights)
    today = current_hub().today()
    free = sale.free_until is not None and today <= sale.free_until
    campaign = names.get(sale.campaign_id or 0, "") if free else ""
    return SoldLine(sale, shown(sale), account, _state(rights), unsettled, charged(sale, today), campaign)


def _done(sale: ServicePackage, rights: Sequence[Entitlement]) -> bool:
    """Tell whether all was sent for this sale, where a platform is told of each by itself."""
    traits = traits_of(sale.package.integration)
    if traits is None or traits.unit is not Unit.ENTITLEMENT or not rights:
        return False
    return all(right.desired == right.applied for right in rights)


def _state(rights: Iterable[Entitlement]) -> str:
    states = {right.applied for right in rights}
    return next((state for state in _STATES if state in states), NONE)


def _matches(package: Package, query: str) -> bool:
    words = fold(query).split()
    text = fold(search_text(package))
    return all(word in text for word in words)


def search_text(package: Package) -> str:
    """Return everything by which a package may be looked for."""
    platform = package.integration.description if package.integration else ""
    names = (product.name for product in package.products)
    return " ".join((package.description, package.code or "", platform, *names))
