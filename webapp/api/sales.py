"""Packages sold on a service."""

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.common import money
from webapp.api.schemas.customers import SALE, SALE_IN, SaleOut, SalePage, SaleQuery, SaleRemoval
from webapp.extensions import db
from webapp.models import Package, Service, ServicePackage
from webapp.services import sale_params
from webapp.services import subscriptions as use
from webapp.services.errors import NotFound
from webapp.services.inputs import SaleChange, SaleInput


@bp.get("/services/<code>/packages")
@needs(READ)
@bp.input(SaleQuery, location="query")
@bp.output(SalePage, example={"items": [SALE], "next_cursor": None})
def list_sales(code: str, query_data: SaleQuery) -> SalePage:
    """List the packages sold on a service."""
    service = use.get_service(code)
    wanted = select(ServicePackage).where(ServicePackage.service_id == service.id).options(_with_platform())
    if not query_data.removed:
        wanted = wanted.where(ServicePackage.removed_at.is_(None))
    rows, following = page(wanted, ServicePackage.id, query_data)
    return SalePage(items=[show(row, service.code) for row in rows], next_cursor=following)


@bp.post("/services/<code>/packages")
@needs(WRITE)
@bp.input(SaleInput, example=SALE_IN)
@bp.output(SaleOut, status_code=201, example=SALE)
def add_sale(code: str, json_data: SaleInput) -> Answer:
    """Sell a package on a service. Its account on the platform follows by itself."""
    made = use.add_sale(code, json_data)
    return tagged(show(made, code), 201, f"{PREFIX}/services/{code}/packages/{made.id}")


@bp.get("/services/<code>/packages/<int:sale_id>")
@needs(READ)
@bp.output(SaleOut, example=SALE)
def read_sale(code: str, sale_id: int) -> Answer:
    """Read one package sold."""
    return tagged(show(find(code, sale_id), code))


@bp.patch("/services/<code>/packages/<int:sale_id>")
@needs(WRITE)
@bp.input(SaleChange, example={"value": "19.90"})
@bp.output(SaleOut, example={**SALE, "value": "19.90"})
def change_sale(code: str, sale_id: int, json_data: SaleChange) -> Answer:
    """Change a package sold; what is left out stays."""
    check_conditions(lambda: show(find(code, sale_id), code))
    find(code, sale_id)
    return tagged(show(use.update_sale(sale_id, json_data), code))


@bp.delete("/services/<code>/packages/<int:sale_id>")
@needs(WRITE)
@bp.input(SaleRemoval, location="query")
@bp.doc(responses={204: "It was taken off."})
def remove_sale(code: str, sale_id: int, query_data: SaleRemoval) -> Response:
    """Take a package off a service; it stays in the history."""
    check_conditions(lambda: show(find(code, sale_id), code))
    find(code, sale_id)
    use.remove_sale(sale_id, query_data.reason)
    return Response(status=204)


def show(row: ServicePackage, service_code: str) -> SaleOut:
    """Return a package sold as it is given out."""
    return SaleOut(
        id=row.id,
        service_code=service_code,
        package_id=row.package_id,
        value=money(row.value),
        description=row.description,
        params=sale_params.shown(row),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        free_until=row.free_until,
        removed_at=row.removed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _with_platform() -> ORMOption:
    """What tells which params are secret: asked for once, not per row."""
    return joinedload(ServicePackage.package).joinedload(Package.integration)


def find(code: str, sale_id: int) -> ServicePackage:
    """Return the sale if it is this service's; another service's is as unknown as none.

    Raises:
        NotFound: answer 404.
    """
    row: ServicePackage | None = db.session.scalar(
        select(ServicePackage).where(ServicePackage.id == sale_id, ServicePackage.service.has(Service.code == code))
    )
    if row is None:
        raise NotFound("sale_unknown", {"id": sale_id})
    return row
