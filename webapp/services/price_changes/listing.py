"""What was planned, and what may be chosen for new values."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Package, Plan, PriceChange
from webapp.services.documents import fold
from webapp.services.pages import Page, read_id
from webapp.services.price_changes.previews import MOST_ITEMS, PACKAGE

PAGE = 50


def list_changes(status: str = "", cursor: str = "") -> Page[PriceChange]:
    """Return changes, newest first."""
    statement = select(PriceChange).options(joinedload(PriceChange.package), joinedload(PriceChange.plan))
    if status:
        statement = statement.where(PriceChange.status == status)
    if (last := read_id(cursor)) is not None:
        statement = statement.where(PriceChange.id < last)
    rows = db.session.scalars(statement.order_by(PriceChange.id.desc()).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else "")


def list_items(kind: str, query: str = "") -> Sequence[Package | Plan]:
    """Return packages or plans that are sold, by name, whose name or code has these words."""
    rows: Sequence[Package | Plan] = _packages() if kind == PACKAGE else _plans()
    words = fold(query).split()
    return [row for row in rows if all(word in fold(_named(row)) for word in words)][:MOST_ITEMS]


def _packages() -> Sequence[Package]:
    return db.session.scalars(select(Package).where(Package.active).order_by(Package.description, Package.id)).all()


def _plans() -> Sequence[Plan]:
    return db.session.scalars(select(Plan).where(Plan.active).order_by(Plan.description, Plan.id)).all()


def _named(row: Package | Plan) -> str:
    return f"{row.description} {row.code or ''}" if isinstance(row, Package) else row.description
