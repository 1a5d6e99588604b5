"""The life of a run: asked for, planned, held back, approved, rejected, overtaken. Rows only; no platform."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import insert, select, update

from tests.journeys.crowd import package_of, sell_to_crowd
from tests.services.helpers import codes_of, make_integration
from webapp import clock
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.state import ACCOUNT_UNIT, UnitState, dump_units
from webapp.extensions import db
from webapp.models import Account, Alert, Event, Integration, Run, RunItem
from webapp.services import runs
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict, NotFound
from webapp.services.leases import Interrupted, LeaseLost, StopRequested
from webapp.services.runs import leases, rows, superseding
from webapp.services.runs.leases import Lease

ANA, BIA = "ana@example.com", "bia@example.com"


@pytest.fixture
def integration(app: APIFlask) -> Integration:
    """Forty people with a settled account each: the last five are believed active, the others suspended."""
    integration = make_integration()
    sell_to_crowd(package_of(integration), 40)
    settled = {"generation": 1, "applied_generation": 1, "due_at": None, "status": "active", "desired": "active"}
    db.session.execute(update(Account).values(units=believed("suspended"), **settled))
    db.session.execute(update(Account).where(Account.id > 35).values(units=believed("active")))
    db.session.commit()
    return integration


def believed(state: str) -> dict[str, object]:
    return dump_units({ACCOUNT_UNIT: UnitState(state=state)})


def accounts(integration: Integration) -> list[int]:
    return list(db.session.scalars(select(Account.id).order_by(Account.id)))


def losing(ids: list[int], action: Action = Action.SUSPEND) -> list[Difference]:
    """Return that these are shown active there, and shall not be."""
    before, after = {"state": "active"}, {"state": "suspended"}
    return [Difference(one, f"a{one}@example.com", Situation.STATE, action, before, after) for one in ids]


def gaining(ids: list[int]) -> list[Difference]:
    before, after = {"state": "suspended"}, {"state": "active"}
    return [Difference(one, f"a{one}@example.com", Situation.STATE, Action.ENABLE, before, after) for one in ids]


def look(integration: Integration, differences: list[Difference]) -> Run:
    db.session.rollback()
    run = runs.record_part(integration.id, differences, "look", "event", clock.utc_now())
    assert run is not None
    return run


def outcomes(run: Run) -> dict[str, int]:
    found = rows.outcome_counts(run.id)
    db.session.rollback()
    return found


def open_alerts() -> dict[str, dict[str, object]]:
    return {one.code: one.params for one in db.session.scalars(select(Alert).where(Alert.closed_at.is_(None)))}


def test_what_gives_is_handed_over_at_once_although_what_takes_away_waits(integration: Integration) -> None:
    ids = accounts(integration)
    run = look(integration, gaining(ids[35:]) + losing(ids[:30]))
    assert (run.status, outcomes(run)) == ("staged", {"queued": 5, "staged": 30})
    assert (run.counts["staged"], run.limits["hit"], run.limits["most"]) == (30, "run", 20)
    assert (run.radius["accounts"], run.radius["value"]) == (30, "897.00")
    told = open_alerts()["run_staged"]
    assert (told["run_id"], told["count"], told["value"]) == (run.id, 30, "897.00")
    assert run.expires_at is not None
    assert timedelta(hours=71) < run.expires_at - clock.utc_now() <= timedelta(hours=72)


def test_d23_a_small_base_loses_a_few_without_asking_anybody(integration: Integration) -> None:
    ids = accounts(integration)
    db.session.execute(update(Account).where(Account.id.in_(ids[8:])).values(status="cancelled"))
    db.session.commit()
    run = look(integration, losing(ids[:3]))
    assert (run.status, outcomes(run)) == ("applying", {"waiting": 3})
    assert open_alerts() == {}


def test_an_approved_batch_waits_for_its_turn_and_is_told_no_more(integration: Integration) -> None:
    run = look(integration, losing(accounts(integration)[:30]))
    with acting_as(ANA):
        approved = runs.approve_run(run.id, run.checksum)
    assert (approved.status, approved.approved_by, outcomes(run)) == ("applying", ANA, {"waiting": 30})
    assert (approved.counts["staged"], approved.expires_at, open_alerts()) == (0, None, {})
    with pytest.raises(Conflict, match="run_not_staged"):
        runs.approve_run(run.id, run.checksum)


def test_a_part_is_approved_and_the_rest_waits_under_a_checksum_of_its_own(integration: Integration) -> None:
    run = look(integration, losing(accounts(integration)[:30]))
    old = run.checksum
    chosen = rows.held_ids(run.id)[:12]
    part = runs.approve_run(run.id, old, chosen)
    assert (part.status, outcomes(run)) == ("staged", {"waiting": 12, "staged": 18})
    assert (part.counts["staged"], part.radius["accounts"], open_alerts()["run_staged"]["count"]) == (18, 18, 18)
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, old)
    whole = runs.approve_run(run.id, part.checksum)
    assert (whole.status, outcomes(run), open_alerts()) == ("applying", {"waiting": 30}, {})


@pytest.mark.parametrize(("chosen", "code"), [([], "run_no_line_chosen"), ([10**6], "plan_changed")])
def test_a_part_of_nothing_or_of_another_run_is_refused(
    integration: Integration, chosen: list[int], code: str
) -> None:  # fmt: skip
    run = look(integration, losing(accounts(integration)[:30]))
    with pytest.raises(Conflict, match=code):
        runs.approve_run(run.id, run.checksum, chosen)
    assert outcomes(run) == {"staged": 30}


def test_d24_an_approval_is_refused_for_another_plan_or_when_an_account_moved_on(integration: Integration) -> None:
    ids = accounts(integration)
    run = look(integration, losing(ids[:30]))
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, "0" * 64)
    db.session.rollback()
    db.session.execute(update(Account).where(Account.id == ids[29]).values(generation=2))
    db.session.commit()
    with pytest.raises(Conflict, match="plan_changed"):
        runs.approve_run(run.id, run.checksum)
    assert outcomes(run) == {"staged": 30}


def test_d25_who_asked_for_cancels_cannot_approve_them(integration: Integration) -> None:
    with acting_as(ANA):
        run = look(integration, losing(accounts(integration)[:12], Action.CANCEL))
        assert run.status == "staged"
        with pytest.raises(Conflict, match="second_operator_needed"):
            runs.approve_run(run.id, run.checksum)
    assert outcomes(run) == {"staged": 12}
    with acting_as(BIA):
        assert runs.approve_run(run.id, run.checksum).status == "applying"


def test_a_rejected_batch_needs_a_reason_and_is_not_asked_about_again_for_a_day(integration: Integration) -> None:
    ids = accounts(integration)
    run = look(integration, losing(ids[:30]))
    assert codes_of(lambda: runs.reject_run(run.id, " ")) == [("reason", "run_reason_missing")]
    rejected = runs.reject_run(run.id, "wrong dates")
    assert (rejected.status, rejected.reason, outcomes(run)) == ("rejected", "wrong dates", {"rejected": 30})
    assert open_alerts() == {}
    again = look(integration, losing(ids[:30]))
    assert (again.status, again.error_code, outcomes(again)) == ("done", "run_rejected_before", {"rejected": 30})
    assert again.counts["rejected"] == 30
    clock.move(timedelta(hours=25))
    assert look(integration, losing(ids[:30])).status == "staged"


def test_what_is_left_of_a_rejected_batch_waits_for_a_person_however_small_it_is(integration: Integration) -> None:
    ids = accounts(integration)
    runs.reject_run(look(integration, losing(ids[:30])).id, "wrong dates")
    assert look(integration, losing(ids[:3])).limits["hit"] == "all"
    assert look(integration, losing(ids[30:33])).status == "applying"


def test_what_a_person_is_asked_about_does_not_go_by_itself_because_it_has_shrunk(integration: Integration) -> None:
    ids = accounts(integration)
    old = look(integration, losing(ids[:30]))
    assert superseding.must_ask(old, losing(ids[:3])) is False
    other = Run(id=99, integration_id=integration.id)
    assert superseding.must_ask(other, losing(ids[29:33])) is True
    assert superseding.must_ask(other, losing(ids[30:33])) is False


def test_a_batch_that_nobody_decides_on_is_reminded_of_and_lapses(integration: Integration) -> None:
    run = look(integration, losing(accounts(integration)[:30]))
    clock.move(timedelta(hours=61))
    runs.expire_due(clock.utc_now())
    assert open_alerts()["batch_expiring"]["run_id"] == run.id
    clock.move(timedelta(hours=12))
    with pytest.raises(Conflict, match="run_expired"):
        runs.approve_run(run.id, run.checksum)
    runs.expire_due(clock.utc_now())
    expired = runs.get_run(run.id)
    assert (expired.status, outcomes(run), open_alerts()) == ("expired", {"lapsed": 30}, {})


def test_two_batches_are_never_applied_at_the_same_time(integration: Integration) -> None:
    ids = accounts(integration)
    db.session.execute(update(Integration).values(limit_floor=2))
    db.session.commit()
    first, second = look(integration, losing(ids[:10])), look(integration, losing(ids[10:20]))
    runs.approve_run(first.id, first.checksum)
    with pytest.raises(Conflict, match="run_negatives_under_way"):
        runs.approve_run(second.id, second.checksum)
    assert outcomes(second) == {"staged": 10}


def test_what_waits_or_is_under_way_already_makes_no_second_run(integration: Integration) -> None:
    ids = accounts(integration)
    look(integration, losing(ids[:30]))
    db.session.rollback()
    assert runs.record_part(integration.id, losing(ids[:9]), "look", "event", clock.utc_now()) is None
    assert runs.record_part(integration.id, [], "look", "event", clock.utc_now()) is None


def test_d21_a_drip_of_four_percent_a_run_stops_at_ten_percent_a_day(integration: Integration) -> None:
    db.session.execute(update(Integration).values(limit_floor=0))
    db.session.commit()
    ids = accounts(integration)
    lost = 0
    for start in range(0, 20, 2):
        run = look(integration, losing(ids[start : start + 2]))
        lost += outcomes(run).get("waiting", 0)
    assert lost == 4


def test_one_run_of_an_integration_reads_at_a_time(integration: Integration) -> None:
    first = runs.request_run(integration.id, "plan")
    with pytest.raises(Conflict, match="run_under_way"):
        runs.request_run(integration.id)
    assert runs.due_work(clock.utc_now()) == [(first.id, integration.id)]
    with pytest.raises(NotFound):
        runs.request_run(99)
    with pytest.raises(Conflict, match="run_not_by_hand"):
        runs.request_run(integration.id, reading="probes")


def test_a_lease_is_one_workers_until_it_runs_out_and_a_dead_one_writes_nothing_more(
    integration: Integration,
) -> None:  # fmt: skip
    run = runs.request_run(integration.id, "plan")
    first = leases.take(run.id)
    assert first is not None
    assert leases.take(run.id) is None
    assert runs.due_work(clock.utc_now()) == []
    clock.move(leases.LEASE + timedelta(seconds=1))
    assert runs.due_work(clock.utc_now()) == [(run.id, integration.id)]
    assert leases.take(run.id) is not None
    with pytest.raises(LeaseLost):
        first.renew(counts={"listed": 7})
    assert runs.get_run(run.id).counts == {}


@pytest.mark.parametrize(("asked", "raised"), [("stop", StopRequested), ("", Interrupted)])
def test_a_worker_notices_a_stop_and_the_end_of_its_process(
    integration: Integration, asked: str, raised: type[Exception]
) -> None:  # fmt: skip
    run = runs.request_run(integration.id, "plan")
    lease = leases.take(run.id, lambda: raised is Interrupted)
    assert isinstance(lease, Lease)
    db.session.execute(update(Run).values(control=asked))
    db.session.commit()
    with pytest.raises(raised):
        lease.renew()


def test_schedule_asks_once_however_late_it_is(integration: Integration) -> None:
    clock.move(timedelta(hours=5))
    runs.request_due(clock.utc_now())
    runs.request_due(clock.utc_now())
    assert [(run.trigger, run.mode, run.status) for run in Run.query] == [("schedule", "apply", "running")]


def test_a_part_whose_process_died_is_closed_and_what_was_not_decided_lapses(integration: Integration) -> None:
    run = runs.open_part(integration.id, "changes", "changes", clock.utc_now())
    rows.insert_lines(run.id, [])
    db.session.execute(insert(RunItem).values(run_id=run.id, situation="state", action="suspend", outcome="planned"))
    db.session.commit()
    runs.close_left()
    assert runs.get_run(run.id).status == "running"
    clock.move(timedelta(minutes=11))
    runs.close_left()
    assert (runs.get_run(run.id).status, outcomes(run)) == ("done", {"lapsed": 1})


def test_history_names_who_decided_what_and_why(integration: Integration) -> None:
    ids = accounts(integration)
    first = look(integration, losing(ids[:30]))
    with acting_as(ANA):
        runs.approve_run(first.id, first.checksum, rows.held_ids(first.id)[:10])
        runs.reject_run(first.id, "the rest is wrong")
    told = [(one.action, one.actor, one.reason) for one in Event.query.filter(Event.object_type == "run")]
    assert told == [
        ("run.staged", "system", ""), ("run.approve", ANA, ""), ("run.reject", ANA, "the rest is wrong"),
    ]  # fmt: skip
