"""Change of ownership: a new service for the new holder, the old one cancelled, nothing renamed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_customer, make_integration, make_package, make_plan, make_sale, make_service
from tests.services.helpers import account_of, codes_of, freeze, nx_package
from webapp.extensions import db
from webapp.models import Account, Customer, Event, Service
from webapp.services import packages, plans
from webapp.services.accounts import NEGATIVE, PAID_NOW
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.subscriptions import remove_sale, set_status
from webapp.services.transfers import TransferInput, transfer_service

pytestmark = pytest.mark.usefixtures("app")
PAYS = "servico_habilitado"


def give(service: Service, customer: Customer, **changes: Any) -> Service:
    data = {"customer_id": customer.id, "code": "NEW", "on": current_hub().today(), "login": "new.login", **changes}
    return transfer_service(service, TransferInput(**data))


def live(service: Service) -> list[tuple[int, Decimal, str, dict[str, str], date | None]]:
    return [
        (sale.package_id, sale.value, sale.description, sale.params, sale.ends_on)
        for sale in service.packages
        if sale.removed_at is None
    ]


def events_of(service: Service) -> list[Event]:
    wanted = select(Event).where(Event.object_type == "service", Event.object_id == service.id)
    return list(db.session.scalars(wanted.where(Event.action == "service.transfer")))


def test_new_holder_gets_the_same_contract_and_the_old_one_ends() -> None:
    given = {
        "value": Decimal("79.90"), "due_day": 15, "billing_method": "Boleto", "billing_kind": "postpaid",
        "suspension_profile": "Gentle", "contract_ends_on": date(2027, 5, 1), "address": "Rua 1",
    }  # fmt: skip
    old, other = make_service(plan=make_plan(make_package()), **given), make_customer()
    new = give(old, other)
    assert (new.customer_id, new.plan_id, new.status, new.login) == (other.id, old.plan_id, PAYS, "new.login")
    assert {name: getattr(new, name) for name in given} == given
    assert new.sold_on == current_hub().today()
    assert (old.status, old.login) == ("cancelado", old.login)


def test_packages_go_along_as_they_were_sold_without_the_old_holders_e_mail() -> None:
    old = make_service()
    params = {"usuario": "codigo_cliente", "email": "other@example.com"}
    make_sale(old, nx_package(), value=Decimal("1.23"), description="Gift", params=params, ends_on=date(2030, 1, 1))
    before = live(old)
    new = give(old, make_customer())
    assert live(new) == [(*before[0][:3], {"usuario": "codigo_cliente"}, before[0][4])]
    assert live(old) == before


def test_exactly_the_packages_held_go_along_whatever_the_plan_says_now() -> None:
    must, apart = make_package(), make_package()
    plan = make_plan(must, mandatory=True)
    old = make_service(plan=plan)
    remove_sale(old.packages[0].id)
    make_sale(old, apart)
    packages.set_package_active(apart.id, False)
    plans.set_plan_active(plan.id, False)
    assert [line[0] for line in live(give(old, make_customer()))] == [apart.id]


@pytest.mark.parametrize(("typed", "kept"), [("", False), ("a new one", True)])
def test_password_of_the_old_holder_stays_behind(typed: str, kept: bool) -> None:
    old = make_service(password="p4ssword")
    new = give(old, make_customer(), password=typed)
    assert (new.password is not None) is kept
    assert new.password != old.password


def test_pause_and_exemption_stay_behind() -> None:
    later = current_hub().today() + timedelta(days=9)
    old = make_service(
        pause_from=current_hub().today(), pause_until=later, no_suspend_until=later, no_suspend_reason="Agreed"
    )
    new = give(old, make_customer())
    assert (new.pause_from, new.pause_until, new.no_suspend_until, new.no_suspend_reason) == (None, None, None, "")


def test_old_account_is_cancelled_by_convergence_and_never_renamed() -> None:
    old = make_service(plan=make_plan(nx_package()))
    account = account_of(old)
    freeze(account, old.customer.email)
    new = give(old, make_customer(email="new@example.com"))
    fresh = account_of(new)
    db.session.refresh(account)
    assert (account.service_id, account.login, account.priority) == (old.id, old.customer.email, NEGATIVE)
    assert account.generation > account.applied_generation
    assert (fresh.id != account.id, fresh.login_frozen_at, fresh.priority) == (True, None, PAID_NOW)


def test_other_service_of_the_old_holder_on_the_same_platform_is_not_touched() -> None:
    integration, holder = make_integration(), make_customer()
    plan = make_plan(make_package(integration))
    old, stays = make_service(holder, plan), make_service(holder, plan)
    freeze(account_of(stays), "stays")
    before = (stays.version, stays.status, live(stays), account_of(stays).generation, account_of(stays).due_at)
    give(old, make_customer())
    db.session.expire_all()
    assert (stays.version, stays.status, live(stays), account_of(stays).generation, account_of(stays).due_at) == before


def test_suspended_service_goes_over_as_a_suspended_one() -> None:
    old = make_service(plan=make_plan(make_package()))
    set_status(old.code, "suspenso_pedido_cliente")
    new = give(old, make_customer())
    assert (new.status, new.paid_at, new.enabled_at) == ("suspenso_pedido_cliente", None, None)


def test_both_histories_say_who_had_it_who_has_it_and_why() -> None:
    old, other = make_service(), make_customer()
    new = give(old, other, reason="sold the house")
    for service in (old, new):
        event = events_of(service)[0]
        assert event.reason == "sold the house"
        assert (event.before or {})["customer"] == old.customer.code
        assert (event.after or {})["customer"] == other.code
        assert ((event.before or {})["service"], (event.after or {})["service"]) == (old.code, new.code)


def test_e_mail_that_has_an_account_still_is_refused_in_words() -> None:
    old = make_service(plan=make_plan(nx_package()))
    freeze(account_of(old), old.customer.email)
    twin = make_customer(email=old.customer.email)
    assert codes_of(lambda: give(old, twin)) == [("email", "login_held")]


def test_new_holder_without_an_e_mail_is_refused_where_it_is_the_log_in() -> None:
    old, accounts = make_service(plan=make_plan(nx_package())), len(db.session.scalars(select(Account)).all())
    assert codes_of(lambda: give(old, make_customer(email=""))) == [("email", "login_missing")]
    assert old.status == PAYS
    assert len(db.session.scalars(select(Account)).all()) == accounts


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"customer_id": 999}, ("customer_id", "customer_unknown")),
        ({"on": date(2999, 1, 1)}, ("on", "transfer_day_ahead")),
    ],
)
def test_what_cannot_be_handed_over_is_refused(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    old, other = make_service(), make_customer()
    assert codes_of(lambda: give(old, other, **changes)) == [expected]


def test_own_holder_taken_code_and_ended_service_are_refused() -> None:
    old, other = make_service(), make_customer()
    assert codes_of(lambda: give(old, old.customer)) == [("customer_id", "transfer_same_customer")]
    assert codes_of(lambda: give(old, other, code=old.code)) == [("code", "service_code_taken")]
    set_status(old.code, "cancelado")
    assert codes_of(lambda: give(old, other)) == [("", "transfer_service_ended")]


def test_service_that_changed_meanwhile_is_a_conflict() -> None:
    old, other = make_service(), make_customer()
    data = TransferInput(customer_id=other.id, code="NEW", on=current_hub().today())
    with pytest.raises(Conflict, match="stale"):
        transfer_service(old, data, version=99)
