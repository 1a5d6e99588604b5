"""Recipes of several calls, batches and shared users, as the engine drives them: over real HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests import factories
from tests.gateways.recipe.keys_platform import USER_AND_KEY, Keys, words_of
from tests.journeys.crowd import ENDED, OWING, PAYING, accounts_of, drain, sell_to_crowd, set_statuses, statuses
from webapp import clock
from webapp.extensions import db
from webapp.models import Attempt, Integration, Package, Service, ServicePackage
from webapp.services import accounts, recipes, sales
from webapp.services.errors import Invalid

SOFTLY = USER_AND_KEY.replace("[remote_ids.user]\nkept = true\n", "[remote_ids.user]\n")
BLOCK = """
[operations.suspend]
method = "POST"
url = "{{ params.url }}/users/{{ remote.user }}/block"
[operations.enable]
method = "POST"
url = "{{ params.url }}/users/{{ remote.user }}/product/on"
"""
BATCH = """
[operations.suspend]
method = "POST"
url = "{{ params.url }}/suspend"
json = { product = "{{ product.code }}", documents = "{{ batch }}" }
[operations.suspend.batch]
size = 50
by = "{{ product.code }}"
each = "{{ customer.document }}"
results = "body.results"
match = "document"
outcomes = [{ when = "item.ok == `false`", is = "rejected" }]
"""
ORDER = """
[[operations.create.steps]]
name = "order"
method = "POST"
url = "{{ params.url }}/orders"
remote = { order = "body.order" }
[[operations.create.steps]]
name = "done"
url = "{{ params.url }}/orders/{{ remote.order }}"
outcomes = [{ when = "body.state == 'working'", is = "wait", wait_s = 20 }]
[operations.cancel]
method = "DELETE"
url = "{{ params.url }}/users/{{ remote.order }}"
answer = "any"
outcomes = [{ status = [404], is = "gone" }]
"""


@pytest.fixture
def keys(app: object) -> Iterator[Keys]:
    with Keys() as fake:
        yield fake


def integrate(keys: Keys, words: str, top: str = "") -> Integration:
    """Install a recipe and make an integration with the fake."""
    recipes.save_version(words_of(words, top), reason="a test", base=recipes.edition("keys"), key="keys")
    return factories.make_integration(gateway="keys", params={"url": keys.url})


def packages_of(integration: Integration, *codes: str) -> list[Package]:
    for code in codes:
        factories.make_product(integration, code=code)
    return [factories.make_package(integration_id=integration.id, product_codes=[code]) for code in codes]


def attempts() -> list[tuple[str, str | None]]:
    rows = db.session.execute(select(Attempt.operation, Attempt.outcome).order_by(Attempt.id)).all()
    db.session.rollback()
    return [(row.operation, row.outcome) for row in rows]


def test_c4_a_create_whose_second_call_fails_goes_on_there_and_leaves_one_user(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY)
    keys.misbehave(503, on=lambda call: call.path.endswith("/keys"))
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain(patience_s=0.2)
    account = accounts_of(integration)[0]
    assert account.remote_ids == {"user": "u1"}
    assert account.units[next(iter(account.units))]["progress"]["done"] == ["user"]
    clock.move(timedelta(hours=1))
    drain()
    assert keys.paths() == ["POST /users", "POST /users/u1/keys", "POST /users/u1/keys"]
    account = accounts_of(integration)[0]
    assert account.status == "active"
    unit = next(iter(account.units.values()))
    assert (account.remote_ids, unit["remote_ids"], "progress" in unit) == ({"user": "u1"}, {"key": "k2"}, False)


def test_c9_an_error_page_after_a_step_that_is_done_is_no_doubt_where_the_next_may_be_repeated(keys: Keys) -> None:
    words = SOFTLY.replace('name = "key"\nmethod = "POST"', 'name = "key"\nmethod = "POST"\nrepeat_safe = true')
    integration = integrate(keys, words)
    keys.misbehave(500, on=lambda call: call.path.endswith("/keys"))
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain(patience_s=0.2)
    clock.move(timedelta(hours=1))
    drain(patience_s=0.2)
    assert (accounts_of(integration)[0].status, len(keys.users), len(keys.keys)) == ("active", 1, 1)


def test_c4_what_is_half_made_is_cancelled_when_nobody_wants_it_any_more(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY)
    keys.misbehave(503, on=lambda call: call.path.endswith("/keys"), times=-1)
    services = sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain(patience_s=0.2)
    assert len(keys.users) == 1
    set_statuses(services, ENDED)
    clock.move(timedelta(hours=1))
    drain()
    assert (keys.users, accounts_of(integration)[0].status) == ({}, "cancelled")


def test_c4_a_refused_second_call_blocks_the_account_and_leaves_no_user(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY)
    keys.misbehave(422, on=lambda call: call.path.endswith("/keys"), body={"message": "no such product"})
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain()
    account = accounts_of(integration)[0]
    assert (account.status, account.error_code, account.remote_ids) == ("blocked", "platform_rejected", {})
    assert keys.users == {}


def test_c6_used_up_capacity_waits_slowly_and_goes_on_after_the_step_that_is_done(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY)
    keys.misbehave(402, on=lambda call: call.path.endswith("/keys"))
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain(patience_s=0.2)
    account = accounts_of(integration)[0]
    assert (account.status, account.error_kind) == ("pending", "capacity")
    clock.move(timedelta(days=1))
    drain()
    assert (accounts_of(integration)[0].status, keys.paths().count("POST /users")) == ("active", 1)


def test_c7_what_is_still_worked_on_is_no_failure_and_is_ordered_once(keys: Keys) -> None:
    integration = integrate(keys, ORDER)
    keys.jobs_need = 2
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    for _ in range(2):
        drain(patience_s=0.2)
        account = accounts_of(integration)[0]
        assert (account.status, account.error_code, account.tries) == ("pending", None, 0)
        clock.move(timedelta(seconds=21))
    drain(patience_s=0.2)
    assert accounts_of(integration)[0].status == "active"
    assert keys.paths().count("POST /orders") == 1
    assert attempts() == [("create", "in_progress"), ("create", "in_progress"), ("create", "ok")]


def test_b9_cancel_of_one_of_two_rights_keeps_the_user_and_of_both_removes_him(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY)
    full, kids = packages_of(integration, "FULL", "KIDS")
    service = factories.make_service(factories.make_customer(email="maria@example.com"))
    sold = [factories.make_sale(service, package) for package in (full, kids)]
    drain()
    assert sorted(key["product"] for key in keys.keys.values()) == ["FULL", "KIDS"]
    assert len(keys.users) == 1
    sales.remove_sale(sold[0].id)
    drain()
    assert [key["product"] for key in keys.keys.values()] == ["KIDS"]
    assert len(keys.users) == 1
    sales.remove_sale(sold[1].id)
    drain()
    assert (keys.users, keys.keys) == ({}, {})
    account = accounts_of(integration)[0]
    assert (account.status, account.remote_ids) == ("cancelled", {})


def test_b2_an_id_that_the_recipe_keeps_outlives_the_last_cancel(keys: Keys) -> None:
    integration = integrate(keys, USER_AND_KEY.replace("last_only = true\n", 'when = ""\n'))
    services = sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain()
    set_statuses(services, ENDED)
    drain()
    account = accounts_of(integration)[0]
    assert (account.status, account.remote_ids) == ("cancelled", {"user": "u1"})


def two_services() -> list[Service]:
    customer = factories.make_customer(email="maria@example.com")
    return [factories.make_service(customer) for _ in range(2)]


def test_b9_two_services_of_one_customer_share_a_user_until_the_last_one_ends(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY, "shared_users = true\n")
    package = packages_of(integration, "FULL")[0]
    services = two_services()
    for service in services:
        factories.make_sale(service, package)
    drain()
    assert (len(keys.users), len(keys.keys), statuses(integration)) == (1, 2, {"active": 2})
    set_statuses([services[0].id], ENDED)
    drain()
    assert (len(keys.users), len(keys.keys)) == (1, 1)
    set_statuses([services[1].id], ENDED)
    drain()
    assert (keys.users, keys.keys) == ({}, {})


def test_b9_two_services_that_end_together_leave_no_user_behind(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY, "shared_users = true\n")
    package = packages_of(integration, "FULL")[0]
    services = two_services()
    for service in services:
        factories.make_sale(service, package)
    drain()
    set_statuses([service.id for service in services], ENDED)
    drain()
    assert (keys.users, statuses(integration)) == ({}, {"cancelled": 2})


def test_b9_two_customers_never_share_a_user(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY, "shared_users = true\n")
    package = packages_of(integration, "FULL")[0]
    first, second = (factories.make_service(factories.make_customer()) for _ in range(2))
    factories.make_sale(first, package)
    drain()
    factories.make_sale(second, package)
    db.session.get_one(Service, second.id).customer.email = first.customer.email
    db.session.commit()
    drain()
    assert statuses(integration) == {"active": 1, "blocked": 1}
    assert len(keys.keys) == 1


def test_c8_sixty_suspensions_of_one_product_take_two_calls(keys: Keys) -> None:
    integration = integrate(keys, BATCH)
    services = sell_to_crowd(packages_of(integration, "FULL")[0], 60)
    drain()
    set_statuses(services, OWING)
    drain()
    assert sorted(len(call.json["documents"]) for call in keys.ledger) == [10, 50]
    assert statuses(integration) == {"suspended": 60}
    assert len(set(keys.suspended)) == 60


def test_c8_each_of_a_batch_has_his_own_end(keys: Keys) -> None:
    integration = integrate(keys, BATCH)
    full, kids = packages_of(integration, "FULL", "KIDS")
    services = sell_to_crowd(full, 3) + sell_to_crowd(kids, 1)
    drain()
    people = [db.session.get_one(Service, number).customer.document for number in services]
    keys.unknown_documents, keys.silent_documents = {people[0]}, {people[1]}
    set_statuses(services, OWING)
    drain(patience_s=0.2)
    assert sorted(call.json["product"] for call in keys.ledger) == ["FULL", "KIDS"]
    found = {account.service_id: (account.status, account.error_kind) for account in accounts_of(integration)}
    assert [found[number] for number in services] == [
        ("blocked", "rejected"), ("pending", "unknown"), ("suspended", None), ("suspended", None),
    ]  # fmt: skip


def test_c8_one_failed_call_of_a_batch_counts_as_one_failure(keys: Keys) -> None:
    integration = integrate(keys, BATCH)
    services = sell_to_crowd(packages_of(integration, "FULL")[0], 20)
    drain()
    keys.misbehave(503)
    set_statuses(services, OWING)
    drain(patience_s=0.2)
    db.session.refresh(integration)
    assert integration.breaker.get("failures", 0) <= 1
    assert not integration.breaker.get("openings")
    clock.move(timedelta(hours=1))
    drain()
    assert statuses(integration) == {"suspended": 20}


def test_c1_enable_sent_as_create_that_goes_unanswered_is_never_repeated_blindly(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY, 'aliases = { suspend = "cancel", enable = "create" }\n')
    services = sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain()
    set_statuses(services, OWING)
    drain()
    assert keys.users == {}
    keys.misbehave("reset", on=lambda call: call.path.endswith("/keys"))
    set_statuses(services, PAYING)
    drain(patience_s=0.2)
    clock.move(timedelta(hours=1))
    drain(patience_s=0.2)
    assert accounts_of(integration)[0].status == "parked"
    assert (len(keys.users), len(keys.keys)) == (1, 1)


def test_b8_a_second_product_is_refused_at_the_sale_and_before_the_call_in_the_same_words(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY + "[constraints]\none_product = true\n")
    full, kids = packages_of(integration, "FULL", "KIDS")
    service = factories.make_service()
    factories.make_sale(service, full)
    with pytest.raises(Invalid) as caught:
        factories.make_sale(service, kids)
    assert [(problem.field, problem.code) for problem in caught.value.problems] == [
        ("package_id", "constraint_one_product")
    ]
    drain()
    assert statuses(integration) == {"active": 1}


def sell_unchecked(service: Service, package: Package) -> None:
    """Sell as an import of old data may: nobody looked at the platform's rules."""
    sale = ServicePackage(service_id=service.id, package_id=package.id, value=Decimal("29.90"), params={})
    db.session.add(sale)
    accounts.mark_services([service.id])
    db.session.commit()


