"""The main job in the browser, step by step, without JavaScript; and what is refused."""

import re
from decimal import Decimal, InvalidOperation

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.web import world
from tests.web.page import read_page, typed
from webapp.extensions import db
from webapp.models import Account, Customer, Event, Integration, Package, Plan, Service, ServicePackage
from webapp.services import integrations
from webapp.services.pages_customers import find_customers
from webapp.web.forms.fields import parse_money

NX = {
    "description": "NX Play of the house", "follow_status": "y", "reconcile_minutes": "60",
    "param-api_url": "http://127.0.0.1:9", "param-token": "secret-token", "param-usuario": "codigo_cliente",
}  # fmt: skip
OUTROS = {"description": "Receiver", "reconcile_minutes": "60", "param-url": "http://127.0.0.1:9/hook"}


def only(model: type) -> object:
    return db.session.query(model).one()


def test_integration_is_made_with_its_gateways_own_fields(admin: Browser) -> None:
    assert admin.post("/integrations/new?gateway=nx_play", data=NX).status_code == 303
    made = only(Integration)
    assert (made.gateway, made.description, made.follow_status) == ("nx_play", NX["description"], True)
    assert integrations.public_params(made)["usuario"] == "codigo_cliente"
    assert db.session.query(Event).filter_by(action="integration.create", actor="admin@example.com").count() == 1


def test_secret_is_never_shown_and_an_empty_field_keeps_it(admin: Browser) -> None:
    admin.post("/integrations/new?gateway=nx_play", data=NX)
    url = f"/integrations/{only(Integration).id}"
    page = admin.get(url)
    assert "secret-token" not in page.text
    sealed = {param.name: param.sealed for param in only(Integration).params}["token"]
    version = typed(read_page(page))["version"]
    answer = admin.post(url, data={**NX, "param-token": "", "description": "Renamed", "version": version})
    assert answer.status_code == 303
    assert only(Integration).description == "Renamed"
    assert {param.name: param.sealed for param in only(Integration).params}["token"] == sealed


def test_missing_field_is_named_beside_it(admin: Browser) -> None:
    response = admin.post("/integrations/new?gateway=nx_play", data={**NX, "param-api_url": ""})
    assert response.status_code == 422
    assert "param-api_url-error" in read_page(response).ids()
    assert not db.session.query(Integration).count()


def test_stale_edit_is_refused_with_409_and_keeps_what_was_typed(admin: Browser) -> None:
    admin.post("/integrations/new?gateway=outros", data=OUTROS)
    url = f"/integrations/{only(Integration).id}"
    version = typed(read_page(admin.get(url)))["version"]
    assert admin.post(url, data={**OUTROS, "description": "First", "version": version}).status_code == 303
    response = admin.post(url, data={**OUTROS, "description": "Second", "version": version})
    assert response.status_code == 409
    assert 'value="Second"' in response.text
    assert only(Integration).description == "First"


def test_free_rows_are_added_and_removed_by_buttons(admin: Browser) -> None:
    url = "/integrations/new?gateway=outros"
    added = admin.post(url, data={**OUTROS, "free-add": "1"})
    assert added.status_code == 200
    assert "free-0-name" in typed(read_page(added))
    rows = {"free-0-name": "loja", "free-0-value": "7", "free-1-name": "canal", "free-1-value": "9"}
    removed = typed(read_page(admin.post(url, data={**OUTROS, **rows, "free-remove": "0"})))
    assert (removed["free-0-name"], removed["free-0-value"]) == ("canal", "9")
    assert "free-1-name" not in removed
    assert not db.session.query(Integration).count()
    admin.post(url, data={**OUTROS, **rows})
    assert {"loja": "7", "canal": "9"}.items() <= integrations.public_params(only(Integration)).items()


def test_free_row_that_stands_twice_is_refused(admin: Browser) -> None:
    rows = {"free-0-name": "loja", "free-0-value": "7", "free-1-name": "loja", "free-1-value": "9"}
    assert admin.post("/integrations/new?gateway=outros", data={**OUTROS, **rows}).status_code == 422


def test_removed_free_row_is_gone_after_saving(admin: Browser) -> None:
    rows = {"free-0-name": "loja", "free-0-value": "7", "free-1-name": "senha_loja", "free-1-value": "geheim"}
    admin.post("/integrations/new?gateway=outros", data={**OUTROS, **rows})
    url = f"/integrations/{only(Integration).id}"
    found = typed(read_page(admin.get(url)))
    assert "geheim" not in found.values()
    admin.post(url, data={**OUTROS, "version": found["version"]})
    assert {"loja", "senha_loja"}.isdisjoint({param.name for param in only(Integration).params})


def test_integration_is_inactivated_and_found_again_by_the_filter(admin: Browser) -> None:
    integration = factories.make_integration()
    admin.post(f"/integrations/{integration.id}/active", data={"active": "0"})
    assert integration.description not in admin.get("/integrations").text
    assert integration.description in admin.get("/integrations?active=inactive").text


