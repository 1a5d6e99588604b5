"""Services: made, changed, suspended, paid, moved to another plan."""

from datetime import date
from decimal import Decimal

import pytest

from tests.factories import make_customer, make_integration, make_package, make_plan, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of, freeze, last_event, nx_package, problems_of
from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.models import Service
from webapp.services import accounts, packages
from webapp.services.buyers import password_place
from webapp.services.errors import Conflict, NotFound
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleInput, ServiceInput
from webapp.services.moves import move_service, view_move
from webapp.services.subscriptions import get_service, migrate_plan, remove_sale, set_status, upsert_service

pytestmark = pytest.mark.usefixtures("app")


def held(service: Service) -> set[int]:
    return {sale.package_id for sale in service.packages if sale.removed_at is None}


def same(service: Service, **overrides: object) -> ServiceInput:
    data = {
        "customer_code": service.customer.code, "plan_id": service.plan_id, "status": service.status,
        "login": service.login, **overrides,
    }  # fmt: skip
    return ServiceInput(**data)


def test_new_service_gets_all_packages_of_its_plan() -> None:
    must, may = make_package(), make_package()
    service = make_service(plan=make_plan(must, may))
    assert held(service) == {must.id, may.id}
    assert service.paid_at is not None
    assert actions()[-1] == "service.create"


def test_optional_package_can_be_taken_off_and_a_mandatory_one_cannot() -> None:
    must, may = make_package(), make_package()
    links = [{"package_id": must.id, "mandatory": True}, {"package_id": may.id}]
    plan = make_plan(packages=links)
    assert held(make_service(plan=plan, packages=[])) == {must.id}


def test_params_of_the_plan_come_along_and_those_of_the_sale_win() -> None:
    package = nx_package()
    link = {"package_id": package.id, "params": {"noggin": "false", "paramount": "false"}}
    sale = SaleInput(package_id=package.id, params={"noggin": "true"})
    service = make_service(plan=make_plan(packages=[link]), packages=[sale])
    assert service.packages[0].params == {"noggin": "true", "paramount": "false"}


def test_locked_plan_refuses_what_it_does_not_carry() -> None:
    foreign = make_package()
    plan = make_plan(make_package(), lock_packages=True)
    call = lambda: make_service(plan=plan, packages=[SaleInput(package_id=foreign.id)])  # noqa: E731
    assert codes_of(call) == [("packages", "package_locked_out")]


def test_package_no_longer_offered_comes_with_no_new_service() -> None:
    package = make_package()
    plan = make_plan(package)
    packages.set_package_active(package.id, False)
    assert held(make_service(plan=plan)) == set()


def test_two_packages_of_a_single_package_integration_are_refused() -> None:
    integration = make_integration(single_package=True)
    one, two = make_package(integration), make_package(integration)
    sales = [SaleInput(package_id=one.id), SaleInput(package_id=two.id)]
    assert codes_of(lambda: make_service(packages=sales)) == [("packages", "single_package_taken")]


def test_unknown_customer_plan_and_status_are_told_at_once() -> None:
    data = ServiceInput(customer_code="nobody", plan_id=999, status="suspenso")
    found = problems_of(lambda: upsert_service("S", data))
    assert [(one.field, one.code) for one in found] == [
        ("status", "status_unknown"), ("customer_code", "customer_code_unknown"), ("plan_id", "plan_id_unknown"),
    ]  # fmt: skip
    assert all(status in found[0].params["allowed"] for status in STATUSES)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"pause_until": "2026-12-01"}, ("pause_from", "pause_without_start")),
        ({"pause_from": "2026-12-02", "pause_until": "2026-12-01"}, ("pause_until", "pause_order")),
        ({"no_suspend_until": "2026-12-01"}, ("no_suspend_reason", "no_suspend_reason_missing")),
    ],
)
def test_dates_that_cannot_be_are_refused(dates: dict[str, str], expected: tuple[str, str]) -> None:
    assert codes_of(lambda: make_service(**dates)) == [expected]


def test_password_is_sealed_kept_when_left_out_and_removed_when_empty() -> None:
    service = make_service(password="p4ssword")
    place = password_place(service.id)
    assert current_hub().vault.open(service.password or "", place) == "p4ssword"
    upsert_service(service.code, same(service))
    assert current_hub().vault.open(service.password or "", place) == "p4ssword"
    upsert_service(service.code, same(service, password="other"))
    assert last_event().after == {"password": "***"}
    upsert_service(service.code, same(service, password=""))
    assert service.password is None


