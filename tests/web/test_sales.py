"""Packages of a service in the browser: what is sold, add, change, remove, and what each would send."""

import re
from datetime import date, timedelta

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.journeys.platforms import Recipe, use
from tests.services.helpers import account_of, freeze, nx_package
from tests.web.page import Page, read, read_page
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways import registry
from webapp.models import Event, ServicePackage
from webapp.services import packages, sales

SECRET = "palavra-secreta-1"
PIN = '\n[params.pin]\nlabel = "PIN"\nkind = "secret"\nscope = "package"\n\n[auth]'


def fields(found: Page) -> dict[str, str]:
    """Return what the page's main form would send; of boxes only those that are ticked."""
    inputs = [attrs for attrs in found.all("input") if attrs.get("name")]
    sent = [attrs for attrs in inputs if attrs.get("type") != "checkbox" or "checked" in attrs]
    return {attrs["name"]: attrs.get("value", "") for attrs in sent}


def stored(sale_id: int) -> ServicePackage:
    db.session.expire_all()
    return db.session.get_one(ServicePackage, sale_id)


@pytest.fixture
def pin_gateway(app: object) -> str:
    """A made-up platform with a secret param per sale."""
    yield use(Recipe("nx_pin", changes={"\n[auth]": PIN}))
    registry.load()


def test_packages_page_shows_each_with_value_params_state_and_total(viewer: Browser) -> None:
    service = factories.make_service()
    factories.make_sale(service, value="10.50", params={"loja": "7"})
    factories.make_sale(service, factories.make_package(integration_id=None), value="4.50")
    page = viewer.get(f"/services/{service.id}/packages")
    read_page(page)
    assert "loja=7" in page.text
    assert "15,00" in page.text
    assert "/remove" not in page.text


def test_trouble_shows_cause_and_the_time_of_the_next_try_of_the_whole_platform(attendant: Browser) -> None:
    sale = factories.make_sale()
    account = account_of(sale.service)
    account.status, account.error_code, account.due_at = "pending", "platform_refused", utc_now()
    account.integration.paused_code = "auth_stopped"
    account.integration.paused_until = utc_now() + timedelta(hours=7, minutes=5)
    page = attendant.get(f"/services/{sale.service_id}/packages")
    assert "7 horas" in page.text
    assert "7 horas" in attendant.get("/transmissions").text
    assert "7 horas" in attendant.get(f"/fragments/services/{sale.service_id}/accounts").text


def test_removed_package_stays_under_a_fold_with_its_history(attendant: Browser) -> None:
    sale = factories.make_sale()
    sales.remove_sale(sale.id, "asked")
    page = attendant.get(f"/services/{sale.service_id}/packages")
    read_page(page)
    assert f"/history?type=service_package&amp;id={sale.id}" in page.text
    assert f'href="/service-packages/{sale.id}"' not in page.text


def test_locked_plan_is_named_linked_and_its_hidden_packages_listed(attendant: Browser) -> None:
    hidden = factories.make_package(description="Cinema em casa")
    plan = factories.make_plan(factories.make_package(), lock_packages=True)
    service = factories.make_service(plan=plan, packages=[])
    page = attendant.get(f"/services/{service.id}/packages/new")
    read_page(page)
    assert f'href="/plans/{plan.id}"' in page.text
    assert hidden.description in page.text
    assert f"package_id={hidden.id}" not in page.text


def test_every_other_package_is_listed_with_the_reason(attendant: Browser) -> None:
    integration = factories.make_integration(single_package=True)
    held, other = factories.make_package(integration), factories.make_package(integration, description="Segundo")
    inactive = factories.make_package(description="Antigo")
    packages.set_package_active(inactive.id, False)
    service = factories.make_service()
    factories.make_sale(service, held)
    page = attendant.get(f"/services/{service.id}/packages/new")
    assert {other.description, inactive.description, held.description} <= set(
        re.findall(r"<strong>(.*?)</strong>", page.text)
    )
    assert "package_id=" not in page.text
    refused = attendant.get(f"/services/{service.id}/packages/new?package_id={other.id}")
    assert 'class="trouble"' in refused.text


def test_filter_works_without_javascript_and_without_accents(attendant: Browser) -> None:
    first = factories.make_package(description="Ficção")
    second = factories.make_package(description="Esportes")
    service = factories.make_service()
    page = attendant.get(f"/services/{service.id}/packages/new?q=ficcao")
    assert f"package_id={first.id}" in page.text
    assert f"package_id={second.id}" not in page.text