def test_test_page_says_what_failed_and_what_to_do(admin: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play")
    found = read_page(admin.post(f"/integrations/{integration.id}/test"))
    assert any("trouble-remedy" in attrs.get("class", "") for attrs in found.all("p"))


def test_package_is_made_with_composition_and_products(finance: Browser) -> None:
    product = factories.make_product()
    data = {
        "description": "Cinema", "code": "CINE", "value": "R$ 29,90", "dici_type": "none",
        "integration_id": str(product.integration_id), f"product-{product.integration_id}": product.code,
        "composition-0-description": "SVA", "composition-0-kind": "sva", "composition-0-value": "29,90",
    }  # fmt: skip
    assert finance.post("/packages/new", data=data).status_code == 303
    package = only(Package)
    assert package.value == Decimal("29.90")
    assert [one.code for one in package.products] == [product.code]


def test_composition_that_does_not_add_up_is_refused(admin: Browser) -> None:
    data = {
        "description": "Cinema", "value": "29,90", "dici_type": "none", "integration_id": "",
        "composition-0-description": "SVA", "composition-0-kind": "sva", "composition-0-value": "19,90",
    }  # fmt: skip
    response = admin.post("/packages/new", data=data)
    assert response.status_code == 422
    read_page(response)
    assert not db.session.query(Package).count()


def test_package_can_be_changed_without_losing_anything(admin: Browser) -> None:
    package = factories.make_package()
    before = (package.integration_id, [one.code for one in package.products], package.value)
    page = admin.get(f"/packages/{package.id}")
    checked = re.findall(r'name="(product-\d+)" value="([^"]+)" checked', page.text)
    selected = re.search(r'<option selected value="(\d+)"', page.text)
    assert selected is not None
    data = {**typed(read_page(page)), **dict(checked), "integration_id": selected.group(1), "dici_type": "none"}
    data = {name: value for name, value in data.items() if not name.startswith("composition")}
    assert admin.post(f"/packages/{package.id}", data={**data, "description": "Renamed"}).status_code == 303
    package = only(Package)
    assert package.description == "Renamed"
    assert (package.integration_id, [one.code for one in package.products], package.value) == before


def test_plan_carries_packages_with_the_mandatory_switch(admin: Browser) -> None:
    first, second = factories.make_package(), factories.make_package()
    data = {
        "description": "Fibra 500", "value": "99,90", "download_kbps": "512000", "lock_packages": "y",
        "packages-0-package_id": str(first.id), "packages-0-mandatory": "y", "packages-1-package_id": str(second.id),
    }  # fmt: skip
    rows = admin.post("/plans/new", data={**data, "packages-add": "1"})
    assert len(re.findall(r'<select[^>]* name="packages-\d+-package_id"', rows.text)) == 3
    assert admin.post("/plans/new", data=data).status_code == 303
    plan = only(Plan)
    assert plan.lock_packages
    assert {link.package_id: link.mandatory for link in plan.packages} == {first.id: True, second.id: False}


def test_customer_service_and_sale_are_made_one_after_the_other(attendant: Browser) -> None:
    package, plan = factories.make_package(), factories.make_plan()
    person = {"code": "1234", "name": "Conceição Araújo", "document": "529.982.247-25", "email": "c@example.com"}
    customer_page = attendant.post("/customers/new", data=person).location
    assert only(Customer).document == "52998224725"
    contract = {"code": "S-1", "plan_id": str(plan.id), "status": "servico_habilitado", "login": "conceicao"}
    assert attendant.post(f"{customer_page}/services/new", data=contract).status_code == 303
    url = f"/services/{only(Service).id}/packages/new"
    assert f"package_id={package.id}" in attendant.get(url).text
    assert attendant.post(f"{url}?package_id={package.id}", data={"value": "19,90"}).status_code == 303
    assert only(ServicePackage).value == Decimal("19.90")
    assert only(Account).integration_id == package.integration_id
    assert package.description in attendant.get(customer_page).text


def test_customer_code_that_exists_is_not_overwritten(attendant: Browser) -> None:
    customer = factories.make_customer(name="First")
    response = attendant.post("/customers/new", data={"code": customer.code, "name": "Second"})
    assert response.status_code == 409
    assert only(Customer).name == "First"


@pytest.mark.parametrize(
    ("name", "value"), [("document", "52998224724"), ("email", "not an address"), ("phone", "12"), ("name", "")]
)
def test_wrong_customer_data_are_named_beside_the_field(name: str, value: str, attendant: Browser) -> None:
    data = {"code": "1", "name": "Ana", "document": "52998224725", name: value}
    response = attendant.post("/customers/new", data=data)
    assert response.status_code == 422
    assert f"{name}-error" in read_page(response).ids()


def test_status_migration_and_removal_are_carried_out(attendant: Browser) -> None:
    here = world.build()
    plan = factories.make_plan()
    attendant.post(f"/services/{here.service_id}/status", data={"status": "suspenso_debito", "reason": "late"})
    assert only(Service).status == "suspenso_debito"
    assert db.session.query(Event).filter_by(action="service.status").one().reason == "late"
    attendant.post(f"/service-packages/{here.sale_id}/remove", data={"reason": "asked"})
    assert db.session.get(ServicePackage, here.sale_id).removed_at is not None
    moving = f"/services/{here.service_id}/migrate"
    shown = typed(read_page(attendant.get(moving, query_string={"plan_id": plan.id})))
    attendant.post(moving, data=shown)
    assert only(Service).plan_id == plan.id


def test_sale_keeps_its_params_and_shows_which_is_wrong(attendant: Browser) -> None:
    package = factories.make_package(factories.make_integration(gateway="nx_play"))
    service = factories.make_service()
    sale = factories.make_sale(service, package, params={"usuario": "cpf_cnpj", "noggin": "false"})
    url = f"/service-packages/{sale.id}"
    found = typed(read_page(attendant.get(url)))
    given = {**found, "value": "10,00", "param-usuario": "cpf_cnpj", "param-noggin": "true"}
    assert attendant.post(url, data=given).status_code == 303
    assert db.session.get(ServicePackage, sale.id).params == {"usuario": "cpf_cnpj", "noggin": "true"}
    assert attendant.post(url, data={**given, "value": "ten"}).status_code == 422


def test_blocked_account_is_tried_again_and_htmx_gets_only_its_part(attendant: Browser) -> None:
    here = world.build()
    integrations.resume_integration(here.integration_id)
    part = attendant.post(f"/accounts/{here.account_id}/try-now", hx=True)
    assert part.status_code == 200
    assert part.text.strip().startswith(f'<div id="service-{here.service_id}-accounts"')
    assert db.session.get(Account, here.account_id).due_at is not None
    plain = attendant.post(f"/accounts/{here.account_id}/try-now", data={"back": "//evil.example.com"})
    assert plain.location == f"/customers/{here.customer_id}"


def test_parked_account_is_settled_by_a_persons_answer(attendant: Browser) -> None:
    here = world.build()
    account = db.session.get(Account, here.account_id)
    account.status = "parked"
    assert attendant.post(f"/accounts/{here.account_id}/settle", data={"answer": "perhaps"}).status_code == 422
    assert attendant.post(f"/accounts/{here.account_id}/settle", data={"answer": "missing"}).status_code == 303
    assert db.session.query(Event).filter_by(action="account.settle").count() == 1


def test_approval_with_another_checksum_is_a_conflict(admin: Browser) -> None:
    here = world.build()
    response = admin.post(f"/runs/{here.run_id}/approve", data={"checksum": "00" * 32})
    assert response.status_code == 409
    read_page(response)


def test_search_finds_by_name_without_marks_document_code_and_e_mail(viewer: Browser) -> None:
    customer = factories.make_customer(code="77123", name="José da Conceição", email="ze@example.com")
    other = factories.make_customer(name="Ana Beatriz")
    for query in ("conceicao", "JOSE conc", customer.document, "77123", "ze@exa"):
        text = viewer.get("/customers", query_string={"q": query}, hx=True).text
        assert customer.name in text, query
        assert other.name not in text, query
    assert viewer.get("/customers", query_string={"q": "100%_"}, hx=True).status_code == 200


def test_customers_are_paged_without_gap_or_repeat(viewer: Browser, app: APIFlask) -> None:
    for number in range(7):
        factories.make_customer(name=f"Ana {number % 3}")
    seen, cursor = [], ""
    for _page in range(4):
        page = find_customers("", cursor, size=3)
        seen += [row.id for row in page.items]
        cursor = page.cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 7
    assert viewer.get("/customers?cursor=rubbish").status_code == 200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("19,90", "19.90"),
        ("1.234,56", "1234.56"),
        ("1234.5", "1234.50"),
        ("R$ 10", "10"),
        ("1.000", "1000"),
        (",5", "0.50"),
        ("R$\u00a01.234.567,8", "1234567.80"),
        ("1,234.56", "1234.56"),
        ("-3", "-3"),
        ("7,", "7"),
    ],
)
def test_money_is_understood_as_it_is_written(text: str, value: str) -> None:
    assert parse_money(text) == Decimal(value)


@pytest.mark.parametrize("text", ["ten", "", ",", "-", "19,901", "1.23.456", "1,2,3", "12.34,56", "1 R$ 2 x", "²"])
def test_what_is_no_amount_here_is_refused_and_never_read_as_a_thousand_times_as_much(text: str, app: APIFlask) -> None:
    with app.test_request_context(headers={"Accept-Language": "pt-BR"}), pytest.raises(InvalidOperation):
        parse_money(text)
