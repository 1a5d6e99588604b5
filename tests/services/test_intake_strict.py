"""Records of the API and the command: what an attendant would be refused is refused, row by row."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import make_customer, make_package, make_plan, make_sale, make_service
from tests.services.helpers import account_of, freeze, nx_package
from webapp.decide.intake import Direction, Wanted, WantedPackage, WantedService
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.models import Account, Event, Plan, Service
from webapp.services import accounts
from webapp.services.buyers import buyer_of
from webapp.services.intake import Allowed, Intake, RowResult
from webapp.services.subscriptions import get_service

pytestmark = pytest.mark.usefixtures("app")
PAYS, SUSPENDED = "servico_habilitado", "suspenso_debito"


@pytest.fixture
def plan() -> Plan:
    return make_plan(nx_package())


def record(number: int, plan: Plan | None = None, **overrides: Any) -> Wanted:
    person = {"name": f"José {number}", "email": f"user{number}@example.com", "customer_code": f"C{number}"}
    person |= {name: overrides.pop(name) for name in ("name", "email", "document", "phone", "customer_code")
               if name in overrides}  # fmt: skip
    service = {"plan_id": plan.id if plan else None, "login": f"login{number}", "password": Secret(f"secret{number}")}
    return Wanted(number, service=WantedService(f"S{number}", **service | overrides), **person)


def store(*records: Wanted, **options: Any) -> list[RowResult]:
    return Intake(None, lenient=False).store(records, options.pop("allowed", Allowed()), **options)


def told(results: list[RowResult]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(one.outcome, [(problem.field, problem.code) for problem in one.problems]) for one in results]


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_new_rows_are_judged_as_at_a_sale_and_written_with_the_plans_packages(plan: Plan) -> None:
    results = store(record(1, plan), record(2, plan, login="abc"), record(3, plan, email=""),
                    record(4, plan, document="123"), record(5, None), record(6, plan, name=""))  # fmt: skip
    assert told(results) == [
        ("created", []), ("refused", [("login", "password_too_short")]), ("refused", [("email", "login_missing")]),
        ("refused", [("document", "document_length")]), ("refused", [("plan_id", "import_plan_missing")]),
        ("refused", [("customer_code", "customer_code_unknown")]),
    ]  # fmt: skip
    assert (count(Service), count(Account), get_service("S1").status) == (1, 1, PAYS)


@pytest.mark.parametrize("dry_run", [True, False])
def test_log_in_that_is_taken_is_refused_whoever_had_it_first(plan: Plan, dry_run: bool) -> None:
    make_sale(make_service(make_customer("C0", email="taken@example.com"), code="S0"), nx_package_of(plan))
    results = store(record(1, plan, email="taken@example.com"), record(2, plan, email="same@example.com"),
                    record(3, plan, email="same@example.com"), record(4, plan), dry_run=dry_run)  # fmt: skip
    refused = ("refused", [("email", "login_held")])
    assert told(results) == [refused, ("created", []), refused, ("created", [])]
    assert [results[0].problems[0].params["service"], results[2].problems[0].params["service"]] == ["S0", "S2"]
    assert count(Service) == (1 if dry_run else 3)


def nx_package_of(plan: Plan) -> Any:
    return plan.packages[0].package


def test_plan_takes_everything_back_and_remembers_log_ins_across_batches(plan: Plan) -> None:
    intake = Intake(None, lenient=False)
    (first,) = intake.plan([record(1, plan, email="same@example.com")])
    (second,) = intake.plan([record(2, plan, email="same@example.com")])
    assert (first.direction, first.refused, second.refused) == (Direction.POSITIVE, False, True)
    assert count(Service) == 0
    assert [one.outcome for one in intake.apply([first], Allowed())] == ["created"]


def test_repeat_changes_nothing_and_empty_texts_keep(plan: Plan) -> None:
    store(record(1, plan, document="529.982.247-25", phone="(11) 98765-4321"))
    events = count(Event)
    again = record(1, plan, document="529.982.247-25", phone="(11) 98765-4321")
    empty = record(1, None, name="", email="", login="", password=None)
    assert told(store(again)) == told(store(empty)) == [("unchanged", [])]
    assert count(Event) == events
    assert (get_service("S1").customer.document, get_service("S1").customer.phone) == ("52998224725", "5511987654321")


def test_log_in_password_and_plan_go_through_the_rules_of_the_use_cases(plan: Plan) -> None:
    other = make_plan(make_package())
    store(record(1, plan), record(2, plan), record(3, plan))
    results = store(
        record(1, plan, login="abc"), record(2, other), record(3, plan, email="user1@example.com"),
        record(4, plan, customer_code="C1", email="four@example.com"),
    )  # fmt: skip
    assert [one.outcome for one in results] == ["refused", "updated", "refused", "refused"]
    assert [sale.package_id for sale in get_service("S2").packages if sale.removed_at is None] == [
        other.packages[0].package_id
    ]
    assert get_service("S1").login == "login1"
    store(record(2, other, password=Secret("another-one")))
    assert buyer_of(get_service("S2")).service.password == "another-one"


def test_named_package_is_added_and_none_is_taken_off(plan: Plan) -> None:
    extra = make_package()
    store(record(1, plan))
    assert told(store(record(1, plan, packages=(WantedPackage(extra.id),)))) == [("updated", [])]
    assert len(get_service("S1").packages) == 2
    locked = make_plan(lock_packages=True)
    store(record(2, locked))
    assert told(store(record(2, locked, packages=(WantedPackage(extra.id),)))) == [
        ("refused", [("package_id", "package_locked_out")])
    ]


def test_new_service_without_packages_gets_none_when_it_says_so(plan: Plan) -> None:
    store(record(1, plan, packages=()))
    assert get_service("S1").packages == []


def test_row_that_may_not_take_is_held_as_a_whole_and_counted_before(plan: Plan) -> None:
    store(record(1, plan), record(2, plan))
    rows = [record(1, plan, status=SUSPENDED, address="Rua 2"), record(2, plan, status=SUSPENDED)]
    assert Intake(None, lenient=False).negatives(rows) == {1, 2}
    db.session.rollback()
    results = store(*rows, allowed=Allowed(positions_negative=frozenset({2})))
    assert [one.outcome for one in results] == ["held", "updated"]
    assert (get_service("S1").status, get_service("S1").address, get_service("S2").status) == (PAYS, "", SUSPENDED)
    assert account_of(get_service("S2")).priority == accounts.NEGATIVE


def test_move_to_a_locked_plan_counts_as_taking_what_it_locks_out(plan: Plan) -> None:
    store(record(1, plan, packages=(WantedPackage(make_package().id),)))
    (planned,) = Intake(None, lenient=False).plan([record(1, make_plan(lock_packages=True))])
    assert (planned.refused, planned.direction) == (False, Direction.NEGATIVE)
    assert (
        store(record(1, make_plan(lock_packages=True)), allowed=Allowed(positions_negative=frozenset()))[0].outcome
        == "held"
    )


def test_service_with_accounts_is_not_given_to_another_customer(plan: Plan) -> None:
    store(record(1, plan))
    freeze(account_of(get_service("S1")), "user1@example.com")
    results = store(record(1, plan, customer_code="C9", email="nine@example.com"))
    assert told(results) == [("refused", [("customer_code", "service_has_accounts")])]
    assert get_service("S1").customer.code == "C1"


def test_rows_of_one_customer_are_carried_out_in_their_order(plan: Plan) -> None:
    store(record(1, plan))
    moved = record(1, plan, email="new@example.com")
    results = store(moved, record(2, make_plan(), customer_code="C1", email=""), replace(record(3, plan), position=9))
    assert [(one.position, one.outcome) for one in results] == [(1, "updated"), (2, "created"), (9, "created")]
    assert get_service("S2").customer.email == "new@example.com"
