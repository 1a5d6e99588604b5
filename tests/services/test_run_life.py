"""Runs that read a platform: who works on them, what a newer reading does to an older batch, what stops them."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import insert, update

from tests.journeys.crowd import OWING, accounts_of, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, integrate, use
from webapp import clock
from webapp.decide.snapshot import Certificate, Effect, Finding, SnapshotBefore, dump
from webapp.extensions import db
from webapp.jobs.runs import RunWorker
from webapp.models import Account, Alert, Heartbeat, Integration, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services import epoch, runs
from webapp.services.errors import Conflict
from webapp.services.runs import leases, rows, steering

PEOPLE, LOSING = 12, 3
PATIENCE_S = 60.0
PAGES = {'pager = { kind = "page", start = 1, size = 500 }': 'pager = { kind = "page", start = 1, size = 4 }'}


@pytest.fixture
def integration(app: APIFlask, nx: Tenant) -> Integration:
    """Twelve people; five owe and were suspended in order. More than two may not lose content without a person."""
    integration = integrate(use(Recipe("nx_paged", changes=PAGES)), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    set_statuses(services[:5], OWING)
    drain()
    clock.move(timedelta(hours=25))
    db.session.execute(update(Integration).values(limit_floor=LOSING - 1))
    db.session.commit()
    return integration


def enable_by_hand(nx: Tenant, count: int) -> None:
    nx.enable([row["id"] for row in nx.subscribers(status="suspended")][:count])


def reconcile(integration: Integration, mode: str = "apply") -> Run:
    db.session.rollback()
    return runs.start_run(integration.id, mode)


def outcomes(run: Run) -> dict[str, int]:
    found = rows.outcome_counts(run.id)
    db.session.rollback()
    return found


def told() -> dict[str, Any]:
    db.session.rollback()
    return {one.code: one.params for one in Alert.query.filter(Alert.closed_at.is_(None))}


def wait_for(done: Callable[[], bool]) -> None:
    until_s = clock.monotonic_s() + PATIENCE_S
    while not done():
        db.session.rollback()
        assert clock.monotonic_s() < until_s
        clock.sleep(0.02)
    db.session.rollback()


def test_a_newer_reading_that_says_the_same_leaves_the_batch_and_its_approval_to_stand(
    integration: Integration, nx: Tenant
) -> None:
    enable_by_hand(nx, LOSING)
    first = reconcile(integration)
    assert (first.status, outcomes(first)) == ("staged", {"staged": LOSING})
    # An account is looked at by hand meanwhile, and nothing comes of it.
    clock.move(timedelta(hours=1))
    db.session.execute(update(Account).where(Account.status == "suspended").values(applied_at=clock.utc_now()))
    db.session.commit()
    clock.move(timedelta(hours=1))
    second = reconcile(integration)
    assert (second.status, second.error_code, second.error_params["run_id"]) == ("done", "run_batch_stands", first.id)
    assert (outcomes(second), second.counts["lapsed"], second.counts["staged"]) == ({"lapsed": LOSING}, LOSING, 0)
    runs.approve_run(first.id, runs.get_run(first.id).checksum)
    drain()
    assert (outcomes(first), len(nx.subscribers(status="suspended"))) == ({"proven": LOSING}, 5)


def test_a_newer_reading_that_says_otherwise_takes_the_place_of_the_batch(
    integration: Integration, nx: Tenant
) -> None:  # fmt: skip
    enable_by_hand(nx, LOSING)
    first = reconcile(integration)
    enable_by_hand(nx, 1)
    second = reconcile(integration)
    first = runs.get_run(first.id)
    assert (first.status, first.superseded_by_id, outcomes(first)) == ("expired", second.id, {"lapsed": LOSING})
    assert (second.status, told()["run_staged"]["run_id"]) == ("staged", second.id)
    with pytest.raises(Conflict, match="run_not_staged"):
        runs.approve_run(first.id, first.checksum)


def test_a_batch_is_over_when_nothing_differs_any_more_and_stands_when_a_reading_is_not_to_be_trusted(
    integration: Integration, nx: Tenant
) -> None:
    enable_by_hand(nx, LOSING)
    batch = reconcile(integration)
    nx.set_dials(list_fault="drop_page")
    assert reconcile(integration).status == "refused"
    assert (runs.get_run(batch.id).status, set(told())) == ("staged", {"run_staged", "run_refused"})
    nx.clear_dials()
    nx.suspend([row["id"] for row in nx.subscribers()][:5])
    reconcile(integration)
    assert (runs.get_run(batch.id).status, set(told()) & {"run_staged", "run_refused"}) == ("expired", set())


def test_d22_an_honest_wave_waits_and_goes_with_one_approval(integration: Integration, nx: Tenant) -> None:
    enable_by_hand(nx, LOSING)
    run = reconcile(integration)
    since = nx.seq()
    drain()
    assert [line for line in nx.ledger(since) if line["operation"] == "suspend"] == []
    runs.approve_run(run.id, run.checksum)
    drain()
    done = runs.get_run(run.id)
    assert (done.status, outcomes(done)) == ("done", {"proven": LOSING})


def test_what_another_run_has_in_hand_is_not_planned_again(integration: Integration, nx: Tenant) -> None:
    enable_by_hand(nx, LOSING - 1)
    first = reconcile(integration)
    assert (first.status, outcomes(first)) == ("applying", {"waiting": LOSING - 1})
    steering.pause_run(first.id)
    second = reconcile(integration)
    assert (second.status, outcomes(second)) == ("done", {})
    drain()
    assert outcomes(first) == {"waiting": LOSING - 1}


def test_two_who_ask_at_the_same_time_begin_one_run(integration: Integration, app: APIFlask) -> None:
    found: list[str] = []
    ready, integration_id = threading.Barrier(4), integration.id
    db.session.rollback()

    def ask() -> None:
        with app.app_context():
            ready.wait(PATIENCE_S)
            try:
                found.append(runs.request_run(integration_id, "plan").status)
            except Conflict as error:
                found.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(found) == ["run_under_way"] * 3 + ["running"]


def test_a_run_whose_worker_died_is_read_from_the_start_and_planned_once(integration: Integration, nx: Tenant) -> None:
    enable_by_hand(nx, LOSING)
    run = runs.request_run(integration.id)
    assert leases.take(run.id) is not None
    db.session.execute(insert(RunItem).values(run_id=run.id, situation="state", action="suspend", outcome="planned"))
    db.session.commit()
    with pytest.raises(Conflict, match="run_at_work"):
        runs.work(run.id)
    clock.move(leases.LEASE + timedelta(seconds=1))
    worked = runs.work(run.id)
    assert (worked.status, outcomes(worked)) == ("staged", {"staged": LOSING})
    with pytest.raises(Conflict, match="run_at_work"):
        runs.work(run.id)


@pytest.fixture
def worker(app: APIFlask, integration: Integration) -> Iterator[RunWorker]:
    db.session.rollback()
    worker = RunWorker(app)
    worker.start()
    yield worker
    worker.stop()


def test_worker_reads_what_was_asked_for_and_carries_on_with_what_was_planned(
    integration: Integration, nx: Tenant, worker: RunWorker
) -> None:
    enable_by_hand(nx, 1)
    run = runs.request_run(integration.id)
    db.session.rollback()
    wait_for(lambda: runs.get_run(run.id).status == "applying" and outcomes(run) == {"queued": 1})
    assert db.session.get(Heartbeat, RunWorker.name) is not None


def test_a_person_stops_a_run_that_reads_and_nothing_of_it_goes(
    integration: Integration, nx: Tenant, worker: RunWorker
) -> None:
    enable_by_hand(nx, LOSING)
    nx.set_dials(latency_ms=600, operations=["list"])
    run = runs.request_run(integration.id)
    nx.wait_calls("list", 1)
    steering.stop_run(run.id, "wrong moment")
    wait_for(lambda: runs.get_run(run.id).status == "stopped")
    assert (runs.get_run(run.id).reason, outcomes(run)) == ("wrong moment", {})


def test_a_hub_that_only_observes_plans_and_does_nothing(integration: Integration, nx: Tenant) -> None:
    enable_by_hand(nx, 1)
    nx.suspend([row["id"] for row in nx.subscribers(status="active")][-1:])
    epoch.begin_observing("restored")
    run = reconcile(integration)
    assert (run.status, run.mode, run.error_code, outcomes(run)) == ("done", "plan", "observing", {"planned": 2})
    with pytest.raises(Conflict, match="hub_observes"):
        runs.approve_run(run.id, run.checksum)


def test_a_plan_that_was_seen_is_carried_out_unless_it_is_old_or_another(integration: Integration, nx: Tenant) -> None:
    enable_by_hand(nx, LOSING)
    plan = reconcile(integration, "plan")
    assert (plan.status, plan.counts["staged"], outcomes(plan)) == ("done", LOSING, {"planned": LOSING})
    with pytest.raises(Conflict, match="plan_changed"):
        runs.apply_plan(plan.id, "0" * 64)
    assert runs.apply_plan(plan.id, plan.checksum).status == "applying"
    drain()
    assert outcomes(plan) == {"proven": LOSING}
    old = reconcile(integration, "plan")
    clock.move(timedelta(minutes=11))
    with pytest.raises(Conflict, match="run_not_planned"):
        runs.apply_plan(old.id, old.checksum)


def test_a_smaller_platform_is_accepted_by_a_person_only_when_it_was_shown_again(integration: Integration) -> None:
    run = reconcile(integration, "plan")
    for times, accepted in ((1, False), (2, True)):
        held = Finding("snapshot_fewer", frozenset({Effect.MISSING, Effect.NEGATIVE}), {"times": times})
        certificate = dump(Certificate((held,), SnapshotBefore(5)))
        db.session.execute(update(Run).where(Run.id == run.id).values(certificate=certificate))
        db.session.commit()
        if accepted:
            assert runs.accept_reading(run.id).certificate["accepted_by"] == "system"
        else:
            with pytest.raises(Conflict, match="run_reading_not_acceptable"):
                runs.accept_reading(run.id)
        db.session.rollback()
    assert len(accounts_of(integration)) == PEOPLE
