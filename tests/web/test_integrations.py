"""Content platforms on the screen: list, form, another gateway, test."""

import re

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import PASSWORD, Browser, make_browser
from tests.journeys.platforms import Recipe, lose, use
from tests.web import world
from tests.web.page import read, read_page, typed
from webapp.extensions import db
from webapp.models import Event, Integration
from webapp.sandbox.client import Tenant
from webapp.services import integrations
from webapp.services.connections import open_connection
from webapp.services.operators import create_operator
from webapp.web.filters import when

NX = {
    "gateway": "nx_play", "fields_of": "nx_play", "description": "NX Play", "follow_status": "y",
    "reconcile_minutes": "60", "param-api_url": "http://127.0.0.1:9", "param-token": "typed-token",
}  # fmt: skip
OUTROS = {
    "gateway": "outros", "fields_of": "outros", "description": "Receiver", "reconcile_minutes": "60",
    "param-url": "http://127.0.0.1:9/hook",
}  # fmt: skip
NEW_NX, NEW_OUTROS = "/integrations/new?gateway=nx_play", "/integrations/new?gateway=outros"


def only() -> Integration:
    return db.session.query(Integration).one()


def actions_of(text: str) -> list[str]:
    """Return what the three dots offer, in order."""
    menu = re.search(r'<ul class="menu-box menu-list">(.*?)</ul>', text, re.S)
    assert menu is not None
    return [word for word in re.sub(r"<[^>]*>", "\n", menu[1]).split("\n") if word.strip()]


def test_list_has_every_column_and_action_of_hubsoft(admin: Browser) -> None:
    integration = factories.make_integration(description="Clube")
    response = admin.get("/integrations")
    columns = re.findall(r"<th[^>]*>(?:<a [^>]*>)?([^<]+?) *<", response.text)
    assert columns == ["ID", "Gateway", "Descrição", "Callback URL", "Ativo", "Ações"]
    assert len(actions_of(response.text)) == 5
    links = [attrs["href"] for attrs in read_page(response).all("a")]
    assert f"/integrations/{integration.id}" in links
    assert f"/history?type=integration&id={integration.id}" in links
    assert f"/integrations/{integration.id}/products" in links


def test_callback_address_is_seen_by_administrators_only(admin: Browser, viewer: Browser) -> None:
    integration = factories.make_integration()
    token = integrations.callback_url(integration).rsplit("/", 1)[1]
    assert token in admin.get("/integrations").text
    page = viewer.get("/integrations")
    assert token not in page.text
    assert f'action="/integrations/{integration.id}/' not in page.text
    read_page(page)


def test_list_is_searched_filtered_and_sized(admin: Browser) -> None:
    shown, other = factories.make_integration(description="Clube de Livros"), factories.make_integration()
    integrations.set_integration_active(other.id, False)
    assert shown.description in admin.get("/integrations?q=livros", hx=True).text
    assert shown.description not in admin.get("/integrations?q=outra", hx=True).text
    assert other.description in admin.get("/integrations?active=inactive", hx=True).text
    for number in range(10):
        factories.make_integration(description=f"More {number}")
    first = admin.get("/integrations?size=10&active=all", hx=True).text
    assert first.count("<tr>") == 11
    assert "size=10" in first


def test_saved_integration_stays_on_its_form_and_offers_the_test(admin: Browser) -> None:
    answer = admin.post(NEW_NX, data=NX)
    assert answer.location == f"/integrations/{only().id}?saved=1"
    found = read_page(admin.get(answer.location))
    assert [form["action"] for form in found.all("form")].count(f"/integrations/{only().id}/test") == 2


def test_second_click_on_save_makes_no_second_integration(admin: Browser) -> None:
    assert admin.post(NEW_NX, data=NX).status_code == 303
    again = admin.post(NEW_NX, data=NX)
    assert again.status_code == 422
    assert "description-error" in read_page(again).ids()
    assert only().description == NX["description"]


def test_changed_gateway_shows_its_fields_and_keeps_what_fits(admin: Browser) -> None:
    rows = {"free-0-name": "loja", "free-0-value": "7"}
    response = admin.post(NEW_NX, data={**NX, **rows, "gateway": "outros", "change-gateway": "1"})
    assert response.status_code == 200
    found = typed(read_page(response))
    assert found["fields_of"] == "outros"
    assert found["description"] == NX["description"]
    assert (found["free-0-name"], found["free-0-value"]) == ("api_url", "http://127.0.0.1:9")
    assert (found["free-1-name"], found["free-1-value"]) == ("loja", "7")
    assert "typed-token" not in response.text
    assert "<code>token</code>" in response.text
    assert not db.session.query(Integration).count()


