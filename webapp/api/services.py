"""Services: the contracted plans of customers, and their status."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.customers import (
    SERVICE,
    SERVICE_IN,
    ServiceOut,
    ServicePage,
    ServicePatch,
    ServiceQuery,
)
from webapp.models import Customer, Service
from webapp.services import subscriptions as use
from webapp.services.inputs import ServiceInput


@bp.get("/services")
@needs(READ)
@bp.input(ServiceQuery, location="query")
@bp.output(ServicePage, example={"items": [SERVICE], "next_cursor": None})
def list_services(query_data: ServiceQuery) -> ServicePage:
    """List services."""
    wanted = select(Service).options(joinedload(Service.customer))
    if query_data.customer_code is not None:
        wanted = wanted.where(Service.customer.has(Customer.code == query_data.customer_code))
    if query_data.status is not None:
        wanted = wanted.where(Service.status == query_data.status)
    if query_data.plan_id is not None:
        wanted = wanted.where(Service.plan_id == query_data.plan_id)
    if query_data.updated_since is not None:
        wanted = wanted.where(Service.updated_at >= query_data.updated_since)
    rows, following = page(wanted, Service.id, query_data)
    return ServicePage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/services/<code>")
@needs(READ)
@bp.output(ServiceOut, example=SERVICE)
def read_service(code: str) -> Answer:
    """Read one service."""
    return tagged(show(use.get_service(code)))


@bp.put("/services/<code>")
@needs(WRITE)
@bp.input(ServiceInput, example=SERVICE_IN)
@bp.output(ServiceOut, example=SERVICE)
@bp.doc(responses={201: "The service was made."})
def put_service(code: str, json_data: ServiceInput) -> Answer:
    """Make a service, or replace what is known of one.

    ``packages`` counts for a new service and for one that changes its plan: left out = all packages of the plan.
    The day of the sale and the commercial data keep their value when they are left out; null empties them.
    """
    check_conditions(lambda: show(use.get_service(code)))
    row, created = use.upsert_service(code, json_data)
    if created:
        return tagged(show(row), 201, f"{PREFIX}/services/{row.code}")
    return tagged(show(row))


@bp.patch("/services/<code>")
@needs(WRITE)
@bp.input(ServicePatch, example={"status": "suspenso_debito"})
@bp.output(ServiceOut, example={**SERVICE, "status": "suspenso_debito"})
def patch_service(code: str, json_data: ServicePatch) -> Answer:
    """Change the status, or migrate to another plan."""
    check_conditions(lambda: show(use.get_service(code)))
    if json_data.plan_id is not None:
        return tagged(show(use.migrate_plan(code, json_data.plan_id, json_data.packages)))
    return tagged(show(use.set_status(code, json_data.status or "", json_data.reason)))


def show(row: Service) -> ServiceOut:
    """Return a service as it is given out."""
    return ServiceOut(
        id=row.id,
        code=row.code,
        customer_code=row.customer.code,
        plan_id=row.plan_id,
        status=row.status,
        login=row.login,
        password_set=row.password is not None,
        address=row.address,
        city=row.city,
        sold_on=row.sold_on,
        value=None if row.value is None else f"{row.value:.2f}",
        due_day=row.due_day,
        billing_method=row.billing_method,
        billing_kind=row.billing_kind,
        suspension_profile=row.suspension_profile,
        contract_ends_on=row.contract_ends_on,
        enabled_at=row.enabled_at,
        paid_at=row.paid_at,
        pause_from=row.pause_from,
        pause_until=row.pause_until,
        no_suspend_until=row.no_suspend_until,
        no_suspend_reason=row.no_suspend_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
