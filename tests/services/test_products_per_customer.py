"""Products where each customer has a list of his own on the platform, and where there is only one."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.gateways.recipe.lists import Lists
from tests.services.helpers import account_of, codes_of, freeze
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Integration, Product
from webapp.services import products, recipes

OWN_LISTS = """
key = "own_lists"
label = "Own lists"
status = "assumed"
guarantee = "exactly_one"
product_source = "per_customer"
login_fields = ["email"]

[params.api_url]
label = "Address"
required = true

[account]
login = "email"
remote = { person = "id" }
state = "state"
states = { active = "active" }

[product]
kind = "kind"

[operations.list_products]
url = "{{ params.api_url }}/people/{{ remote.person }}/products"
items = "body.items"

[operations.find]
url = "{{ params.api_url }}/people"
items = "body.items"
absent = "body.none"

[operations.create]
method = "POST"
url = "{{ params.api_url }}/people"
json = { email = "{{ account.login }}" }
remote = { person = "body.id" }

[operations.suspend]
method = "POST"
url = "{{ params.api_url }}/people/{{ remote.person }}/off"

[operations.enable]
method = "POST"
url = "{{ params.api_url }}/people/{{ remote.person }}/on"

[operations.update]
method = "PUT"
url = "{{ params.api_url }}/people/{{ remote.person }}"

[operations.cancel]
method = "DELETE"
url = "{{ params.api_url }}/people/{{ remote.person }}"
"""
GENERIC = """
key = "one_thing"
label = "One thing"
status = "assumed"
guarantee = "exactly_one"
product_source = "generic"
generic_product = { code = "tv", name = "Television" }
local = ["create", "update", "suspend", "enable", "cancel"]
"""


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Lists]:
    rows = [{"code": "A", "name": "Alpha", "kind": "basic"}, {"code": "B", "name": "Beta", "kind": "extra"}]
    recipes.save_version(OWN_LISTS, reason="a test", base=recipes.edition("own_lists"), key="own_lists")
    with Lists(lambda asked: {"items": rows}) as fake:
        yield fake


@pytest.fixture
def integration(platform: Lists) -> Integration:
    return factories.make_integration(gateway="own_lists", params={"api_url": platform.url})


def known_customer(integration: Integration, code: str = "2023", remote_id: str = "77") -> None:
    """Make a customer whose account the platform knows under an id."""
    service = factories.make_service(factories.make_customer(code))
    factories.make_sale(service, factories.make_package(integration))
    account = account_of(service)
    account.remote_ids = {"person": remote_id} if remote_id else {}
    freeze(account, "maria@example.com")


def by_code(integration: Integration) -> dict[str, str]:
    db.session.expire_all()
    return {product.code: product.kind for product in integration.products if product.code in ("A", "B")}


def test_e6_products_of_one_customer_are_read_with_their_kind(platform: Lists, integration: Integration) -> None:
    known_customer(integration)
    assert products.sync_products(integration.id, " 2023 ").added == ["A", "B"]
    assert platform.asked[-1].path == "/people/77/products"
    assert by_code(integration) == {"A": "basic", "B": "extra"}


def test_e7_product_that_another_customer_has_not_is_not_gone(platform: Lists, integration: Integration) -> None:
    known_customer(integration)
    products.sync_products(integration.id, "2023")
    platform.play = lambda asked: {"items": [{"code": "A", "name": "Alpha", "kind": "other"}]}
    result = products.sync_products(integration.id, "2023")
    assert (result.missing, result.details) == ([], {"A": {"kind": ("basic", "other")}})


def test_platform_that_tells_no_kind_leaves_the_known_one(platform: Lists, integration: Integration) -> None:
    known_customer(integration)
    products.sync_products(integration.id, "2023")
    platform.play = lambda asked: {"items": [{"code": "A", "name": "Alpha"}]}
    assert products.sync_products(integration.id, "2023").changed == []
    assert by_code(integration)["A"] == "basic"


@pytest.mark.parametrize(("code", "why"), [("", "needed"), ("  ", "needed"), ("9", "unknown"), ("2024", "unknown")])
def test_customer_whom_the_platform_does_not_know_is_refused_in_words(
    code: str, why: str, platform: Lists, integration: Integration
) -> None:
    known_customer(integration, "2024", remote_id="")
    refusal = codes_of(lambda: products.sync_products(integration.id, code))
    assert refusal == [("customer_code", f"products_customer_{why}")]
    assert platform.asked == []


def test_page_asks_whose_products_and_says_when_nobody_knows_him(admin: Browser, integration: Integration) -> None:
    page = read_page(admin.get(f"/integrations/{integration.id}/products"))
    assert "customer_code" in [attrs.get("name") for attrs in page.all("input")]
    refused = admin.post(f"/integrations/{integration.id}/products/sync", data={"customer_code": "2023"})
    assert refused.status_code == 422
    field = next(attrs for attrs in read_page(refused).all("input") if attrs.get("name") == "customer_code")
    assert field["value"] == "2023"


def test_page_reads_the_products_of_the_customer_that_was_typed(admin: Browser, integration: Integration) -> None:
    known_customer(integration)
    done = admin.post(f"/integrations/{integration.id}/products/sync", data={"customer_code": "2023"})
    assert done.status_code in (302, 303)
    assert by_code(integration) == {"A": "basic", "B": "extra"}


def test_e6_generic_platform_gets_its_one_product_without_a_call(app: APIFlask) -> None:
    recipes.save_version(GENERIC, reason="a test", base=recipes.edition("one_thing"), key="one_thing")
    integration = factories.make_integration(gateway="one_thing", params={})
    assert products.sync_products(integration.id).added == ["tv"]
    assert db.session.query(Product).filter_by(integration_id=integration.id).one().name == "Television"
