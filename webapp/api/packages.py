"""Packages: what the provider sells."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.common import ActiveInput, money
from webapp.api.schemas.packages import (
    PACKAGE,
    PACKAGE_IN,
    CompositionOut,
    DiciOut,
    PackageOut,
    PackagePage,
    PackageQuery,
)
from webapp.models import Package, PackageProduct
from webapp.services import packages as use
from webapp.services.inputs import PackageInput


@bp.get("/packages")
@needs(READ)
@bp.input(PackageQuery, location="query")
@bp.output(PackagePage, example={"items": [PACKAGE], "next_cursor": None})
def list_packages(query_data: PackageQuery) -> PackagePage:
    """List packages."""
    wanted = select(Package).options(
        selectinload(Package.composition), selectinload(Package.product_links).joinedload(PackageProduct.product)
    )
    for name in ("integration_id", "code", "active"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Package, name) == value)
    rows, following = page(wanted, Package.id, query_data)
    return PackagePage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/packages")
@needs(ADMIN_SCOPE)
@bp.input(PackageInput, example=PACKAGE_IN)
@bp.output(PackageOut, status_code=201, example=PACKAGE)
def create_package(json_data: PackageInput) -> Answer:
    """Create a package. Its composition must add up to its value."""
    made = use.create_package(json_data)
    return tagged(show(made), 201, f"{PREFIX}/packages/{made.id}")


@bp.get("/packages/<int:package_id>")
@needs(READ)
@bp.output(PackageOut, example=PACKAGE)
def read_package(package_id: int) -> Answer:
    """Read one package."""
    return tagged(show(use.get_package(package_id)))


@bp.put("/packages/<int:package_id>")
@needs(ADMIN_SCOPE)
@bp.input(PackageInput, example=PACKAGE_IN)
@bp.output(PackageOut, example=PACKAGE)
def replace_package(package_id: int, json_data: PackageInput) -> Answer:
    """Replace a package. Other products reach the accounts of everybody who has it."""
    check_conditions(lambda: show(use.get_package(package_id)))
    return tagged(show(use.update_package(package_id, json_data)))


@bp.patch("/packages/<int:package_id>")
@needs(ADMIN_SCOPE)
@bp.input(ActiveInput, example={"active": False, "reason": "no longer sold"})
@bp.output(PackageOut, example={**PACKAGE, "active": False})
def switch_package(package_id: int, json_data: ActiveInput) -> Answer:
    """Take a package on sale or off."""
    check_conditions(lambda: show(use.get_package(package_id)))
    return tagged(show(use.set_package_active(package_id, json_data.active, json_data.reason)))


def show(row: Package) -> PackageOut:
    """Return a package as it is given out."""
    return PackageOut(
        id=row.id,
        description=row.description,
        code=row.code,
        value=money(row.value),
        composition=[
            CompositionOut(description=line.description, kind=line.kind, value=money(line.value))
            for line in row.composition
        ],
        integration_id=row.integration_id,
        product_codes=sorted(product.code for product in row.products),
        dici=_dici(row),
        accountant_note=row.accountant_note,
        active=row.active,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _dici(row: Package) -> DiciOut:
    speed = row.dici.get("speed_mbps")
    texts = {name: str(row.dici.get(name) or "") for name in ("technology", "medium", "product_kind")}
    return DiciOut(type=row.dici_type, speed_mbps=None if speed is None else str(speed), **texts)