def test_gateway_changed_by_htmx_gets_only_the_form(admin: Browser) -> None:
    response = admin.post(NEW_OUTROS, data={**OUTROS, "gateway": "nx_play"}, hx=True)
    assert response.text.strip().startswith('<form id="integration-form"')
    read(response)


def test_save_after_choosing_another_gateway_shows_its_fields_first(admin: Browser) -> None:
    """Without JavaScript nothing tells the form to change; saving must not mix two gateways."""
    response = admin.post(NEW_OUTROS, data={**OUTROS, "gateway": "nx_play"})
    assert (response.status_code, typed(read_page(response))["fields_of"]) == (200, "nx_play")
    assert not db.session.query(Integration).count()


def test_existing_integration_changes_its_gateway_and_loses_the_old_secrets(admin: Browser) -> None:
    admin.post(NEW_NX, data=NX)
    url, version = f"/integrations/{only().id}", str(only().version)
    shown = admin.post(url, data={**NX, "param-token": "", "version": version, "gateway": "outros"})
    assert "<code>token</code>" in shown.text
    found = {name: value for name, value in typed(read_page(shown)).items() if not name.startswith("free")}
    data = {**found, "gateway": "outros", "param-url": "http://127.0.0.1:9/hook"}
    assert admin.post(url, data=data).status_code == 303
    db.session.expire_all()
    assert only().gateway == "outros"
    assert integrations.secret_names_set(only()) == {"segredo"}


def test_gateway_with_accounts_is_locked_and_says_why(admin: Browser) -> None:
    here = world.build()
    url = f"/integrations/{here.integration_id}"
    page = admin.get(url)
    select = next(attrs for attrs in read_page(page).all("select") if attrs["id"] == "gateway")
    assert "disabled" in select
    data = {**NX, "version": str(integrations.get_integration(here.integration_id).version)}
    answer = admin.post(url, data=data)
    assert answer.status_code == 422
    assert "gateway-error" in read_page(answer).ids()
    assert integrations.get_integration(here.integration_id).gateway == "outros"


def test_misspelt_key_is_refused_beside_its_row_even_when_its_field_is_empty(admin: Browser) -> None:
    rows = {"free-0-name": "apUrl", "free-0-value": "http://127.0.0.1:9"}
    for data in ({**NX, **rows}, {**NX, **rows, "param-api_url": ""}):
        response = admin.post(NEW_NX, data=data)
        assert response.status_code == 422
        found = read_page(response)
        assert "free-0-value-error" in found.ids()
        assert any("alert-danger" in attrs.get("class", "") for attrs in found.all("div"))
    assert not db.session.query(Integration).count()


def test_params_typed_as_rows_go_to_their_own_fields(admin: Browser) -> None:
    rows = {"free-0-name": "token", "free-0-value": "s3cret", "free-1-name": "api_url", "free-1-value": "http://a.b"}
    assert admin.post(NEW_NX, data={**NX, "param-api_url": "", "param-token": "", **rows}).status_code == 303
    assert integrations.public_params(only()) == {"api_url": "http://a.b", "token": None}


def test_param_that_stands_in_its_field_and_in_a_row_is_refused(admin: Browser) -> None:
    rows = {"free-0-name": "api_url", "free-0-value": "http://other.example.com"}
    assert admin.post(NEW_NX, data={**NX, **rows}).status_code == 422
    assert not db.session.query(Integration).count()


def test_lookalike_free_param_is_saved_and_pointed_out(admin: Browser) -> None:
    answer = admin.post(NEW_OUTROS, data={**OUTROS, "free-0-name": "Url", "free-0-value": "x"})
    assert answer.status_code == 303
    page = admin.get(answer.location)
    assert len(re.findall(r"Url", page.text)) >= 2
    assert "alert-warning" in page.text
    assert 'class="trouble small' in page.text


