"""Packages as pages show them: where each is used, which products it may carry, who holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Integration, Package, PackageProduct, Plan, PlanPackage, Product, Service, ServicePackage
from webapp.services.errors import NotFound
from webapp.services.pages import COUNT_LIMIT

HOLDERS_SHOWN = 5
# Who holds a package now: it was not taken off, and its service has not ended.
HOLDS = and_(ServicePackage.removed_at.is_(None), Service.status.not_in(ENDED))


@dataclass(frozen=True)
class PackageLine:
    """One line of the list.

    Attributes:
        plans: plans that carry it.
        services: services that hold it now; capped at ``COUNT_LIMIT`` + 1.
    """

    package: Package
    plans: int
    services: int


@dataclass(frozen=True)
class Carrier:
    """A plan that brings the package with it."""

    plan: Plan
    mandatory: bool


@dataclass(frozen=True)
class Use:
    """Where a package is used.

    Attributes:
        carriers: its plans by name.
        services: services that hold it now.
        value: R$ per month of those sales.
        ever_sold: also what was taken off since, or stands on services that ended.
        holders: the newest of those sales, with service and customer.
    """

    carriers: Sequence[Carrier] = ()
    services: int = 0
    value: Decimal = Decimal(0)
    ever_sold: bool = False
    holders: Sequence[ServicePackage] = ()


@dataclass(frozen=True)
class ProductGroup:
    """An integration and the products that a package may carry of it."""

    integration: Integration
    products: Sequence[Product]


def has_packages() -> bool:
    """Tell whether there is any package at all, so that an empty list can say what to do."""
    return db.session.scalar(select(Package.id).limit(1)) is not None


def view_package(package_id: int) -> Package:
    """Return a package with everything that its page shows.

    Raises:
        NotFound: no such package; answer 404.
    """
    package: Package | None = db.session.scalar(
        select(Package)
        .options(joinedload(Package.integration), selectinload(Package.composition), with_products())
        .where(Package.id == package_id)
    )
    if package is None:
        raise NotFound("package_unknown", {"id": package_id})
    return package


def use_of(package_id: int) -> Use:
    """Return where a package is used."""
    ever, services, value = db.session.execute(_sums(package_id)).one()
    return Use(
        carriers=[Carrier(plan, mandatory) for plan, mandatory in db.session.execute(_carrying(package_id))],
        services=services or 0,
        value=value or Decimal(0),
        ever_sold=bool(ever),
        holders=db.session.scalars(_holders(package_id)).all() if services else (),
    )


def product_groups(package: Package | None = None) -> list[ProductGroup]:
    """Return integrations by name, each with the products that can be chosen.

    What the package carries is among them, also when it was switched off, hidden or is gone from the platform.
    """
    carried = [link.product_id for link in package.product_links] if package else []
    integrations = db.session.scalars(
        select(Integration)
        .where(or_(Integration.active, Integration.id == (package.integration_id if package else None)))
        .order_by(Integration.description, Integration.id)
    ).all()
    offered = and_(Product.active, Product.hidden.is_(False), Product.missing_since.is_(None))
    products = db.session.scalars(
        select(Product)
        .where(Product.integration_id.in_([row.id for row in integrations]), or_(offered, Product.id.in_(carried)))
        .order_by(Product.name, Product.id)
    ).all()
    return [ProductGroup(row, [one for one in products if one.integration_id == row.id]) for row in integrations]


def integration_choices() -> Sequence[tuple[int, str]]:
    """Return id and description of all integrations, for the filter; the inactive ones have packages too."""
    rows = db.session.execute(select(Integration.id, Integration.description).order_by(Integration.description))
    return [(row.id, row.description) for row in rows]


def with_products() -> Any:
    """Return the loader of what packages carry."""
    return selectinload(Package.product_links).joinedload(PackageProduct.product)


def package_lines(packages: Sequence[Package]) -> list[PackageLine]:
    """Return packages with where each is used."""
    ids = [package.id for package in packages]
    counts = {row.id: row for row in db.session.execute(_counts(ids))} if ids else {}
    return [PackageLine(package, counts[package.id].plans, counts[package.id].services) for package in packages]


def _counts(ids: Sequence[int]) -> Select[int, Any, Any]:
    plans = select(func.count(PlanPackage.id)).where(PlanPackage.package_id == Package.id).scalar_subquery()
    # The limit keeps a package that everybody has from slowing the list down.
    held = (
        select(literal(1))
        .select_from(ServicePackage)
        .join(ServicePackage.service)
        .where(ServicePackage.package_id == Package.id, HOLDS)
        .limit(COUNT_LIMIT + 1)
        .correlate(Package)
        .subquery()
    )
    services = select(func.count()).select_from(held).scalar_subquery()
    return select(Package.id, plans.label("plans"), services.label("services")).where(Package.id.in_(ids))


def _sums(package_id: int) -> Select[int, Any, Any]:
    return (
        select(
            func.count(ServicePackage.id),
            func.sum(case((HOLDS, 1), else_=0)),
            func.sum(case((HOLDS, ServicePackage.value), else_=None)),
        )
        .join(ServicePackage.service)
        .where(ServicePackage.package_id == package_id)
    )


def _carrying(package_id: int) -> Select[Plan, bool]:
    return (
        select(Plan, PlanPackage.mandatory)
        .join(PlanPackage, PlanPackage.plan_id == Plan.id)
        .where(PlanPackage.package_id == package_id)
        .order_by(Plan.description)
    )


def _holders(package_id: int) -> Select[Any]:
    return (
        select(ServicePackage)
        .join(ServicePackage.service)
        .options(contains_eager(ServicePackage.service).joinedload(Service.customer))
        .where(ServicePackage.package_id == package_id, HOLDS)
        .order_by(ServicePackage.id.desc())
        .limit(HOLDERS_SHOWN)
    )
