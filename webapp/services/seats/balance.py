"""What packages, plans and platforms bring and cost in a month, now and as it went. Only read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, literal, null, or_, select, union_all

from webapp.clock import utc_now
from webapp.decide.leaks import NOTHING, Balance, billed_states
from webapp.decide.policy import ENDED, WAITING
from webapp.extensions import db
from webapp.models import Integration, Package, Plan, Seat, Service, ServicePackage
from webapp.services.hub import current_hub
from webapp.services.reports.tally import ENDED_AT
from webapp.services.seats.beginning import begun_at
from webapp.services.seats.costs import all_costs, all_terms, costs_on

MONTHS = 12
PLATFORM, PACKAGE, PLAN = "platform", "package", "plan"


@dataclass(frozen=True)
class Line:
    """One package, plan or platform with what it brings and costs; ``id`` None = packages without a platform."""

    id: int | None
    name: str
    balance: Balance


@dataclass(frozen=True)
class Balances:
    """What is brought and cost in a month as things stand now."""

    whole: Balance
    platforms: Sequence[Line]
    packages: Sequence[Line]
    plans: Sequence[Line]


@dataclass(frozen=True)
class Point:
    """How it stood at the end of a month, or stands now.

    Attributes:
        known: the ledger was complete then; else what it cost is not known.
    """

    day: date
    balance: Balance
    known: bool


def balances() -> Balances:
    """Return what everything brings and costs in a month, each sale and each billed seat once."""
    cells = _cells()
    names, platform_of = _names()
    whole = Balance()
    sums: dict[str, dict[int | None, Balance]] = {kind: defaultdict(Balance) for kind in (PLATFORM, PACKAGE, PLAN)}
    for (package_id, plan_id), one in cells.items():
        places = (PACKAGE, package_id), (PLAN, plan_id), (PLATFORM, platform_of[package_id])
        for into in (whole, *(sums[kind][place] for kind, place in places)):
            into.merge(one)
    return Balances(whole, *(_lines(sums[kind], names[kind]) for kind in (PLATFORM, PACKAGE, PLAN)))


def trend() -> list[Point]:
    """Return the ends of the last months, the oldest first, and today; values as they are on record today."""
    days = _days(current_hub().today())
    sold, held, began = _sales_at(days), _seats_at(days), begun_at()
    return [
        Point(day, Balance(sales, revenue, seats, cost, unpriced), began is not None and began <= _after(day))
        for day, (sales, revenue), (seats, cost, unpriced) in zip(days, sold, held, strict=True)
    ]


def _names() -> tuple[dict[str, dict[int, str]], dict[int, int | None]]:
    """Return what everything is called, by kind and id; and of which platform each package is."""
    kinds = ((PACKAGE, Package, Package.integration_id), (PLAN, Plan, null()), (PLATFORM, Integration, null()))
    arms = [select(literal(kind), one.id, one.description, cast(of, Integer)) for kind, one, of in kinds]
    names: dict[str, dict[int, str]] = {PACKAGE: {}, PLAN: {}, PLATFORM: {}}
    platform_of: dict[int, int | None] = {}
    for kind, row_id, description, integration_id in db.session.execute(union_all(*arms)):
        names[kind][row_id] = description
        if kind == PACKAGE:
            platform_of[row_id] = integration_id
    return names, platform_of


def _cells() -> dict[tuple[int, int], Balance]:
    """Return by package and plan what they bring and cost."""
    cells: dict[tuple[int, int], Balance] = defaultdict(Balance)
    for package_id, plan_id, count, value in db.session.execute(_live_sales(current_hub().today())):
        cells[package_id, plan_id].merge(Balance(sales=count, revenue=Decimal(value or 0).quantize(NOTHING)))
    costs = costs_on(current_hub().today())
    for package_id, plan_id, product_id, count in db.session.execute(_billed_seats()):
        cost = costs.get(product_id)
        cells[package_id, plan_id].merge(
            Balance(seats=count, cost=count * (cost or NOTHING), unpriced=0 if cost is not None else count)
        )
    return cells


def _live_sales(day: date) -> Any:
    columns = ServicePackage.package_id, Service.plan_id
    paid = func.sum(case((_is_paid(day), ServicePackage.value)))
    rows = select(*columns, func.count(), paid).join(Service, Service.id == ServicePackage.service_id)
    live = ServicePackage.removed_at.is_(None), *_runs(day), Service.status.not_in((*ENDED, *WAITING))
    return rows.where(*live).group_by(*columns)


def _is_paid(day: date) -> ColumnElement[bool]:
    return or_(ServicePackage.free_until.is_(None), ServicePackage.free_until < day)


def _runs(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        or_(ServicePackage.starts_on.is_(None), ServicePackage.starts_on <= day),
        or_(ServicePackage.ends_on.is_(None), ServicePackage.ends_on >= day),
    )


def _billed_seats() -> Any:
    columns = ServicePackage.package_id, Service.plan_id, Seat.product_id
    rows = select(*columns, func.count()).select_from(Seat)
    rows = rows.join(ServicePackage, ServicePackage.id == Seat.service_package_id)
    rows = rows.join(Service, Service.id == ServicePackage.service_id)
    return rows.where(Seat.ended_at.is_(None), or_(*_billed())).group_by(*columns)


def _billed() -> list[ColumnElement[bool]]:
    """Return, platform by platform, which states are billed there; of a hub without any, nothing is."""
    terms = all_terms()
    return [
        and_(Seat.integration_id == one, Seat.state.in_(billed_states(
            suspended_counts=row.suspended_counts, pending_counts=row.pending_counts
        )))
        for one, row in terms.items()
    ] or [Seat.id < 0]  # fmt: skip


def _seats_at(days: Sequence[date]) -> list[tuple[int, Decimal, int]]:
    """Return, day by day, how many seats were billed, what they cost, and how many of them have no cost on record."""
    ends = [_after(day) for day in days]
    held = [
        func.count().filter(Seat.began_at < end, or_(Seat.ended_at.is_(None), Seat.ended_at >= end)) for end in ends
    ]
    recent = or_(Seat.ended_at.is_(None), Seat.ended_at >= ends[0])
    rows = select(Seat.product_id, *held).where(recent, or_(*_billed())).group_by(Seat.product_id)
    costs, found = all_costs(), [(0, NOTHING, 0) for _ in days]
    for product_id, *counts in db.session.execute(rows):
        for number, (day, count) in enumerate(zip(days, counts, strict=True)):
            cost, (seats, value, unpriced) = costs.on(product_id, day), found[number]
            missing = count if cost is None else 0
            found[number] = (seats + count, value + count * (cost or NOTHING), unpriced + missing)
    return found


def _sales_at(days: Sequence[date]) -> list[tuple[int, Decimal]]:
    """Return, day by day, how many packages were sold, and what was paid for them."""
    columns = []
    for day in days:
        end = _after(day)
        removed = or_(ServicePackage.removed_at.is_(None), ServicePackage.removed_at >= end)
        live = and_(ServicePackage.created_at < end, removed, or_(ENDED_AT.is_(None), end <= ENDED_AT), *_runs(day))
        columns += [func.count().filter(live), func.sum(case((and_(live, _is_paid(day)), ServicePackage.value)))]
    # Since when a service waits is not on record; who still waits for the installation never had it.
    sold = select(*columns).join(Service, Service.id == ServicePackage.service_id)
    row = db.session.execute(sold.where(Service.status.not_in(WAITING))).one()
    return [
        (row[2 * number], Decimal(row[2 * number + 1] or 0).quantize(NOTHING)) for number in range(len(days))
    ]  # fmt: skip


def _days(today: date) -> list[date]:
    """Return the last days of the months before this one, the oldest first, and today."""
    days, first = [today], today.replace(day=1)
    for _ in range(MONTHS - 1):
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    return days[::-1]


def _after(day: date) -> datetime:
    """Return the end of a day where the provider is; of today, now."""
    zone = ZoneInfo(current_hub().settings.timezone)
    return min(datetime.combine(day + timedelta(days=1), time(), zone), utc_now())


def _lines(found: Mapping[int | None, Balance], names: Mapping[int, str]) -> list[Line]:
    lines = [Line(one, names[one] if one is not None else "", balance) for one, balance in found.items()]
    return sorted(lines, key=lambda line: (line.balance.margin, line.name))
