"""What new values would do: worked out from counts by value, so that no sale is read for it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import func, select

from webapp.decide.policy import ENDED
from webapp.decide.price_changes import Outcome, outcome_of, price_flaws
from webapp.decide.readjust import MOST_PERCENT, Rate
from webapp.extensions import db
from webapp.models import Package, Plan, PriceChange, Service, ServicePackage
from webapp.models.agenda import PLANNED
from webapp.services.changes import refuse_if
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import Id, Input, Text, Value

PACKAGE, PLAN = KINDS = ("package", "plan")
MOST_ITEMS = 500
FARTHEST_DAYS = 731
Percent = Annotated[Decimal, Field(ge=-100, le=MOST_PERCENT, decimal_places=2)]


class Item(Input):
    """One package or plan; a rate of its own stands before the order's."""

    id: Id
    percent: Percent | None = None
    amount: Value | None = None


class Order(Input):
    """Which packages or plans change, by how much, and from when.

    ``also_sold``: what is sold already changes in the same proportion; otherwise it keeps what it costs.
    """

    kind: Literal["package", "plan"]
    items: Annotated[list[Item], Field(max_length=MOST_ITEMS)] = Field(default_factory=list)
    percent: Percent | None = None
    amount: Value | None = None
    from_on: date
    also_sold: bool = False
    reason: Text = ""

    def rate_of(self, item: Item) -> Rate:
        """Return by how much an item changes."""
        own = item.percent is not None or item.amount is not None
        return Rate(item.percent, item.amount) if own else Rate(self.percent, self.amount)


@dataclass(frozen=True)
class Line:
    """What happens to one package or plan."""

    owner: Package | Plan
    rate: Rate
    outcome: Outcome

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.outcome.value != self.owner.value or bool(self.outcome.changed)


@dataclass(frozen=True)
class Preview:
    """What an order would do as things stand today; ``checksum`` is of all of it."""

    order: Order
    lines: tuple[Line, ...]
    checksum: str

    @property
    def before(self) -> Decimal:
        """What all that is sold of them costs per month now."""
        return sum((line.outcome.before for line in self.lines), Decimal("0.00"))

    @property
    def after(self) -> Decimal:
        """What it would cost."""
        return sum((line.outcome.after for line in self.lines), Decimal("0.00"))

    @property
    def changed(self) -> int:
        """How many sales or services get a new value."""
        return sum(line.outcome.changed for line in self.lines)


def preview_changes(order: Order) -> Preview:
    """Return what an order would do; changes nothing.

    Raises:
        Invalid: show every problem; ``items.3.amount`` is about the fourth item.
    """
    refuse_if(_order_problems(order))
    ids = [item.id for item in order.items]
    owners = _owners(order.kind, ids)
    groups = sold_values(order.kind, ids)
    refuse_if(_item_problems(order, owners, groups))
    lines = tuple(
        Line(owners[item.id], rate, outcome_of(rate, owners[item.id].value, groups[item.id], also_sold=order.also_sold))
        for item, rate in ((item, order.rate_of(item)) for item in order.items)
    )
    return Preview(order, lines, _checksum(order, lines))


def sold_values(kind: str, ids: Collection[int]) -> dict[int, dict[Decimal, int]]:
    """Return by package or plan what its sales cost: value -> how many. What has ended costs nothing."""
    found: dict[int, dict[Decimal, int]] = {one: {} for one in ids}
    if kind == PACKAGE:
        statement = (
            select(ServicePackage.package_id, ServicePackage.value, func.count())
            .join(Service, Service.id == ServicePackage.service_id)
            .where(ServicePackage.package_id.in_(ids), ServicePackage.removed_at.is_(None))
            .group_by(ServicePackage.package_id, ServicePackage.value)
        )
    else:
        value = func.coalesce(Service.value, Plan.value)
        statement = (
            select(Service.plan_id, value, func.count()).join(Plan, Plan.id == Service.plan_id)
            .where(Service.plan_id.in_(ids)).group_by(Service.plan_id, value)
        )  # fmt: skip
    for owner_id, one, count in db.session.execute(statement.where(Service.status.not_in(ENDED))):
        cents = Decimal(one).quantize(Decimal("0.01"))
        found[owner_id][cents] = found[owner_id].get(cents, 0) + count
    return found


def _owners(kind: str, ids: Collection[int]) -> dict[int, Package | Plan]:
    if kind == PACKAGE:
        return {row.id: row for row in db.session.scalars(select(Package).where(Package.id.in_(ids)))}
    return {row.id: row for row in db.session.scalars(select(Plan).where(Plan.id.in_(ids)))}


def _order_problems(order: Order) -> list[Problem]:
    today, ids = current_hub().today(), [item.id for item in order.items]
    problems = [] if ids else [Problem("items", "price_change_nothing_chosen")]
    if len(set(ids)) != len(ids):
        problems.append(Problem("items", "price_change_twice"))
    if order.from_on < today or (order.from_on - today).days > FARTHEST_DAYS:
        problems.append(Problem("from_on", "price_change_day", {"days": FARTHEST_DAYS}))
    return problems


def _item_problems(
    order: Order, owners: Mapping[int, Package | Plan], groups: Mapping[int, Mapping[Decimal, int]]
) -> list[Problem]:
    problems: list[Problem] = []
    taken = _planned_for(order)
    for index, item in enumerate(order.items):
        if item.id not in owners:
            problems.append(Problem(f"items.{index}.id", f"{order.kind}_id_unknown", {"id": item.id}))
        elif item.id in taken:
            params = {"name": owners[item.id].description}
            problems.append(Problem(f"items.{index}.id", "price_change_planned_already", params))
        else:
            flaws = price_flaws(
                order.rate_of(item), owners[item.id].value, groups[item.id], also_sold=order.also_sold
            )  # fmt: skip
            problems += [Problem(f"items.{index}.{flaw.field}", flaw.code, flaw.params) for flaw in flaws]
    return problems


def _planned_for(order: Order) -> set[int | None]:
    column = PriceChange.package_id if order.kind == PACKAGE else PriceChange.plan_id
    same = select(column).where(PriceChange.status == PLANNED, PriceChange.from_on == order.from_on)
    return set(db.session.scalars(same.where(column.in_([item.id for item in order.items]))))


def _checksum(order: Order, lines: Sequence[Line]) -> str:
    facts = [order.kind, order.from_on, order.also_sold]
    rows = [
        [line.owner.id, line.owner.version, line.owner.value, line.rate.percent, line.rate.amount, line.outcome.pairs]
        for line in lines
    ]
    return hashlib.sha256(json.dumps([facts, rows], default=str).encode()).hexdigest()
