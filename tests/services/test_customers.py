"""Customers: one shape, no doubles, no needless writes."""

import pytest
from apiflask import APIFlask

from tests.factories import make_customer, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of, freeze, last_event, nx_package, problems_of
from webapp.services.customers import get_customer, upsert_customer
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import CustomerInput

pytestmark = pytest.mark.usefixtures("app")


def person(**overrides: str) -> CustomerInput:
    data = {"name": "José da Conceição", "document": "529.982.247-25", "email": "Jose@Example.com", **overrides}
    return CustomerInput(**data)


def test_new_customer_is_kept_in_one_shape() -> None:
    customer, created = upsert_customer("2023", person(phone="(11) 98765-4321"))
    assert created
    assert (customer.document, customer.email, customer.phone) == ("52998224725", "jose@example.com", "5511987654321")
    assert customer.name_folded == "jose da conceicao"
    assert actions() == ["customer.create"]


def test_customer_with_alphanumeric_cnpj_is_accepted() -> None:
    assert upsert_customer("1", person(document="12.abc.345/01de-35"))[0].document == "12ABC34501DE35"


def test_same_data_again_change_nothing() -> None:
    first, _ = upsert_customer("2023", person())
    version = first.version
    second, created = upsert_customer("2023", person())
    assert not created
    assert second.version == version
    assert actions() == ["customer.create"]


def test_all_problems_are_told_at_once() -> None:
    data = person(document="52998224724", email="jose", phone="123")
    assert codes_of(lambda: upsert_customer("1", data)) == [
        ("document", "cpf_wrong"), ("email", "email_wrong"), ("phone", "phone_wrong"),
    ]  # fmt: skip
    assert actions() == []


def test_document_of_signs_alone_is_refused() -> None:
    assert codes_of(lambda: upsert_customer("1", person(document="---"))) == [("document", "document_length")]


def test_stale_version_is_refused_and_nothing_changes() -> None:
    upsert_customer("1", person())
    with pytest.raises(Conflict, match="stale"):
        upsert_customer("1", person(name="Other"), version=99)
    assert get_customer("1").name == "José da Conceição"


def test_unknown_customer_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_customer("nobody")


def test_changed_customer_marks_accounts_and_keeps_history() -> None:
    service = make_service(code="S")
    make_sale(service)
    before = account_of(service).generation
    customer = service.customer
    upsert_customer(customer.code, person(document=customer.document, email=customer.email, name="New Name"))
    assert account_of(service).generation == before + 1
    event = last_event()
    assert event.action == "customer.update"
    assert event.after == {"name": "New Name", "phone": ""}


def test_email_that_is_anothers_login_is_refused_while_it_can_still_change() -> None:
    package = nx_package()
    holder, service = make_service(), make_service()
    make_sale(holder, package)
    make_sale(service, package)
    customer = service.customer
    data = CustomerInput(name=customer.name, document=customer.document, email=holder.customer.email)
    problem = problems_of(lambda: upsert_customer(customer.code, data))[0]
    assert (problem.field, problem.code) == ("email", "login_held")
    assert problem.params["customer"] == holder.customer.code


def test_changed_email_is_accepted_when_the_login_is_frozen() -> None:
    service = make_service()
    make_sale(service, nx_package())
    freeze(account_of(service), service.customer.email)
    old = service.customer.email
    customer = service.customer
    data = CustomerInput(name=customer.name, document=customer.document, email="new@example.com")
    assert upsert_customer(customer.code, data)[0].email == "new@example.com"
    assert account_of(service).login == old


def test_two_customers_may_share_an_email_where_it_is_no_key(app: APIFlask) -> None:
    first = make_customer(email="shared@example.com")
    assert make_customer(email="shared@example.com").id != first.id
