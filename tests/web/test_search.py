"""The search of everything: what finds whom, what it costs, where it leads, who may see what."""

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read, read_page
from tests.web.test_queries import counted
from webapp.extensions import db
from webapp.models import Account, Customer, PersonalAccess
from webapp.services import global_search


@pytest.fixture
def maria(app: APIFlask) -> Customer:
    """Known by everything that one can be known by."""
    plan = factories.make_plan(description="Fibra 600")
    customer = factories.make_customer(
        code="C-77", name="Maria da Conceição", document="52998224725", email="maria@example.com", phone="11912345678"
    )
    service = factories.make_service(customer, plan, code="S-500", login="maria.conceicao")
    integration = factories.make_integration(description="NX Play")
    account = Account(
        integration_id=integration.id, service_id=service.id, login="maria@example.com",
        login_key="maria@example.com", remote_ids={"id": "nx-90817"},
    )  # fmt: skip
    db.session.add(account)
    db.session.commit()
    return customer


@pytest.mark.parametrize("text", [
    "maria", "CONCEICAO", "conceição mar", "529.982.247-25", "52998224725", "5299822", "C-77", "maria@exa",
    "(11) 91234-5678", "+55 11 91234-5678",
])  # fmt: skip
def test_customer_is_found_by_whatever_is_known(text: str, maria: Customer) -> None:
    assert [row.id for row in global_search.search(text).customers] == [maria.id]


@pytest.mark.parametrize("text", ["S-500", "maria.con"])
def test_service_is_found_by_code_and_log_in(text: str, maria: Customer) -> None:
    assert [row.code for row in global_search.search(text).services] == ["S-500"]


@pytest.mark.parametrize("text", ["nx-90817", "Maria@Example"])
def test_account_is_found_by_platform_id_and_log_in(text: str, maria: Customer) -> None:
    assert len(global_search.search(text).accounts) == 1


@pytest.mark.parametrize("text", ["nx-9081", "90817", "%", "_", "id", '"'])
def test_account_is_not_found_by_a_part_of_the_platform_id(text: str, maria: Customer) -> None:
    assert not global_search.search(text).accounts


@pytest.mark.parametrize("text", ["", " ", "a", "x" * 5_000, "%%%", "\\", "' or 1=1 --", "🙂", "\u0000ab"])
def test_any_text_is_searched_without_harm(text: str, maria: Customer, admin: Browser) -> None:
    answer = admin.get("/search", query_string={"q": text})
    assert answer.status_code == 200
    read_page(answer)


@pytest.mark.parametrize("text", ["529.982.247-25", "52998224725", "C-77", "c-77", "S-500"])
def test_one_exact_hit_leads_straight_to_the_customer(text: str, maria: Customer, admin: Browser) -> None:
    answer = admin.get("/search", query_string={"q": text})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/customers/{maria.id}")


def test_box_never_leads_away_while_somebody_writes(maria: Customer, admin: Browser) -> None:
    answer = admin.get("/search?q=C-77", hx=True)
    assert answer.status_code == 200
    options = [attrs for _tag, attrs in read(answer).tags if attrs.get("role") == "option"]
    assert options[0]["href"] == f"/customers/{maria.id}"


def test_two_customers_with_one_code_between_them_are_shown_and_not_chosen(maria: Customer, admin: Browser) -> None:
    factories.make_customer(code="S-500", name="Outra Pessoa")
    answer = admin.get("/search?q=S-500")
    assert answer.status_code == 200
    assert "Outra Pessoa" in answer.text
    assert "Maria da Conceição" in answer.text


@pytest.mark.parametrize(("text", "address"), [
    ("painel", 'href="/"'), ("clientes", 'href="/customers"'), ("fibra", "/plans/"), ("nx play", "/integrations/"),
    ("tema", "/own/preferences"), ("lgpd", "/privacy"),
])  # fmt: skip
def test_pages_and_settings_are_found_by_name(text: str, address: str, maria: Customer, admin: Browser) -> None:
    assert address in admin.get("/search", query_string={"q": text}).text.partition("<main")[2]


def test_pages_that_a_role_may_not_open_are_not_found(maria: Customer, viewer: Browser) -> None:
    found = viewer.get("/search?q=usu").text.partition("<main")[2]
    assert "/people" not in found


def test_search_costs_at_most_ten_questions(maria: Customer, admin: Browser) -> None:
    with counted() as seen:
        assert admin.get("/search?q=maria&all=1").status_code == 200
    assert len(seen) <= 10, "\n".join(seen)


def test_who_was_found_is_noted_as_a_look(maria: Customer, attendant: Browser) -> None:
    # The look is written down once the answer is out.
    attendant.get("/search?q=maria").close()
    # Looks of the tests before this one, which could not be written then, may come along.
    [look] = db.session.query(PersonalAccess).filter_by(what="search.index").all()
    assert (look.actor, look.people) == ("attendant@example.com", 1)


def test_stranger_is_led_to_the_sign_in(maria: Customer, anonymous: Browser) -> None:
    answer = anonymous.get("/search?q=maria")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/search?q%3Dmaria")
    assert "Conceição" not in answer.text
