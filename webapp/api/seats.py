"""Seats: the ledger, what they cost, by which terms platforms bill, what leaks and what is left."""

from typing import Any

from flask import Response
from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, check_conditions, tagged
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.common import money
from webapp.api.schemas.seats import (
    BALANCES,
    COST,
    COST_IN,
    LEAKS,
    SEAT,
    TERMS,
    TERMS_IN,
    BalanceLineOut,
    BalanceOut,
    BalancesOut,
    CostIn,
    CostOut,
    CostPage,
    LeaksOut,
    LeaksQuery,
    PlatformLeaksOut,
    PointOut,
    ProductLeaksOut,
    SeatOut,
    SeatPage,
    SeatQuery,
    SumOut,
    TermsIn,
    TermsOut,
)
from webapp.decide.leaks import Balance, Sum
from webapp.models import BillingTerms, Product, ProductCost, Seat
from webapp.services.integrations import get_integration
from webapp.services.seats import balance, costs, leaks
from webapp.services.seats.beginning import begun_at


@bp.get("/integrations/<int:integration_id>/costs")
@needs(READ)
@bp.input(ListQuery, location="query")
@bp.output(CostPage, example={"items": [COST], "next_cursor": None})
def list_costs(integration_id: int, query_data: ListQuery) -> CostPage:
    """List what the products of a platform cost, and from which day on."""
    get_integration(integration_id)
    wanted = select(ProductCost).join(Product).where(Product.integration_id == integration_id)
    rows, following = page(wanted, ProductCost.id, query_data)
    return CostPage(items=[_cost(row) for row in rows], next_cursor=following)


@bp.post("/integrations/<int:integration_id>/costs")
@needs(ADMIN_SCOPE)
@bp.input(CostIn, example=COST_IN)
@bp.output(CostOut, example=COST)
def record_cost(integration_id: int, json_data: CostIn) -> CostOut:
    """Put a cost on record, or correct the one of that day."""
    return _cost(costs.set_cost(integration_id, json_data)[0])


@bp.delete("/integrations/<int:integration_id>/costs/<int:cost_id>")
@needs(ADMIN_SCOPE)
@bp.doc(responses={204: "It is off the record."})
def remove_cost(integration_id: int, cost_id: int) -> Response:
    """Take a cost off the record."""
    costs.remove_cost(integration_id, cost_id)
    return Response(status=204)


@bp.get("/integrations/<int:integration_id>/terms")
@needs(READ)
@bp.output(TermsOut, example=TERMS)
def read_terms(integration_id: int) -> Answer:
    """Read by which terms a platform bills."""
    return tagged(_terms(costs.terms_of(integration_id)))


@bp.put("/integrations/<int:integration_id>/terms")
@needs(ADMIN_SCOPE)
@bp.input(TermsIn, example=TERMS_IN)
@bp.output(TermsOut, example=TERMS)
def replace_terms(integration_id: int, json_data: TermsIn) -> Answer:
    """Replace by which terms a platform bills."""
    check_conditions(lambda: _terms(costs.terms_of(integration_id)))
    return tagged(_terms(costs.set_terms(integration_id, json_data)))


@bp.get("/seats")
@needs(READ)
@bp.input(SeatQuery, location="query")
@bp.output(SeatPage, example={"items": [SEAT], "next_cursor": None})
def list_seats(query_data: SeatQuery) -> SeatPage:
    """List the ledger of seats, newest first."""
    wanted = select(Seat)
    for name in ("integration_id", "account_id"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Seat, name) == value)
    if query_data.open is not None:
        wanted = wanted.where(Seat.ended_at.is_(None) == query_data.open)
    rows, following = page(wanted, Seat.id, query_data, newest_first=True)
    return SeatPage(items=[_seat(row) for row in rows], next_cursor=following)


@bp.get("/seats/leaks")
@needs(READ)
@bp.input(LeaksQuery, location="query")
@bp.output(LeaksOut, example=LEAKS)
def read_leaks(query_data: LeaksQuery) -> LeaksOut:
    """Read what is billed and brought by nobody, and what is sold and not there, in R$ a month."""
    items = [
        PlatformLeaksOut(
            integration_id=one.integration.id, **_sums(one.sums),
            products=[
                ProductLeaksOut(product_id=line.product.id if line.product is not None else None, **_sums(line.sums))
                for line in one.products
            ],
        )
        for one in leaks.leaking(query_data.days)
    ]  # fmt: skip
    return LeaksOut(items=items, complete_since=begun_at())


@bp.get("/seats/balances")
@needs(READ)
@bp.output(BalancesOut, example=BALANCES)
def read_balances() -> BalancesOut:
    """Read what packages, plans and platforms bring and cost in a month, and how it went."""
    found = balance.balances()
    return BalancesOut(
        whole=BalanceOut(**_balance(found.whole)), platforms=_lines(found.platforms), packages=_lines(found.packages),
        plans=_lines(found.plans),
        trend=[PointOut(day=one.day, complete=one.known, **_balance(one.balance)) for one in balance.trend()],
    )  # fmt: skip


def _cost(row: ProductCost) -> CostOut:
    return CostOut(id=row.id, product_id=row.product_id, from_on=row.from_on, value=money(row.value))


def _terms(row: BillingTerms) -> TermsOut:
    names = ("integration_id", *costs.TERMS)
    return TermsOut(**{name: getattr(row, name) for name in names})


def _seat(row: Seat) -> SeatOut:
    return SeatOut(**{name: getattr(row, name) for name in SeatOut.model_fields})


def _sums(sums: Any) -> dict[str, SumOut]:
    return {kind: _sum(one) for kind, one in sums.items()}


def _sum(one: Sum) -> SumOut:
    return SumOut(count=one.count, value=money(one.value), without_cost=one.unpriced)


def _lines(lines: Any) -> list[BalanceLineOut]:
    return [BalanceLineOut(id=one.id, **_balance(one.balance)) for one in lines]


def _balance(one: Balance) -> dict[str, Any]:
    return {
        "sold": one.sales, "paid": money(one.revenue), "seats": one.seats, "cost": money(one.cost),
        "left": money(one.margin), "without_cost": one.unpriced,
    }  # fmt: skip
