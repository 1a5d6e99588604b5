"""Guided moves under fire: whatever a platform does, and whoever clicks, the old account ends last."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_customer, make_package, make_sale, make_service
from tests.journeys import platforms
from tests.services.helpers import account_of
from tests.services.runs_helpers import drain
from tests.services.test_guided_moves import begin, fresh, names, order, sold, to
from webapp import clock
from webapp.decide import guided_moves as decide
from webapp.decide.guided_moves import FAIL, GO, Seen
from webapp.extensions import db
from webapp.models import Alert, Event, GuidedMove, Integration, Service
from webapp.sandbox.client import Tenant
from webapp.services import guided_moves, sales, watchdogs
from webapp.services.errors import Conflict
from webapp.services.guided_moves import advancing, ask, go_on, stop
from webapp.services.hub import current_hub
from webapp.services.lookups import look_up_marked
from webapp.services.receipts.reading import read_entries
from webapp.services.timeline import view_timeline

OPERATIONS = ("create", "find", "cancel")
FAULTS: dict[str, dict[str, Any]] = {
    "times out after sending": {"reset": "after"},
    "goes away before sending": {"reset": "before"},
    "is dead": {"status": 503},
    "answers with a page": {"garbage": "html"},
}


@pytest.fixture
def here(app: APIFlask, nx: Tenant) -> Integration:
    return platforms.connect(nx, "key")


def tasks(rounds: int = 10, pace: timedelta = timedelta(minutes=6)) -> None:
    """Let the hub live: the engine, the task of moves and that of look-ups, and nobody clicks."""
    for _round in range(rounds):
        drain()
        db.session.rollback()
        guided_moves.advance_due(current_hub().today())
        look_up_marked()
        clock.move(pace)
    db.session.rollback()


def alerts() -> dict[str, Alert]:
    db.session.rollback()
    watchdogs.watch(clock.utc_now())
    db.session.expire_all()
    return {row.code: row for row in db.session.query(Alert).filter_by(closed_at=None) if "guided" in row.code}


def mend(integration: Integration) -> None:
    """Let an Integration that its platform's answers stopped work again, as a test of it does."""
    integration.paused_code = integration.paused_at = integration.paused_until = None
    integration.breaker, integration.auth_failures = {}, 0
    db.session.commit()


@pytest.mark.parametrize(
    ("fault", "operation", "kind"),
    [
        *((fault, operation, "email") for fault in FAULTS for operation in OPERATIONS),
        *(("times out after sending", operation, "holder") for operation in OPERATIONS),
    ],
)
def test_fault_in_any_step_ends_at_the_same_place(
    here: Integration, nx: Tenant, fault: str, operation: str, kind: str
) -> None:
    old = sold(here)
    nx.set_dials(faults=[{"operations": [operation], "fail_next": 2, **FAULTS[fault]}])
    move = begin(old, order() if kind == "email" else to(make_customer()))
    for _time in range(4):
        tasks(3)
        never_without(nx, old)
        mend(here)
        if fresh(move).error_code:
            go_on(move.id)
    move = fresh(move)
    assert (move.status, move.error_code, names(move)[-1]) == ("done", "", "done")
    assert move.to_service is not None
    assert (account_of(old).status, account_of(move.to_service).status) == ("cancelled", "active")
    assert db.session.query(Service).count() == 2


def never_without(nx: Tenant, old: Service) -> None:
    """The old account has ended only where the new one stands there."""
    standing = [one for one in nx.subscribers() if one["status"] == "active"]
    assert standing


