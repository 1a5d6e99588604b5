"""Vazamento de assentos: what platforms bill and nobody pays for, and what is paid for and not there. Only read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, cast, func, literal, null, select, type_coerce, union_all

from webapp.clock import utc_now
from webapp.decide.leaks import KINDS, NOT_ACTIVE, NOT_SOLD, PATIENCE, SUSPENDED, UNKNOWN, USUAL_DAYS, Sum, totals
from webapp.decide.state import LIVE
from webapp.extensions import db
from webapp.models import Account, BillingTerms, Entitlement, Integration, Orphan, Product, Seat, ServicePackage
from webapp.services.hub import current_hub
from webapp.services.orphans.noting import OPEN
from webapp.services.seats.costs import costs_on

ABSENT, ACTIVE = "absent", "active"
# What a subscriber can use, or could when he finishes it.
HERE = (ACTIVE, "pending_user", "unknown")
NO_PRODUCT = 0
# Where no single sale is meant.
_NO_SALE = cast(null(), Integer), cast(null(), BigInteger)
Place = tuple[int, int]
Found = dict[Place, dict[str, Sum]]


@dataclass(frozen=True)
class ProductLeaks:
    """What leaks of one product; None = such accounts whose products nobody here knows."""

    product: Product | None
    sums: Mapping[str, Sum]


@dataclass(frozen=True)
class PlatformLeaks:
    """What leaks on one platform, by kind, and of which products."""

    integration: Integration
    sums: Mapping[str, Sum]
    products: list[ProductLeaks]


def leaking(days: int = USUAL_DAYS) -> list[PlatformLeaks]:
    """Return what leaks now, by platform; all platforms, also those where nothing does.

    Args:
        days: a seat that is suspended for so long counts, where the platform bills it.
    """
    now = utc_now()
    costs = costs_on(current_hub().today())
    found: Found = defaultdict(lambda: {kind: Sum() for kind in KINDS})
    _add_known(found, union_all(_not_sold(now), _suspended(now, days), _unpaid(now)), costs)
    products = {one.id: one for one in db.session.scalars(select(Product))}
    _add_unknown(found, products.values(), costs)
    integrations = db.session.scalars(select(Integration).order_by(Integration.description, Integration.id))
    return [_platform(one, found, products) for one in integrations]


def right_rows(kind: str, now: datetime) -> Select[Any]:
    """Return the rights that leak in one of two ways: there and not sold, or sold and not there."""
    long_ago = Entitlement.updated_at <= now - PATIENCE
    if kind == NOT_SOLD:
        return select(Entitlement).where(Entitlement.desired == ABSENT, Entitlement.applied.in_(LIVE), long_ago)
    return select(Entitlement).where(Entitlement.desired == ACTIVE, Entitlement.applied.not_in(HERE), long_ago)


def seat_rows(now: datetime, days: int) -> Select[Any]:
    """Return the seats that are suspended for so long and billed all the same."""
    terms = select(BillingTerms.integration_id).where(BillingTerms.suspended_counts.is_(False))
    return select(Seat).where(
        Seat.ended_at.is_(None), Seat.integration_id.in_(select(Integration.id)), Seat.integration_id.not_in(terms),
        Seat.began_at <= now - timedelta(days=days), Seat.state == "suspended",
    )  # fmt: skip


def total(platforms: Iterable[PlatformLeaks]) -> dict[str, Sum]:
    """Return what leaks on all of them together, by kind."""
    return totals((kind, one) for platform in platforms for kind, one in platform.sums.items())


def _not_sold(now: datetime) -> Any:
    rows = right_rows(NOT_SOLD, now).join(Account, Account.id == Entitlement.account_id)
    columns = Account.integration_id, Entitlement.product_id
    return rows.with_only_columns(literal(NOT_SOLD), *columns, func.count(), *_NO_SALE).group_by(*columns)


def _suspended(now: datetime, days: int) -> Any:
    columns = Seat.integration_id, Seat.product_id
    rows = seat_rows(now, days).with_only_columns(literal(SUSPENDED), *columns, func.count(), *_NO_SALE)
    return rows.group_by(*columns)


def _unpaid(now: datetime) -> Any:
    rows = right_rows(NOT_ACTIVE, now).join(Account, Account.id == Entitlement.account_id)
    rows = rows.join(ServicePackage, ServicePackage.id == Entitlement.service_package_id)
    sale = ServicePackage.id, type_coerce(ServicePackage.value, BigInteger)
    return rows.with_only_columns(
        literal(NOT_ACTIVE), Account.integration_id, Entitlement.product_id, literal(1), *sale
    )  # fmt: skip


def _add_known(found: Found, rows: Any, costs: Mapping[int, Decimal]) -> None:
    """Count rights and seats; what a package brings counts once, with one of its products."""
    seen = set()
    for kind, integration_id, product_id, count, sale_id, cents in db.session.execute(rows):
        price = costs.get(product_id)
        if kind == NOT_ACTIVE:
            price = Decimal("0.00") if sale_id in seen else Decimal(cents) / 100
            seen.add(sale_id)
        found[integration_id, product_id][kind].add(count, price)


def _add_unknown(found: Found, products: Iterable[Product], costs: Mapping[int, Decimal]) -> None:
    """Count accounts that nobody here made, by the products that the platform shows of them."""
    known = {(one.integration_id, one.code): one.id for one in products}
    rows = select(Orphan.integration_id, Orphan.products).where(Orphan.status == OPEN)
    for integration_id, codes in db.session.execute(rows):
        ids = [known.get((integration_id, code), NO_PRODUCT) for code in codes or ()] or [NO_PRODUCT]
        for product_id in ids:
            found[integration_id, product_id][UNKNOWN].add(1, costs.get(product_id))


def _platform(integration: Integration, found: Found, products: Mapping[int, Product]) -> PlatformLeaks:
    mine = {product_id: sums for (one, product_id), sums in found.items() if one == integration.id}
    lines = [ProductLeaks(products.get(product_id), sums) for product_id, sums in mine.items()]
    lines.sort(key=lambda line: line.product.name if line.product is not None else "")
    return PlatformLeaks(integration, totals(pair for sums in mine.values() for pair in sums.items()), lines)
