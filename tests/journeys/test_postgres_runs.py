"""Runs on PostgreSQL: carried out and given back by two at the same time, and all that hangs on them."""

import signal
import threading
from datetime import timedelta

import pytest
from flask import current_app

from tests.gateways.servers import LoopbackServer, always, http
from tests.journeys.crowd import OWING, package_of, sell_to_crowd, set_statuses
from tests.journeys.engine_child import RUNS, EngineProcesses
from tests.journeys.platforms import Recipe, integrate, use
from tests.journeys.undo_world import wait_for
from tests.services.runs_helpers import by_hand, drain, fresh, outcomes, reconcile
from webapp import clock
from webapp.config import Settings
from webapp.decide.epoch import OLDER
from webapp.extensions import db
from webapp.models import Measure, Orphan
from webapp.sandbox.client import Tenant
from webapp.services import channels, epoch, measures, notify, runs
from webapp.services.accounts import NEGATIVE
from webapp.services.adoption import losses, requests
from webapp.services.channels import ChannelInput
from webapp.services.epoch.observing import begin_observing
from webapp.services.pages_kept import list_kept
from webapp.services.runs.applying import advance
from webapp.services.runs.steering import pause_run, resume_run
from webapp.services.runs.undo import undo_run

PEOPLE, LOSING = 14, 5
ROUNDS = 20


def _advance_twice_at_once() -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    together = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            together.wait()
            advance(clock.utc_now(), background=False)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _carry_out(run_id: int) -> None:
    for _ in range(ROUNDS):
        _advance_twice_at_once()
        drain()
        if fresh(run_id).status == "done":
            return
    raise AssertionError(outcomes(run_id))


@pytest.mark.usefixtures("postgres_app")
def test_two_processes_carry_out_each_line_once(nx: Tenant) -> None:
    integration = integrate(use(Recipe("nx_two")), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    nx.enable([row["id"] for row in nx.subscribers()])
    since = nx.seq()
    run_id = by_hand(integration, "suspend", "active", PEOPLE).id
    _carry_out(run_id)
    assert outcomes(run_id) == {("suspend", "proven"): PEOPLE}
    undo_id = undo_run(run_id, "the wrong list").id
    _carry_out(undo_id)
    assert outcomes(undo_id) == {("enable", "proven"): PEOPLE}
    calls = [line["operation"] for line in nx.ledger(since, kind="nx") if line["operation"] in ("suspend", "enable")]
    assert sorted(calls) == ["enable"] * PEOPLE + ["suspend"] * PEOPLE


@pytest.mark.slow
@pytest.mark.usefixtures("postgres_app")
def test_two_servers_at_once_hand_each_line_over_once(nx: Tenant, settings: Settings, postgres_url: str) -> None:
    integration = integrate(use(Recipe("nx_servers")), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    nx.enable([row["id"] for row in nx.subscribers()])
    since = nx.seq()
    run_id = by_hand(integration, "suspend", "active", PEOPLE).id
    db.session.rollback()
    with EngineProcesses() as engines:
        pids = [engines.start(settings.instance, RUNS, "0", url=postgres_url) for _ in range(2)]
        wait_for(run_id, "done")
        assert [engines.kill(pid) for pid in pids] == [-signal.SIGKILL] * 2, engines.errors()
    assert outcomes(run_id) == {("suspend", "proven"): PEOPLE}
    assert [line["operation"] for line in nx.ledger(since, kind="nx")].count("suspend") == PEOPLE


@pytest.mark.usefixtures("postgres_app")
def test_a_batch_is_told_of_approved_paused_given_back_and_all_of_it_adopted_anew(nx: Tenant) -> None:
    integration = integrate(use(Recipe("nx_life")), nx)
    services = sell_to_crowd(package_of(integration), PEOPLE)
    drain()
    set_statuses(services[:LOSING], OWING, NEGATIVE)
    drain()
    clock.move(timedelta(hours=25))
    nx.enable([row["id"] for row in nx.subscribers(status="suspended")])
    nx.add_foreign(1)
    integration.limit_floor = LOSING - 1
    db.session.commit()
    with LoopbackServer(always(http())) as phone:
        address = f"json://127.0.0.1:{phone.port}/hook"
        channels.create_channel(ChannelInput.model_validate({"description": "Plantão", "address": address}))
        run_id = reconcile(integration).id
        assert notify.send_due(clock.utc_now()) > 0
    assert (fresh(run_id).status, Orphan.query.count()) == ("staged", 1)
    runs.approve_run(run_id, fresh(run_id).checksum)
    pause_run(run_id)
    assert advance(clock.utc_now(), background=False) is False
    resume_run(run_id)
    _carry_out(run_id)
    undo_id = undo_run(run_id, "the wrong list").id
    _carry_out(undo_id)
    assert outcomes(undo_id) == {("enable", "proven"): LOSING}
    assert len(list_kept(integration.id).items) == LOSING
    measures.measure(clock.utc_now())
    assert Measure.query.one().integration_id == integration.id
    assert _adopted(services[LOSING:], nx) == {("suspend", "staged"): PEOPLE - LOSING}
    assert {row["status"] for row in nx.subscribers()} == {"active"}


def _adopted(owing: list[int], nx: Tenant) -> dict[tuple[str, str], int]:
    """Let the hub observe while more people stop paying, and take over what it finds; returns what is staged then."""
    begin_observing(OLDER)
    set_statuses(owing, OWING, NEGATIVE)
    since = nx.seq()
    [plan] = requests.plan_adoption()
    runs.work(plan.id)
    [run] = requests.approve_adoption({plan.id: fresh(plan.id).checksum})
    runs.work(run.id)
    assert epoch.observing_afresh() is None
    drain()
    assert {line["operation"] for line in nx.ledger(since, kind="nx")} <= {"list", "find", "update"}
    [batch] = losses.stage_losses()
    return outcomes(batch.id)
