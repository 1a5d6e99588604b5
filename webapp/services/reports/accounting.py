"""What packages sold of a month are made of, for the accountant. No tax is computed here, nor anywhere in the hub."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import selectinload

from webapp.decide.composing import Line, Share, Sold, compose
from webapp.decide.reports import NOTHING, next_month
from webapp.extensions import db
from webapp.models import Package, Service, ServicePackage
from webapp.models.package import COMPOSITION_KINDS
from webapp.models.types import Money
from webapp.services.reports.tally import live, paid


@dataclass(frozen=True)
class Composed:
    """One package and what its sales of a month are made of.

    Attributes:
        checked: what the accountant said about the composition; empty = nothing.
        has_lines: False = the package has no composition.
    """

    package_id: int
    package: str
    checked: str
    has_lines: bool
    shares: Sequence[Share]

    @property
    def value(self) -> Decimal:
        """Return what all lines come to."""
        return sum((share.value for share in self.shares), NOTHING)


@dataclass(frozen=True)
class Composition:
    """What the sales of a month are made of."""

    month: date
    packages: Sequence[Composed]

    @property
    def kinds(self) -> dict[str, Decimal]:
        """Return the sum of each kind."""
        sums = dict.fromkeys(COMPOSITION_KINDS, NOTHING)
        for package in self.packages:
            for share in package.shares:
                sums[share.kind] += share.value
        return sums

    @property
    def total(self) -> Decimal:
        """Return what all sales come to."""
        return sum((package.value for package in self.packages), NOTHING)


def compose_month(month: date) -> Composition:
    """Return what the sales of a month are made of, in the caller's transaction; three questions."""
    sold = _sold(next_month(month))
    wanted = select(Package).where(Package.id.in_(sold)).order_by(Package.description)
    packages = db.session.scalars(wanted.options(selectinload(Package.composition)))
    return Composition(month, [_composed(package, sold[package.id]) for package in packages])


def _sold(end: date) -> dict[int, list[Sold]]:
    """Return by package how many sales there are of each value; free ones at nothing."""
    value = case((paid(end), ServicePackage.value), else_=literal(NOTHING, Money())).label("paid")
    wanted: Any = (
        select(ServicePackage.package_id, value, func.count().label("sales"))
        .join(Service, Service.id == ServicePackage.service_id)
        .where(live(end))
        .group_by(ServicePackage.package_id, value)
        .order_by(ServicePackage.package_id, value)
    )
    found: dict[int, list[Sold]] = defaultdict(list)
    for row in db.session.execute(wanted):
        found[row.package_id].append(Sold(row.paid, row.sales))
    return found


def _composed(package: Package, sold: Sequence[Sold]) -> Composed:
    lines = [Line(part.description, part.kind, part.value) for part in package.composition]
    return Composed(package.id, package.description, package.accountant_note, bool(lines), compose(lines, sold))