def test_dead_host_is_told_after_an_hour_and_over_when_it_goes_on(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    nx.set_dials(faults=[{"status": 503}])
    move = begin(old, order())
    tasks(4)
    assert alerts() == {}
    clock.move(timedelta(hours=1))
    alert = alerts()["guided_move_slow"]
    assert (alert.object_type, alert.object_id, alert.level) == ("service", old.id, "warn")
    assert alert.params == {"service": old.code, "move_id": move.id, "hours": 1}
    assert (old.status, account_of(old).status) == ("servico_habilitado", "active")
    nx.clear_dials()
    clock.move(timedelta(hours=1))
    tasks()
    mend(here)
    tasks()
    assert (fresh(move).status, alerts()) == ("done", {})


def test_move_that_stops_is_told_at_once_until_a_person_decides(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    nx.set_dials(faults=[{"operations": ["create"], "status": 422}])
    move = begin(old, order())
    tasks(2)
    assert alerts()["guided_move_held"].params == {"service": old.code, "move_id": move.id}
    go_on(move.id)
    assert alerts() == {}
    tasks(2)
    assert set(alerts()) == {"guided_move_held"}
    stop(move.id)
    assert alerts() == {}


def test_move_of_a_later_day_is_not_missed_before_it(here: Integration) -> None:
    old = sold(here)
    begin(old, order(on=current_hub().today() + timedelta(days=3)))
    clock.move(timedelta(days=2))
    assert alerts() == {}


def test_move_that_nobody_could_carry_out_is_told_at_the_level_of_what_is_lost(here: Integration) -> None:
    old = sold(here)
    move = begin(old, order())
    move.status = "ending"
    db.session.commit()
    clock.move(timedelta(hours=3))
    assert {code: (one.level, one.params["hours"]) for code, one in alerts().items()} == {
        "guided_move_slow": ("fail", 3)
    }


def test_what_is_sold_on_the_old_service_meanwhile_is_never_cut(here: Integration, nx: Tenant) -> None:
    old = sold(here)
    move = begin(old, order())
    more = make_package(here, product_codes=[one.code for one in here.products][-1:])
    extra = make_sale(old, more)
    tasks()
    move = fresh(move)
    assert (move.status, move.error_code, old.status) == ("checking", "guided_move_new_rights", "servico_habilitado")
    assert move.data["error"] == {"packages": more.description}
    assert nx.calls("cancel") == 0
    sales.remove_sale(extra.id)
    go_on(move.id)
    tasks()
    assert fresh(move).status == "done"


def test_moves_that_wait_do_not_keep_out_others(here: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advancing, "AT_ONCE", 1)
    waiting = sold(here)
    other = make_service(plan=waiting.plan)
    drain()
    stuck = begin(waiting, order())
    assert stuck.to_service is not None
    account_of(stuck.to_service).due_at = clock.utc_now() + timedelta(days=1)
    db.session.commit()
    going = begin(other, order(code="OTHER", email="other@example.com"))
    tasks(40, timedelta(seconds=30))
    assert (fresh(stuck).status, fresh(going).status) == ("making", "done")


def test_two_clicks_at_once_begin_one_move(app: APIFlask, here: Integration) -> None:
    service_id = sold(here).id
    db.session.rollback()
    said: list[str] = []
    gate = threading.Barrier(2)

    def click(code: str) -> None:
        with app.app_context():
            gate.wait(20)
            try:
                advancing.advance(ask(service_id, order(code=code)).id)
                said.append("begun")
            except Conflict as error:
                said.append(error.code)
            finally:
                db.session.remove()

    people = [threading.Thread(target=click, args=(code,)) for code in ("ONE", "TWO")]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert sorted(said) == ["begun", "guided_move_open"]
    assert (db.session.query(GuidedMove).count(), db.session.query(Service).count()) == (1, 2)


def test_kill_after_asking_is_made_good_by_the_task(here: Integration) -> None:
    old = sold(here)
    move = ask(old.id, order())
    tasks()
    assert fresh(move).status == "done"


def test_both_holders_have_it_in_their_timeline_and_in_their_receipt(here: Integration) -> None:
    old, other = sold(here), make_customer()
    begin(old, to(other))
    tasks()
    for customer in (old.customer, other):
        actions = {one["action"] for one in read_entries(customer.id) if one["kind"] == "event"}
        assert {"service.transfer", "guided_move.done"} <= actions
        shown = {one.word for one in view_timeline(customer.id).page.items}
        assert {"service.transfer", "guided_move.done"} <= shown
    assert db.session.query(Event).filter_by(action="guided_move.done").count() == 2


STATUSES = st.sampled_from(["active", "suspended", "waiting_user", "pending", "blocked", "parked", "cancelled"])
SEEN = st.builds(Seen, st.integers(1, 5), STATUSES, st.booleans(), STATUSES | st.just(""), asks=st.booleans())


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(SEEN, max_size=4))
def test_old_one_ends_only_where_every_account_of_it_stands_anew(accounts: list[Seen]) -> None:
    verdict = decide.made(accounts)
    there = {"active", "suspended", "waiting_user"}
    lost = [one for one in accounts if one.before in there and not (one.settled and one.status in there)]
    if lost:
        assert verdict.word != GO
    if any(one.status in ("blocked", "parked") for one in accounts):
        assert verdict.word == FAIL