def test_sale_form_is_prefilled_and_sells(attendant: Browser) -> None:
    service, package = factories.make_service(), nx_package()
    url = f"/services/{service.id}/packages/new?package_id={package.id}"
    page = attendant.get(url)
    found = fields(read_page(page))
    assert found["param-email"] == service.customer.email
    assert found["value"] == "29,90"
    assert "login_autenticacao)" in page.text
    answer = attendant.post(url, data={**found, "param-noggin": "false"})
    assert answer.location == f"/services/{service.id}/packages"
    sale = db.session.query(ServicePackage).one()
    assert sale.params == {"noggin": "false"}


def test_another_email_than_the_customers_is_kept_as_a_param(attendant: Browser) -> None:
    service, package = factories.make_service(), nx_package()
    url = f"/services/{service.id}/packages/new?package_id={package.id}"
    attendant.post(url, data={"value": "1,00", "param-email": "other@example.com"})
    assert db.session.query(ServicePackage).one().params == {"email": "other@example.com"}


def test_preview_saves_nothing_and_tells_login_password_rule_and_request(attendant: Browser) -> None:
    service = factories.make_service(factories.make_customer("1234"))
    package = nx_package()
    url = f"/services/{service.id}/packages/preview?package_id={package.id}"
    part = attendant.post(url, data={"value": "1,00", "param-usuario": "codigo_cliente"}, hx=True)
    read(part)
    assert part.text.lstrip().startswith('<div id="preview"')
    assert service.customer.email in part.text
    assert "codigo_cliente" in part.text
    assert "&#34;password&#34;: &#34;***&#34;" in part.text
    assert "001234" not in part.text
    assert not db.session.query(ServicePackage).count()


def test_preview_names_the_field_that_would_be_refused(attendant: Browser) -> None:
    service, package = factories.make_service(login="abc"), nx_package()
    url = f"/services/{service.id}/packages/preview?package_id={package.id}"
    assert 'class="trouble"' in attendant.post(url, data={"value": "1,00"}, hx=True).text
    broken = attendant.post(url, data={"value": "ten"}, hx=True)
    assert (broken.status_code, 'class="trouble"' in broken.text) == (200, True)


def test_preview_button_without_javascript_shows_problems_beside_the_fields(attendant: Browser) -> None:
    service, package = factories.make_service(), nx_package()
    url = f"/services/{service.id}/packages/new?package_id={package.id}"
    page = attendant.post(url, data={"value": "1,00", "param-email": "no-address", "preview": "1"})
    assert "param-email-error" in read_page(page).ids()
    assert "POST http://127.0.0.1:9/subscribers" in page.text
    assert not db.session.query(ServicePackage).count()


def test_preview_of_a_sale_of_another_service_is_not_found(attendant: Browser) -> None:
    sale, other = factories.make_sale(), factories.make_service()
    url = f"/services/{other.id}/packages/preview?sale_id={sale.id}"
    assert attendant.post(url, data={"value": "1,00"}).status_code == 404


def test_dates_that_are_emptied_are_taken_away(attendant: Browser) -> None:
    sale = factories.make_sale(starts_on=date(2026, 1, 1), ends_on=date(2030, 1, 1))
    url = f"/service-packages/{sale.id}"
    found = fields(read_page(attendant.get(url)))
    assert attendant.post(url, data={**found, "ends_on": ""}).status_code == 303
    assert (stored(sale.id).starts_on, stored(sale.id).ends_on) == (date(2026, 1, 1), None)


def test_frozen_email_is_read_only_with_reason_and_way_out(attendant: Browser) -> None:
    sale = factories.make_sale(package=nx_package(), params={"email": "Old@example.com"})
    freeze(account_of(sale.service), "old@example.com")
    url = f"/service-packages/{sale.id}"
    page = attendant.get(url)
    found = fields(read_page(page))
    assert "param-email" not in found
    assert f'href="/services/{sale.service_id}/transfer"' in page.text
    answer = attendant.post(url, data={**found, "param-email": "new@example.com", "param-noggin": "false"})
    assert answer.status_code == 303
    assert stored(sale.id).params == {"email": "Old@example.com", "noggin": "false"}


def test_second_package_on_a_frozen_account_asks_for_no_email(attendant: Browser) -> None:
    first = nx_package()
    service = factories.make_sale(package=first).service
    freeze(account_of(service), "before@example.com")
    second = nx_package(first.integration)
    url = f"/services/{service.id}/packages/new?package_id={second.id}"
    found = fields(read_page(attendant.get(url)))
    assert attendant.post(url, data=found).status_code == 303


def test_two_people_on_one_sale_get_a_conflict_and_keep_what_they_typed(attendant: Browser) -> None:
    sale = factories.make_sale()
    url = f"/service-packages/{sale.id}"
    found = fields(read_page(attendant.get(url)))
    assert attendant.post(url, data={**found, "value": "1,00"}).status_code == 303
    late = attendant.post(url, data={**found, "value": "2,00", "once": ""})
    assert (late.status_code, 'value="2,00"' in late.text) == (409, True)


