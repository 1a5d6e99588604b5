"""Internet plans as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Package, Plan, PlanPackage, Service
from webapp.services.errors import NotFound


@dataclass(frozen=True)
class PlanRow:
    """A plan in the list.

    Attributes:
        services: how many services have it and have not ended.
    """

    plan: Plan
    services: int

    @property
    def packages_value(self) -> Decimal:
        return sum((link.package.value for link in self.plan.packages), Decimal(0))


def plan_rows(plans: Sequence[Plan]) -> list[PlanRow]:
    """Return plans with how many services have them."""
    counts = _living_services([plan.id for plan in plans])
    return [PlanRow(plan, counts.get(plan.id, 0)) for plan in plans]


def view_plan(plan_id: int) -> Plan:
    """Return a plan with its packages and their integrations.

    Raises:
        NotFound: answer 404.
    """
    wanted = select(Plan).options(
        selectinload(Plan.packages).joinedload(PlanPackage.package).joinedload(Package.integration)
    )
    plan: Plan | None = db.session.scalar(wanted.where(Plan.id == plan_id))
    if plan is None:
        raise NotFound("plan_unknown", {"id": plan_id})
    return plan


def plan_row(plan: Plan) -> PlanRow:
    """Return one plan as it stands in the list."""
    return PlanRow(plan, _living_services([plan.id]).get(plan.id, 0))


def packages_for_plan(plan: Plan | None) -> dict[int, Package]:
    """Return the packages that may be tied to a plan, by id: those on sale, and those that it has."""
    held = [link.package_id for link in plan.packages] if plan else []
    wanted = (
        select(Package)
        .options(joinedload(Package.integration))
        .where(Package.active | Package.id.in_(held))
        .order_by(Package.description, Package.id)
    )
    return {package.id: package for package in db.session.scalars(wanted)}


def technologies() -> Sequence[str]:
    """Return the technologies that plans name already."""
    wanted = select(Plan.technology).where(Plan.technology != "").distinct().order_by(Plan.technology)
    return db.session.scalars(wanted).all()


def taken_descriptions(beginning: str) -> set[str]:
    """Return the descriptions of plans that begin with a text."""
    wanted = select(Plan.description).where(Plan.description.startswith(beginning, autoescape=True))
    return set(db.session.scalars(wanted))


def _living_services(plan_ids: Sequence[int]) -> dict[int, int]:
    # All of a plan less those that ended: both are stretches of one index, counted without a look at a single row.
    every = select(func.count()).select_from(Service).where(Service.plan_id == Plan.id)
    living = every.scalar_subquery() - every.where(Service.status.in_(ENDED)).scalar_subquery()
    wanted = select(Plan.id, living).where(Plan.id.in_(plan_ids))
    return {plan_id: count for plan_id, count in db.session.execute(wanted)}
