"""Leaking seats and costs: who may see them, what they say, and the people behind each figure."""

from datetime import timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser, signed_in
from tests.services.test_leaks import price, sell, turn
from webapp.clock import utc_now
from webapp.decide.leaks import KINDS
from webapp.decide.reports import first_of
from webapp.extensions import db
from webapp.models import BillingTerms, Integration, LeakFigure, Product, ProductCost, Seat
from webapp.models.operator import ADMIN, ATTENDANT, FINANCE, VIEWER
from webapp.services.hub import current_hub


@pytest.fixture
def product(app: APIFlask) -> Product:
    return factories.make_product(factories.make_integration(description="Cinema"), code="full", name="Filmes")


@pytest.fixture
def finance(app: APIFlask) -> Browser:
    return signed_in(app, FINANCE)


def costs_page(product: Product) -> str:
    return f"/integrations/{product.integration_id}/costs"


def test_what_leaks_is_told_with_its_value_and_leads_to_the_people(product: Product, finance: Browser) -> None:
    price(product, "9.90")
    service = sell(product)
    turn(service, desired="absent", applied="active")
    page = finance.get("/seats").text
    assert "R$\xa09,90" in page
    link = f"/seats/rights?leak=not_sold&amp;integration={product.integration_id}&amp;product={product.id}"
    assert link in page
    people = finance.get(link.replace("&amp;", "&")).text
    assert service.customer.name in people
    assert f"/customers/{service.customer_id}#account-" in people


def test_hub_without_anything_says_that_nothing_leaks(finance: Browser) -> None:
    assert finance.get("/seats").status_code == 200
    for address in ("/seats/rights", "/seats/rights?leak=not_active", "/seats/suspended"):
        assert finance.get(address).status_code == 200


def test_months_are_drawn_way_by_way_and_say_since_when_they_are_known(finance: Browser) -> None:
    assert "<svg viewBox" not in finance.get("/seats").text
    for month, value in ((1, "19.80"), (2, "9.90"), (3, "0.00")):
        for kind in KINDS:
            on = first_of(current_hub().today()).replace(month=month)
            db.session.add(LeakFigure(month=on, kind=kind, count=2, value=Decimal(value), noted_at=utc_now()))
    db.session.commit()
    page = finance.get("/seats").text.replace("\xa0", " ")
    assert page.count("<svg viewBox") == len(KINDS)
    # Three ways cost money by themselves; each kind stands in the table and in the figures of its chart.
    assert "R$ 59,40" in page
    assert "jan. de " in page
    assert finance.get("/seats/trend").text.count("<svg viewBox") == 2


def test_idle_seats_are_listed_from_the_days_asked(product: Product, finance: Browser) -> None:
    service = sell(product)
    db.session.scalars(select(Seat)).one().state = "suspended"
    db.session.commit()
    assert service.customer.name in finance.get("/seats/suspended?days=30").text
    assert service.customer.name not in finance.get("/seats/suspended?days=60").text


def test_cost_is_put_on_record_corrected_and_taken_off(product: Product, finance: Browser) -> None:
    page = costs_page(product)
    values = {"product_id": str(product.id), "from_on": "2026-03-01", "value": "9,90"}
    assert finance.post(page, data=values).status_code == 303
    assert finance.post(page, data={**values, "value": "1.234,50"}).status_code == 303
    cost = db.session.scalars(select(ProductCost)).one()
    assert cost.value == Decimal("1234.50")
    assert "R$\xa01.234,50" in finance.get(page).text
    assert finance.post(f"{page}/{cost.id}/remove").status_code == 303
    assert db.session.scalars(select(ProductCost)).all() == []


@pytest.mark.parametrize("wrong", [{"value": "many"}, {"value": ""}, {"from_on": "1990-01-01"}, {"product_id": "99"}])
def test_cost_that_cannot_be_is_told_beside_its_field(
    product: Product, finance: Browser, wrong: dict[str, str]
) -> None:
    values = {"product_id": str(product.id), "from_on": "2026-03-01", "value": "9,90"}
    answer = finance.post(costs_page(product), data={**values, **wrong})
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert db.session.scalars(select(ProductCost)).all() == []


def test_cost_of_another_platform_is_not_removed_here(product: Product, finance: Browser) -> None:
    price(product, "9.90")
    cost = db.session.scalars(select(ProductCost)).one()
    other: Integration = factories.make_integration()
    assert finance.post(f"/integrations/{other.id}/costs/{cost.id}/remove").status_code == 404


def test_terms_are_saved(product: Product, finance: Browser) -> None:
    answer = finance.post(f"{costs_page(product)}/terms", data={"terms-basis": "daily", "terms-pending_counts": "y"})
    assert answer.status_code == 303
    terms = db.session.scalars(select(BillingTerms)).one()
    assert (terms.basis, terms.suspended_counts, terms.pending_counts) == ("daily", False, True)
    assert finance.post(f"{costs_page(product)}/terms", data={"terms-basis": "weekly"}).status_code == 422


@pytest.mark.parametrize("role", [ATTENDANT, VIEWER])
def test_who_sells_or_reads_sees_no_money(app: APIFlask, product: Product, role: str) -> None:
    browser = signed_in(app, role)
    for address in ("/seats", "/seats/rights", "/seats/suspended", costs_page(product)):
        assert browser.get(address).status_code == 403
    assert "/seats" not in browser.get("/").text
    assert "/seats" in signed_in(app, ADMIN).get("/").text


def test_list_goes_out_as_a_file_without_formulas(product: Product, finance: Browser) -> None:
    service = sell(product)
    service.customer.name = "=HYPERLINK(1)"
    turn(service, desired="absent", applied="active", at=timedelta(days=3))
    answer = finance.post("/tables/leaking_rights/export", data={"format": "csv", "query": "leak=not_sold"})
    assert answer.status_code == 200
    assert "'=HYPERLINK(1)" in answer.text
