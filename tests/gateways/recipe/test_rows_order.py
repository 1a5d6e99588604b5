"""The order of calls when one product takes another's place, as the engine sends them over real HTTP."""

from collections.abc import Iterator

import pytest

from tests import factories
from tests.gateways.recipe.keys_platform import USER_AND_KEY, Keys, words_of
from tests.journeys.crowd import drain
from webapp.extensions import db
from webapp.services import recipes, sales


@pytest.fixture
def keys(app: object) -> Iterator[Keys]:
    with Keys() as fake:
        yield fake


def test_c14_former_product_is_cancelled_before_the_new_one_is_made(keys: Keys) -> None:
    recipes.save_version(words_of(USER_AND_KEY), reason="a test", base=recipes.edition("keys"), key="keys")
    integration = factories.make_integration(gateway="keys", params={"url": keys.url})
    for code in ("FULL", "KIDS"):
        factories.make_product(integration, code=code)
    full, kids = (
        factories.make_package(integration_id=integration.id, product_codes=[code]) for code in ("FULL", "KIDS")
    )
    service = factories.make_service()
    former = factories.make_sale(service, full)
    drain()
    made = len(keys.ledger)
    sales.remove_sale(former.id)
    factories.make_sale(service, kids)
    drain()
    db.session.rollback()
    assert [path.split()[0] for path in keys.paths()[made:] if "/keys" in path] == ["DELETE", "POST"]
    assert [key["product"] for key in keys.keys.values()] == ["KIDS"]
