"""Records of a source become rows: in sets, once, and never against somebody."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update

from tests.factories import make_customer, make_integration, make_package, make_plan, make_sale, make_service
from tests.services.helpers import account_of, actions, freeze, last_event, nx_package
from webapp import clock
from webapp.decide.intake import Direction, Wanted, WantedPackage, WantedService
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import Account, Customer, Event, Package, Plan, Service, ServicePackage, Source, SourceLink
from webapp.services import accounts
from webapp.services.buyers import buyer_of
from webapp.services.intake import Allowed, Intake, RowPlan, RowResult
from webapp.services.subscriptions import get_service, set_status

pytestmark = pytest.mark.usefixtures("app")
PAYS, SUSPENDED, ENDED = "servico_habilitado", "suspenso_debito", "cancelado"
NOTHING_NEGATIVE = Allowed(positions_negative=frozenset())


def make_erp(**values: Any) -> int:
    source = Source(kind="hubsoft", description=f"ERP {values.get('precedence', 1)}", **values)
    db.session.add(source)
    db.session.commit()
    return source.id


@pytest.fixture
def erp() -> int:
    return make_erp()


@pytest.fixture
def tv() -> Package:
    return make_package()


@pytest.fixture
def plan() -> Plan:
    return make_plan()


def record(number: int, plan: Plan | None = None, *packages: Package, **overrides: Any) -> Wanted:
    service = {
        "plan_id": plan.id if plan else None, "status": PAYS, "login": f"login{number}", "exact": True,
        "packages": tuple(WantedPackage(one.id, external=f"S{number}:{one.code}") for one in packages),
    }  # fmt: skip
    person = {name: overrides.pop(name) for name in ("document", "email", "customer_code") if name in overrides}
    service |= overrides
    return Wanted(
        number, person.pop("customer_code", f"C{number}"), name=f"José {number}", phone="5511987654321",
        service=WantedService(f"S{number}", f"S{number}", **service), **person,
    )  # fmt: skip


def plan_of(erp: int, *records: Wanted) -> list[RowPlan]:
    plans = Intake(erp, lenient=True).plan(records)
    db.session.rollback()
    return plans


def take(erp: int, *records: Wanted, allowed: Allowed = Allowed()) -> list[RowResult]:  # noqa: B008
    return Intake(erp, lenient=True).apply(plan_of(erp, *records), allowed)


def outcomes(results: list[RowResult]) -> list[str]:
    return [result.outcome for result in results]


def codes(result: RowResult | RowPlan) -> list[str]:
    return [problem.code for problem in result.problems]


def live(code: str) -> set[int]:
    return {sale.package_id for sale in get_service(code).packages if sale.removed_at is None}


def links() -> set[tuple[str, str, int]]:
    rows = db.session.execute(select(SourceLink.kind, SourceLink.external, SourceLink.local_id))
    return {(row.kind, row.external, row.local_id) for row in rows}


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_new_record_becomes_rows_links_events_and_an_account(erp: int, plan: Plan, tv: Package) -> None:
    wanted = record(1, plan, tv, email="jose@example.com", password=Secret("geheim"), value=Decimal("79.90"))
    (result,) = take(erp, wanted)
    service = get_service("S1")
    sale = service.packages[0]
    assert (result.outcome, result.service_id, result.customer_id) == ("created", service.id, service.customer_id)
    assert (service.customer.name_folded, service.value, sale.value) == ("jose 1", Decimal("79.90"), tv.value)
    assert (service.paid_at, service.enabled_at, service.version) == (service.created_at, service.created_at, 1)
    assert buyer_of(service).service.password == "geheim"
    assert links() == {("customer", "C1", service.customer_id), ("service", "S1", service.id),
                       ("sale", f"S1:{tv.code}", sale.id)}  # fmt: skip
    assert actions()[-2:] == ["customer.create", "service.create"]
    assert last_event().after["packages"] == [tv.description]
    assert account_of(service).priority == accounts.ORDINARY


def test_event_of_a_new_service_is_the_same_as_by_hand(erp: int, plan: Plan, tv: Package) -> None:
    carrying = make_plan(tv)
    make_service(make_customer("C7"), carrying, "S7", login="x", password=None)
    by_hand = last_event().after
    take(erp, record(1, carrying, tv, login="x"))
    after = last_event().after
    assert {**after, "customer": "C7"} == {**by_hand, "plan": carrying.description}


def test_second_reading_of_the_same_changes_nothing(erp: int, plan: Plan, tv: Package) -> None:
    wanted = record(1, plan, tv, password=Secret("geheim"))
    take(erp, wanted)
    events = count(Event)
    (again,) = plan_of(erp, wanted)
    assert (again.changes, again.adopts) == ((), False)
    assert outcomes(take(erp, wanted)) == ["unchanged"]
    assert (count(Event), account_of(get_service("S1")).generation) == (events, 1)


def test_payment_overtakes_and_a_suspension_waits_behind(erp: int, plan: Plan, tv: Package) -> None:
    take(erp, record(1, plan, tv))
    clock.move(timedelta(days=1))
    take(erp, record(1, plan, tv, status=SUSPENDED))
    service = get_service("S1")
    first_paid = service.paid_at
    assert (service.status, service.version, account_of(service).priority) == (SUSPENDED, 2, accounts.NEGATIVE)
    assert (last_event().action, last_event().after) == ("service.status", {"status": SUSPENDED})
    take(erp, record(1, plan, tv))
    assert account_of(service).priority == accounts.PAID_NOW
    assert (service.paid_at > first_paid, service.enabled_at) == (True, first_paid)


def test_change_of_the_person_is_noted_and_sent_for_all_services(erp: int, plan: Plan, tv: Package) -> None:
    take(erp, record(1, plan, tv, email="old@example.com"), record(2, plan, tv, customer_code="C1"))
    assert outcomes(take(erp, record(1, plan, tv, email="new@example.com"))) == ["updated"]
    assert (last_event().action, last_event().after) == ("customer.update", {"email": "new@example.com"})
    assert list(db.session.scalars(select(Account.generation))) == [2, 2]
    assert get_service("S2").customer.version == 2


def test_city_is_kept_where_the_source_has_none_and_no_platform_is_told_of_it(
    erp: int, plan: Plan, tv: Package
) -> None:
    take(erp, record(1, plan, tv, city="Recife"))
    service = get_service("S1")
    assert (service.city, last_event().after["city"]) == ("Recife", "Recife")
    assert outcomes(take(erp, record(1, plan, tv))) == ["unchanged"]
    assert outcomes(take(erp, record(1, plan, tv, city="Olinda"))) == ["updated"]
    assert (service.city, service.version, account_of(service).generation) == ("Olinda", 2, 1)
    assert (last_event().action, last_event().before, last_event().after) == (
        "service.update", {"city": "Recife"}, {"city": "Olinda"},
    )  # fmt: skip


def test_service_without_a_city_has_none(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan))
    assert get_service("S1").city is None


def test_change_of_a_service_seals_the_new_password_and_masks_it(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan, password=Secret("old-one")))
    take(erp, record(1, plan, password=Secret("new-one"), address="Rua 2"))
    assert buyer_of(get_service("S1")).service.password == "new-one"
    assert last_event().after == {"address": "Rua 2", "password": "***"}


def test_packages_follow_the_source_and_leave_others_alone(erp: int, plan: Plan, tv: Package) -> None:
    other, by_hand = make_package(), make_package()
    take(erp, record(1, plan, tv))
    make_sale(get_service("S1"), by_hand)
    take(erp, record(1, plan, other))
    assert live("S1") == {other.id, by_hand.id}
    assert {action for action in actions() if action.startswith("sale.")} == {"sale.create", "sale.remove"}
    take(erp, record(1, plan, tv, other))
    assert live("S1") == {tv.id, other.id, by_hand.id}
    assert plan_of(erp, record(1, plan, tv, other))[0].changes == ()


def test_word_that_means_another_package_now_changes_the_one_for_the_other(erp: int, plan: Plan, tv: Package) -> None:
    movies, named = make_package(), frozenset({"S1:TV"})
    take(erp, record(1, plan, packages=(WantedPackage(tv.id, external="S1:TV"),), named=named))
    anew = record(1, plan, packages=(WantedPackage(movies.id, external="S1:TV"),), named=named)
    assert outcomes(take(erp, anew, allowed=NOTHING_NEGATIVE)) == ["held"]
    assert live("S1") == {tv.id}
    assert outcomes(take(erp, anew)) == ["updated"]
    assert live("S1") == {movies.id}
    assert plan_of(erp, anew)[0].changes == ()


def test_what_is_not_allowed_is_held_and_the_rest_is_made(erp: int, plan: Plan, tv: Package) -> None:
    take(erp, record(1, plan, tv), record(2, plan, tv, status=SUSPENDED))
    other = make_package()
    results = take(erp, record(1, plan, other, status=SUSPENDED, login="new"), record(2, plan, tv),
                   allowed=NOTHING_NEGATIVE)  # fmt: skip
    assert outcomes(results) == ["held", "updated"]
    service = get_service("S1")
    assert (service.status, service.login, live("S1")) == (PAYS, "new", {tv.id, other.id})
    assert get_service("S2").status == PAYS
    assert plan_of(erp, record(1, plan, other, status=SUSPENDED))[0].direction is Direction.NEGATIVE


def test_what_became_negative_after_the_plan_is_held(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan, status=SUSPENDED))
    plans = plan_of(erp, record(1, plan, status=SUSPENDED, login="new"))
    set_status("S1", PAYS)
    assert outcomes(Intake(erp, lenient=True).apply(plans, Allowed())) == ["held"]
    assert (get_service("S1").status, get_service("S1").login) == (PAYS, "new")


def test_no_create_and_no_contact_hold_what_they_say(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan, email="old@example.com", status=SUSPENDED))
    records = record(1, plan, email="new@example.com"), record(2, plan)
    results = take(erp, *records, allowed=Allowed(creates=False, contacts=False))
    assert outcomes(results) == ["held", "held"]
    assert (get_service("S1").status, get_service("S1").customer.email) == (PAYS, "old@example.com")
    assert count(Service) == 1


def test_new_service_needs_a_plan_and_a_status_and_an_old_one_does_not(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan))
    results = take(erp, record(1, status=""), record(2), record(3, plan, status=""))
    assert outcomes(results) == ["unchanged", "refused", "refused"]
    assert [codes(result) for result in results[1:]] == [["source_plan_unmapped"], ["source_status_unknown"]]


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"plan_id": 999}, "plan_id_unknown"), ({"status": "novo"}, "status_unknown"),
        ({"login": "x" * 121}, "intake_value_long"), ({"address": "a\x00"}, "intake_value_wrong"),
        ({"due_day": 32}, "intake_value_wrong"), ({"value": Decimal("1.001")}, "intake_value_wrong"),
        ({"value": Decimal("NaN")}, "intake_value_wrong"), ({"packages": (WantedPackage(999),)}, "package_id_unknown"),
    ],
)  # fmt: skip
def test_value_without_a_place_refuses_its_record_alone(
    erp: int, plan: Plan, overrides: dict[str, Any], code: str
) -> None:
    bad, good = take(erp, record(1, plan, **overrides), record(2, plan))
    assert ((bad.outcome, codes(bad)), good.outcome) == (("refused", [code]), "created")


def test_second_record_of_a_service_is_refused_and_a_second_service_is_not(erp: int, plan: Plan) -> None:
    results = take(erp, record(1, plan), record(1, plan, status=SUSPENDED), record(2, plan, customer_code="C1"))
    assert outcomes(results) == ["created", "refused", "created"]
    assert codes(results[1]) == ["source_service_twice"]
    assert count(Customer) == 1


def test_rows_made_by_hand_are_adopted_when_the_document_agrees(erp: int, tv: Package) -> None:
    service = make_service(make_customer("C1", document="52998224725", name="José 1"), code="S1", login="login1")
    sale = make_sale(service, tv)
    wanted = replace(record(1, None, tv, document="52998224725"))
    (planned,) = plan_of(erp, wanted)
    assert (planned.changes, planned.adopts) == ((), True)
    assert outcomes(take(erp, wanted)) == ["unchanged"]
    assert ("service", "S1", service.id) in links()
    assert ("sale", f"S1:{tv.code}", sale.id) in links()
    assert take(erp, record(1, None, document="52998224725"))[0].outcome == "updated"
    assert live("S1") == set()


def test_code_of_somebody_else_is_refused(erp: int) -> None:
    make_service(make_customer("C1", document="52998224725"), code="S1")
    (result,) = take(erp, record(1, document="11144477735", status=SUSPENDED))
    assert (result.outcome, codes(result)) == ("refused", ["source_code_taken"])
    assert (get_service("S1").status, links()) == (PAYS, set())


def test_other_name_of_the_source_for_a_code_that_is_linked_is_somebody_else(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan))
    wanted = record(1, plan, status=SUSPENDED)
    assert wanted.service is not None
    for other in (
        replace(wanted, service=replace(wanted.service, external="9")),
        replace(wanted, customer_external="9"),
    ):
        assert codes(take(erp, other)[0]) == ["source_code_taken"]
    assert get_service("S1").status == PAYS


def test_better_source_keeps_its_service_and_takes_over_a_worse_ones(plan: Plan) -> None:
    worse, better = make_erp(precedence=5), make_erp(precedence=2)
    take(worse, record(1, plan))
    assert outcomes(take(better, record(1, plan, login="new"))) == ["updated"]
    (result,) = take(worse, record(1, plan, status=ENDED))
    assert (result.outcome, codes(result)) == ("skipped", ["source_owned_elsewhere"])
    assert get_service("S1").status == PAYS
    assert set(db.session.scalars(select(SourceLink.source_id))) == {better}
    db.session.execute(update(Source).where(Source.id == better).values(active=False))
    db.session.commit()
    assert outcomes(take(worse, record(1, plan, status=SUSPENDED))) == ["updated"]


def test_service_with_accounts_stays_with_its_customer_and_follows_the_status(
    erp: int, plan: Plan, tv: Package
) -> None:
    take(erp, record(1, plan, tv), record(2, plan, tv))
    (result,) = take(erp, record(1, plan, tv, status=SUSPENDED, customer_code="C9"))
    assert (result.outcome, codes(result)) == ("updated", ["service_stays_with_customer"])
    assert (get_service("S1").status, get_service("S1").customer.code) == (SUSPENDED, "C1")
    assert count(Customer) == 2


def test_service_without_accounts_moves_to_its_new_customer(erp: int, plan: Plan) -> None:
    take(erp, record(1, plan))
    assert outcomes(take(erp, record(1, plan, customer_code="C9"))) == ["updated"]
    assert get_service("S1").customer.code == "C9"
    assert last_event().after == {"customer": "C9"}


def test_second_package_of_a_single_platform_is_left_out(erp: int, plan: Plan) -> None:
    integration = make_integration(single_package=True)
    one, two = make_package(integration), make_package(integration)
    (result,) = take(erp, record(1, plan, one, two))
    assert (result.outcome, codes(result), live("S1")) == ("created", ["package_beside_another"], {one.id})
    assert plan_of(erp, record(1, plan, one, two))[0].changes == ()
    # A swap is one thing: while the old one may not go, the new one does not come.
    assert outcomes(take(erp, record(1, plan, two), allowed=NOTHING_NEGATIVE)) == ["held"]
    assert live("S1") == {one.id}
    take(erp, record(1, plan, two))
    assert live("S1") == {two.id}


def test_plan_brings_its_packages_where_the_source_names_none(erp: int, tv: Package) -> None:
    books, sport = make_package(), make_package()
    small, large = make_plan(tv, books), make_plan(books, sport)
    take(erp, record(1, small, packages=None))
    assert live("S1") == {tv.id, books.id}
    assert outcomes(take(erp, record(1, large, packages=None), allowed=NOTHING_NEGATIVE)) == ["held"]
    assert (get_service("S1").plan_id, live("S1")) == (small.id, {tv.id, books.id, sport.id})
    take(erp, record(1, large, packages=None))
    assert (get_service("S1").plan_id, live("S1")) == (large.id, {books.id, sport.id})
    assert plan_of(erp, record(1, large, packages=None))[0].changes == ()


def test_what_a_platform_would_refuse_does_not_refuse_a_record_of_a_source(erp: int, plan: Plan) -> None:
    package = nx_package()
    results = take(erp, record(1, plan, package, email="a@example.com"), record(2, plan, package, email=""),
                   record(3, plan, package, email="a@example.com"))  # fmt: skip
    assert outcomes(results) == ["created"] * 3
    assert count(Account) == 3


def test_frozen_account_is_only_marked_when_its_person_changes(erp: int, plan: Plan) -> None:
    package = nx_package()
    take(erp, record(1, plan, package, email="a@example.com"))
    freeze(account_of(get_service("S1")), "a@example.com")
    take(erp, record(1, plan, package, email="b@example.com"))
    account = account_of(get_service("S1"))
    assert (account.login, account.generation) == ("a@example.com", 2)


def test_params_of_a_plan_come_with_its_package_and_secrets_are_sealed(erp: int) -> None:
    package = nx_package()
    plan = make_plan(packages=[{"package_id": package.id, "params": {"usuario": "cpf_cnpj"}}])
    take(erp, record(1, plan, package))
    assert db.session.scalars(select(ServicePackage)).one().params == {"usuario": "cpf_cnpj"}


def test_number_of_statements_does_not_grow_with_the_batch(erp: int, plan: Plan, tv: Package) -> None:
    def statements(*numbers: int) -> int:
        seen: list[str] = []

        def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        records = [record(one, plan, tv, password=Secret(f"secret{one}")) for one in numbers]
        event.listen(db.engine, "before_cursor_execute", note)
        take(erp, *records)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    few = statements(1, 2)
    assert statements(*range(3, 63)) <= few
    assert few < 50