def test_removal_needs_a_reason_and_tells_what_it_does(attendant: Browser) -> None:
    package = nx_package()
    service = factories.make_service(plan=factories.make_plan(package, mandatory=True))
    sale = service.packages[0]
    url = f"/service-packages/{sale.id}/remove"
    page = attendant.get(url)
    read_page(page)
    assert account_of(service).integration.description in page.text
    assert attendant.post(url, data={"reason": " "}).status_code == 422
    assert stored(sale.id).removed_at is None
    assert attendant.post(url, data={"reason": "too dear"}).location == f"/services/{service.id}/packages"
    assert db.session.query(Event).filter_by(action="sale.remove").one().reason == "too dear"
    assert attendant.post(url, data={"reason": "again"}).status_code == 303
    assert db.session.query(Event).filter_by(action="sale.remove").count() == 1


def test_resend_of_one_sale_marks_only_its_own_unit(attendant: Browser) -> None:
    integration = factories.make_integration()
    service = factories.make_service()
    sold = [factories.make_sale(service, factories.make_package(integration)) for _number in range(2)]
    account = account_of(service)
    freeze(account, "x")
    account.units = {f"{sale.id}:{sale.package.products[0].code}": {"state": "active"} for sale in sold}
    back = f"/services/{service.id}/packages"
    answer = attendant.post(f"/accounts/{account.id}/resend", data={"sale_id": str(sold[0].id), "back": back})
    assert answer.location == back
    resent = {key.partition(":")[0] for key, unit in account_of(service).units.items() if unit.get("resend")}
    assert resent == {str(sold[0].id)}


def test_settling_asks_for_the_platforms_id_where_it_cannot_be_asked(attendant: Browser) -> None:
    gateway = use(Recipe("nx_blind_web", honours_key=False, find=False))
    try:
        service = factories.make_sale(package=nx_package(factories.make_integration(gateway=gateway))).service
        account = account_of(service)
        account.status, account.due_at = "parked", None
        page = attendant.get(f"/services/{service.id}/packages")
        assert "remote-id" in fields(read_page(page))
        url = f"/accounts/{account.id}/settle"
        assert attendant.post(url, data={"answer": "exists", "remote-id": ""}).status_code == 422
        assert attendant.post(url, data={"answer": "exists", "remote-id": "sub_7"}).status_code == 303
        assert account_of(service).remote_ids == {"id": "sub_7"}
    finally:
        registry.load()


def test_secret_param_is_sealed_masked_and_kept_by_an_empty_field(attendant: Browser, pin_gateway: str) -> None:
    service, package = factories.make_service(), nx_package(factories.make_integration(gateway=pin_gateway))
    url = f"/services/{service.id}/packages/new?package_id={package.id}"
    attendant.post(url, data={"value": "1,00", "param-pin": SECRET})
    sale = db.session.query(ServicePackage).one()
    kept = sale.params["pin"]
    assert SECRET not in kept
    edit = f"/service-packages/{sale.id}"
    for page in (attendant.get(edit), attendant.get(f"/services/{service.id}/packages")):
        assert SECRET not in page.text
        assert kept not in page.text
    found = fields(read_page(attendant.get(edit)))
    assert attendant.post(edit, data={**found, "description": "x"}).status_code == 303
    assert stored(sale.id).params["pin"] == kept
    assert SECRET not in str([event.after for event in db.session.query(Event)])


def test_secret_of_a_free_row_is_masked_kept_and_removed_with_its_row(attendant: Browser) -> None:
    sale = factories.make_sale(params={"senha": SECRET})
    kept = stored(sale.id).params["senha"]
    url = f"/service-packages/{sale.id}"
    page = attendant.get(url)
    assert SECRET not in page.text
    found = fields(read_page(page))
    assert (found["free-0-value"], bool(found["kept-free-0-value"])) == ("", True)
    attendant.post(url, data=found)
    assert stored(sale.id).params == {"senha": kept}
    left = {name: value for name, value in found.items() if not name.startswith(("free-", "kept-free-"))}
    attendant.post(url, data={**left, "version": str(stored(sale.id).version), "once": ""})
    assert stored(sale.id).params == {}


def test_viewer_may_look_and_not_sell(viewer: Browser) -> None:
    sale = factories.make_sale()
    assert viewer.get(f"/services/{sale.service_id}/packages").status_code == 200
    assert viewer.get(f"/services/{sale.service_id}/packages/new").status_code == 403
    assert viewer.post(f"/services/{sale.service_id}/packages/preview").status_code == 403
