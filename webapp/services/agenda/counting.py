"""How many people have something planned on each day: one query over the indexes of dates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from webapp.decide import agenda
from webapp.decide.agenda import Entry
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import GuidedMove, Service, ServicePackage
from webapp.models.agenda import DONE, STOPPED

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Dated:
    """Where the day of one kind stands.

    Attributes:
        later: so many days after it something happens.
    """

    column: Any
    later: int = 0


COLUMNS: dict[str, Dated] = {
    agenda.PAUSE: Dated(Service.pause_from),
    agenda.RETURN: Dated(Service.pause_until, 1),
    agenda.START: Dated(ServicePackage.starts_on),
    agenda.END: Dated(ServicePackage.ends_on),
    agenda.FREE_END: Dated(ServicePackage.free_until),
    agenda.EXEMPT_END: Dated(Service.no_suspend_until),
    agenda.CONTRACT_END: Dated(Service.contract_ends_on),
    agenda.MOVE: Dated(GuidedMove.on),
}


def count_days(since: date, until: date, kinds: Collection[str] = agenda.KINDS) -> list[Entry]:
    """Return for each day and kind how many people there are; both days included."""
    parts = [_counted(kind, since, until) for kind in agenda.PERSONAL if kind in kinds]
    if not parts:
        return []
    rows = db.session.execute(union_all(*parts))
    return [Entry(kind, day + COLUMNS[kind].later * _DAY, count) for kind, day, count in rows]


def dated(kind: str, statement: Select[Any]) -> Select[Any]:
    """Let a statement be about people of whom this kind of date still counts."""
    column = COLUMNS[kind].column
    if column.class_ is GuidedMove:
        return statement.select_from(GuidedMove).where(GuidedMove.status.not_in((DONE, STOPPED)))
    if column.class_ is ServicePackage:
        joined = statement.select_from(ServicePackage).join(Service, Service.id == ServicePackage.service_id)
        return joined.where(ServicePackage.removed_at.is_(None), Service.status.not_in(ENDED))
    return statement.select_from(Service).where(Service.status.not_in(ENDED))


def _counted(kind: str, since: date, until: date) -> Select[Any]:
    column, shift = COLUMNS[kind].column, COLUMNS[kind].later * _DAY
    inside: ColumnElement[bool] = column.between(since - shift, until - shift)
    return dated(kind, select(literal(kind), column, func.count())).where(inside).group_by(column)
