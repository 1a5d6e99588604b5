"""Counts packages sold over a month, in one question each: those sold, and the seats that platforms hold for them.

A package is live from the day on which it begins (``starts_on``, else the day of the sale) until it is removed, its
last day is over, or its service ends. Values are those that the rows have now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from webapp.decide.policy import ENDED
from webapp.decide.reports import NOTHING, Figures
from webapp.extensions import db
from webapp.models import BillingTerms, ProductCost, Seat, Service, ServicePackage
from webapp.models.seat import PENDING, SUSPENDED
from webapp.models.types import Money
from webapp.services.hub import current_hub

_SALE, _SERVICE = ServicePackage, Service
# When a service ended; empty where it has not.
ENDED_AT = case((_SERVICE.status.in_(ENDED), func.coalesce(_SERVICE.ended_at, _SERVICE.updated_at)))


@dataclass(frozen=True)
class Cell:
    """What figures are kept by; ``city`` is empty where it is not known."""

    package_id: int
    plan_id: int
    city: str


@dataclass(frozen=True)
class Days:
    """Some days of the provider's calendar: from the first one to before ``end``."""

    first: date
    end: date


def tally(days: Days) -> dict[Cell, Figures]:
    """Return the figures of some days, in the caller's transaction; cells without anything are left out."""
    costs = _costs(days.end)
    found = {_cell(row): _figures(row, costs.pop(_cell(row), NOTHING)) for row in db.session.execute(_sales(days))}
    # Seats that are held for what is not sold any more cost nevertheless.
    found |= {cell: Figures(cost=cost) for cell, cost in costs.items() if cost}
    return {cell: figures for cell, figures in found.items() if figures != Figures()}


def begins_at(day: date) -> datetime:
    """Return the moment at which a day begins where the provider is."""
    return datetime.combine(day, time(), ZoneInfo(current_hub().settings.timezone))


def live(end: date) -> ColumnElement[bool]:
    """Return the condition of packages that are live at the end of the day before ``end``."""
    return and_(_begun(end), ~_over(end))


def paid(end: date) -> ColumnElement[bool]:
    """Return the condition of those of them whose free time is over by then."""
    return or_(_SALE.free_until.is_(None), _SALE.free_until < end - timedelta(days=1))


def _sales(days: Days) -> Any:
    first, end = days.first, days.end
    ended = and_(_begun(end), ~_over(first), _over(end))
    left = and_(ended, begins_at(end) > ENDED_AT)
    value = case((and_(live(end), paid(end)), _SALE.value), else_=literal(NOTHING, Money()))
    columns = {
        "at_start": live(first), "added": and_(_begun(end), ~_begun(first), ~_over(first)), "ended": ended,
        "cancelled": left, "at_end": live(end),
    }  # fmt: skip
    counts = (func.sum(case((condition, 1), else_=0)).label(name) for name, condition in columns.items())
    city = func.coalesce(_SERVICE.city, "").label("city")
    return (
        select(_SALE.package_id, _SERVICE.plan_id, city, *counts, func.sum(value).label("revenue"))
        .join(_SERVICE, _SERVICE.id == _SALE.service_id)
        .where(_begun(end), ~_over(first))
        .group_by(_SALE.package_id, _SERVICE.plan_id, city)
    )


def _begun(day: date) -> ColumnElement[bool]:
    """Return whether it began before a day."""
    by_sale = and_(_SALE.starts_on.is_(None), _SALE.created_at < begins_at(day))
    return or_(func.coalesce(_SALE.starts_on < day, False), by_sale)


def _over(day: date) -> ColumnElement[bool]:
    """Return whether it was over by the end of the day before; its last day it still is."""
    moment, last = begins_at(day), day - timedelta(days=1)
    parts = (_SALE.removed_at < moment, _SALE.ends_on < last, moment > ENDED_AT)
    return or_(*(func.coalesce(part, False) for part in parts))


def _cell(row: Any) -> Cell:
    return Cell(row.package_id, row.plan_id, row.city)


def _figures(row: Any, cost: Decimal) -> Figures:
    return Figures(
        int(row.at_start), int(row.added), int(row.ended), int(row.cancelled), int(row.at_end),
        row.revenue or NOTHING, cost,
    )  # fmt: skip


def _costs(end: date) -> dict[Cell, Decimal]:
    """Return what the seats cost that are held at the end of the day before ``end``, by what they are held for."""
    prices, found = _prices(end - timedelta(days=1)), dict[Cell, Decimal]()
    if not prices:
        return {}
    for row in db.session.execute(_seats(end)):
        found[_cell(row)] = found.get(_cell(row), NOTHING) + prices.get(row.product_id, NOTHING) * row.held
    return found


def _seats(end: date) -> Any:
    moment, city = begins_at(end), func.coalesce(_SERVICE.city, "").label("city")
    lasts = or_(Seat.ended_at.is_(None), Seat.ended_at >= moment)
    suspended = func.coalesce(BillingTerms.suspended_counts, True)
    pending = func.coalesce(BillingTerms.pending_counts, False)
    billed = and_(or_(Seat.state != SUSPENDED, suspended), or_(Seat.state != PENDING, pending))
    return (
        select(_SALE.package_id, _SERVICE.plan_id, city, Seat.product_id, func.count().label("held"))
        .join(_SALE, _SALE.id == Seat.service_package_id)
        .join(_SERVICE, _SERVICE.id == _SALE.service_id)
        .outerjoin(BillingTerms, BillingTerms.integration_id == Seat.integration_id)
        .where(Seat.began_at < moment, lasts, billed)
        .group_by(_SALE.package_id, _SERVICE.plan_id, city, Seat.product_id)
    )


def _prices(day: date) -> dict[int, Decimal]:
    """Return what a seat of each product costs on a day."""
    wanted = select(ProductCost.product_id, ProductCost.value).where(ProductCost.from_on <= day)
    rows = db.session.execute(wanted.order_by(ProductCost.from_on))
    return {row.product_id: row.value for row in rows}


def cells_of(figures: dict[Cell, Figures]) -> Iterator[tuple[Cell, Figures]]:
    """Yield them in a fixed order."""
    yield from sorted(figures.items(), key=lambda item: (item[0].package_id, item[0].plan_id, item[0].city))
