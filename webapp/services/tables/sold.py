"""The lists of what is sold: packages, internet plans, and the products of one platform."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.models import Package, Plan, PlanPackage, Product
from webapp.services.folding import folded, mentions
from webapp.services.pages import ACTIVE_FILTERS, active_only
from webapp.services.pages_packages import PackageLine, package_lines, with_products
from webapp.services.pages_plans import PlanRow, plan_rows
from webapp.services.tables.contract import MONEY, NUMBER, YES_NO, Column, Filter, Order, Table

ACTIVE = Filter("active", tuple(ACTIVE_FILTERS), usual="active")
HIDDEN = "hidden"


def package_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the packages that filters choose."""
    wanted = select(Package).where(
        *active_only(Package.active, filters.get("active", "active")),
        *mentions(filters.get("q", ""), Package.description, Package.code),
    )
    if "integration_id" in filters:
        wanted = wanted.where(Package.integration_id == int(filters["integration_id"]))
    return wanted


def plan_rows_of(filters: Mapping[str, str]) -> Select[Any]:
    """Return the plans that filters choose."""
    return select(Plan).where(
        *active_only(Plan.active, filters.get("active", "active")),
        *mentions(filters.get("q", ""), Plan.description, Plan.technology),
    )


def product_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the products of one integration; the hidden ones only where they are asked for."""
    choice = filters.get("active", "active")
    shown = [Product.hidden] if choice == HIDDEN else [~Product.hidden, *active_only(Product.active, choice)]
    texts = mentions(filters.get("q", ""), Product.name, Product.code, Product.description)
    return select(Product).where(Product.integration_id == int(filters.get("integration", "0")), *shown, *texts)


def _package_lines(rows: Sequence[Package], _columns: Collection[str]) -> list[PackageLine]:
    return package_lines(rows)


def _plan_lines(rows: Sequence[Plan], _columns: Collection[str]) -> list[PlanRow]:
    return plan_rows(rows)


PACKAGES = Table(
    name="packages",
    columns=(
        Column("description", lambda line: line.package.description, order="description"),
        Column("id", lambda line: line.package.id, NUMBER, order="id"),
        Column("code", lambda line: line.package.code or "", order="code"),
        Column("integration", lambda line: line.package.integration.description if line.package.integration else ""),
        Column("products", lambda line: [one.name for one in line.package.products]),
        Column("value", lambda line: line.package.value, MONEY, order="value"),
        Column("use", lambda line: line.services, NUMBER),
        Column("active", lambda line: line.package.active, YES_NO),
    ),
    filters=(Filter("q"), ACTIVE, Filter("integration_id", options="integration")),
    orders={
        "description": Order((folded(Package.description), Package.id), (str, int)),
        "id": Order((Package.id,), (int,)),
        "code": Order((func.coalesce(Package.code, ""), Package.id), (str, int)),
        "value": Order((Package.value, Package.id), (Decimal, int)),
    },
    usual_order="description",
    rows=package_rows,
    endpoint="packages.index",
    options=(joinedload(Package.integration), with_products()),
    lines=_package_lines,
)
PLANS = Table(
    name="plans",
    columns=(
        Column("description", lambda row: row.plan.description, order="description"),
        Column("value", lambda row: row.plan.value, MONEY, order="value"),
        Column("packages_value", lambda row: row.packages_value, MONEY),
        Column("whole_value", lambda row: row.plan.value + row.packages_value, MONEY),
        Column("technology", lambda row: row.plan.technology, order="technology"),
        Column("services", lambda row: row.services, NUMBER),
        Column("download", lambda row: row.plan.download_kbps, NUMBER, order="download"),
        Column("upload", lambda row: row.plan.upload_kbps, NUMBER, order="upload"),
        Column("band", lambda row: row.plan.band_control, YES_NO),
        Column("active", lambda row: row.plan.active, YES_NO),
    ),
    filters=(Filter("q"), ACTIVE),
    orders={
        "description": Order((folded(Plan.description), Plan.id), (str, int)),
        "value": Order((Plan.value, Plan.id), (Decimal, int)),
        "technology": Order((folded(Plan.technology), Plan.id), (str, int)),
        "download": Order((Plan.download_kbps, Plan.id), (int, int)),
        "upload": Order((Plan.upload_kbps, Plan.id), (int, int)),
    },
    usual_order="description",
    rows=plan_rows_of,
    endpoint="plans.index",
    options=(selectinload(Plan.packages).joinedload(PlanPackage.package),),
    lines=_plan_lines,
)
PRODUCTS = Table(
    name="products",
    columns=(
        Column("name", lambda row: row.name, order="name"),
        Column("code", lambda row: row.code, order="code"),
        Column("description", lambda row: row.description),
        Column("active", lambda row: row.active, YES_NO),
    ),
    filters=(
        Filter("q"), Filter("active", (*ACTIVE_FILTERS, HIDDEN), usual="active"),
        Filter("integration", options="integration", hidden=True),
    ),
    orders={
        "name": Order((folded(Product.name), Product.id), (str, int)),
        "code": Order((Product.code, Product.id), (str, int)),
    },
    usual_order="name",
    rows=product_rows,
    endpoint="products.index",
    place=("integration",),
    exported=False,
)  # fmt: skip
