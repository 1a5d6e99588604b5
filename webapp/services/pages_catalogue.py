"""Integrations, products, packages, plans and runs as pages show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import (
    Account,
    Integration,
    Package,
    PackageProduct,
    Plan,
    PlanPackage,
    Product,
    Run,
    RunItem,
    ServicePackage,
)
from webapp.services.errors import NotFound
from webapp.services.pages import PAGE_SIZE, Page, capped_count, contains, decode_cursor, encode_cursor, page_of

ACTIVE_FILTERS = {"active": True, "inactive": False, "all": None}


def list_integrations(query: str = "", active: str = "active", cursor: str = "") -> Page[Integration]:
    """Return integrations by id, by text in description or gateway."""
    wanted = select(Integration).options(selectinload(Integration.params)).where(*_active(Integration.active, active))
    if query.strip():
        pattern = contains(query.strip().lower())
        texts = (func.lower(Integration.description), func.lower(Integration.gateway))
        wanted = wanted.where(or_(*(text.like(pattern, escape="\\") for text in texts)))
    return _numbered(wanted, (Integration.id,), cursor)


def list_products(integration_id: int, active: str = "all", cursor: str = "") -> Page[Product]:
    """Return the products of an integration by name."""
    wanted = select(Product).where(Product.integration_id == integration_id, *_active(Product.active, active))
    return _numbered(wanted, (Product.name, Product.id), cursor)


def list_packages(query: str = "", active: str = "active", cursor: str = "") -> Page[Package]:
    """Return packages by description, with their integration and products."""
    wanted = (
        select(Package)
        .options(
            joinedload(Package.integration),
            selectinload(Package.product_links).joinedload(PackageProduct.product),
        )
        .where(*_active(Package.active, active), *_described(Package.description, query))
    )
    return _numbered(wanted, (Package.description, Package.id), cursor)


def list_plans(query: str = "", active: str = "active", cursor: str = "") -> Page[Plan]:
    """Return plans by description, with their packages."""
    wanted = (
        select(Plan)
        .options(selectinload(Plan.packages).joinedload(PlanPackage.package))
        .where(*_active(Plan.active, active), *_described(Plan.description, query))
    )
    return _numbered(wanted, (Plan.description, Plan.id), cursor)


def list_runs(integration_id: int | None, cursor: str = "", size: int = PAGE_SIZE) -> Page[Run]:
    """Return reconciliations, the latest first."""
    wanted = select(Run).options(joinedload(Run.integration))
    if integration_id is not None:
        wanted = wanted.where(Run.integration_id == integration_id)
    before = decode_cursor(cursor, 1)
    if before is not None:
        wanted = wanted.where(Run.id < before[0])
    rows = db.session.scalars(wanted.order_by(Run.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def run_items(run_id: int, situation: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[RunItem]:
    """Return the lines of a run in their order."""
    wanted = select(RunItem).where(RunItem.run_id == run_id)
    if situation:
        wanted = wanted.where(RunItem.situation == situation)
    after = decode_cursor(cursor, 1)
    if after is not None:
        wanted = wanted.where(RunItem.id > after[0])
    rows = db.session.scalars(wanted.order_by(RunItem.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def situation_counts(run_id: int) -> Mapping[str, int]:
    """Return how many lines a run has of each situation."""
    rows = db.session.execute(
        select(RunItem.situation, func.count()).where(RunItem.run_id == run_id).group_by(RunItem.situation)
    )
    return {row[0]: row[1] for row in rows}


def customers_of_accounts(account_ids: Sequence[int]) -> Mapping[int, int]:
    """Return the customer's id by account id, for links."""
    rows = db.session.scalars(select(Account).options(joinedload(Account.service)).where(Account.id.in_(account_ids)))
    return {row.id: row.service.customer_id for row in rows}


def view_product(product_id: int) -> Product:
    """Return one product.

    Raises:
        NotFound: no such product; answer 404.
    """
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound("product_unknown", {"id": product_id})
    return product


def product_choices() -> dict[int, list[Product]]:
    """Return active products by integration, for check-boxes."""
    rows = db.session.scalars(
        select(Product).join(Integration).where(Product.active, Integration.active).order_by(Product.name)
    )
    choices: dict[int, list[Product]] = {}
    for product in rows:
        choices.setdefault(product.integration_id, []).append(product)
    return choices


def active_integrations() -> Sequence[Integration]:
    """Return integrations that packages can belong to."""
    return db.session.scalars(select(Integration).where(Integration.active).order_by(Integration.description)).all()


def active_packages() -> Sequence[Package]:
    """Return packages that can be sold or tied to a plan."""
    return db.session.scalars(select(Package).where(Package.active).order_by(Package.description)).all()


def active_plans() -> Sequence[Plan]:
    """Return plans that can be sold."""
    return db.session.scalars(select(Plan).where(Plan.active).order_by(Plan.description)).all()


def live_sales(package_id: int) -> int:
    """Return on how many services a package is sold now; capped."""
    return capped_count(
        select(ServicePackage.id).where(ServicePackage.package_id == package_id, ServicePackage.removed_at.is_(None))
    )


def _active(column: Any, choice: str) -> list[ColumnElement[bool]]:
    wanted = ACTIVE_FILTERS.get(choice, True)
    return [] if wanted is None else [column.is_(wanted)]


def _described(column: Any, query: str) -> list[ColumnElement[bool]]:
    text = query.strip().lower()
    return [func.lower(column).like(contains(text), escape="\\")] if text else []


def _numbered(wanted: Select[Any], order: tuple[Any, ...], cursor: str) -> Page[Any]:
    """Page by number: these lists are configuration and stay short."""
    total = capped_count(wanted.with_only_columns(order[-1]).options())
    start = decode_cursor(cursor, 1)
    offset = int(start[0]) if start is not None and isinstance(start[0], int) and start[0] > 0 else 0
    rows = db.session.scalars(wanted.order_by(*order).offset(offset).limit(PAGE_SIZE + 1)).all()
    following = encode_cursor([offset + PAGE_SIZE]) if len(rows) > PAGE_SIZE else ""
    return Page(rows[:PAGE_SIZE], following, total)
