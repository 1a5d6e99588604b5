"""Products of an integration on the screen: list, synchronise, by hand, hide."""

import re

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration, Product
from webapp.sandbox.client import Tenant
from webapp.services import products


@pytest.fixture
def platform(app: object, nx: Tenant) -> Integration:
    nx.set_products([{"code": "A", "name": "Plan A"}, {"code": "B", "name": "Plano de teste"}])
    return factories.make_integration(gateway="nx_play", params={"api_url": nx.url, "token": nx.token})


def list_of(integration: Integration) -> str:
    return f"/integrations/{integration.id}/products"


def product_of(integration: Integration, code: str) -> Product:
    return db.session.query(Product).filter_by(integration_id=integration.id, code=code).one()


def test_list_has_every_column_and_action_of_hubsoft(admin: Browser, platform: Integration) -> None:
    products.sync_products(platform.id)
    response = admin.get(list_of(platform))
    columns = re.findall(r"<th[^>]*>(?:<a [^>]*>)?([^<]+?) *<", response.text)
    assert columns == ["Nome", "Código", "Descrição", "Ativo", "Ações"]
    product = product_of(platform, "A")
    found = read_page(response)
    links = [attrs["href"] for attrs in found.all("a")]
    forms = [attrs["action"] for attrs in found.all("form")]
    assert {f"/products/{product.id}", f"/history?type=product&id={product.id}"} <= set(links)
    assert {f"/products/{product.id}/active", f"/products/{product.id}/hidden", f"{list_of(platform)}/sync"} <= set(
        forms
    )


def test_viewer_sees_products_and_can_change_none(viewer: Browser, platform: Integration) -> None:
    products.sync_products(platform.id)
    response = viewer.get(list_of(platform))
    assert "Plan A" in response.text
    assert 'action="/products/' not in response.text
    read_page(response)


def test_list_is_searched_filtered_and_sized(admin: Browser, platform: Integration) -> None:
    products.sync_products(platform.id)
    products.set_product_active(product_of(platform, "A").id, False)
    assert "Plan A" not in admin.get(list_of(platform), hx=True).text
    assert "Plan A" in admin.get(f"{list_of(platform)}?active=inactive", hx=True).text
    assert "Plan A" in admin.get(f"{list_of(platform)}?active=all&q=plan+a", hx=True).text
    assert "Plan A" not in admin.get(f"{list_of(platform)}?active=all&q=teste", hx=True).text
    for number in range(10):
        factories.make_product(platform, code=f"N{number}")
    assert admin.get(f"{list_of(platform)}?size=10", hx=True).text.count("<tr>") == 11


def test_synchronisation_shows_what_changed_on_the_page_it_leads_to(
    admin: Browser, platform: Integration, nx: Tenant
) -> None:
    products.sync_products(platform.id)
    package = factories.make_package(platform, integration_id=platform.id, product_codes=["B"], description="Kids")
    nx.set_products([{"code": "A", "name": "Plan A, new name"}, {"code": "C", "name": "Plan C"}])
    answer = admin.post(f"{list_of(platform)}/sync")
    assert answer.status_code == 303
    response = admin.get(answer.location)
    read_page(response)
    section = response.text[response.text.index('aria-labelledby="sync-title"') :].split("</section>")[0]
    assert "Plan A → Plan A, new name" in section
    assert "Plan C" in section
    assert "Plano de teste" in section
    assert f'<a href="/packages/{package.id}">Kids</a>' in section
    nothing = admin.get(admin.post(f"{list_of(platform)}/sync").location)
    assert "2" in nothing.text[nothing.text.index("sync-title") :].split("</section>")[0]


def test_event_that_is_no_synchronisation_of_this_integration_is_not_shown(
    admin: Browser, platform: Integration
) -> None:
    result = products.sync_products(platform.id)
    other = factories.make_integration()
    for url in (f"{list_of(other)}?synced={result.event_id}", f"{list_of(platform)}?synced=1", "?synced=x"):
        address = url if url.startswith("/") else list_of(platform) + url
        assert "sync-title" not in admin.get(address).text