def test_same_service_again_changes_nothing() -> None:
    service = make_service(plan=make_plan(make_package()), password="p4ssword")
    before = (service.version, account_of(service).generation, len(actions()))
    _, created = upsert_service(service.code, same(service, password="p4ssword", packages=[]))
    assert not created
    assert (service.version, account_of(service).generation, len(actions())) == before


def test_same_status_again_changes_nothing() -> None:
    service = make_service(plan=make_plan(make_package()))
    before = (service.version, account_of(service).generation, len(actions()))
    set_status(service.code, service.status)
    assert (service.version, account_of(service).generation, len(actions())) == before


def test_suspending_waits_and_paying_overtakes() -> None:
    service = make_service(plan=make_plan(make_package()))
    set_status(service.code, "suspenso_debito", "invoice 17")
    assert account_of(service).priority == accounts.NEGATIVE
    assert last_event().reason == "invoice 17"
    paid_before = service.paid_at
    set_status(service.code, "servico_habilitado")
    assert account_of(service).priority == accounts.PAID_NOW
    assert service.paid_at is not None
    assert paid_before is not None
    assert service.paid_at > paid_before


def test_one_paying_status_after_another_is_not_paying_anew() -> None:
    service = make_service()
    paid_at = service.paid_at
    set_status(service.code, "franquia_excedida")
    assert service.paid_at == paid_at


def test_status_that_does_not_exist_is_refused() -> None:
    service = make_service()
    assert codes_of(lambda: set_status(service.code, "bloqueado")) == [("status", "status_unknown")]


def test_service_with_accounts_keeps_its_customer() -> None:
    service, other = make_service(plan=make_plan(make_package())), make_customer()
    problem = problems_of(lambda: upsert_service(service.code, same(service, customer_code=other.code)))[0]
    assert (problem.field, problem.code) == ("customer_code", "service_has_accounts")


def test_service_without_accounts_may_change_its_customer() -> None:
    service, other = make_service(), make_customer()
    upsert_service(service.code, same(service, customer_code=other.code))
    assert service.customer_id == other.id


def test_stale_version_and_unknown_code_are_refused() -> None:
    service = make_service()
    with pytest.raises(Conflict, match="stale"):
        upsert_service(service.code, same(service, login="x"), version=99)
    with pytest.raises(NotFound):
        get_service("none")


def test_migration_swaps_plan_packages_and_names_them_in_the_history() -> None:
    gone, common, fresh, extra = make_package(), make_package(), make_package(), make_package()
    service = make_service(plan=make_plan(gone, common))
    make_sale(service, extra)
    kept_sale = next(sale for sale in service.packages if sale.package_id == common.id)
    plan = make_plan(common, fresh)
    migrate_plan(service.code, plan.id)
    assert held(service) == {common.id, fresh.id, extra.id}
    assert kept_sale.removed_at is None
    after = last_event().after or {}
    assert after == {"plan": plan.description, "added": [fresh.description], "left_plan": [gone.description]}


def test_migration_to_a_locked_plan_removes_what_was_sold_separately_and_says_so() -> None:
    extra, fresh = make_package(), make_package()
    service = make_service()
    make_sale(service, extra)
    migrate_plan(service.code, make_plan(fresh, lock_packages=True).id)
    assert held(service) == {fresh.id}
    assert (last_event().after or {})["locked_out"] == [extra.description]


def test_migration_keeps_an_old_package_that_is_named() -> None:
    old = make_package()
    service = make_service(plan=make_plan(old))
    migrate_plan(service.code, make_plan(make_package()).id, [SaleInput(package_id=old.id)])
    assert held(service) == {old.id}


def test_migration_that_breaks_pacote_unico_changes_nothing() -> None:
    integration = make_integration(single_package=True)
    service = make_service()
    make_sale(service, make_package(integration))
    plan = make_plan(make_package(integration))
    before = (held(service), service.plan_id)
    assert codes_of(lambda: migrate_plan(service.code, plan.id)) == [("packages", "single_package_taken")]
    assert (held(service), service.plan_id) == before


def test_migration_exchanges_packages_of_one_single_package_integration() -> None:
    integration = make_integration(single_package=True)
    basic, full = make_package(integration), make_package(integration)
    service = make_service(plan=make_plan(basic))
    migrate_plan(service.code, make_plan(full).id)
    assert held(service) == {full.id}


def test_migration_to_the_same_plan_changes_nothing() -> None:
    service = make_service(plan=make_plan(make_package()))
    remove_sale(service.packages[0].id)
    migrate_plan(service.code, service.plan_id)
    assert held(service) == set()


def test_upsert_with_another_plan_migrates() -> None:
    old, new = make_package(), make_package()
    service = make_service(plan=make_plan(old))
    upsert_service(service.code, same(service, plan_id=make_plan(new).id))
    assert held(service) == {new.id}


