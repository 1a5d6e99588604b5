"""Who has something planned on one day, page by page."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide import agenda
from webapp.extensions import db
from webapp.models import GuidedMove, Service, ServicePackage
from webapp.services.agenda.counting import COLUMNS, dated
from webapp.services.pages import Page, read_id

PAGE = 50


@dataclass(frozen=True)
class Person:
    """One service with what is planned for it.

    Attributes:
        sale: the package sold that it is about; None where it is about the service.
        move: the guided move that begins.
    """

    service: Service
    sale: ServicePackage | None = None
    move: GuidedMove | None = None


def list_people(kind: str, day: date, cursor: str = "") -> Page[Person]:
    """Return those of whom a kind says something on a day, in the order in which they were made."""
    if kind not in agenda.PERSONAL:
        return Page([])
    column = COLUMNS[kind].column
    model = column.class_
    wanted = dated(kind, select(model)).where(column == day - timedelta(days=COLUMNS[kind].later))
    if (last := read_id(cursor)) is not None:
        wanted = wanted.where(model.id > last)
    rows: list[Any] = list(db.session.scalars(wanted.options(*_beside(model)).order_by(model.id).limit(PAGE + 1)))
    more = str(rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return Page([_person(row) for row in rows[:PAGE]], more)


def _beside(model: Any) -> list[Any]:
    if model is Service:
        return [joinedload(Service.customer)]
    options: list[Any] = [joinedload(model.service).joinedload(Service.customer)]
    return [*options, joinedload(ServicePackage.package)] if model is ServicePackage else options


def _person(row: Service | ServicePackage | GuidedMove) -> Person:
    if isinstance(row, Service):
        return Person(row)
    return Person(row.service, row) if isinstance(row, ServicePackage) else Person(row.service, move=row)
