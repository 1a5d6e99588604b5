"""The lists of people behind what leaks: rights that are there and not sold or the other way, and idle seats."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.decide.leaks import NOT_ACTIVE, NOT_SOLD, USUAL_DAYS
from webapp.models import Customer, Entitlement, Product, Seat, Service, ServicePackage
from webapp.models.operator import ADMIN, FINANCE
from webapp.services.hub import current_hub
from webapp.services.seats.costs import costs_on
from webapp.services.seats.leaks import right_rows, seat_rows
from webapp.services.tables.contract import MOMENT, MONEY, NUMBER, Column, Filter, Order, Table

DAYS = ("7", "15", "30", "60", "90")
INTEGRATION = Filter("integration", options="integration")
PRODUCT = Filter("product", kind=NUMBER, hidden=True)


@dataclass(frozen=True)
class Leaking:
    """One right or seat, and what it is worth in a month; None = no cost on record."""

    row: Any
    value: Decimal | None

    @property
    def customer(self) -> Customer:
        """Whose it is."""
        return self.sale.service.customer

    @property
    def sale(self) -> ServicePackage:
        """The package through which it was sold."""
        found: ServicePackage = self.row.service_package
        return found


def leaking_rights(filters: Mapping[str, str]) -> Select[Any]:
    """Return the rights that leak, as filters choose."""
    rows = right_rows(filters.get("leak", NOT_SOLD), utc_now())
    if "product" in filters:
        rows = rows.where(Entitlement.product_id == int(filters["product"]))
    if "integration" in filters:
        mine = select(Product.id).where(Product.integration_id == int(filters["integration"]))
        rows = rows.where(Entitlement.product_id.in_(mine))
    return rows


def leaking_seats(filters: Mapping[str, str]) -> Select[Any]:
    """Return the seats that are suspended for long and billed, as filters choose."""
    rows = seat_rows(utc_now(), int(filters.get("days", USUAL_DAYS)))
    for name, column in (("product", Seat.product_id), ("integration", Seat.integration_id)):
        if name in filters:
            rows = rows.where(column == int(filters[name]))
    return rows


def _right_lines(rows: Sequence[Any], _columns: Collection[str]) -> list[Leaking]:
    costs = costs_on(current_hub().today())
    unpaid = [row.desired == "active" for row in rows]
    return [
        Leaking(row, row.service_package.value if sold else costs.get(row.product_id))
        for row, sold in zip(rows, unpaid, strict=True)
    ]


def _seat_lines(rows: Sequence[Any], _columns: Collection[str]) -> list[Leaking]:
    costs = costs_on(current_hub().today())
    return [Leaking(row, costs.get(row.product_id)) for row in rows]


def _options(model: Any) -> tuple[Any, ...]:
    people = joinedload(model.service_package).options(
        joinedload(ServicePackage.package),
        joinedload(ServicePackage.service).joinedload(Service.customer).load_only(Customer.name, Customer.code),
    )
    return people, joinedload(model.product).joinedload(Product.integration)


def _columns(state: Column, since: Column) -> tuple[Column, ...]:
    return (
        Column("customer", lambda line: line.customer.name),
        Column("code", lambda line: line.customer.code, usual=False),
        Column("integration", lambda line: line.row.product.integration.description),
        Column("product", lambda line: line.row.product.name),
        Column("package", lambda line: line.sale.package.description),
        state,
        since,
        Column("worth", lambda line: line.value, MONEY),
    )


LEAKING_RIGHTS = Table(
    name="leaking_rights",
    columns=_columns(
        Column("state", lambda line: line.row.applied, "right"),
        Column("since", lambda line: line.row.updated_at, MOMENT, order="since"),
    ),
    filters=(Filter("leak", (NOT_SOLD, NOT_ACTIVE), usual=NOT_SOLD), INTEGRATION, PRODUCT),
    orders={"since": Order((Entitlement.updated_at, Entitlement.id), (datetime, int))},
    usual_order="since",
    rows=leaking_rights,
    endpoint="seats.rights",
    options=_options(Entitlement),
    lines=_right_lines,
    people=True,
    takers=(ADMIN, FINANCE),
)
LEAKING_SEATS = Table(
    name="leaking_seats",
    columns=_columns(
        Column("state", lambda line: line.row.state, "right"),
        Column("since", lambda line: line.row.began_at, MOMENT, order="since"),
    ),
    filters=(Filter("days", DAYS, usual=str(USUAL_DAYS)), INTEGRATION, PRODUCT),
    orders={"since": Order((Seat.began_at, Seat.id), (datetime, int))},
    usual_order="since",
    rows=leaking_seats,
    endpoint="seats.suspended",
    options=_options(Seat),
    lines=_seat_lines,
    people=True,
    takers=(ADMIN, FINANCE),
)