def test_inactive_plan_is_refused_for_new_services_and_kept_by_old_ones() -> None:
    plan = make_plan(active=False)
    assert codes_of(lambda: make_service(plan=plan)) == [("plan_id", "plan_inactive")]


def test_emptied_login_is_refused_while_a_platform_makes_the_password_from_it() -> None:
    service = make_service(plan=make_plan(nx_package()))
    assert codes_of(lambda: upsert_service(service.code, same(service, login=""))) == [
        ("login", "password_field_empty")
    ]
    assert set_status(service.code, "suspenso_debito").status == "suspenso_debito"


def test_debt_is_recorded_although_credentials_are_bad() -> None:
    service = make_service(plan=make_plan(nx_package()))
    service.login = ""
    db.session.commit()
    upsert_service(service.code, same(service, login="", status="suspenso_debito"))
    assert service.status == "suspenso_debito"


def test_frozen_account_does_not_stop_other_changes() -> None:
    service = make_service(plan=make_plan(nx_package()))
    freeze(account_of(service), service.customer.email)
    upsert_service(service.code, same(service, address="Rua 1"))
    assert service.address == "Rua 1"


COMMERCIAL = {
    "value": Decimal("79.90"), "due_day": 10, "billing_method": "Boleto", "billing_kind": "prepaid",
    "suspension_profile": "Gentle", "contract_ends_on": date(2027, 1, 1), "sold_on": date(2026, 1, 2),
}  # fmt: skip


def test_commercial_data_left_out_are_kept_and_those_given_as_none_are_emptied() -> None:
    service = make_service(**COMMERCIAL)
    upsert_service(service.code, same(service, address="Rua 1"))
    assert {name: getattr(service, name) for name in COMMERCIAL} == COMMERCIAL
    emptied = {"value": None, "due_day": None, "contract_ends_on": None, "sold_on": None, "billing_kind": ""}
    upsert_service(service.code, same(service, address="Rua 1", **emptied))
    assert {name: getattr(service, name) for name in emptied} == emptied
    assert service.billing_method == "Boleto"
    assert (last_event().before or {})["value"] == "79.90"


def test_status_is_not_set_on_a_service_that_changed_meanwhile() -> None:
    service = make_service()
    seen = service.version
    upsert_service(service.code, same(service, address="Rua 1"))
    with pytest.raises(Conflict, match="stale"):
        set_status(service.code, "cancelado", version=seen)
    assert set_status(service.code, service.status, version=seen).status == service.status


def test_move_is_worked_out_without_changing_anything() -> None:
    gone, common, fresh, apart = (make_package(value=Decimal(number)) for number in (1, 2, 4, 8))
    service = make_service(plan=make_plan(gone, common, value=Decimal(100)))
    make_sale(service, apart)
    view = view_move(service, make_plan(common, fresh, value=Decimal(200)).id, None)
    found = {line.package.id: (line.outcome, line.reason) for line in view.lines}
    assert found == {
        gone.id: ("removed", "left_plan"), common.id: ("kept", ""), fresh.id: ("added", ""),
        apart.id: ("kept", "sold_apart"),
    }  # fmt: skip
    assert (view.before, view.after) == (Decimal(111), Decimal(214))
    assert not [*db.session.dirty, *db.session.new]
    assert held(service) == {gone.id, common.id, apart.id}


def test_stamp_of_a_move_changes_with_everything_it_was_worked_out_from() -> None:
    package = make_package()
    service, plan = make_service(plan=make_plan(package)), make_plan(package)
    stamps = [view_move(service, plan.id, None).stamp]
    make_sale(service, make_package())
    stamps.append(view_move(service, plan.id, None).stamp)
    upsert_service(service.code, same(service, address="Rua 1"))
    stamps.append(view_move(service, plan.id, None).stamp)
    plan.value = Decimal(1)
    db.session.commit()
    stamps.append(view_move(service, plan.id, None).stamp)
    assert len(set(stamps)) == 4
    assert view_move(service, plan.id, [package.id]).stamp == stamps[-1]


def test_move_drops_the_own_value_and_says_so_in_the_history() -> None:
    service, plan = make_service(value=Decimal("70.00")), make_plan()
    move_service(service, plan.id, [], view_move(service, plan.id, None).stamp, plan_value=True)
    assert service.value is None
    assert (last_event().before or {})["value"] == "70.00"


def test_move_to_an_inactive_plan_tells_the_problem() -> None:
    view = view_move(make_service(), make_plan(active=False).id, None)
    assert [problem.code for problem in view.problems] == ["plan_inactive"]
