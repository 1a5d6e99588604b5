"""Plans: what internet the provider sells, and the packages that come with it."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import page
from webapp.api.schemas.common import SwitchInput, money
from webapp.api.schemas.packages import PLAN, PLAN_IN, PlanOut, PlanPackageOut, PlanPage, PlanQuery
from webapp.models import Plan
from webapp.services import plans as use
from webapp.services.inputs import PlanInput


@bp.get("/plans")
@needs(READ)
@bp.input(PlanQuery, location="query")
@bp.output(PlanPage, example={"items": [PLAN], "next_cursor": None})
def list_plans(query_data: PlanQuery) -> PlanPage:
    """List plans."""
    wanted = select(Plan).options(selectinload(Plan.packages))
    if query_data.active is not None:
        wanted = wanted.where(Plan.active == query_data.active)
    rows, following = page(wanted, Plan.id, query_data)
    return PlanPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/plans")
@needs(ADMIN_SCOPE)
@bp.input(PlanInput, example=PLAN_IN)
@bp.output(PlanOut, status_code=201, example=PLAN)
def create_plan(json_data: PlanInput) -> Answer:
    """Create a plan with its default packages."""
    made = use.create_plan(json_data)
    return tagged(show(made), 201, f"{PREFIX}/plans/{made.id}")


@bp.get("/plans/<int:plan_id>")
@needs(READ)
@bp.output(PlanOut, example=PLAN)
def read_plan(plan_id: int) -> Answer:
    """Read one plan."""
    return tagged(show(use.get_plan(plan_id)))


@bp.put("/plans/<int:plan_id>")
@needs(ADMIN_SCOPE)
@bp.input(PlanInput, example=PLAN_IN)
@bp.output(PlanOut, example=PLAN)
def replace_plan(plan_id: int, json_data: PlanInput) -> Answer:
    """Replace a plan. Services that have it keep the packages that were sold to them."""
    check_conditions(lambda: show(use.get_plan(plan_id)))
    return tagged(show(use.update_plan(plan_id, json_data)))


@bp.patch("/plans/<int:plan_id>")
@needs(ADMIN_SCOPE)
@bp.input(SwitchInput, example={"active": False})
@bp.output(PlanOut, example={**PLAN, "active": False})
def switch_plan(plan_id: int, json_data: SwitchInput) -> Answer:
    """Take a plan on sale or off."""
    check_conditions(lambda: show(use.get_plan(plan_id)))
    return tagged(show(use.set_plan_active(plan_id, json_data.active)))


def show(row: Plan) -> PlanOut:
    """Return a plan as it is given out."""
    return PlanOut(
        id=row.id,
        description=row.description,
        value=money(row.value),
        technology=row.technology,
        download_kbps=row.download_kbps,
        upload_kbps=row.upload_kbps,
        band_control=row.band_control,
        lock_packages=row.lock_packages,
        contract_months=row.contract_months,
        active=row.active,
        packages=[
            PlanPackageOut(package_id=each.package_id, mandatory=each.mandatory, params=each.params)
            for each in row.packages
        ],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