def test_b8_a_second_account_of_a_customer_is_blocked_before_any_call(keys: Keys) -> None:
    rule = "[constraints]\none_account_per_customer = true\n"
    integration = integrate(keys, SOFTLY + rule, 'login_fields = ["login_autenticacao"]\n')
    package = packages_of(integration, "FULL")[0]
    first, second = two_services()
    sell_unchecked(second, package)
    sell_unchecked(first, package)
    drain()
    found = {account.service_id: (account.status, account.error_code) for account in accounts_of(integration)}
    assert found == {second.id: ("active", None), first.id: ("blocked", "constraint_one_account")}
    assert len(keys.users) == 1


def test_b8_the_basic_product_goes_before_the_one_that_needs_it(keys: Keys) -> None:
    integration = integrate(keys, SOFTLY + '[constraints]\nbasic_kind = "basic"\ndistinct_kinds = true\n')
    extra, basic, more = packages_of(integration, "EXTRA", "BASE", "MORE")
    for package, kind in ((extra, "premium"), (basic, "Basic"), (more, "premium")):
        package.product_links[0].product.kind = kind
    db.session.commit()
    service = factories.make_service()
    sell_unchecked(service, extra)
    sell_unchecked(service, basic)
    sell_unchecked(service, more)
    drain()
    assert [key["product"] for key in keys.keys.values()] == ["BASE", "EXTRA"]
    assert accounts_of(integration)[0].error_code == "constraint_same_kind"


def test_c5_who_waits_for_his_user_is_written_to_again_when_a_person_asks(keys: Keys) -> None:
    words = """
[operations.create]
method = "POST"
url = "{{ params.url }}/users"
json = { login = "{{ account.login }}" }
outcomes = [{ status = [201], is = "pending_user" }]
[operations.resend_activation]
method = "POST"
url = "{{ params.url }}/orders"
"""
    integration = integrate(keys, words)
    sell_to_crowd(packages_of(integration, "FULL")[0], 1)
    drain()
    assert accounts_of(integration)[0].status == "waiting_user"
    accounts.resend(accounts_of(integration)[0].id)
    drain()
    assert keys.paths() == ["POST /users", "POST /orders"]
    assert accounts_of(integration)[0].status == "waiting_user"
