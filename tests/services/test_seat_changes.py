"""What deliveries tell the ledger of seats: each right as the platform accepted it, added, taken away, handed on."""

import pytest
from sqlalchemy import select

from tests import factories
from tests.journeys.crowd import OWING, PAYING, drain, set_statuses
from tests.journeys.platforms import connect
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Entitlement, Integration, Package, Product, SeatChange, Service
from webapp.sandbox.client import Tenant
from webapp.services import sales
from webapp.services.convergence import rights


@pytest.fixture
def integration(app: object, nx: Tenant) -> Integration:
    """A platform with one account for all products of a service."""
    return connect(nx, "key")


def package_with(integration: Integration, *codes: str) -> Package:
    known = {product.code for product in integration.products}
    for code in codes:
        if code not in known:
            factories.make_product(integration, code=code)
    db.session.expire_all()
    return factories.make_package(integration, product_codes=list(codes))


def work() -> None:
    db.session.commit()
    assert drain() == 0
    db.session.expire_all()


def applied() -> list[tuple[str, str, str]]:
    """Return product, desired and applied of each right, in the order in which they came."""
    rows = select(Product.code, Entitlement.desired, Entitlement.applied).join(Product).order_by(Entitlement.id)
    return [(row[0], row[1], row[2]) for row in db.session.execute(rows)]


def told() -> list[tuple[str, str, bool]]:
    """Return product and state of each change, and whether a call did it; empty the table."""
    rows = select(Product.code, SeatChange.state, SeatChange.attempt_id).join(
        Product, Product.id == SeatChange.product_id
    )
    found = [(row[0], row[1], row[2] is not None) for row in db.session.execute(rows.order_by(SeatChange.id))]
    db.session.query(SeatChange).delete()
    db.session.commit()
    return found


def sold(integration: Integration, *codes: str) -> Service:
    service = factories.make_service()
    factories.make_sale(service, package_with(integration, *codes))
    work()
    return service


def test_right_that_is_made_suspended_enabled_and_ended_is_told_each_time(integration: Integration) -> None:
    service = sold(integration, "full")
    for status in (OWING, PAYING, "cancelado"):
        set_statuses([service.id], status)
        work()
    assert told() == [("full", state, True) for state in ("active", "suspended", "active", "absent")]
    assert applied() == [("full", "absent", "absent")]


def test_product_that_goes_from_an_account_that_stays_is_absent_once_the_update_was_accepted(
    integration: Integration,
) -> None:
    service = sold(integration, "full")
    extra = factories.make_sale(service, package_with(integration, "basico"))
    work()
    assert told() == [("full", "active", True), ("full", "active", True), ("basico", "active", True)]
    sales.remove_sale(extra.id)
    work()
    assert applied() == [("full", "active", "active"), ("basico", "absent", "absent")]
    assert told() == [("full", "active", True), ("basico", "absent", True)]


def test_last_package_that_goes_ends_its_right_with_the_account(integration: Integration) -> None:
    service = sold(integration, "full")
    sales.remove_sale(service.packages[0].id)
    work()
    assert applied() == [("full", "absent", "absent")]
    assert told() == [("full", "active", True), ("full", "absent", True)]


def test_product_that_another_package_carries_on_changes_hands_without_a_call(integration: Integration) -> None:
    service = sold(integration, "full")
    first = service.packages[0]
    factories.make_sale(service, package_with(integration, "full", "basico"))
    work()
    told()
    sales.remove_sale(first.id)
    work()
    assert applied() == [("full", "absent", "absent"), ("full", "active", "active"), ("basico", "active", "active")]
    assert told() == [("full", "absent", False)]


REFUSED = "kids"  # The platform sells no such thing.


def test_product_that_could_not_be_added_is_not_held(integration: Integration) -> None:
    service = sold(integration, "full")
    told()
    factories.make_sale(service, package_with(integration, REFUSED))
    db.session.commit()
    drain(patience_s=0.2)
    assert applied() == [("full", "active", "active"), (REFUSED, "active", "none")]
    assert told() == []


def test_suspension_speaks_of_what_is_there_and_of_nothing_else(integration: Integration) -> None:
    service = sold(integration, "full")
    factories.make_sale(service, package_with(integration, REFUSED))
    db.session.commit()
    drain(patience_s=0.2)
    told()
    set_statuses([service.id], OWING)
    drain(patience_s=0.2)
    assert told() == [("full", "suspended", True)]
    assert applied() == [("full", "suspended", "suspended"), (REFUSED, "suspended", "none")]


def test_rights_that_end_without_a_call_are_told_once(integration: Integration) -> None:
    sold(integration, "full")
    told()
    account_ids = list(db.session.scalars(select(Account.id)))
    db.session.rollback()
    for _ in range(2):
        with db.engine.begin() as connection:
            rights.end_all(connection, account_ids, utc_now())
    assert told() == [("full", "absent", False)]
    assert applied() == [("full", "active", "absent")]
