"""Packages on the screen: list, form with three tabs, where each is used, read-only for who may not change."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import Page, read_page
from tests.web.test_queries import MOST_QUERIES, counted
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Package, Service
from webapp.services import packages
from webapp.services.subscriptions import set_status


# English is what the program is written in, so these tests do not depend on a translation.
@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_LOCALE": "en"})


CINEMA = {"description": "Cinema", "code": "CINE", "value": "29,90", "integration_id": "", "dici_type": "none"}


def line(place: int, description: str, value: str) -> dict[str, str]:
    start = f"composition-{place}-"
    return {f"{start}description": description, f"{start}kind": "sva", f"{start}value": value}


def named(found: Page, name: str) -> list[dict[str, str]]:
    """Return the inputs of one name."""
    return [attrs for attrs in found.all("input") if attrs.get("name") == name]


def value_of(found: Page, name: str) -> str:
    return named(found, name)[0].get("value", "")


def count_packages() -> int:
    return db.session.query(Package).count()


# The list


def test_list_shows_where_each_package_is_used(viewer: Browser) -> None:
    package = factories.make_package(description="Cinema")
    plan = factories.make_plan(package)
    factories.make_plan(package)
    factories.make_service(plan=plan)
    text = " ".join(viewer.get("/packages").text.split())
    assert "2 plans · 1 service<" in text
    assert f'href="/packages/{package.id}#use"' in text


def test_list_counts_neither_removed_sales_nor_services_that_ended(viewer: Browser) -> None:
    package = factories.make_package()
    gone, ended = factories.make_sale(package=package), factories.make_sale(package=package)
    gone.removed_at = gone.created_at
    set_status(ended.service.code, "cancelado")
    assert "Nowhere yet" in viewer.get("/packages").text


def test_search_finds_by_description_and_code_and_takes_signs_literally(viewer: Browser) -> None:
    factories.make_package(description="Cinema", code="MOV_1")
    factories.make_package(description="Books", code="LIB")
    for query, found, missed in (("cine", "Cinema", "Books"), ("mov_", "Cinema", "Books"), ("lib", "Books", "Cinema")):
        text = viewer.get("/packages", query_string={"q": query}, hx=True).text
        assert found in text, query
        assert missed not in text, query


def test_list_is_filtered_by_integration(viewer: Browser) -> None:
    one, other = factories.make_package(description="Cinema"), factories.make_package(description="Books")
    text = viewer.get(f"/packages?integration_id={one.integration_id}", hx=True).text
    assert one.description in text
    assert other.description not in text
    assert viewer.get("/packages?integration_id=rubbish").status_code == 200


def test_list_has_as_many_rows_as_were_asked_for(viewer: Browser) -> None:
    for _number in range(11):
        factories.make_package(integration_id=None)
    found = read_page(viewer.get("/packages?size=10"))
    assert len(found.all("tr")) == 1 + 10
    assert any("cursor=" in link["href"] and "size=10" in link["href"] for link in found.all("a"))


def test_empty_list_teaches_and_an_empty_search_leads_back(admin: Browser) -> None:
    assert "There are no packages yet." in admin.get("/packages").text
    packages.set_package_active(factories.make_package().id, False)
    assert "There are no packages yet." not in admin.get("/packages").text
    assert 'href="/packages?active=all"' in admin.get("/packages").text


def test_list_and_page_cost_the_same_queries_for_many_rows(viewer: Browser) -> None:
    package = factories.make_package()
    plan = factories.make_plan(package)
    addresses = ("/packages", f"/packages/{package.id}")
    factories.make_service(plan=plan)
    few = [cost(viewer, address) for address in addresses]
    for _number in range(5):
        products_of = factories.make_package(package.integration)
        factories.make_service(plan=factories.make_plan(package, products_of))
    assert [cost(viewer, address) for address in addresses] == few
    assert max(few) <= MOST_QUERIES


def cost(browser: Browser, address: str) -> int:
    with counted() as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


# Composition


def test_composition_that_misses_the_value_is_refused_with_both_sums_and_the_gap(finance: Browser) -> None:
    response = finance.post("/packages/new", data={**CINEMA, **line(0, "Films", "19,90")})
    assert response.status_code == 422
    for part in ("19.90", "29.90", "10.00"):
        assert part in response.text
    assert 'href="#general" class="is-wrong"' in response.text
    assert not count_packages()


def test_line_without_amount_or_without_name_is_refused_beside_it(finance: Browser) -> None:
    rows = {**line(0, "", ""), **line(1, "Films", ""), **line(2, "", "29,90"), **line(3, "Books", "ten")}
    response = finance.post("/packages/new", data={**CINEMA, **rows})
    assert response.status_code == 422
    wrong = {one for one in read_page(response).ids() if one.startswith("composition-") and one.endswith("-error")}
    assert wrong == {"composition-1-value-error", "composition-2-description-error", "composition-3-value-error"}
    assert "{&#39;" not in response.text


def test_blank_lines_are_forgotten(finance: Browser) -> None:
    rows = {**line(0, "", ""), **line(1, "Films", "29,90"), **line(2, "", "")}
    assert finance.post("/packages/new", data={**CINEMA, **rows}).status_code == 303
    (package,) = db.session.query(Package).all()
    assert [(part.description, part.value) for part in package.composition] == [("Films", Decimal("29.90"))]


def test_lines_are_added_and_removed_by_buttons_that_save_nothing(finance: Browser) -> None:
    rows = {**line(0, "Films", "10"), **line(1, "Books", "19,90")}
    added = read_page(finance.post("/packages/new", data={**CINEMA, **rows, "composition-add": "1"}))
    assert named(added, "composition-2-description")[0].get("autofocus") is not None
    removed = read_page(finance.post("/packages/new", data={**CINEMA, **rows, "composition-remove": "0"}))
    assert value_of(removed, "composition-0-description") == "Books"
    assert not count_packages()


@pytest.mark.parametrize(
    ("rows", "place", "description", "rest"),
    [
        (line(0, "", ""), 0, "Cinema", "29.90"),
        (line(0, "Films", ""), 0, "Films", "29.90"),
        ({**line(0, "Films", "10"), **line(1, "Support", "")}, 1, "Support", "19.90"),
        (line(0, "Films", "10"), 1, "", "19.90"),
    ],
)
def test_what_is_missing_goes_into_one_line(
    rows: dict[str, str], place: int, description: str, rest: str, finance: Browser
) -> None:
    found = read_page(finance.post("/packages/new", data={**CINEMA, **rows, "composition-rest": "1"}))
    assert value_of(found, f"composition-{place}-value").replace(",", ".") == rest
    assert value_of(found, f"composition-{place}-description") == description
    assert not count_packages()


def test_composition_that_is_too_much_already_gets_no_further_line(finance: Browser) -> None:
    data = {**CINEMA, **line(0, "Films", "40"), "composition-rest": "1"}
    assert not named(read_page(finance.post("/packages/new", data=data)), "composition-1-value")


@pytest.mark.parametrize("value", ["-1", "10000000", "ten", ""])
def test_value_that_cannot_be_is_refused_beside_it(value: str, finance: Browser) -> None:
    response = finance.post("/packages/new", data={**CINEMA, "value": value})
    assert response.status_code == 422
    assert "value-error" in read_page(response).ids()


# Integration


def test_integration_is_chosen_beforehand_by_the_address(finance: Browser) -> None:
    integration = factories.make_integration()
    page = finance.get(f"/packages/new?integration_id={integration.id}").text
    assert f'<option selected value="{integration.id}">' in page


def test_pacote_unico_offers_one_product_of_several(finance: Browser) -> None:
    integration = factories.make_integration(single_package=True)
    first, second = factories.make_product(integration), factories.make_product(integration)
    name = f"product-{integration.id}"
    boxes = named(read_page(finance.get("/packages/new")), name)
    assert [box["type"] for box in boxes] == ["radio", "radio"]
    data = {**CINEMA, "integration_id": str(integration.id), name: [first.code, second.code]}
    response = finance.post("/packages/new", data=data)
    assert response.status_code == 422
    assert "product_codes-error" in read_page(response).ids()
    assert finance.post("/packages/new", data={**data, name: first.code}).status_code == 303


def test_package_without_product_is_refused_on_its_tab(finance: Browser) -> None:
    integration = factories.make_product().integration
    response = finance.post("/packages/new", data={**CINEMA, "integration_id": str(integration.id)})
    assert response.status_code == 422
    assert "product_codes-error" in read_page(response).ids()
    assert 'href="#integration" class="is-wrong"' in response.text


def test_products_of_other_integrations_do_not_count(finance: Browser) -> None:
    one, other = factories.make_product(), factories.make_product()
    ticked = {f"product-{product.integration_id}": product.code for product in (one, other)}
    finance.post("/packages/new", data={**CINEMA, **ticked, "integration_id": str(one.integration_id)})
    (package,) = db.session.query(Package).all()
    assert [product.id for product in package.products] == [one.id]


@pytest.mark.parametrize(("name", "mark"), [("missing_since", "Gone"), ("active", "Inactive"), ("hidden", "Hidden")])
def test_product_that_is_no_longer_offered_stays_with_its_package_and_is_marked(
    name: str, mark: str, finance: Browser
) -> None:
    package = factories.make_package()
    product = package.products[0]
    setattr(product, name, {"missing_since": product.created_at, "active": False, "hidden": True}[name])
    page = finance.get(f"/packages/{package.id}")
    (box,) = named(read_page(page), f"product-{product.integration_id}")
    assert "checked" in box
    assert mark in page.text
    assert not named(read_page(finance.get("/packages/new")), f"product-{product.integration_id}")


def test_inactive_integration_of_a_package_stays_chosen(finance: Browser) -> None:
    package = factories.make_package()
    package.integration.active = False
    page = finance.get(f"/packages/{package.id}").text
    assert f'<option selected value="{package.integration_id}">' in page
    assert f'<option value="{package.integration_id}">' not in finance.get("/packages/new").text


def test_sold_package_warns_and_offers_no_other_integration(finance: Browser) -> None:
    package, other = factories.make_package(), factories.make_integration()
    factories.make_sale(package=package)
    page = finance.get(f"/packages/{package.id}").text
    assert "1 service holds this package." in page
    assert f'<option value="{other.id}"' not in page


# DICI


def test_dici_is_not_declared_unless_it_is_said(finance: Browser) -> None:
    assert '<option selected value="none">' in finance.get("/packages/new").text
    data = {key: value for key, value in CINEMA.items() if key != "dici_type"}
    finance.post("/packages/new", data={**data, "dici_medium": "fibra"})
    (package,) = db.session.query(Package).all()
    assert (package.dici_type, package.dici) == ("none", {})


def test_dici_is_kept_and_shown_again(finance: Browser) -> None:
    dici = {"dici_type": "scm", "dici_technology": "GPON", "dici_medium": "fibra", "dici_product_kind": "internet"}
    assert finance.post("/packages/new", data={**CINEMA, **dici, "dici_speed_mbps": "1.000"}).status_code == 303
    (package,) = db.session.query(Package).all()
    assert package.dici == {
        "technology": "GPON", "medium": "fibra", "product_kind": "internet", "speed_mbps": "1000"
    }  # fmt: skip
    page = finance.get(f"/packages/{package.id}")
    assert value_of(read_page(page), "dici_speed_mbps") == "1000"
    assert '<option selected value="fibra">' in page.text


@pytest.mark.parametrize(
    ("name", "value"), [("medium", "pombo"), ("product_kind", "tv"), ("speed_mbps", "fast"), ("speed_mbps", "-1")]
)
def test_word_that_anatel_does_not_know_is_refused_beside_its_field(name: str, value: str, finance: Browser) -> None:
    response = finance.post("/packages/new", data={**CINEMA, "dici_type": "seac", f"dici_{name}": value})
    assert response.status_code == 422
    assert f"dici_{name}-error" in read_page(response).ids()
    assert 'href="#dici" class="is-wrong"' in response.text


# The page of a package


def test_page_names_plans_services_and_their_value_per_month(viewer: Browser) -> None:
    package = factories.make_package(value=Decimal("29.90"))
    plan = factories.make_plan(package, mandatory=True, description="Fibra 500")
    service = factories.make_service(plan=plan)
    factories.make_sale(package=package, value=Decimal("10.00"))
    text = viewer.get(f"/packages/{package.id}").text
    assert f'<a href="/plans/{plan.id}">Fibra 500</a> <span class="badge bg-azure-lt">mandatory' in text
    assert "R$39.90" in text
    assert f'href="/customers/{service.customer_id}"' in text
    assert f"/history?type=package&amp;id={package.id}" in text


@pytest.mark.parametrize("role", ["attendant", "viewer"])
def test_who_may_not_change_a_package_can_look_at_all_of_it(role: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(role)
    package = factories.make_package()
    address = f"/packages/{package.id}"
    page = browser.get(address)
    found = read_page(page)
    assert [attrs for attrs in found.all("fieldset") if "disabled" in attrs]
    assert address not in [form["action"] for form in found.all("form")]
    assert package.products[0].name in page.text
    assert browser.post(address, data={**CINEMA, "version": "1"}).status_code == 403
    assert f'href="{address}"' in browser.get("/packages").text


def test_of_two_people_on_one_form_the_second_is_told_and_loses_nothing(admin: Browser, finance: Browser) -> None:
    package = factories.make_package(integration_id=None)
    address = f"/packages/{package.id}"
    version = value_of(read_page(admin.get(address)), "version")
    data = {**CINEMA, "version": version}
    assert admin.post(address, data={**data, "description": "First"}).status_code == 303
    response = finance.post(address, data={**data, "description": "Second", **line(0, "Films", "29,90")})
    found = read_page(response)
    assert response.status_code == 409
    assert (value_of(found, "description"), value_of(found, "composition-0-description")) == ("Second", "Films")
    assert address in [link["href"] for link in found.all("a")]
    assert db.session.get(Package, package.id).description == "First"


def test_saving_twice_by_a_double_click_changes_it_once(finance: Browser) -> None:
    package = factories.make_package(integration_id=None)
    address = f"/packages/{package.id}"
    data = {**CINEMA, "version": value_of(read_page(finance.get(address)), "version")}
    assert [finance.post(address, data=data).status_code for _click in range(2)] == [303, 409]
    assert db.session.get(Package, package.id).description == "Cinema"


# On sale or not


def test_inactivating_asks_with_numbers_and_leaves_what_was_sold(admin: Browser) -> None:
    package = factories.make_package(description="Cinema")
    service = factories.make_service(plan=factories.make_plan(package))
    question = next(
        form["data-confirm"] for form in read_page(admin.get("/packages")).all("form") if "data-confirm" in form
    )
    assert "“Cinema”" in question
    assert "1 service holds it and keeps it." in question
    assert "1 plan carries it" in question
    answer = admin.post(f"/packages/{package.id}/active", data={"active": "0"})
    assert "1 service keeps it." in admin.get(answer.location).text
    assert not db.session.get(Package, package.id).active
    assert [sale.removed_at for sale in db.session.get(Service, service.id).packages] == [None]


def test_inactive_package_is_found_by_the_filter_and_reactivated(admin: Browser) -> None:
    package = factories.make_package(description="Cinema")
    packages.set_package_active(package.id, False)
    assert "Cinema" not in admin.get("/packages").text
    assert "Reactivate “Cinema”?" in admin.get("/packages?active=inactive").text
    admin.post(f"/packages/{package.id}/active", data={"active": "1"})
    assert "Cinema" in admin.get("/packages").text
