"""What leaks, in R$ per month: each kind counted once, where it is; and what packages bring and cost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests import factories
from tests.services.helpers import codes_of
from webapp.clock import utc_now
from webapp.decide.leaks import NOT_ACTIVE, NOT_SOLD, SUSPENDED, UNKNOWN
from webapp.extensions import db
from webapp.models import Account, Entitlement, Event, Integration, Orphan, Product, Seat, Service
from webapp.services.seats import balance, costs, leaks
from webapp.services.seats.costs import CostInput, TermsInput

pytestmark = pytest.mark.usefixtures("app")
LONG_AGO = timedelta(days=40)
FROM = date(2026, 1, 1)


@pytest.fixture
def integration(app: object) -> Integration:
    return factories.make_integration()


@pytest.fixture
def product(integration: Integration) -> Product:
    return factories.make_product(integration, code="full", name="Full")


def price(product: Product, value: str, from_on: date = FROM) -> None:
    costs.set_cost(product.integration_id, CostInput(product_id=product.id, from_on=from_on, value=Decimal(value)))


def sell(product: Product, **sale: Any) -> Service:
    """Sell a package of one product; the right is there, as the platform accepted it long ago."""
    package = factories.make_package(product.integration, product_codes=[product.code], value=Decimal("29.90"))
    service = factories.make_service()
    sold = factories.make_sale(service, package, **sale)
    account = db.session.scalars(select(Account).where(Account.service_id == service.id)).one()
    at = utc_now() - LONG_AGO
    ids = {"account_id": account.id, "service_package_id": sold.id, "product_id": product.id}
    right = {**ids, "desired": "active", "applied": "active", "created_at": at, "updated_at": at}
    db.session.execute(insert(Entitlement.__table__), [right])
    seat = {**ids, "integration_id": product.integration_id, "state": "active", "began_at": at, "began_by": "sold"}
    db.session.execute(insert(Seat.__table__), [seat])
    db.session.commit()
    return service


def turn(service: Service, *, desired: str, applied: str, at: timedelta = LONG_AGO) -> None:
    mine = Entitlement.account_id.in_(select(Account.id).where(Account.service_id == service.id))
    values = {"desired": desired, "applied": applied, "updated_at": utc_now() - at}
    db.session.execute(update(Entitlement.__table__).where(mine).values(values))
    db.session.commit()


def found(days: int = 30) -> dict[str, tuple[int, Decimal, int]]:
    sums = leaks.total(leaks.leaking(days))
    return {kind: (one.count, one.value, one.unpriced) for kind, one in sums.items() if one.count}


def test_hub_where_all_is_as_sold_leaks_nothing(product: Product) -> None:
    price(product, "9.90")
    sell(product)
    assert found() == {}


def test_each_kind_is_counted_once_with_its_value(product: Product, integration: Integration) -> None:
    price(product, "9.90")
    turn(sell(product), desired="absent", applied="active")
    turn(sell(product), desired="active", applied="none")
    suspended = sell(product)
    turn(suspended, desired="suspended", applied="suspended")
    last = select(Seat.id).order_by(Seat.id.desc()).limit(1).scalar_subquery()
    db.session.execute(update(Seat).where(Seat.id == last).values(state="suspended"))
    now = utc_now()
    db.session.add(Orphan(
        integration_id=integration.id, key="x", login="x@example.com", products=["full"], first_seen_at=now,
        last_seen_at=now,
    ))  # fmt: skip
    db.session.commit()
    cost = Decimal("9.90")
    assert found() == {
        NOT_SOLD: (1, cost, 0), UNKNOWN: (1, cost, 0), SUSPENDED: (1, cost, 0), NOT_ACTIVE: (1, Decimal("29.90"), 0),
    }  # fmt: skip
    (platform,) = leaks.leaking()
    assert [line.product for line in platform.products] == [product]


def test_what_is_hours_old_is_no_leak_yet(product: Product) -> None:
    for desired, applied in (("absent", "active"), ("active", "none")):
        turn(sell(product), desired=desired, applied=applied, at=timedelta(hours=20))
    assert found() == {}


def test_suspension_leaks_after_the_days_asked_and_only_where_it_is_billed(product: Product) -> None:
    price(product, "5.00")
    sell(product)
    db.session.execute(update(Seat).values(state="suspended"))
    db.session.commit()
    assert found(30)[SUSPENDED] == (1, Decimal("5.00"), 0)
    assert found(41) == {}
    costs.set_terms(product.integration_id, TermsInput(suspended_counts=False))
    assert found(30) == {}


def test_without_a_cost_on_record_it_is_counted_and_said(product: Product) -> None:
    turn(sell(product), desired="absent", applied="active")
    assert found() == {NOT_SOLD: (1, Decimal("0.00"), 1)}


def test_package_of_two_products_that_is_not_there_is_worth_its_value_once(
    product: Product, integration: Integration
) -> None:
    service = sell(product)
    right = db.session.scalars(select(Entitlement)).one()
    other = factories.make_product(integration, code="kids")
    row = {"account_id": right.account_id, "service_package_id": right.service_package_id, "product_id": other.id}
    at = utc_now()
    row |= {"desired": "active", "applied": "none", "created_at": at, "updated_at": at}
    db.session.execute(insert(Entitlement.__table__), [row])
    turn(service, desired="active", applied="none")
    assert found() == {NOT_ACTIVE: (2, Decimal("29.90"), 0)}


def test_cost_holds_from_its_day_on_and_the_same_day_again_corrects_it(product: Product) -> None:
    price(product, "9.90")
    price(product, "12.00", date(2026, 6, 1))
    price(product, "11.00", date(2026, 6, 1))
    assert costs.costs_on(date(2025, 12, 31)) == {}
    assert costs.costs_on(date(2026, 5, 31)) == {product.id: Decimal("9.90")}
    assert costs.costs_on(date(2026, 6, 1), product.integration_id) == {product.id: Decimal("11.00")}
    assert costs.costs_on(date(2026, 6, 1), product.integration_id + 1) == {}
    told = db.session.scalars(select(Event).where(Event.action == "product.cost").order_by(Event.id)).all()
    assert [event.after for event in told][-1] == {"cost": "11.00"}
    latest = costs.list_costs(product.integration_id)[0]
    costs.remove_cost(product.integration_id, latest.id)
    assert costs.costs_on(date(2026, 6, 1)) == {product.id: Decimal("9.90")}


def test_cost_of_a_product_elsewhere_or_before_all_days_is_refused(product: Product) -> None:
    other = factories.make_integration()
    data = CostInput(product_id=product.id, from_on=date(1999, 1, 1), value=Decimal(1))
    assert codes_of(lambda: costs.set_cost(other.id, data)) == [
        ("product_id", "cost_product_unknown"), ("from_on", "cost_day_too_early"),
    ]  # fmt: skip


def test_margin_of_a_package_is_what_is_paid_less_what_its_seats_cost(product: Product) -> None:
    price(product, "9.90")
    sell(product)
    free = sell(product)
    free.packages[0].free_until = date(2099, 1, 1)
    db.session.commit()
    all_ = balance.balances()
    assert (all_.whole.sales, all_.whole.revenue, all_.whole.cost) == (2, Decimal("29.90"), Decimal("19.80"))
    assert all_.whole.margin == Decimal("10.10")
    assert [line.balance.margin for line in all_.packages] == [Decimal("-9.90"), Decimal("20.00")]
    assert len(all_.plans) == 2
    assert [line.name for line in all_.platforms] == [product.integration.description]


def test_trend_knows_what_was_held_at_the_end_of_each_month(product: Product) -> None:
    price(product, "9.90", date(2020, 1, 1))
    sell(product)
    points = balance.trend()
    assert len(points) == balance.MONTHS
    assert [point.balance.seats for point in points][-2:] == [1, 1]
    assert points[0].balance.seats == 0
    assert points[-1].balance.cost == Decimal("9.90")
    assert points[-1].balance.revenue == Decimal("29.90")
    assert not points[-1].known


def test_trend_leaves_out_what_ended_and_what_was_never_installed_as_the_balance_does(product: Product) -> None:
    sell(product)
    for status in ("cancelado", "aguardando_instalacao"):
        account = sell(product)
        account.status = status
    db.session.commit()
    assert balance.trend()[-1].balance.sales == balance.balances().whole.sales == 1
