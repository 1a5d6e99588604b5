"""Moving a service on the pages: to another plan, and to another holder."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.fixtures.people import Browser
from tests.services.helpers import account_of, freeze, nx_package
from tests.web import world
from tests.web.page import read_page
from tests.web.service_pages import fields, held, the_service, ticked
from tests.web.test_queries import counted
from webapp.extensions import db
from webapp.models import Customer, Event, Package, Plan, Service


@pytest.fixture
def moving(plan: Plan) -> Service:
    old = factories.make_package(description="Old", value=Decimal("1.00"))
    return factories.make_service(code="S-1", plan=factories.make_plan(old, value=Decimal("50.00")))


def preview(browser: Browser, service: Service, plan: Plan, **query: object) -> tuple[str, dict[str, str], list[str]]:
    response = browser.get(f"/services/{service.id}/migrate", query_string={"plan_id": plan.id, **query})
    assert response.status_code == 200
    found = read_page(response)
    return response.text, fields(found), ticked(found)


def test_migration_shows_what_is_added_and_removed_and_changes_nothing(
    attendant: Browser, moving: Service, plan: Plan, must: Package, may: Package
) -> None:
    text, _sent, chosen = preview(attendant, moving, plan)
    assert [name in text for name in ("Must", "May", "Old")] == [True] * 3
    assert chosen == [str(may.id)]
    assert must.products[0].name in text
    assert the_service().plan_id != plan.id


def test_migration_does_exactly_what_was_shown(
    attendant: Browser, moving: Service, plan: Plan, must: Package, may: Package
) -> None:
    _text, sent, chosen = preview(attendant, moving, plan)
    answer = attendant.post(f"/services/{moving.id}/migrate", data={**sent, "packages": chosen})
    assert answer.status_code == 303
    assert held(the_service()) == {must.id, may.id}
    assert the_service().plan_id == plan.id


def test_optional_package_is_taken_off_in_the_preview(
    attendant: Browser, moving: Service, plan: Plan, must: Package
) -> None:
    _text, sent, chosen = preview(attendant, moving, plan, chosen="1")
    assert chosen == []
    attendant.post(f"/services/{moving.id}/migrate", data=sent)
    assert held(the_service()) == {must.id}


def test_package_of_the_old_plan_can_be_kept(attendant: Browser, moving: Service, plan: Plan, must: Package) -> None:
    old = moving.packages[0].package_id
    _text, sent, chosen = preview(attendant, moving, plan, chosen="1", packages=old)
    attendant.post(f"/services/{moving.id}/migrate", data={**sent, "packages": chosen})
    assert held(the_service()) == {must.id, old}


def test_choice_that_was_not_shown_is_shown_first(attendant: Browser, moving: Service, plan: Plan) -> None:
    _text, sent, _chosen = preview(attendant, moving, plan)
    answer = attendant.post(f"/services/{moving.id}/migrate", data={**sent, "packages": []})
    assert answer.status_code == 200
    assert ticked(read_page(answer)) == []
    assert the_service().plan_id != plan.id


def test_migration_after_a_change_is_refused_and_shown_anew(
    attendant: Browser, moving: Service, plan: Plan, may: Package
) -> None:
    _text, sent, chosen = preview(attendant, moving, plan)
    factories.make_sale(moving, factories.make_package(description="Meanwhile"))
    answer = attendant.post(f"/services/{moving.id}/migrate", data={**sent, "packages": chosen})
    assert answer.status_code == 409
    assert "Meanwhile" in answer.text
    assert fields(read_page(answer))["stamp"] != sent["stamp"]
    assert the_service().plan_id != plan.id


def test_migration_sent_twice_has_one_effect(attendant: Browser, moving: Service, plan: Plan) -> None:
    _text, sent, chosen = preview(attendant, moving, plan)
    url = f"/services/{moving.id}/migrate"
    assert [attendant.post(url, data={**sent, "packages": chosen}).status_code for _time in range(2)] == [303, 303]
    assert db.session.scalar(select(func.count(Event.id)).where(Event.action == "service.migrate")) == 1


def test_own_value_stays_or_gives_way_to_the_new_plans(attendant: Browser, plan: Plan) -> None:
    stays, gives = (factories.make_service(value=Decimal("70.00")) for _number in range(2))
    for service, extra in ((stays, {}), (gives, {"plan_value": "y"})):
        _text, sent, chosen = preview(attendant, service, plan, **extra)
        answer = attendant.post(f"/services/{service.id}/migrate", data={**sent, **extra, "packages": chosen})
        assert answer.status_code == 303
    db.session.expire_all()
    assert (stays.value, gives.value) == (Decimal("70.00"), None)


def test_locked_plan_says_what_it_locks_out(attendant: Browser, must: Package) -> None:
    service = factories.make_service()
    factories.make_sale(service, factories.make_package(description="Apart"))
    locked = factories.make_plan(must, lock_packages=True)
    text, _sent, _chosen = preview(attendant, service, locked)
    assert "bg-red-lt" in text[text.index("Apart") :]


def test_migration_that_cannot_be_says_why_and_cannot_be_forced(attendant: Browser, plan: Plan) -> None:
    service = factories.make_service(status="cancelado")
    text, sent, chosen = preview(attendant, service, plan)
    assert "trouble-cause" in text
    answer = attendant.post(f"/services/{service.id}/migrate", data={**sent, "packages": chosen})
    assert answer.status_code == 422
    read_page(answer)


def test_package_that_comes_with_the_plan_gets_an_e_mail_of_its_own(attendant: Browser) -> None:
    customer, nx = factories.make_customer(), nx_package()
    factories.make_service(customer, factories.make_plan(nx))
    service, plan = factories.make_service(customer), factories.make_plan(nx, mandatory=True)
    url = f"/services/{service.id}/migrate"
    _text, sent, chosen = preview(attendant, service, plan)
    assert attendant.post(url, data={**sent, "packages": chosen}).status_code == 422
    text, sent, chosen = preview(attendant, service, plan, chosen="1", email="second@example.com")
    assert "second@example.com" in text
    assert attendant.post(url, data={**sent, "packages": chosen}).status_code == 303
    assert service.packages[0].params == {"email": "second@example.com"}


def test_package_that_comes_to_an_account_that_is_there_keeps_its_e_mail(attendant: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play")
    old, new = nx_package(integration), nx_package(integration)
    params = {"email": "own@example.com"}
    service = factories.make_service(plan=factories.make_plan(packages=[{"package_id": old.id, "params": params}]))
    plan = factories.make_plan(new)
    _text, sent, chosen = preview(attendant, service, plan)
    assert "email" not in sent
    assert attendant.post(f"/services/{service.id}/migrate", data={**sent, "packages": chosen}).status_code == 303
    assert held(service) == {new.id}
    assert service.packages[-1].params == params


def test_unknown_plan_and_service_are_not_found(attendant: Browser) -> None:
    service = factories.make_service()
    assert attendant.get(f"/services/{service.id}/migrate?plan_id=999").status_code == 404
    assert attendant.get("/services/999/migrate").status_code == 404


# Change of ownership


def test_new_holder_is_found_by_code_or_registered_on_the_way(attendant: Browser) -> None:
    service, other = factories.make_service(), factories.make_customer(code="77001")
    url = f"/services/{service.id}/transfer"
    assert f"{url}?customer_id={other.id}" in attendant.get(f"{url}?q=77001").text
    own = attendant.get(url, query_string={"q": service.customer.code}).text
    assert f"customer_id={service.customer_id}" not in own
    person = {"code": "77002", "name": "Bruno Teste", "email": "bruno@example.com"}
    made = attendant.post(f"/customers/new?transfer={service.id}", data=person).location
    holder = db.session.scalars(select(Customer).where(Customer.code == "77002")).one()
    assert made == f"{url}?customer_id={holder.id}"


def test_transfer_is_shown_and_carried_out(attendant: Browser) -> None:
    service = factories.make_service(plan=factories.make_plan(nx_package()))
    other = factories.make_customer(email="new@example.com")
    url = f"/services/{service.id}/transfer?customer_id={other.id}"
    page = attendant.get(url)
    assert "new@example.com" in page.text
    sent = {**fields(read_page(page)), "code": "S-2", "login": "other.login"}
    answer = attendant.post(url, data=sent)
    assert answer.location == f"/customers/{other.id}"
    assert (the_service("S-2").customer_id, the_service(service.code).status) == (other.id, "cancelado")


def test_transfer_that_is_refused_names_the_field_and_keeps_what_was_typed(attendant: Browser) -> None:
    service, other = factories.make_service(), factories.make_customer()
    url = f"/services/{service.id}/transfer?customer_id={other.id}"
    sent = {**fields(read_page(attendant.get(url))), "code": service.code, "login": "typed"}
    answer = attendant.post(url, data=sent)
    assert answer.status_code == 422
    assert "code-error" in read_page(answer).ids()
    assert 'value="typed"' in answer.text


def test_transfer_sent_twice_makes_one_service(attendant: Browser) -> None:
    service, other = factories.make_service(), factories.make_customer()
    url = f"/services/{service.id}/transfer?customer_id={other.id}"
    sent = {**fields(read_page(attendant.get(url))), "code": "S-2"}
    assert [attendant.post(url, data=sent).status_code for _time in range(2)] == [303, 303]
    assert attendant.post(url, data={**sent, "once": "", "code": "S-3"}).status_code == 422
    assert db.session.scalar(select(func.count(Service.id)).where(Service.customer_id == other.id)) == 1


def test_new_holder_who_has_an_account_already_gets_another_with_an_e_mail_of_its_own(attendant: Browser) -> None:
    plan = factories.make_plan(nx_package())
    service, other = factories.make_service(plan=plan), factories.make_service(plan=plan).customer
    url = f"/services/{service.id}/transfer?customer_id={other.id}"
    sent = {**fields(read_page(attendant.get(url))), "code": "S-2"}
    refused = attendant.post(url, data=sent)
    assert (refused.status_code, "email-error" in read_page(refused).ids()) == (422, True)
    sent["email"] = "second@example.com"
    shown = attendant.post(url, data={**sent, "show": "1"})
    assert (shown.status_code, "second@example.com" in shown.text) == (200, True)
    assert attendant.post(url, data=sent).status_code == 303
    assert the_service("S-2").packages[0].params == {"email": "second@example.com"}


def test_frozen_log_in_of_the_old_holder_is_not_given_to_the_new_one(attendant: Browser) -> None:
    service = factories.make_service(plan=factories.make_plan(nx_package()))
    freeze(account_of(service), service.customer.email)
    other = factories.make_customer(email=service.customer.email.upper().lower())
    url = f"/services/{service.id}/transfer?customer_id={other.id}"
    sent = {**fields(read_page(attendant.get(url))), "code": "S-2"}
    assert attendant.post(url, data=sent).status_code == 422
    assert the_service(service.code).status == "servico_habilitado"


@pytest.mark.parametrize(
    "address",
    [
        "/customers/{customer_id}",
        "/customers/{customer_id}/services/new?plan_id={plan_id}",
        "/services/{service_id}/status?to=cancel",
        "/services/{service_id}/migrate?plan_id={other}",
        "/services/{service_id}/transfer?customer_id={holder}",
    ],
)
def test_page_costs_the_same_queries_for_many_packages(address: str, attendant: Browser) -> None:
    here, holder = world.build(), factories.make_customer()
    other = factories.make_plan()
    url = address.format(**here.ids(), other=other.id, holder=holder.id)
    costs = []
    for _round in range(2):
        attendant.get(url)
        with counted() as seen:
            assert attendant.get(url).status_code == 200
        costs.append(len(seen))
        service = db.session.get(Service, here.service_id)
        package = db.session.get(Package, here.package_id)
        for _number in range(5):
            factories.make_sale(service, factories.make_package(package.integration))
    assert costs[0] == costs[1]
    assert costs[0] <= 10
