"""Internet plans as pages show them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Plan, PlanPackage
from webapp.services.pages import Page, active_only, described, numbered


def list_plans(query: str = "", active: str = "active", cursor: str = "") -> Page[Plan]:
    """Return plans by description, with their packages."""
    wanted = (
        select(Plan)
        .options(selectinload(Plan.packages).joinedload(PlanPackage.package))
        .where(*active_only(Plan.active, active), *described(Plan.description, query))
    )
    return numbered(wanted, (Plan.description, Plan.id), cursor)


def active_plans() -> Sequence[Plan]:
    """Return plans that can be sold."""
    return db.session.scalars(select(Plan).where(Plan.active).order_by(Plan.description)).all()
