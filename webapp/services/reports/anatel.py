"""Counts for Anatel's collection: packages that are live at the end of a month, by what is declared of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from webapp.decide.access_counts import COLUMNS, Access, client_of, declared, gather, line_of, one_line_each
from webapp.decide.reports import next_month
from webapp.extensions import db
from webapp.models import City, Customer, Package, Service, ServicePackage
from webapp.services.provider import read_cnpj
from webapp.services.reports.cities import known_of, read_cities
from webapp.services.reports.tally import live

COLLECTED = "scm"


@dataclass(frozen=True)
class Counts:
    """The counts of a month.

    Attributes:
        rows: everything that is sold, also what is not declared.
        cnpj: of the provider; empty = not known.
    """

    month: date
    cnpj: str
    rows: Sequence[Access]

    @property
    def declared(self) -> list[Access]:
        """Return what is declared, of whatever service."""
        return declared(self.rows)

    @property
    def left_out(self) -> list[Access]:
        """Return what is not declared: value-added services."""
        return [row for row in self.rows if row not in self.declared]

    @property
    def missing(self) -> list[str]:
        """Return what has to be filled in by hand in some line or other."""
        return sorted({name for row in self.collected for name in row.missing(self.cnpj)})

    @property
    def cities(self) -> list[str]:
        """Return declared cities of which the code, or urban or rural, was not said."""
        return sorted({row.city for row in self.declared if row.city and not (row.ibge and row.area)})

    @property
    def collected(self) -> list[Access]:
        """Return the rows of the file: its columns are known for SCM alone."""
        return [row for row in self.rows if row.declared == COLLECTED]


def count_accesses(month: date) -> Counts:
    """Return the counts of a month, in the caller's transaction; three questions."""
    return Counts(month, read_cnpj(), gather(_found(next_month(month), read_cities())))


def as_lines(counts: Counts) -> list[list[Any]]:
    """Return the lines of the file, titles first."""
    year, month = counts.month.year, counts.month.month
    return [list(COLUMNS), *(line_of(row, counts.cnpj, year, month) for row in one_line_each(counts.collected))]


def _found(end: date, said: Mapping[str, City]) -> Iterator[Access]:
    digits = func.length(Customer.document).label("digits")
    city = func.coalesce(Service.city, "").label("city")
    keys = (Package.id, Package.description, Package.dici_type, city, digits)
    counted = (
        select(*keys, func.count().label("count"))
        .select_from(ServicePackage)
        .join(Service, Service.id == ServicePackage.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .join(Package, Package.id == ServicePackage.package_id)
        .where(live(end))
        .group_by(*keys)
        .subquery()
    )
    for row in db.session.execute(select(counted, Package.dici).join(Package, Package.id == counted.c.id)):
        yield _access(row, *known_of(row.city, said))


def _access(row: Any, ibge: str, area: str) -> Access:
    said = row.dici or {}
    speed = said.get("speed_mbps")
    return Access(
        row.dici_type, row.description, row.city, client_of(row.digits), row.count, said.get("medium", ""),
        said.get("product_kind", ""), said.get("technology", ""), str(speed) if speed else "", ibge, area,
    )  # fmt: skip
