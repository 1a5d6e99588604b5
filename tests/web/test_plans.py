"""Services/Plans on the screen: the list, the form with its two tabs, copies, new values, longer contracts."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read, read_page
from tests.web.test_queries import counted
from webapp.extensions import db
from webapp.models import Package, Plan, PlanPackage
from webapp.services import packages, plans

CHECKSUM = re.compile(r'name="checksum" value="([0-9a-f]{64})"')
COLUMNS = 11
BASE = {"description": "Fibra 500", "value": "99,90"}


def only() -> Plan:
    return db.session.scalars(select(Plan)).one()


def nx_package(**overrides: object) -> Package:
    return factories.make_package(factories.make_integration(gateway="nx_play"), **overrides)


def row(place: int, package: Package, **params: str) -> dict[str, str]:
    name = f"packages-{place}"
    fields = {f"{name}-param-{key}": value for key, value in params.items()}
    return {f"{name}-package_id": str(package.id), f"{name}-shown": str(package.id), **fields}


def test_list_shows_the_columns_of_the_erp_and_all_actions(admin: Browser) -> None:
    plan = factories.make_plan(factories.make_package(value="29.90"), value="100.00", download_kbps=512000)
    factories.make_service(plan=plan)
    page = read_page(response := admin.get("/plans"))
    assert len([head for head in page.all("th") if head.get("class") != "choose"]) == COLUMNS
    assert all(value in response.text for value in ("100,00", "29,90", "129,90", "512 Mbps"))
    links = [link["href"] for link in page.all("a")]
    assert f"/plans/new?clone={plan.id}" in links
    assert f"/history?type=plan&id={plan.id}" in links or f"/history?id={plan.id}&type=plan" in links
    assert {f"/plans/{plan.id}", f"/plans/{plan.id}/readjust", f"/plans/{plan.id}/renew"} <= set(links)
    question = next(form["data-confirm"] for form in page.all("form") if form["action"].endswith("/active"))
    assert question.startswith("1 ")
    assert plan.description in question


def test_list_offers_others_to_look_and_finance_to_readjust(viewer: Browser, finance: Browser) -> None:
    plan = factories.make_plan()
    for browser, may in ((viewer, False), (finance, True)):
        links = [link["href"] for link in read_page(browser.get("/plans")).all("a")]
        assert f"/plans/{plan.id}" in links
        assert (f"/plans/{plan.id}/readjust" in links) is may
        assert not [link for link in links if "clone" in link or link.endswith("/new")]


def test_list_narrows_by_text_state_and_size(viewer: Browser) -> None:
    for number in range(11):
        factories.make_plan(description=f"Fibra {number:02d}")
    plans.set_plan_active(factories.make_plan(description="Radio").id, False)
    assert viewer.get("/plans?size=10").text.count("<strong>Fibra") == 10
    found = viewer.get("/plans?q=fibra+07").text
    assert "<strong>Fibra 07</strong>" in found
    assert "<strong>Fibra 08</strong>" not in found
    assert "<strong>Radio</strong>" in viewer.get("/plans?active=inactive").text
    assert "<strong>Radio</strong>" not in viewer.get("/plans").text


def test_who_may_not_change_a_plan_reads_it_and_cannot_save_it(attendant: Browser) -> None:
    plan = factories.make_plan(factories.make_package(description="Filmes"), mandatory=True)
    page = read_page(response := attendant.get(f"/plans/{plan.id}"))
    assert "Filmes" in response.text
    assert not [field for field in page.all("input") if field.get("name") == "description"]
    assert attendant.post(f"/plans/{plan.id}", data=BASE).status_code == 403


def test_plan_is_inactivated_and_put_on_offer_again(admin: Browser) -> None:
    plan = factories.make_plan()
    for word, expected in (("0", False), ("1", True)):
        assert admin.post(f"/plans/{plan.id}/active", data={"active": word}).status_code == 303
        assert only().active is expected


def test_plan_keeps_term_speed_and_technology(admin: Browser) -> None:
    data = {**BASE, "technology": "Fibra", "download_kbps": "512000", "contract_months": "12", "band_control": "y"}
    assert admin.post("/plans/new", data=data).status_code == 303
    plan = only()
    assert (plan.technology, plan.download_kbps, plan.upload_kbps, plan.contract_months) == ("Fibra", 512000, 0, 12)
    assert "= 512 Mbps" in admin.get(f"/plans/{plan.id}").text


@pytest.mark.parametrize("value", ["", "abc", "nan", "-1"])
def test_value_that_is_none_is_refused_beside_its_field(value: str, admin: Browser) -> None:
    answer = admin.post("/plans/new", data={**BASE, "value": value})
    assert answer.status_code == 422
    assert 'id="value-error"' in answer.text
    assert db.session.scalars(select(Plan)).all() == []


def test_presets_of_a_package_are_fields_of_its_gateway(admin: Browser) -> None:
    package = nx_package()
    data = {**BASE, **row(0, package, noggin="false", usuario="cpf_cnpj")}
    assert admin.post("/plans/new", data=data).status_code == 303
    assert only().packages[0].params == {"noggin": "false", "usuario": "cpf_cnpj"}
    page = admin.get(f"/plans/{only().id}").text
    assert re.search(r'<option selected value="cpf_cnpj"', page)


def test_saving_a_plan_as_it_is_keeps_its_presets(admin: Browser) -> None:
    package = nx_package()
    admin.post("/plans/new", data={**BASE, **row(0, package, noggin="false")})
    plan = only()
    bare = {**BASE, "version": str(plan.version), "packages-0-package_id": str(package.id)}
    assert admin.post(f"/plans/{plan.id}", data=bare).status_code == 303
    assert only().packages[0].params == {"noggin": "false"}
    emptied = {**BASE, "version": str(only().version), **row(0, package, noggin="")}
    assert admin.post(f"/plans/{plan.id}", data=emptied).status_code == 303
    assert only().packages[0].params == {}


def test_free_params_are_rows_and_a_name_that_stands_twice_is_refused(admin: Browser) -> None:
    package = factories.make_package()
    first = {"packages-0-free-0-name": "loja", "packages-0-free-0-value": "42"}
    twice = {"packages-0-free-1-name": "loja", "packages-0-free-1-value": "43"}
    refused = admin.post("/plans/new", data={**BASE, **row(0, package), **first, **twice})
    assert refused.status_code == 422
    assert 'class="is-wrong"' in refused.text
    more = admin.post("/plans/new", data={**BASE, **row(0, package), **first, "packages-0-free-add": "1"})
    assert 'name="packages-0-free-1-name"' in more.text
    assert admin.post("/plans/new", data={**BASE, **row(0, package), **first}).status_code == 303
    assert only().packages[0].params == {"loja": "42"}


def test_removing_a_row_moves_the_params_of_the_rows_below(admin: Browser) -> None:
    first, second = factories.make_package(), nx_package()
    data = {**BASE, **row(0, first), **row(1, second, noggin="false"), "packages-remove": "0"}
    page = read_page(response := admin.post("/plans/new", data=data))
    assert response.status_code == 200
    assert f'name="packages-0-shown" value="{second.id}"' in response.text
    assert "packages-1-package_id" not in page.ids()
    chosen = re.search(r'name="packages-0-param-noggin".*?</select>', response.text, re.DOTALL)
    assert chosen is not None
    assert '<option selected value="false"' in chosen.group()


def test_choosing_a_package_brings_its_params_and_the_sums_without_the_page(admin: Browser) -> None:
    package = nx_package(value="20.00")
    data = {**BASE, "packages-0-package_id": str(package.id), "packages-refresh": "1"}
    answer = admin.post("/plans/new", data=data, hx=True)
    read(answer)
    assert answer.text.strip().startswith('<div id="plan-packages"')
    assert 'name="packages-0-param-noggin"' in answer.text
    assert "119,90" in answer.text
    assert "119,90" in admin.post("/plans/new", data=data).text
    assert db.session.scalars(select(Plan)).all() == []


def test_problem_of_a_package_stands_at_its_row_although_rows_above_are_empty(admin: Browser) -> None:
    package = nx_package()
    answer = admin.post("/plans/new", data={**BASE, "packages-0-package_id": "", **row(1, package), **row(2, package)})
    assert answer.status_code == 422
    assert 'id="packages-2-package_id-error"' in answer.text
    assert 'id="packages-1-package_id-error"' not in answer.text


def test_second_editor_of_a_plan_is_told(admin: Browser) -> None:
    plan = factories.make_plan()
    old = str(plan.version)
    assert admin.post(f"/plans/{plan.id}", data={**BASE, "version": old}).status_code == 303
    answer = admin.post(f"/plans/{plan.id}", data={**BASE, "description": "Other", "version": old})
    assert answer.status_code == 409
    assert only().description == "Fibra 500"


def test_copy_is_filled_in_and_saved_only_when_asked(admin: Browser) -> None:
    kept, gone = nx_package(), factories.make_package(description="Antigo")
    plan = factories.make_plan(kept, gone, description="Fibra", value="77.00", contract_months=12)
    packages.set_package_active(gone.id, False)
    page = read_page(response := admin.get(f"/plans/new?clone={plan.id}"))
    values = {field["name"]: field.get("value", "") for field in page.all("input") if "name" in field}
    assert (values["value"], values["contract_months"]) == ("77,00", "12")
    assert values["description"].endswith("Fibra")
    assert values["description"] != "Fibra"
    assert "Antigo" in response.text
    assert f'name="packages-0-shown" value="{kept.id}"' in response.text
    assert len(db.session.scalars(select(Plan)).all()) == 1
    data = {"description": values["description"], "value": "77,00", **row(0, kept)}
    assert admin.post(f"/plans/new?clone={plan.id}", data=data).status_code == 303
    again = admin.get(f"/plans/new?clone={plan.id}").text
    assert f'value="{values["description"]} (2)"' in again


def test_copy_of_a_plan_that_does_not_exist_is_not_found(admin: Browser) -> None:
    assert admin.get("/plans/new?clone=99").status_code == 404


def test_readjustment_is_shown_first_and_then_applied(finance: Browser) -> None:
    plan = factories.make_plan(value="100.00")
    service = factories.make_service(plan=plan, value="80.00")
    url = f"/plans/{plan.id}/readjust?percent=5,5&also_own=y"
    read_page(shown := finance.get(url))
    assert all(value in shown.text for value in ("105,50", "84,40", service.code))
    assert only().value == 100
    read(part := finance.get(url, hx=True))
    assert part.text.strip().startswith('<div id="readjust"')
    found = CHECKSUM.search(shown.text)
    assert found is not None
    assert finance.post(url, data={"checksum": found[1], "reason": "IGP-M"}).status_code == 303
    db.session.expire_all()
    assert (str(only().value), str(service.value)) == ("105.50", "84.40")
    again = finance.post(url, data={"checksum": found[1]})
    assert again.status_code == 409
    assert CHECKSUM.search(again.text)
    assert str(only().value) == "105.50"


@pytest.mark.parametrize(
    "asked", ["percent=&amount=", "percent=5&amount=10", "percent=abc", "percent=-101", "amount=-5"]
)
def test_impossible_readjustment_is_refused_beside_its_field(asked: str, admin: Browser) -> None:
    plan = factories.make_plan()
    answer = admin.get(f"/plans/{plan.id}/readjust?{asked}")
    assert answer.status_code == 422
    read_page(answer)
    assert re.search(r'id="(percent|amount)-error"', answer.text)
    assert not CHECKSUM.search(answer.text)


def test_readjustment_without_a_preview_changes_nothing(admin: Browser) -> None:
    plan = factories.make_plan(value="100.00")
    assert admin.post(f"/plans/{plan.id}/readjust?percent=5").status_code == 409
    assert admin.post(f"/plans/{plan.id}/readjust").status_code == 200
    assert only().value == 100


def test_renewal_is_shown_first_and_then_applied(admin: Browser) -> None:
    plan = factories.make_plan(contract_months=6)
    service = factories.make_service(plan=plan, contract_ends_on=date(2026, 8, 31))
    form = read_page(admin.get(f"/plans/{plan.id}/renew"))
    values = {field["name"]: field.get("value") for field in form.all("input") if "name" in field}
    assert values["months"] == "6"
    assert date.fromisoformat(values["until"] or "").day >= 28
    url = f"/plans/{plan.id}/renew?months=6&until=2026-09-01"
    read_page(shown := admin.get(url))
    found = CHECKSUM.search(shown.text)
    assert found is not None
    assert "28/02/2027" in shown.text
    assert admin.post(url, data={"checksum": found[1]}).status_code == 303
    db.session.expire_all()
    assert service.contract_ends_on == date(2027, 2, 28)
    assert admin.post(url, data={"checksum": found[1]}).status_code == 409


@pytest.mark.parametrize("asked", ["months=0&until=2026-09-01", "months=12&until=", "months=12&until=9999-12-31"])
def test_impossible_renewal_is_refused(asked: str, admin: Browser) -> None:
    plan = factories.make_plan()
    answer = admin.get(f"/plans/{plan.id}/renew?{asked}")
    assert answer.status_code == 422
    read_page(answer)


PAGES = (
    "/plans", "/plans/1", "/plans/new?clone=1", "/plans/1/readjust?percent=5&also_own=y",
    "/plans/1/renew?months=1&until=2026-12-31",
)  # fmt: skip


def cost(address: str, *browsers: Browser) -> int:
    """Return the most queries that one of these people needs."""
    most = 0
    for browser in browsers:
        with counted() as seen:
            assert browser.get(address).status_code in (200, 403)
        most = max(most, len(seen))
    return most


@pytest.mark.parametrize("address", PAGES)
def test_page_costs_the_same_queries_for_many_rows(address: str, admin: Browser, viewer: Browser) -> None:
    plan = factories.make_plan(nx_package())
    factories.make_service(plan=plan, value="10.00", contract_ends_on=date(2026, 12, 1))
    few = cost(address, admin, viewer)
    for _number in range(2):
        db.session.add(PlanPackage(plan_id=plan.id, package_id=nx_package().id))
        factories.make_plan(nx_package(), factories.make_package())
        factories.make_service(value="10.00", contract_ends_on=date(2026, 12, 1)).plan_id = plan.id
    db.session.commit()
    assert cost(address, admin, viewer) <= few <= 10
