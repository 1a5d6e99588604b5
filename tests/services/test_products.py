"""Products: read from a platform over real HTTP, or typed by hand."""

import pytest
from sqlalchemy import select

from tests.factories import make_integration, make_package, make_product, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Event, Integration, Product
from webapp.sandbox.client import Tenant
from webapp.services import integrations, pages_platforms, products
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import ProductInput
from webapp.services.tables.sold import product_rows

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
    assert result.details == {"A": {"name": ("Plan A", "Plan A renamed")}}
    assert by_code(platform) == {"A": True, "B": False}
    nx.set_products([{"code": "A", "name": "Plan A renamed"}, {"code": "B", "name": "Plan B"}])
    back = products.sync_products(platform.id)
    assert (back.changed, back.returned) == (["B"], ["B"])
    assert by_code(platform) == {"A": True, "B": True}
    of_b = select(Event.action).where(Event.object_type == "product", Event.label == "Plan B").order_by(Event.id)
    assert db.session.scalars(of_b).all() == ["product.create", "product.missing", "product.return"]


def test_synchronisation_is_one_event_that_a_page_can_show(platform: Integration, nx: Tenant) -> None:
    products.sync_products(platform.id)
    nx.set_products([{"code": "A", "name": "Renamed"}, {"code": "C", "name": "Plan C"}])
    result = products.sync_products(platform.id)
    event = pages_platforms.find_sync(platform.id, str(result.event_id))
    assert event is not None
    assert event.after == {
        "added": ["C"], "changed": ["A"], "returned": [], "missing": ["B"], "unchanged": 0,
        "details": {"A": {"name": ["Plan A", "Renamed"]}},
    }  # fmt: skip
    assert pages_platforms.find_sync(platform.id + 1, str(result.event_id)) is None
    assert pages_platforms.find_sync(platform.id, "x") is None


def test_product_typed_by_hand_is_marked_only_where_the_platform_has_a_list(platform: Integration) -> None:
    by_hand = make_product(platform, code="HAND")
    assert products.sync_products(platform.id).missing == ["HAND"]
    assert by_hand.missing_since is not None
    webhook = make_integration()
    kept = make_product(webhook, code="BOOKS")
    assert products.sync_products(webhook.id).missing == []
    assert kept.missing_since is None


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


def listed(platform: Integration, active: str) -> list[int]:
    return [row.id for row in db.session.scalars(product_rows({"integration": str(platform.id), "active": active}))]


def test_hidden_product_leaves_list_and_choices_and_stays_hidden(platform: Integration) -> None:
    products.sync_products(platform.id)
    first, second = platform.products
    products.set_product_hidden(first.id, True)
    assert actions()[-1] == "product.hide"
    products.sync_products(platform.id)
    assert listed(platform, "all") == [second.id]
    assert listed(platform, "hidden") == [first.id]
    products.set_product_hidden(first.id, False)
    products.set_product_hidden(first.id, False)
    assert actions()[-2:] == ["integration.sync", "product.show"]


@pytest.mark.parametrize(
    ("name", "is_test"),
    [("PLANO BASICO TESTE", True), ("basico_teste", True), ("Test", True), ("Contest TV", False), ("Full", False)],
)
def test_only_a_whole_word_makes_a_product_look_like_a_test(name: str, is_test: bool) -> None:
    assert pages_platforms.looks_like_test(Product(name=name)) is is_test


def test_packages_that_carry_a_product_are_named() -> None:
    product = make_product()
    package = make_package(integration_id=product.integration_id, product_codes=[product.code])
    assert pages_platforms.packages_carrying([product.id, 999]) == {product.id: [package]}


def test_edit_begun_before_another_change_is_refused() -> None:
    product = make_product(code="A", name="Name")
    opened = products.product_version(product)
    products.update_product(product.id, ProductInput(code="A", name="First"), version=opened)
    with pytest.raises(Conflict, match="stale"):
        products.update_product(product.id, ProductInput(code="A", name="Second"), version=opened)
    assert products.get_product(product.id).name == "First"


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
