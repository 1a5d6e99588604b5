"""Plans: the list, params that are preset, new values and longer contracts."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.factories import make_integration, make_package, make_plan, make_service
from tests.services.helpers import codes_of
from webapp import clock
from webapp.decide.readjust import Rate
from webapp.extensions import db
from webapp.models import Account, Attempt, Event, Plan, Service
from webapp.services import pages_plans, plan_changes, plans
from webapp.services.errors import Conflict
from webapp.services.inputs import PlanInput
from webapp.services.plan_changes import Readjustment, Renewal

pytestmark = pytest.mark.usefixtures("app")

TEN = Rate(percent=Decimal(10))
UNTIL = date(2026, 11, 30)


def see(plan: Plan, rate: Rate = TEN, *, also_own: bool = True) -> Readjustment:
    return plan_changes.preview_readjustment(plan.id, rate, also_own=also_own)


def readjust(plan: Plan, seen: Readjustment, rate: Rate = TEN, *, also_own: bool = True) -> Readjustment:
    return plan_changes.readjust(plan.id, rate, also_own=also_own, checksum=seen.checksum, reason="IGP-M")


def events_of(action: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.action == action).order_by(Event.id)))


def test_list_counts_services_that_have_not_ended() -> None:
    plan, empty = make_plan(make_package(value="10.00"), description="A"), make_plan(description="B")
    for status in ("servico_habilitado", "suspenso_debito", "cancelado"):
        make_service(plan=plan, status=status)
    found = [(row.plan.id, row.services, row.packages_value) for row in pages_plans.plan_rows([plan, empty])]
    assert found == [(plan.id, 2, Decimal("10.00")), (empty.id, 0, Decimal(0))]


def test_secret_param_is_refused_on_a_plan_which_is_the_same_for_all() -> None:
    package = make_package(make_integration())
    link = {"package_id": package.id, "params": {"senha": "a-secret", "loja": "42"}}
    data = PlanInput(description="Fibra", value=Decimal("99.90"), packages=[link])
    assert codes_of(lambda: plans.create_plan(data)) == [("packages.0.params.senha", "plan_param_secret")]
    assert db.session.query(Plan).count() == 0


def test_required_param_need_not_be_preset() -> None:
    package = make_package(make_integration(gateway="nx_play"))
    plan = make_plan(package)
    assert plan.packages[0].params == {}


def test_preview_names_who_follows_and_who_pays_their_own() -> None:
    plan = make_plan(value="100.00")
    make_service(plan=plan)
    own = make_service(plan=plan, value="80.05")
    make_service(plan=plan, value="70.00", status="cancelado")
    seen = see(plan)
    assert (seen.plan_before, seen.plan_after, seen.following, seen.kept) == (100, 110, 1, 0)
    assert [(line.service_id, line.before, line.after) for line in seen.lines] == [
        (own.id, Decimal("80.05"), Decimal("88.06"))
    ]
    assert (seen.sum_before, seen.sum_after) == (Decimal("180.05"), Decimal("198.06"))
    assert plan.value == 100


def test_own_values_are_kept_unless_asked_for() -> None:
    plan = make_plan(value="100.00")
    own = make_service(plan=plan, value="80.00")
    seen = see(plan, also_own=False)
    assert (seen.lines, seen.kept, seen.sum_after) == ((), 1, Decimal("80.00"))
    readjust(plan, seen, also_own=False)
    assert (plan.value, own.value) == (110, 80)


def test_readjustment_is_applied_as_shown_and_stands_in_every_history() -> None:
    plan = make_plan(make_package(), value="100.00")
    follows, own = make_service(plan=plan), make_service(plan=plan, value="80.00")
    accounts = db.session.scalars(select(Account.generation)).all()
    assert len(accounts) == 2
    readjust(plan, see(plan))
    assert (plan.value, follows.value, own.value) == (110, None, Decimal("88.00"))
    (of_service,), (of_plan,) = events_of("service.readjust"), events_of("plan.readjust")
    assert (of_service.object_id, of_service.before, of_service.after) == (
        own.id,
        {"value": "80.00"},
        {"value": "88.00"},
    )
    assert (of_plan.before["value"], of_plan.after["value"], of_plan.reason) == ("100.00", "110.00", "IGP-M")
    assert db.session.scalars(select(Account.generation)).all() == accounts
    assert db.session.scalars(select(Attempt.id)).all() == []


def other_value(service: Service, plan: Plan) -> None:
    service.value = Decimal("81.00")


def other_status(service: Service, plan: Plan) -> None:
    service.status = "cancelado"


def other_plan_value(service: Service, plan: Plan) -> None:
    plan.value = Decimal("101.00")


@pytest.mark.parametrize("change", [other_value, other_status, other_plan_value])
def test_readjustment_is_refused_when_something_changed_since_the_preview(
    change: Callable[[Service, Plan], None],
) -> None:
    plan = make_plan(value="100.00")
    service = make_service(plan=plan, value="80.00")
    seen = see(plan)
    change(service, plan)
    db.session.commit()
    kept = (plan.value, service.value)
    with pytest.raises(Conflict, match="preview_changed"):
        readjust(plan, seen)
    assert (plan.value, service.value) == kept
    assert events_of("plan.readjust") == []


def test_service_sold_since_the_preview_is_seen_before_it_costs_more() -> None:
    plan = make_plan()
    seen = see(plan)
    make_service(plan=plan)
    with pytest.raises(Conflict, match="preview_changed"):
        readjust(plan, seen)


def test_preview_of_one_rate_cannot_apply_another() -> None:
    plan = make_plan()
    with pytest.raises(Conflict, match="preview_changed"):
        readjust(plan, see(plan), Rate(percent=Decimal(11)))


def test_readjustment_that_changes_nothing_is_refused() -> None:
    plan, none = make_plan(), Rate(percent=Decimal(0))
    seen = see(plan, none)
    assert not seen.changes
    assert codes_of(lambda: readjust(plan, seen, none)) == [("percent", "readjust_nothing")]


def test_own_value_that_would_grow_too_large_is_refused_before_anything_changes() -> None:
    plan = make_plan(value="1.00")
    make_service(plan=plan, value="9000000.00")
    rate = Rate(amount=Decimal("2.00"))
    assert codes_of(lambda: see(plan, rate)) == [("amount", "readjust_too_large")]


def test_many_services_are_readjusted_and_the_first_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_changes, "BATCH", 2)
    monkeypatch.setattr(plan_changes, "SHOWN", 3)
    plan = make_plan(value="100.00")
    services = [make_service(plan=plan, value="50.00") for _number in range(5)]
    seen = see(plan)
    assert [each.service.id for each in plan_changes.first_lines(seen.lines)] == [
        service.id for service in services[:3]
    ]
    readjust(plan, seen)
    assert {service.value for service in services} == {Decimal("55.00")}


def renewal(plan: Plan, months: int = 12, until: date = UNTIL) -> Renewal:
    return plan_changes.preview_renewal(plan.id, months, until)


def renew(plan: Plan, seen: Renewal) -> Renewal:
    return plan_changes.renew(plan.id, seen.months, seen.until, checksum=seen.checksum)


def test_contracts_that_end_by_the_day_are_renewed_and_the_others_left_alone() -> None:
    plan = make_plan()
    due = make_service(plan=plan, contract_ends_on=date(2026, 11, 30))
    later = make_service(plan=plan, contract_ends_on=date(2026, 12, 1))
    open_ended = make_service(plan=plan)
    ended = make_service(plan=plan, contract_ends_on=date(2026, 11, 1), status="cancelado")
    seen = renewal(plan)
    assert ([line.service_id for line in seen.lines], seen.later, seen.without_term) == ([due.id], 1, 1)
    renew(plan, seen)
    ends = [service.contract_ends_on for service in (due, later, open_ended, ended)]
    assert ends == [date(2027, 11, 30), date(2026, 12, 1), None, date(2026, 11, 1)]
    (event,) = events_of("service.renew")
    assert (event.before, event.after) == ({"contract_ends_on": "2026-11-30"}, {"contract_ends_on": "2027-11-30"})
    assert events_of("plan.renew")[0].after == {"months": 12, "until": "2026-11-30", "services": 1}


def test_renewal_counts_contracts_that_stay_over_all_the_same() -> None:
    plan = make_plan()
    today = clock.utc_now().date()
    make_service(plan=plan, contract_ends_on=today - timedelta(days=900))
    make_service(plan=plan, contract_ends_on=today - timedelta(days=10))
    seen = renewal(plan, until=today)
    assert (len(seen.lines), seen.still_over) == (2, 1)
    assert seen.lines[0].before < seen.lines[1].before


def test_renewal_is_refused_when_a_contract_was_changed_since_the_preview() -> None:
    plan = make_plan()
    service = make_service(plan=plan, contract_ends_on=UNTIL)
    seen = renewal(plan)
    service.contract_ends_on = date(2027, 1, 1)
    db.session.commit()
    with pytest.raises(Conflict, match="preview_changed"):
        renew(plan, seen)
    assert service.contract_ends_on == date(2027, 1, 1)


def test_renewal_twice_applies_once() -> None:
    plan = make_plan()
    service = make_service(plan=plan, contract_ends_on=UNTIL)
    seen = renewal(plan)
    renew(plan, seen)
    with pytest.raises(Conflict, match="preview_changed"):
        renew(plan, seen)
    assert service.contract_ends_on == date(2027, 11, 30)


def test_renewal_of_nothing_or_of_a_far_day_is_refused() -> None:
    plan = make_plan()
    assert codes_of(lambda: renew(plan, renewal(plan))) == [("until", "renew_nothing")]
    assert codes_of(lambda: renewal(plan, until=date(9999, 12, 31))) == [("until", "renew_too_far")]


def test_change_of_a_plan_leaves_its_services_as_they_are() -> None:
    plan = make_plan(make_package())
    service = make_service(plan=plan)
    plans.update_plan(plan.id, PlanInput(description=plan.description, value="120.00"))
    assert [sale.removed_at for sale in service.packages] == [None]
    assert service.value is None
