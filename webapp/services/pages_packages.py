"""Packages as pages show them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import Package, PackageProduct, ServicePackage
from webapp.services.pages import Page, active_only, capped_count, described, numbered


def list_packages(query: str = "", active: str = "active", cursor: str = "") -> Page[Package]:
    """Return packages by description, with their integration and products."""
    wanted = (
        select(Package)
        .options(
            joinedload(Package.integration),
            selectinload(Package.product_links).joinedload(PackageProduct.product),
        )
        .where(*active_only(Package.active, active), *described(Package.description, query))
    )
    return numbered(wanted, (Package.description, Package.id), cursor)


def active_packages() -> Sequence[Package]:
    """Return packages that can be sold or tied to a plan."""
    return db.session.scalars(select(Package).where(Package.active).order_by(Package.description)).all()


def live_sales(package_id: int) -> int:
    """Return on how many services a package is sold now; capped."""
    return capped_count(
        select(ServicePackage.id).where(ServicePackage.package_id == package_id, ServicePackage.removed_at.is_(None))
    )
