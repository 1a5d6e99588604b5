"""Customers and their services on the pages: card, menu, contract, status, migration, change of ownership."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.fixtures.people import Browser
from tests.services.helpers import nx_package
from tests.web import world
from tests.web.page import read_page
from tests.web.service_pages import fields, held, part_of, the_service, ticked
from webapp.extensions import db
from webapp.models import Account, Event, Package, Plan, Service
from webapp.services import subscriptions
from webapp.services.inputs import ServiceInput


def contract(plan: Plan, **changes: object) -> dict[str, object]:
    return {"code": "S-1", "plan_id": plan.id, "status": "servico_habilitado", "login": "ana", **changes}


# Customers: list


def test_customers_are_filtered_by_whether_a_service_is_active(viewer: Browser) -> None:
    going, gone = factories.make_service(), factories.make_service(status="cancelado")
    bare = factories.make_customer()
    pages = {word: viewer.get(f"/customers?active={word}").text for word in ("active", "inactive", "all")}
    found = {word: [one.name in text for one in (going.customer, gone.customer, bare)] for word, text in pages.items()}
    assert found == {"active": [True, False, False], "inactive": [False, True, True], "all": [True, True, True]}


def test_customer_row_shows_plan_and_status_and_a_menu_that_leads_on(attendant: Browser) -> None:
    service = factories.make_service()
    page = attendant.get("/customers")
    assert service.plan.description in page.text
    links = [attrs["href"] for attrs in read_page(page).all("a")]
    base = f"/customers/{service.customer_id}"
    assert {base, f"{base}/edit", f"{base}/services/new", f"/history?type=customer&id={service.customer_id}"} <= set(
        links
    )


def test_items_per_page_are_kept_while_paging(viewer: Browser) -> None:
    for _number in range(11):
        factories.make_customer()
    page = viewer.get("/customers?size=10")
    following = next(attrs["href"] for attrs in read_page(page).all("a") if "cursor=" in attrs.get("href", ""))
    assert "size=10" in following
    assert len(re.findall(r'<a href="/customers/\d+"><strong', viewer.get(following).text)) == 1


def test_filter_without_a_match_offers_all_customers(viewer: Browser) -> None:
    factories.make_customer()
    assert 'href="/customers"' in viewer.get("/customers?active=active").text


# Customer: card


def test_services_that_ended_are_hidden_and_counted_until_asked_for(viewer: Browser) -> None:
    customer = factories.make_customer()
    gone = factories.make_service(customer, status="cancelado")
    going = factories.make_service(customer)
    short, whole = (viewer.get(f"/customers/{customer.id}{query}").text for query in ("", "?services=all"))
    assert (f'id="service-{gone.id}"' in short, f'id="service-{gone.id}"' in whole) == (False, True)
    assert f"(2) {going.plan.description}" in short
    part = viewer.get(f"/customers/{customer.id}?services=all", hx=True).text
    assert part.strip().startswith('<div id="services"')


def test_card_adds_own_value_and_packages(viewer: Browser, plan: Plan) -> None:
    service = factories.make_service(plan=plan, value=Decimal("80.00"))
    text = viewer.get(f"/customers/{service.customer_id}").text
    assert [amount in text for amount in ("80,00", "15,00", "95,00", "100,00")] == [True] * 4


@pytest.mark.parametrize(("login", "password", "seen"), [("", "", True), ("ana", "", False), ("", "p4ssword", False)])
def test_card_says_when_there_is_no_authentication(login: str, password: str, seen: bool, viewer: Browser) -> None:
    service = factories.make_service(login=login, password=password)
    text = viewer.get(f"/customers/{service.customer_id}").text
    assert ("no authentication" in text or "não possui autenticação" in text) is seen
    assert "p4ssword" not in text


@pytest.mark.parametrize(
    ("ends_on", "badge"), [(None, "secondary"), (date(2000, 1, 1), "orange"), (date(2999, 1, 1), "green")]
)
def test_card_shows_the_state_of_the_contract(ends_on: date | None, badge: str, viewer: Browser) -> None:
    service = factories.make_service(contract_ends_on=ends_on, billing_method="Carnet", suspension_profile="Gentle")
    text = viewer.get(f"/customers/{service.customer_id}").text
    shown = re.search(r'class="contract".*?bg-(\w+)-lt', text, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == badge
    assert "Carnet" in text
    assert "Gentle" in text


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("servico_habilitado", {"suspend", "cancel"}),
        ("suspenso_debito", {"enable", "cancel"}),
        ("suspenso_parcialmente", {"suspend", "enable", "cancel"}),
        ("aguardando_instalacao", {"enable", "cancel"}),
        ("cancelado", {"enable"}),
    ],
)
def test_menu_offers_what_makes_sense_now(status: str, steps: set[str], attendant: Browser) -> None:
    service = factories.make_service(status=status)
    found = read_page(attendant.get(f"/customers/{service.customer_id}?services=all"))
    links = [attrs["href"] for attrs in found.all("a")]
    assert {link.partition("?to=")[2] for link in links if "/status?to=" in link} == steps
    assert (f"/services/{service.id}/migrate" in links) is ("cancel" in steps)
    assert (f"/services/{service.id}/transfer" in links) is ("cancel" in steps)


def test_viewer_sees_packages_and_history_in_the_menu_and_nothing_that_acts(viewer: Browser) -> None:
    service = factories.make_service()
    links = [attrs["href"] for attrs in read_page(viewer.get(f"/customers/{service.customer_id}")).all("a")]
    assert {f"/services/{service.id}/packages", f"/history?type=service&id={service.id}"} <= set(links)
    assert not [link for link in links if re.search(r"/(status|migrate|transfer|edit|new)\b", link)]


# New service


def test_plan_presets_its_packages_and_only_optional_ones_can_be_taken_off(
    attendant: Browser, plan: Plan, must: Package, may: Package
) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new?plan_id={plan.id}"
    found = read_page(attendant.get(url))
    boxes = {attrs["id"]: attrs for attrs in found.all("input") if attrs.get("type") == "checkbox"}
    assert ticked(found) == [str(may.id)]
    assert {"checked", "disabled"} <= boxes[f"package-{must.id}"].keys()
    assert "name" not in boxes[f"package-{must.id}"]


def test_choice_is_kept_for_the_plan_it_was_made_for_and_preset_for_another(
    attendant: Browser, plan: Plan, may: Package
) -> None:
    other = factories.make_plan(may)
    url = f"/customers/{factories.make_customer().id}/services/new"
    same = attendant.get(url, query_string={"plan_id": plan.id, "shown_plan": plan.id}, hx=True)
    assert (same.text.strip().startswith('<div id="offer"'), ticked(part_of(same.text))) == (True, [])
    fresh = attendant.get(url, query_string={"plan_id": other.id, "shown_plan": plan.id}, hx=True)
    assert ticked(part_of(fresh.text)) == [str(may.id)]


def test_service_gets_exactly_the_packages_that_were_left_ticked(attendant: Browser, plan: Plan, must: Package) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    assert attendant.post(url, data=contract(plan, shown_plan=plan.id)).status_code == 303
    assert held(the_service()) == {must.id}


def test_service_saved_without_looking_gets_all_packages_and_the_plans_term(
    attendant: Browser, plan: Plan, must: Package, may: Package
) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    assert attendant.post(url, data=contract(plan, sold_on="2026-01-15")).status_code == 303
    assert held(the_service()) == {must.id, may.id}
    assert the_service().contract_ends_on == date(2027, 1, 14)


def test_another_plan_than_the_one_shown_is_shown_first(attendant: Browser, plan: Plan) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    response = attendant.post(url, data=contract(plan, shown_plan=factories.make_plan().id))
    assert response.status_code == 422
    found = read_page(response)
    assert "plan_id-error" in found.ids()
    assert fields(found)["shown_plan"] == str(plan.id)
    assert db.session.scalar(select(func.count(Service.id))) == 0


def test_button_without_javascript_shows_the_packages_and_saves_nothing(attendant: Browser, plan: Plan) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    response = attendant.post(url, data=contract(plan, show="1", address="Rua 1"))
    assert response.status_code == 200
    found = fields(read_page(response))
    assert (found["shown_plan"], found["address"]) == (str(plan.id), "Rua 1")
    assert db.session.scalar(select(func.count(Service.id))) == 0


def test_end_of_the_contract_follows_the_plan_until_somebody_types_another(attendant: Browser, plan: Plan) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    asked = {"plan_id": plan.id, "sold_on": "2026-03-10"}
    proposed = fields(part_of(attendant.get(url, query_string=asked, hx=True).text))
    assert proposed["contract_ends_on"] == proposed["proposed_end"] == "2027-03-09"
    later = {**asked, **proposed, "sold_on": "2026-04-10"}
    assert fields(part_of(attendant.get(url, query_string=later, hx=True).text))["contract_ends_on"] == "2027-04-09"
    typed = {**later, "contract_ends_on": "2030-01-01"}
    assert fields(part_of(attendant.get(url, query_string=typed, hx=True).text))["contract_ends_on"] == "2030-01-01"


def test_package_that_the_plan_does_not_carry_cannot_be_smuggled_in(attendant: Browser, plan: Plan) -> None:
    foreign = factories.make_package()
    url = f"/customers/{factories.make_customer().id}/services/new"
    attendant.post(url, data=contract(plan, shown_plan=plan.id, packages=[foreign.id]))
    assert foreign.id not in held(the_service())


def test_commercial_data_are_stored(attendant: Browser, plan: Plan) -> None:
    given = {
        "value": "79,90", "due_day": "10", "billing_method": "Boleto", "billing_kind": "prepaid",
        "suspension_profile": "Gentle", "contract_ends_on": "2027-12-31", "shown_plan": plan.id,
    }  # fmt: skip
    url = f"/customers/{factories.make_customer().id}/services/new"
    assert attendant.post(url, data=contract(plan, **given)).status_code == 303
    service = the_service()
    assert (service.value, service.due_day, service.billing_method) == (Decimal("79.90"), 10, "Boleto")
    assert (service.billing_kind, service.suspension_profile) == ("prepaid", "Gentle")
    assert service.contract_ends_on == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("name", "value"), [("due_day", "32"), ("due_day", "x"), ("value", "much"), ("plan_id", ""), ("code", "")]
)
def test_wrong_service_data_are_named_beside_the_field(name: str, value: str, attendant: Browser, plan: Plan) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    response = attendant.post(url, data=contract(plan, **{name: value}))
    assert response.status_code == 422
    assert f"{name}-error" in read_page(response).ids()


def test_same_contract_sent_twice_makes_one_service(attendant: Browser, plan: Plan) -> None:
    url = f"/customers/{factories.make_customer().id}/services/new"
    for _time in range(2):
        attendant.post(url, data=contract(plan))
    assert db.session.scalar(select(func.count(Service.id))) == 1


def test_second_service_of_a_customer_gets_an_e_mail_of_its_own_where_the_platform_has_the_first(
    attendant: Browser,
) -> None:
    plan = factories.make_plan(nx_package(), mandatory=True)
    customer = factories.make_service(plan=plan).customer
    url = f"/customers/{customer.id}/services/new"
    refused = attendant.post(url, data=contract(plan, shown_plan=plan.id))
    assert refused.status_code == 422
    assert "email-error" in read_page(refused).ids()
    given = contract(plan, shown_plan=plan.id, login="ana.fibra", email="second@example.com")
    assert attendant.post(url, data=given).status_code == 303
    assert the_service().packages[0].params == {"email": "second@example.com"}


# Edit


def test_dates_and_value_that_are_emptied_are_emptied(attendant: Browser) -> None:
    given = {
        "sold_on": date(2026, 1, 1), "value": Decimal("50.00"), "due_day": 5, "contract_ends_on": date(2027, 1, 1),
        "pause_from": date(2026, 2, 1), "pause_until": date(2026, 3, 1),
    }  # fmt: skip
    service = factories.make_service(**given)
    url = f"/services/{service.id}/edit"
    found = fields(read_page(attendant.get(url)))
    data = {**found, "status": service.status, "billing_kind": "", **dict.fromkeys(given, "")}
    assert attendant.post(url, data=data).status_code == 303
    db.session.expire_all()
    assert [getattr(service, name) for name in given] == [None] * len(given)


def test_edit_keeps_password_plan_and_packages_and_can_remove_the_password(attendant: Browser, plan: Plan) -> None:
    service = factories.make_service(plan=plan)
    before, sealed, url = held(service), service.password, f"/services/{service.id}/edit"
    found = {**fields(read_page(attendant.get(url))), "status": service.status, "billing_kind": ""}
    assert attendant.post(url, data={**found, "address": "Rua 2"}).status_code == 303
    db.session.expire_all()
    assert (service.address, service.password, service.plan_id, held(service)) == ("Rua 2", sealed, plan.id, before)
    found["version"] = str(service.version)
    attendant.post(url, data={**found, "no_password": "y"})
    db.session.expire_all()
    assert service.password is None


def test_second_person_on_the_same_form_is_told_and_overwrites_nothing(attendant: Browser, admin: Browser) -> None:
    service = factories.make_service()
    url = f"/services/{service.id}/edit"
    found = {**fields(read_page(attendant.get(url))), "status": service.status, "billing_kind": ""}
    assert admin.post(url, data={**found, "address": "First"}).status_code == 303
    response = attendant.post(url, data={**found, "address": "Second"})
    assert response.status_code == 409
    assert 'value="Second"' in response.text
    db.session.expire_all()
    assert service.address == "First"


def test_edit_offers_no_status_that_has_a_page_of_its_own(attendant: Browser) -> None:
    service = factories.make_service()
    url = f"/services/{service.id}/edit"
    found = {**fields(read_page(attendant.get(url))), "billing_kind": ""}
    assert attendant.post(url, data={**found, "status": "cancelado"}).status_code == 422
    assert attendant.post(url, data={**found, "status": "aguardando_instalacao"}).status_code == 303


# Status


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("suspend", "suspenso_debito"),
        ("cancel", "cancelado"),
        ("enable", "servico_habilitado"),
        ("x", "suspenso_debito"),
    ],
)  # fmt: skip
def test_status_page_shows_the_platform_and_sends_that_status(step: str, status: str, attendant: Browser) -> None:
    here = world.build()
    page = attendant.get(f"/services/{here.service_id}/status?to={step}")
    found = read_page(page)
    sent = ticked(found, "status") or [fields(found)["status"]]
    assert sent == [status]
    integration = db.session.get(Account, here.account_id).integration
    assert integration.description in page.text


def test_kind_of_suspension_is_chosen_and_previewed(attendant: Browser) -> None:
    service = factories.make_service(plan=factories.make_plan(factories.make_package()))
    url = f"/services/{service.id}/status"
    part = attendant.get(f"{url}?to=suspend&status=suspenso_parcialmente", hx=True)
    assert part.text.strip().startswith('<form id="status"')
    assert ticked(part_of(part.text), "status") == ["suspenso_parcialmente"]
    shown = attendant.post(url, data={"status": "suspenso_pedido_cliente", "show": "1"})
    assert (shown.status_code, ticked(read_page(shown), "status")) == (200, ["suspenso_pedido_cliente"])
    assert the_service(service.code).status == "servico_habilitado"


def test_cancelling_needs_a_reason(attendant: Browser) -> None:
    service = factories.make_service()
    response = attendant.post(f"/services/{service.id}/status", data={"status": "cancelado"})
    assert response.status_code == 422
    assert "reason-error" in read_page(response).ids()
    db.session.expire_all()
    assert service.status == "servico_habilitado"
    attendant.post(f"/services/{service.id}/status", data={"status": "cancelado", "reason": "moved"})
    db.session.expire_all()
    assert service.status == "cancelado"


def test_status_of_a_service_that_changed_meanwhile_is_a_conflict(attendant: Browser, admin: Browser) -> None:
    service = factories.make_service()
    url = f"/services/{service.id}/status"
    seen = fields(read_page(attendant.get(f"{url}?to=suspend")))["version"]
    admin.post(url, data={"status": "cancelado", "reason": "moved"})
    response = attendant.post(url, data={"status": "suspenso_debito", "version": seen})
    assert response.status_code == 409
    assert fields(read_page(response))["version"] != seen
    assert the_service(service.code).status == "cancelado"


def test_same_status_sent_twice_has_one_effect(attendant: Browser) -> None:
    service = factories.make_service()
    url = f"/services/{service.id}/status"
    data = {"status": "suspenso_debito", "version": service.version}
    assert [attendant.post(url, data=data).status_code for _time in range(2)] == [303, 303]
    assert db.session.scalar(select(func.count(Event.id)).where(Event.action == "service.status")) == 1


def test_status_word_that_does_not_exist_is_refused(attendant: Browser) -> None:
    service = factories.make_service()
    assert attendant.post(f"/services/{service.id}/status", data={"status": "bloqueado"}).status_code == 422


def test_two_services_are_told_apart_on_one_page(attendant: Browser) -> None:
    customer = factories.make_customer()
    services = [factories.make_service(customer) for _number in range(5)]
    page = attendant.get(f"/customers/{customer.id}")
    assert {f"service-{service.id}" for service in services} <= set(read_page(page).ids())
    assert "data-filters" in page.text


def test_upsert_that_leaves_the_day_of_the_sale_out_keeps_it(app: object) -> None:
    service = factories.make_service(sold_on=date(2026, 1, 1))
    same = {"customer_code": service.customer.code, "plan_id": service.plan_id, "login": service.login}
    subscriptions.upsert_service(service.code, ServiceInput(**same))
    assert service.sold_on == date(2026, 1, 1)
    subscriptions.upsert_service(service.code, ServiceInput(**same, sold_on=None))
    assert service.sold_on is None
