"""The calendar, new values, campaigns and guided moves, as people with their roles use them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.services.helpers import account_of, freeze, nx_package
from tests.web.page import read_page
from webapp.extensions import db
from webapp.models import Campaign, GuidedMove, PriceChange, Service
from webapp.services import price_changes
from webapp.services.hub import current_hub


def planned_by_form(browser: Browser, sent: dict[str, object]) -> str:
    seen = browser.post("/price-changes/new", data={**sent, "show": "1"})
    assert seen.status_code == 200
    return next(part.split('"')[0] for part in seen.text.split('name="checksum" value="')[1:])


def test_finance_plans_new_values_drops_them_and_takes_them_back(app: APIFlask, finance: Browser) -> None:
    package = factories.make_package(description="Cinema")
    sale = factories.make_sale(package=package)
    day = current_hub().today()
    sent = {"kind": "package", "items": str(package.id), "percent": "10", "from_on": day.isoformat(), "also_sold": "y"}
    checksum = planned_by_form(finance, sent)
    assert finance.post("/price-changes/new", data={**sent, "checksum": checksum}).status_code == 303
    change = db.session.query(PriceChange).one()
    assert "Cinema" in finance.get("/price-changes").text
    price_changes.apply_due(day)
    db.session.expire_all()
    assert sale.value == Decimal("32.89")
    assert finance.post(f"/price-changes/{change.id}/take-back", data={"reason": "x"}).status_code == 303
    db.session.expire_all()
    assert (sale.value, package.value) == (Decimal("29.90"), Decimal("29.90"))


def test_preview_that_is_out_of_date_is_shown_anew(app: APIFlask, finance: Browser) -> None:
    package = factories.make_package()
    day = current_hub().today().isoformat()
    sent = {"kind": "package", "items": str(package.id), "percent": "10", "from_on": day}
    checksum = planned_by_form(finance, sent)
    factories.make_sale(package=package)
    answer = finance.post("/price-changes/new", data={**sent, "checksum": checksum})
    assert answer.status_code == 409
    assert checksum not in answer.text
    assert db.session.query(PriceChange).count() == 0


def test_value_of_its_own_stands_beside_its_line_and_what_is_no_money_is_told(app: APIFlask, finance: Browser) -> None:
    package = factories.make_package()
    day = current_hub().today().isoformat()
    sent = {"kind": "package", "items": str(package.id), "from_on": day, f"own-{package.id}": "35,00"}
    assert "35" in finance.post("/price-changes/new", data={**sent, "show": "1"}).text
    answer = finance.post("/price-changes/new", data={**sent, f"own-{package.id}": "abc", "show": "1"})
    assert answer.status_code == 422
    assert "abc" in answer.text


@pytest.mark.parametrize("role", ["attendant", "viewer"])
def test_only_who_answers_for_money_plans_values_and_campaigns(
    app: APIFlask, role: str, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(role)
    factories.make_package()
    assert {browser.get(url).status_code for url in ("/price-changes", "/price-changes/new", "/campaigns/new")} == {403}
    assert {browser.get(url).status_code for url in ("/agenda", "/agenda/day", "/campaigns", "/guided-moves")} == {200}


def test_campaign_is_made_seen_on_the_sale_and_stopped(app: APIFlask, finance: Browser, attendant: Browser) -> None:
    package, today = factories.make_package(), current_hub().today()
    data = {
        "package_id": str(package.id), "description": "Primavera", "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=5)).isoformat(), "free_months": "2", "trial": "y",
    }  # fmt: skip
    assert finance.post("/campaigns/new", data=data).status_code == 303
    row = db.session.query(Campaign).one()
    sale = factories.make_sale(package=package)
    page = attendant.get(f"/services/{sale.service_id}/packages").text
    assert "Primavera" in page
    assert f"/service-packages/{sale.id}/keep" in page
    assert attendant.post(f"/service-packages/{sale.id}/keep").status_code == 303
    db.session.expire_all()
    assert (sale.ends_on, sale.campaign_id) == (None, row.id)
    assert finance.post(f"/campaigns/{row.id}/stop").status_code == 303
    db.session.expire_all()
    assert not row.active


def test_campaign_that_is_none_is_refused_beside_its_fields(app: APIFlask, finance: Browser) -> None:
    answer = finance.post("/campaigns/new", data={"free_months": "0"})
    assert answer.status_code == 422
    read_page(answer)


def test_month_leads_to_the_day_and_the_day_to_the_people(app: APIFlask, viewer: Browser) -> None:
    today = current_hub().today()
    sale = factories.make_sale(ends_on=today)
    assert f"on={today.isoformat()}" in viewer.get("/agenda").text
    assert sale.service.customer.name in viewer.get(f"/agenda/day?on={today.isoformat()}&kind=end").text


@pytest.mark.parametrize("address", ["/agenda?month=9999-12", "/agenda?month=0001-01", "/agenda?month=x&kind=x",
                                     "/agenda/day?on=9999-12-31", "/agenda/day?on=0001-01-01"])  # fmt: skip
def test_ends_of_time_and_nonsense_are_pages_too(app: APIFlask, viewer: Browser, address: str) -> None:
    assert viewer.get(address).status_code == 200


def _sold() -> Service:
    service = factories.make_service(plan=factories.make_plan(nx_package()))
    freeze(account_of(service), service.customer.email)
    return service


def test_attendant_begins_a_change_of_email_watches_it_and_stops_it(app: APIFlask, attendant: Browser) -> None:
    service = _sold()
    version, day = str(service.version), current_hub().today().isoformat()
    data = {"version": version, "code": "NEW", "on": day, "email": "new@example.com", "also_own": "y"}
    shown = attendant.post(f"/services/{service.id}/change-email", data={**data, "show": "1"})
    assert shown.status_code == 200
    assert db.session.query(GuidedMove).count() == 0
    assert attendant.post(f"/services/{service.id}/change-email", data=data).status_code == 303
    move = db.session.query(GuidedMove).one()
    page = attendant.get(f"/guided-moves/{move.id}")
    read_page(page)
    assert "new@example.com" in page.text
    again = attendant.post(f"/services/{service.id}/change-email", data={**data, "code": "X", "version": ""})
    assert again.status_code == 409
    assert attendant.post(f"/guided-moves/{move.id}/stop").status_code == 303
    db.session.expire_all()
    assert (move.status, service.status) == ("stopped", "servico_habilitado")


def test_change_of_ownership_step_by_step_begins_from_the_page_of_the_change(app: APIFlask, attendant: Browser) -> None:
    service, other = _sold(), factories.make_customer()
    assert attendant.get(f"/services/{service.id}/guided-transfer").status_code == 303
    address = f"/services/{service.id}/guided-transfer?customer_id={other.id}"
    assert (
        f"/services/{service.id}/guided-transfer"
        in attendant.get(f"/services/{service.id}/transfer?customer_id={other.id}").text
    )
    data = {
        "version": str(service.version),
        "code": "NEW",
        "on": current_hub().today().isoformat(),
        "login": "new.login",
    }
    answer = attendant.post(address, data={**data, "password": "p4ssword"})
    assert answer.status_code == 303
    assert db.session.query(GuidedMove).one().to_customer_id == other.id