def test_product_gone_from_the_platform_names_its_packages(admin: Browser, platform: Integration) -> None:
    products.sync_products(platform.id)
    package = factories.make_package(platform, integration_id=platform.id, product_codes=["A"])
    product = product_of(platform, "A")
    product.missing_since = utc_now()
    db.session.commit()
    for address in (list_of(platform), f"/products/{product.id}"):
        assert f'<a href="/packages/{package.id}">{package.description}</a>' in admin.get(address).text


@pytest.mark.parametrize(("dials", "status"), [({"status": 500}, 200), ({"garbage": "html"}, 200)])
def test_platform_that_cannot_be_read_is_explained_with_a_way_on(
    dials: dict[str, object], status: int, admin: Browser, platform: Integration, nx: Tenant
) -> None:
    nx.set_dials(**dials)
    response = admin.post(f"{list_of(platform)}/sync")
    assert response.status_code == status
    found = read_page(response)
    assert "trouble-remedy" in response.text
    assert f"{list_of(platform)}/sync" in [form["action"] for form in found.all("form")]


def test_empty_list_is_refused_and_changes_nothing(admin: Browser, platform: Integration, nx: Tenant) -> None:
    products.sync_products(platform.id)
    nx.set_products([])
    response = admin.post(f"{list_of(platform)}/sync")
    assert response.status_code == 422
    assert "trouble-cause" in response.text
    assert product_of(platform, "A").missing_since is None


def test_product_is_added_by_hand_also_where_there_is_a_list(admin: Browser, platform: Integration) -> None:
    assert f'href="{list_of(platform)}/new"' in admin.get(list_of(platform)).text
    data = {"code": "HAND", "name": "By hand", "description": ""}
    assert admin.post(f"{list_of(platform)}/new", data=data).status_code == 303
    assert product_of(platform, "HAND").name == "By hand"
    again = admin.post(f"{list_of(platform)}/new", data=data)
    assert again.status_code == 422
    assert "code-error" in read_page(again).ids()


def test_edit_keeps_the_product_inactive_and_shows_where_it_is_used(admin: Browser) -> None:
    product = factories.make_product(code="A", name="Name")
    package = factories.make_package(integration_id=product.integration_id, product_codes=["A"])
    products.set_product_active(product.id, False)
    page = admin.get(f"/products/{product.id}")
    assert package.description in page.text
    version = next(attrs["value"] for attrs in read_page(page).all("input") if attrs["name"] == "version")
    data = {"version": version, "code": "A", "name": "Renamed", "description": ""}
    assert admin.post(f"/products/{product.id}", data=data).status_code == 303
    assert (product.name, product.active) == ("Renamed", False)
    stale = admin.post(f"/products/{product.id}", data={**data, "name": "Late"})
    assert stale.status_code == 409
    assert stale.text.count(f'<a class="btn btn-ghost-secondary" href="/products/{product.id}"') == 1
    db.session.expire_all()
    assert product.name == "Renamed"


def test_test_product_is_hidden_by_one_button_and_found_by_the_filter(admin: Browser, platform: Integration) -> None:
    products.sync_products(platform.id)
    product = product_of(platform, "B")
    assert admin.get(list_of(platform)).text.count(f'action="/products/{product.id}/hidden"') == 2
    assert admin.post(f"/products/{product.id}/hidden", data={"hidden": "1"}).status_code == 303
    assert product.name not in admin.get(f"{list_of(platform)}?active=all", hx=True).text
    assert product.name in admin.get(f"{list_of(platform)}?active=hidden", hx=True).text
    assert "active=hidden" in admin.get(list_of(platform), hx=True).text
    admin.post(f"/products/{product.id}/hidden", data={"hidden": "0"})
    assert product.name in admin.get(list_of(platform), hx=True).text


def test_inactivated_product_is_offered_for_no_package(admin: Browser) -> None:
    product = factories.make_product(name="Sold out")
    admin.post(f"/products/{product.id}/active", data={"active": "0"})
    assert "Sold out" not in admin.get("/packages/new").text
    admin.post(f"/products/{product.id}/active", data={"active": "1"})
    assert "Sold out" in admin.get("/packages/new").text