def test_typed_secret_survives_a_new_row_and_a_refusal_without_standing_on_a_page(admin: Browser) -> None:
    again = admin.post(NEW_NX, data={**NX, "free-add": "1"})
    assert "typed-token" not in again.text
    shown = {**typed(read_page(again)), "description": "", "gateway": "nx_play"}
    assert (shown["param-token"], bool(shown["kept-param-token"])) == ("", True)
    refused = admin.post(NEW_NX, data=shown)
    assert (refused.status_code, "typed-token" in refused.text) == (422, False)
    admin.post(NEW_NX, data={**typed(read_page(refused)), "description": "NX Play", "gateway": "nx_play"})
    _gateway, connection = open_connection(only().id)
    assert connection.params["token"] == "typed-token"


def test_secret_in_a_free_row_stands_on_no_page_either(admin: Browser) -> None:
    again = admin.post(NEW_OUTROS, data={**OUTROS, "free-0-name": "senha", "free-0-value": "typed", "free-add": "1"})
    assert 'value="typed"' not in again.text
    shown = {**typed(read_page(again)), "gateway": "outros"}
    assert admin.post(NEW_OUTROS, data=shown).status_code == 303
    _gateway, connection = open_connection(only().id)
    assert connection.free_params["senha"] == "typed"


def test_typed_secret_opens_only_for_the_one_who_typed_it(admin: Browser, app: APIFlask) -> None:
    shown = typed(read_page(admin.post(NEW_NX, data={**NX, "free-add": "1"})))
    other = make_browser(app).sign_in(create_operator("other@example.com", PASSWORD, "admin"))
    theirs = other.post(NEW_NX, data={**shown, "gateway": "nx_play"})
    assert theirs.status_code == 422
    assert "kept-param-token" not in typed(read_page(theirs))


def test_stale_form_is_refused_and_links_to_the_present_version(admin: Browser) -> None:
    admin.post(NEW_NX, data=NX)
    url, version = f"/integrations/{only().id}", str(only().version)
    assert admin.post(url, data={**NX, "description": "First", "version": version}).status_code == 303
    refused = admin.post(url, data={**NX, "description": "Second", "version": version})
    assert refused.status_code == 409
    assert refused.text.count(f'<a class="btn btn-ghost-secondary" href="{url}"') == 1
    db.session.expire_all()
    assert only().description == "First"


def test_form_tells_how_the_last_test_went(admin: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play")
    url = f"/integrations/{integration.id}"
    admin.post(f"{url}/test")
    event = db.session.query(Event).filter_by(action="integration.test").one()
    assert when(event.at) in admin.get(url).text


def test_passed_test_offers_to_synchronise_and_says_how_long_it_took(admin: Browser, nx: Tenant) -> None:
    params = {"api_url": nx.url, "token": nx.token}
    integration = factories.make_integration(gateway="nx_play", params=params)
    response = admin.post(f"/integrations/{integration.id}/test")
    assert f'action="/integrations/{integration.id}/products/sync"' in response.text
    assert "HTTP 200" in response.text
    assert re.search(r"\d+ ms", response.text)


def test_platform_that_hangs_ends_the_test_within_its_time_out(admin: Browser, nx: Tenant, app: APIFlask) -> None:
    key = use(Recipe("nx_hasty", limits={"total_timeout_s": 0.2}))
    nx.set_dials(latency_ms=1500)
    integration = factories.make_integration(gateway=key, params={"api_url": nx.url, "token": nx.token})
    response = admin.post(f"/integrations/{integration.id}/test")
    read_page(response)
    assert "trouble-remedy" in response.text
    assert f'action="/integrations/{integration.id}/products/sync"' not in response.text


@pytest.mark.parametrize("status", [401, 500])
def test_platform_that_refuses_is_told_with_status_cause_and_remedy(status: int, admin: Browser, nx: Tenant) -> None:
    nx.set_dials(status=status)
    params = {"api_url": nx.url, "token": nx.token}
    integration = factories.make_integration(gateway="nx_play", params=params)
    response = admin.post(f"/integrations/{integration.id}/test")
    assert f"HTTP {status}" in response.text
    assert "trouble-cause" in response.text
    assert "trouble-remedy" in response.text


def test_integration_whose_recipe_is_gone_is_explained_everywhere(admin: Browser, app: APIFlask) -> None:
    key = use(Recipe("nx_lost"))
    integration = factories.make_integration(gateway=key, params={"api_url": "http://127.0.0.1:9", "token": "t"})
    lose(key)
    url = f"/integrations/{integration.id}"
    for address in ("/integrations", url, f"{url}/products"):
        read_page(admin.get(address))
    assert "trouble-remedy" in admin.get(url).text
    for action in ("test", "products/sync"):
        assert admin.post(f"{url}/{action}").location == url
