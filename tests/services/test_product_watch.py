"""A product that packages sell and the platform names otherwise, or lists no more: told, and nothing written over."""

from datetime import timedelta

import pytest

from tests import factories
from webapp import clock
from webapp.extensions import db
from webapp.models import Alert, Integration, Product
from webapp.sandbox.client import Tenant
from webapp.services import product_sync, product_watch

PREMIUM = {"code": "A", "name": "Plan A"}


@pytest.fixture
def integration(app: object, nx: Tenant) -> Integration:
    """One that sells A in a package, and knows B, which nobody sells."""
    nx.set_products([PREMIUM, {"code": "B", "name": "Plan B"}])
    made = factories.make_integration(gateway="nx_play", params={"api_url": nx.url, "token": nx.token})
    product_sync.sync_products(made.id)
    factories.make_package(made, product_codes=["A"], integration_id=made.id, description="Premium")
    return made


def alerts(later: timedelta = timedelta()) -> dict[str, dict[str, str]]:
    clock.move(later)
    product_watch.watch_products(clock.utc_now())
    db.session.expire_all()
    return {row.code: row.params for row in db.session.query(Alert).filter_by(closed_at=None)}


def names() -> list[str]:
    return [row.name for row in db.session.query(Product).order_by(Product.code)]


def test_other_name_upstream_is_told_with_its_packages_and_over_once_it_is_taken_over(
    integration: Integration, nx: Tenant
) -> None:
    version = integration.version
    nx.set_products([{"code": "A", "name": "Plan A HD"}, {"code": "B", "name": "Another B"}])
    assert alerts() == {"product_renamed": {"products": "Plan A → Plan A HD", "packages": "Premium"}}
    assert (names(), db.session.get_one(Integration, integration.id).version) == (["Plan A", "Plan B"], version)
    clock.move(timedelta(minutes=1))
    product_sync.sync_products(integration.id)
    assert alerts(timedelta(minutes=1)) == {}


def test_product_gone_upstream_is_told_with_its_packages_until_it_is_back(integration: Integration, nx: Tenant) -> None:
    nx.set_products([{"code": "B", "name": "Plan B"}])
    assert alerts() == {"product_gone": {"products": "Plan A", "packages": "Premium"}}
    nx.set_products([PREMIUM])
    assert set(alerts(timedelta(hours=23))) == {"product_gone"}
    assert alerts(timedelta(hours=2)) == {}


def test_spelling_is_no_other_name_and_what_nobody_sells_is_no_loss(integration: Integration, nx: Tenant) -> None:
    nx.set_products([{"code": "A", "name": "  PLAN  a "}])
    assert alerts() == {}


@pytest.mark.parametrize("status", [200, 500])
def test_platform_that_shows_no_products_proves_nothing_and_is_asked_again_later(
    integration: Integration, nx: Tenant, status: int
) -> None:
    nx.set_products([])
    if status == 500:
        nx.set_dials(status=status)
    before = nx.calls()
    assert (alerts(), nx.calls()) == ({}, before + 1)
    assert (alerts(timedelta(minutes=5)), nx.calls()) == ({}, before + 1)
    assert (alerts(timedelta(days=1)), nx.calls()) == ({}, before + 2)
    assert (alerts(timedelta(hours=2)), nx.calls()) == ({}, before + 2 + (status == 500))
