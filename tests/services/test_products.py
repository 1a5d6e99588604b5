"""Products: read from a platform over real HTTP, or typed by hand."""

import pytest

from tests.factories import make_integration, make_package, make_product, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Integration
from webapp.sandbox.client import Tenant
from webapp.services import integrations, products
from webapp.services.errors import NotFound
from webapp.services.inputs import ProductInput

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def platform(nx: Tenant) -> Integration:
    nx.set_products([{"code": "A", "name": "Plan A"}, {"code": "B", "name": "Plan B"}])
    return make_integration(gateway="nx_play", params={"api_url": nx.url, "token": nx.token})


def by_code(integration: Integration) -> dict[str, bool]:
    db.session.expire_all()
    return {product.code: product.missing_since is None for product in integration.products}


def test_sync_adds_then_changes_nothing(platform: Integration) -> None:
    assert products.sync_products(platform.id).added == ["A", "B"]
    again = products.sync_products(platform.id)
    assert (again.added, again.changed, again.missing, again.unchanged) == ([], [], [], 2)


def test_product_that_vanished_is_marked_and_comes_back(platform: Integration, nx: Tenant) -> None:
    products.sync_products(platform.id)
    nx.set_products([{"code": "A", "name": "Plan A renamed"}])
    result = products.sync_products(platform.id)
    assert (result.changed, result.missing) == (["A"], ["B"])
    assert by_code(platform) == {"A": True, "B": False}
    nx.set_products([{"code": "A", "name": "Plan A renamed"}, {"code": "B", "name": "Plan B"}])
    assert products.sync_products(platform.id).changed == ["B"]
    assert by_code(platform) == {"A": True, "B": True}


def test_empty_list_from_a_platform_that_had_products_changes_nothing(platform: Integration, nx: Tenant) -> None:
    products.sync_products(platform.id)
    nx.set_products([])
    assert codes_of(lambda: products.sync_products(platform.id)) == [("", "products_empty")]
    assert by_code(platform) == {"A": True, "B": True}


def test_platform_that_fails_changes_nothing(platform: Integration, nx: Tenant) -> None:
    products.sync_products(platform.id)
    nx.set_dials(status=500)
    with pytest.raises(GatewayError):
        products.sync_products(platform.id)
    assert by_code(platform) == {"A": True, "B": True}


def test_product_switched_off_by_hand_stays_off(platform: Integration) -> None:
    products.sync_products(platform.id)
    product = platform.products[0]
    products.set_product_active(product.id, False)
    products.sync_products(platform.id)
    db.session.refresh(product)
    assert product.active is False


def test_webhook_gets_its_one_generic_product() -> None:
    assert len(products.sync_products(make_integration().id).added) == 1


def test_good_test_ends_a_pause_and_a_bad_one_does_not(platform: Integration, nx: Tenant) -> None:
    platform.paused_code = "auth_stopped"
    db.session.commit()
    nx.set_dials(status=401)
    assert not all(step.ok for step in integrations.test_integration(platform.id))
    assert integrations.get_integration(platform.id).paused_code == "auth_stopped"
    nx.clear_dials()
    assert all(step.ok for step in integrations.test_integration(platform.id))
    assert integrations.get_integration(platform.id).paused_code is None
    assert actions()[-2:] == ["integration.test", "integration.resume"]


def test_taken_code_and_unknown_product_are_refused() -> None:
    product = make_product(code="A")
    data = ProductInput(code="A", name="Another")
    assert codes_of(lambda: products.add_product(product.integration_id, data)) == [("code", "product_code_taken")]
    with pytest.raises(NotFound):
        products.update_product(999, data)


def test_changed_code_marks_holders_and_a_changed_name_does_not() -> None:
    product = make_product(code="A", name="Name")
    package = make_package(integration_id=product.integration_id, product_codes=["A"])
    service = make_service()
    make_sale(service, package)
    before = account_of(service).generation
    products.update_product(product.id, ProductInput(code="A", name="Other"))
    assert account_of(service).generation == before
    products.update_product(product.id, ProductInput(code="B", name="Other"))
    assert account_of(service).generation == before + 1
