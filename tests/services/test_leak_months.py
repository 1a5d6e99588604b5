"""What leaks month by month: noted while it is so, the last note of a month stays; and the money at stake."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.services.test_leaks import price, sell, turn
from webapp import clock
from webapp.decide.leaks import NOT_ACTIVE, NOT_SOLD
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import Integration, Invoice, LeakFigure, Product
from webapp.services.seats.leak_months import Stake, list_months, stake_columns, stake_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _in_november(app: APIFlask) -> Iterator[None]:
    clock.move(datetime(2026, 11, 23, 15, tzinfo=UTC) - clock.utc_now())
    yield
    clock.reset()


@pytest.fixture
def product(app: APIFlask) -> Product:
    return factories.make_product(factories.make_integration(), code="full", name="Full")


def invoice(integration: Integration, state: str, disputed: str, day: int | None) -> None:
    at = None if day is None else datetime(2026, 11, day, tzinfo=UTC)
    db.session.add(Invoice(
        integration_id=integration.id, month=date(2026, 10, 1), state=state, file_name="f.csv", digest=f"{day}",
        disputed=Decimal(disputed), checked_at=at,
    ))  # fmt: skip
    db.session.commit()


def test_each_month_keeps_its_last_note_and_nothing_is_made_up_for_those_before(product: Product) -> None:
    price(product, "9.90")
    first, second = sell(product), sell(product)
    turn(first, desired="absent", applied="active")
    tasks.note_leaks()
    turn(second, desired="active", applied="none")
    tasks.note_leaks()
    (november,) = list_months()
    assert (november.month, november.value, november.unpriced) == (date(2026, 11, 1), Decimal("9.90"), 0)
    assert (november.sums[NOT_SOLD].count, november.sums[NOT_ACTIVE].value) == (1, Decimal("29.90"))
    clock.move(timedelta(days=10))
    turn(first, desired="absent", applied="absent")
    tasks.note_leaks()
    assert [(one.month, one.value) for one in list_months()] == [
        (date(2026, 11, 1), Decimal("9.90")), (date(2026, 12, 1), Decimal("0.00")),
    ]  # fmt: skip
    assert len(db.session.scalars(select(LeakFigure)).all()) == 8


def test_leak_without_a_cost_is_counted_as_such(product: Product) -> None:
    turn(sell(product), desired="absent", applied="active")
    tasks.note_leaks()
    assert [(one.value, one.unpriced) for one in list_months()] == [(Decimal("0.00"), 1)]


def read_stake() -> Stake:
    return stake_of(db.session.execute(select(*stake_columns())).one())


def test_stake_is_what_was_noted_last_the_last_conference_and_what_is_open(product: Product) -> None:
    stake = read_stake()
    assert (stake.leaks, stake.disputed, stake.open_invoices) == (None, None, 0)
    price(product, "9.90")
    turn(sell(product), desired="absent", applied="active")
    tasks.note_leaks()
    for state, disputed, day in (("closed", "5.00", 3), ("checked", "7.50", 9), ("columns", "0.00", None)):
        invoice(product.integration, state, disputed, day)
    stake = read_stake()
    assert (stake.leaks, stake.disputed, stake.open_invoices) == (Decimal("9.90"), Decimal("7.50"), 2)
