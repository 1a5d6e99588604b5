"""Rights that nobody here made, on a platform where each right is an account of its own."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

from tests import factories
from tests.services.orphan_scenes import note, status
from tests.services.rights_platform import RECIPE, Rights, account, connect, install, sell, states, work
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Observed, RemoteState
from webapp.models import Integration, Orphan
from webapp.services.orphans.adopting import adopt
from webapp.services.orphans.cancelling import work_due
from webapp.services.orphans.deciding import cancel
from webapp.services.orphans.outlook import outlooks

EMAIL = "maria@example.com"
# It says how many other rights stand on the log-in, as platforms need it that end the person with the last one.
TOLD = RECIPE.replace(
    'method = "DELETE"\nurl = "{{ params.api_url }}/rights/{{ remote.subscription }}"',
    'method = "DELETE"\nurl = "{{ params.api_url }}/rights/{{ remote.subscription }}?others={{ others }}"',
)


@pytest.fixture
def platform(app: APIFlask) -> Iterator[Rights]:
    install(TOLD)
    with Rights() as fake:
        yield fake


@pytest.fixture
def integration(platform: Rights) -> Integration:
    """Maria has FULL through the hub."""
    integration = connect(platform)
    sell(integration, "FULL")
    return integration


def stranger(platform: Rights, integration: Integration, product: str, email: str = EMAIL) -> Orphan:
    """Note a right that somebody made there by hand."""
    right = platform.add(email, product)
    return note(integration, Observed(email, RemoteState.ACTIVE, {"subscription": right["id"]}, products=(product,)))[0]


def test_a_further_right_of_a_customer_joins_the_account_and_is_not_made_twice(
    platform: Rights, integration: Integration
) -> None:
    one = stranger(platform, integration, "KIDS")
    service = account().service
    factories.make_product(integration, code="KIDS")
    # Sold at this moment: the engine has not seen it yet.
    factories.make_sale(service, factories.make_package(integration, product_codes=["KIDS"]))
    before = len(platform.writes)
    [result] = adopt([one.id], service.id)
    assert (result.problem, result.account_id) == (None, account().id)
    work()
    assert states() == {"FULL": "active", "KIDS": "active"}
    assert [line for line in platform.writes[before:] if line == "POST /rights"] == []
    assert account().units[next(key for key in account().units if "KIDS" in key)]["remote_ids"] == {
        "subscription": platform.of("KIDS")["id"]}  # fmt: skip


def test_a_right_that_is_not_sold_cannot_be_adopted_and_says_what_to_sell(
    platform: Rights, integration: Integration
) -> None:
    one = stranger(platform, integration, "KIDS")
    [outlook] = outlooks([one], account().service_id)
    assert outlook.problem is not None
    assert (outlook.problem.code, outlook.sellable) == ("orphan_product_not_sold", True)


def test_ending_a_strange_right_never_counts_as_the_last_one_of_a_customer(
    platform: Rights, integration: Integration
) -> None:
    one = stranger(platform, integration, "KIDS")
    cancel([one.id], "Not sold by us")
    work_due(utc_now())
    assert (status(one), [right["product"] for right in platform.rights.values()]) == ("cancelled", ["FULL"])
    assert [asked.query["others"] for asked in platform.asked if asked.method == "DELETE"] == ["1"]


def test_a_right_without_a_known_product_is_left_to_a_person(platform: Rights, integration: Integration) -> None:
    right = platform.add("else@example.com", "KIDS")
    unclear = Observed("else@example.com", RemoteState.ACTIVE, {"subscription": right["id"]})
    [one] = note(integration, unclear)
    cancel([one.id], "Unknown")
    work_due(utc_now())
    assert (status(one), one.error_code, one.due_at) == ("cancelling", "orphan_product_unknown", None)
    assert len(platform.rights) == 2
    db.session.rollback()
