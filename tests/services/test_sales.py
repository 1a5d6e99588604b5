"""Packages sold on a service: what platforms demand is told at once."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.factories import make_customer, make_integration, make_package, make_plan, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of, freeze, last_event, nx_package, problems_of
from webapp.extensions import db
from webapp.models import Account
from webapp.services import accounts, packages
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import SaleChange, SaleInput
from webapp.services.subscriptions import add_sale, remove_sale, set_status, update_sale

pytestmark = pytest.mark.usefixtures("app")


def test_sale_takes_the_packages_value_and_makes_an_account() -> None:
    package = make_package(value="12.50")
    sale = make_sale(package=package)
    assert sale.value == Decimal("12.50")
    assert account_of(sale.service).integration_id == package.integration_id
    assert last_event().action == "sale.create"


def test_second_sale_of_a_package_is_refused() -> None:
    sale = make_sale()
    assert codes_of(lambda: make_sale(sale.service, sale.package)) == [("package_id", "package_held")]


def test_package_can_be_sold_again_after_it_was_taken_off() -> None:
    sale = make_sale()
    remove_sale(sale.id, "moved")
    assert account_of(sale.service).priority == accounts.NEGATIVE
    assert make_sale(sale.service, sale.package).id != sale.id


def test_taking_off_twice_changes_nothing_more() -> None:
    sale = make_sale()
    remove_sale(sale.id)
    events = len(actions())
    remove_sale(sale.id)
    assert len(actions()) == events


def test_unknown_inactive_and_locked_packages_are_refused() -> None:
    service = make_service(plan=make_plan(lock_packages=True))
    gone, foreign = make_package(), make_package()
    packages.set_package_active(gone.id, False)
    assert codes_of(lambda: add_sale(service.code, SaleInput(package_id=999))) == [("package_id", "package_id_unknown")]
    assert codes_of(lambda: make_sale(service, gone)) == [("package_id", "package_inactive")]
    assert codes_of(lambda: make_sale(service, foreign)) == [("package_id", "package_locked_out")]


def test_nothing_is_sold_on_a_service_that_ended() -> None:
    service = make_service()
    set_status(service.code, "cancelado")
    assert codes_of(lambda: make_sale(service)) == [("", "service_ended")]


def test_pacote_unico_names_the_package_in_the_way() -> None:
    integration = make_integration(single_package=True)
    first = make_package(integration, description="Basic")
    service = make_service()
    make_sale(service, first)
    problem = problems_of(lambda: make_sale(service, make_package(integration)))[0]
    assert (problem.code, problem.params["other"]) == ("single_package_taken", "Basic")


def test_customer_without_email_is_refused_where_email_is_the_login() -> None:
    service = make_service(make_customer(email=""))
    assert codes_of(lambda: make_sale(service, nx_package())) == [("email", "login_missing")]


def test_placeholder_email_is_refused_where_email_is_the_login() -> None:
    service = make_service(make_customer(email="naotem@example.com"))
    assert codes_of(lambda: make_sale(service, nx_package())) == [("email", "email_placeholder")]
    assert make_sale(service).id


def test_email_of_another_customers_queued_account_is_refused_with_the_customers_code() -> None:
    package = nx_package()
    holder = make_service(make_customer(email="same@example.com"))
    make_sale(holder, package)
    service = make_service(make_customer(email="same@example.com"))
    problem = problems_of(lambda: make_sale(service, package))[0]
    assert (problem.field, problem.code) == ("email", "login_held")
    assert problem.params["customer"] == holder.customer.code


def test_email_of_another_customers_sent_account_is_refused() -> None:
    package = nx_package()
    holder = make_service()
    make_sale(holder, package)
    freeze(account_of(holder), "frozen@example.com")
    service = make_service(make_customer(email="Frozen@Example.com"))
    assert codes_of(lambda: make_sale(service, package)) == [("email", "login_held")]


def test_email_is_free_again_when_the_other_account_is_cancelled() -> None:
    package = nx_package()
    holder = make_service()
    make_sale(holder, package)
    freeze(account_of(holder), "frozen@example.com")
    db.session.execute(update(Account).values(status="cancelled"))
    db.session.commit()
    assert make_sale(make_service(make_customer(email="frozen@example.com")), package).id


def test_same_email_on_another_integration_is_no_clash() -> None:
    make_sale(make_service(make_customer(email="same@example.com")), nx_package())
    assert make_sale(make_service(make_customer(email="same@example.com")), nx_package()).id


def test_second_service_of_the_same_customer_needs_a_login_of_its_own() -> None:
    package, customer = nx_package(), make_customer()
    make_sale(make_service(customer), package)
    second = make_service(customer)
    assert codes_of(lambda: make_sale(second, package)) == [("email", "login_held_own")]
    assert make_sale(second, package, params={"email": "second@example.com"}).id


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"noggin": "maybe"}, ("params.noggin", "not_a_switch")),
        ({"paramont": "true"}, ("params.paramont", "param_unknown_near")),
        ({"usuario": "nome"}, ("params.usuario", "param_choice")),
        ({"email": "no-address"}, ("params.email", "email_wrong")),
    ],
)
def test_bad_params_are_refused_beside_their_field(params: dict[str, str], expected: tuple[str, str]) -> None:
    service, package = make_service(), nx_package()
    assert expected in codes_of(lambda: make_sale(service, package, params=params))


@pytest.mark.parametrize(
    ("login", "params", "expected"),
    [
        ("", {}, [("login", "password_field_empty")]),
        ("abc", {}, [("login", "password_too_short")]),
        ("", {"usuario": "codigo_cliente"}, []),
        ("", {"usuario": "telefone"}, [("phone", "password_field_empty")]),
    ],
)
def test_password_that_cannot_be_made_is_told_at_once(
    login: str, params: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    service, package = make_service(make_customer("12", phone=""), login=login), nx_package()
    if expected:
        assert codes_of(lambda: make_sale(service, package, params=params)) == expected
    else:
        assert make_sale(service, package, params=params).id


def test_changed_sale_marks_its_account_and_keeps_history() -> None:
    sale = make_sale(package=nx_package())
    before = account_of(sale.service).generation
    update_sale(sale.id, SaleChange(params={"noggin": "false"}, value=Decimal("9.90")))
    assert account_of(sale.service).generation == before + 1
    assert last_event().after == {"params": {"noggin": "false"}, "value": "9.90"}


def test_same_sale_again_changes_nothing() -> None:
    sale = make_sale(params={"a": "b"})
    before = (sale.version, account_of(sale.service).generation, len(actions()))
    update_sale(sale.id, SaleChange(params={"a": "b"}, value=sale.value), version=sale.version)
    assert (sale.version, account_of(sale.service).generation, len(actions())) == before


def test_email_of_a_sale_changes_before_and_never_after_the_first_transmission() -> None:
    sale = make_sale(package=nx_package(), params={"email": "first@example.com"})
    update_sale(sale.id, SaleChange(params={"email": "second@example.com"}))
    freeze(account_of(sale.service), "second@example.com")
    change = SaleChange(params={"email": "third@example.com"})
    problem = problems_of(lambda: update_sale(sale.id, change))[0]
    assert (problem.field, problem.code) == ("params.email", "param_frozen")
    assert problem.params["value"] == "second@example.com"
    assert update_sale(sale.id, SaleChange(params={"email": "second@example.com", "noggin": "false"})).id


def test_email_first_given_after_the_transmission_is_refused_too() -> None:
    sale = make_sale(package=nx_package())
    freeze(account_of(sale.service), sale.service.customer.email)
    change = SaleChange(params={"email": "other@example.com"})
    assert codes_of(lambda: update_sale(sale.id, change)) == [("params.email", "param_frozen")]


def test_second_package_cannot_bring_another_email_to_a_frozen_account() -> None:
    integration = make_integration(gateway="nx_play")
    service = make_service()
    make_sale(service, nx_package(integration))
    freeze(account_of(service), service.customer.email)
    call = lambda: make_sale(service, nx_package(integration), params={"email": "x@example.com"})  # noqa: E731
    assert codes_of(call) == [("params.email", "param_frozen")]


def test_sale_that_ends_before_it_begins_is_refused() -> None:
    dates = {"starts_on": "2026-12-02", "ends_on": "2026-12-01"}
    assert codes_of(lambda: make_sale(**dates)) == [("ends_on", "sale_dates_order")]


def test_a_date_given_as_none_is_taken_away_and_one_left_out_stays() -> None:
    sale = make_sale(starts_on=date(2026, 1, 1), ends_on=date(2030, 1, 1))
    update_sale(sale.id, SaleChange(ends_on=None))
    assert (sale.starts_on, sale.ends_on) == (date(2026, 1, 1), None)


def test_stale_unknown_and_removed_sales_are_refused() -> None:
    sale = make_sale()
    with pytest.raises(Conflict, match="stale"):
        update_sale(sale.id, SaleChange(description="x"), version=99)
    with pytest.raises(NotFound):
        remove_sale(999)
    remove_sale(sale.id)
    with pytest.raises(NotFound):
        update_sale(sale.id, SaleChange(description="x"))
