"""Synchronising products by the API, where each customer has a list of his own."""

from tests import factories
from tests.api.conftest import Program
from webapp.models import Integration
from webapp.services import recipes

RECIPE = """
key = "own_lists"
label = "Own lists"
status = "assumed"
guarantee = "exactly_one"
product_source = "per_customer"
local = ["create", "update", "suspend", "enable", "cancel"]

[operations.list_products]
url = "http://127.0.0.1:9/people/{{ customer.code }}/products"
items = "body.items"
"""


def integration() -> Integration:
    recipes.save_version(RECIPE, reason="a test", base=recipes.edition("own_lists"), key="own_lists")
    return factories.make_integration(gateway="own_lists", params={})


def test_e6_customer_that_is_needed_or_unknown_is_named_as_the_field(admin: Program) -> None:
    address = f"/integrations/{integration().id}/products/sync"
    for query, code in (("", "products_customer_needed"), ("?customer_code=9", "products_customer_unknown")):
        refused = admin.post(address + query)
        assert refused.status_code == 422
        assert [(error["field"], error["code"]) for error in refused.json["errors"]] == [("customer_code", code)]
    assert admin.post(address + "?customer=9").status_code == 422
