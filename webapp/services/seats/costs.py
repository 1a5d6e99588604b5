"""What platforms charge for a seat, from which day on, and by which terms they bill."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide.leaks import Costs
from webapp.extensions import db
from webapp.models import BillingTerms, Integration, Product, ProductCost
from webapp.services import audit
from webapp.services.changes import assign, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.errors import NotFound, Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import Id, Input, Value
from webapp.services.integrations import get_integration

TERMS = ("basis", "suspended_counts", "pending_counts")
EARLIEST = date(2000, 1, 1)


class CostInput(Input):
    """What one seat of a product costs in a month from a day on; the same day again replaces the value."""

    product_id: Id
    from_on: date
    value: Value


class TermsInput(Input):
    """How a platform bills.

    ``basis``: ``any_day`` whoever had it on any day of the month, whole; ``on_day`` who has it on the billing day;
    ``daily`` by days held.
    """

    basis: Literal["any_day", "on_day", "daily"] = "any_day"
    suspended_counts: bool = True
    pending_counts: bool = False


@dataclass(frozen=True)
class Priced:
    """One product, what it costs today, and its history, the latest first."""

    product: Product
    now: Decimal | None
    costs: list[ProductCost]


def costs_on(day: date, integration_id: int | None = None) -> dict[int, Decimal]:
    """Return by product id what a seat costs per month on that day; a product without a cost on record is left out."""
    wanted = select(ProductCost.product_id, ProductCost.value).where(ProductCost.from_on <= day)
    if integration_id is not None:
        wanted = wanted.join(Product).where(Product.integration_id == integration_id)
    rows = db.session.execute(wanted.order_by(ProductCost.product_id, ProductCost.from_on))
    return {row.product_id: row.value for row in rows}


def all_costs() -> Costs:
    """Return what every product cost, whenever."""
    history = defaultdict(list)
    rows = select(ProductCost.product_id, ProductCost.from_on, ProductCost.value)
    for row in db.session.execute(rows.order_by(ProductCost.product_id, ProductCost.from_on)):
        history[row.product_id].append((row.from_on, row.value))
    return Costs({product_id: tuple(entries) for product_id, entries in history.items()})


def view_costs(integration_id: int) -> list[Priced]:
    """Return the products of a platform with what they cost; hidden ones only where a cost is on record."""
    today = current_hub().today()
    by_product = defaultdict(list)
    for cost in list_costs(integration_id):
        by_product[cost.product_id].append(cost)
    products = select(Product).where(Product.integration_id == integration_id).order_by(Product.name, Product.id)
    shown = [one for one in db.session.scalars(products) if by_product[one.id] or not one.hidden]
    return [Priced(one, _now(by_product[one.id], today), by_product[one.id]) for one in shown]


def _now(costs: list[ProductCost], today: date) -> Decimal | None:
    return next((cost.value for cost in costs if cost.from_on <= today), None)


def list_costs(integration_id: int) -> list[ProductCost]:
    """Return all costs on record of a platform, by product, the latest first."""
    wanted = select(ProductCost).join(Product).where(Product.integration_id == integration_id)
    wanted = wanted.options(joinedload(ProductCost.product))
    return list(db.session.scalars(wanted.order_by(Product.name, ProductCost.product_id, ProductCost.from_on.desc())))


def set_cost(integration_id: int, data: CostInput) -> tuple[ProductCost, bool]:
    """Put a cost on record, or correct the one of that day, and commit; tells whether it is new.

    Raises:
        NotFound: no such integration; answer 404.
        Invalid: the product is not one of this platform, or the day is none.
    """
    integration = get_integration(integration_id)
    product = db.session.get(Product, data.product_id)
    refuse_if(_problems(integration, product, data))
    assert product is not None
    same = ProductCost.product_id == product.id, ProductCost.from_on == data.from_on
    cost = db.session.scalar(select(ProductCost).where(*same).with_for_update())
    before = _told(cost) if cost is not None else None
    fresh = cost or ProductCost(product_id=product.id, from_on=data.from_on)
    fresh.value = data.value
    db.session.add(fresh)
    if before != _told(fresh):
        audit.record("product.cost", "product", product.id, product.name, before=before, after=_told(fresh))
    commit()
    return fresh, cost is None


def remove_cost(integration_id: int, cost_id: int) -> None:
    """Take a cost off the record, and commit; what held before it holds again.

    Raises:
        NotFound: no such cost on that platform; answer 404.
    """
    cost = get_or_refuse(ProductCost, cost_id, "cost_unknown")
    if cost.product.integration_id != integration_id:
        raise NotFound("cost_unknown", {"id": cost_id})
    audit.record("product.cost_removed", "product", cost.product_id, cost.product.name, before=_told(cost), after={})
    db.session.delete(cost)
    commit()


def terms_of(integration_id: int) -> BillingTerms:
    """Return the terms of a platform; those that hold as long as nobody wrote others, where there are none.

    Raises:
        NotFound: no such integration; answer 404.
    """
    integration = get_integration(integration_id)
    return db.session.get(BillingTerms, integration_id) or _usual(integration.id)


def all_terms() -> dict[int, BillingTerms]:
    """Return the terms of every platform, by its id."""
    rows = select(Integration.id, BillingTerms).outerjoin(BillingTerms, BillingTerms.integration_id == Integration.id)
    return {integration_id: terms or _usual(integration_id) for integration_id, terms in db.session.execute(rows)}


def set_terms(integration_id: int, data: TermsInput) -> BillingTerms:
    """Write the terms of a platform, and commit; equal ones change nothing.

    Raises:
        NotFound: no such integration; answer 404.
    """
    integration = get_integration(integration_id)
    terms = terms_of(integration_id)
    before = snapshot(terms, TERMS)
    assign(terms, data.model_dump())
    db.session.add(terms)
    if before != snapshot(terms, TERMS):
        audit.record(
            "integration.terms", "integration", integration.id, integration.description,
            before=before, after=snapshot(terms, TERMS),
        )  # fmt: skip
    commit()
    return terms


def _usual(integration_id: int) -> BillingTerms:
    values = TermsInput().model_dump()
    return BillingTerms(integration_id=integration_id, mapping={}, **values)


def _problems(integration: Integration, product: Product | None, data: CostInput) -> list[Problem]:
    problems = []
    if product is None or product.integration_id != integration.id:
        problems.append(Problem("product_id", "cost_product_unknown"))
    if data.from_on < EARLIEST:
        problems.append(Problem("from_on", "cost_day_too_early", {"day": EARLIEST.isoformat()}))
    return problems


def _told(cost: ProductCost) -> dict[str, str]:
    return {"from_on": cost.from_on.isoformat(), "cost": f"{cost.value:.2f}"}
