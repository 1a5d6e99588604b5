"""A batch that nobody should have let go: paused and stopped at once, and given back whole (D26)."""

import pytest

from tests.journeys.crowd import accounts_of
from tests.journeys.platforms import Recipe, integrate, use
from tests.journeys.undo_world import POLL_S, serving, wait_for, wrong_batch
from tests.services.runs_helpers import outcomes, reconcile
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Integration, Run
from webapp.sandbox.client import Tenant
from webapp.services.runs.steering import pause_run, resume_run, stop_run
from webapp.services.runs.undo import undo_run

# ``python -m tests.bench --only undo`` does it with a thousand.
PEOPLE = 120
TOUCHED = 5
# A ceiling: how soon it really ends is measured by the bench.
WITHIN_S = 15.0
# Longer than the worker waits between two steps.
QUIET_S = 1.2
pytestmark = pytest.mark.usefixtures("app")


def suspensions(nx: Tenant) -> int:
    return nx.calls("suspend")


def done_with(run: Run) -> int:
    """Return a run's id, and let the session go: what it read would hold up all others."""
    run_id = run.id
    db.session.rollback()
    return run_id


def _quiet_after(nx: Tenant) -> float:
    """Return after how many seconds from now the last suspension came in; none followed for a while."""
    started_s, last_s, seen = clock.monotonic_s(), 0.0, suspensions(nx)
    while clock.monotonic_s() - started_s < last_s + QUIET_S:
        clock.sleep(POLL_S * 2)
        now = suspensions(nx)
        if now != seen:
            seen, last_s = now, clock.monotonic_s() - started_s
    return last_s


def test_a_wrong_batch_is_paused_stopped_and_given_back(nx: Tenant) -> None:
    integration = integrate(use(Recipe("nx_wrong")), nx)
    run_id = wrong_batch(integration, PEOPLE)
    nx.set_dials(latency_ms=50, operations=["suspend"])
    with serving():
        nx.wait_calls("suspend", 25)
        done_with(pause_run(run_id))
        assert _quiet_after(nx) < WITHIN_S
        paused_at = suspensions(nx)
        assert paused_at < PEOPLE
        done_with(resume_run(run_id))
        nx.wait_calls("suspend", paused_at + 15)
        done_with(stop_run(run_id, "the wrong list"))
        assert _quiet_after(nx) < WITHIN_S
        done = suspensions(nx)
        assert done < PEOPLE
        _wait_until_ended(run_id, done)
        _touch(TOUCHED)
        undo_id = done_with(undo_run(run_id, "the wrong list"))
        wait_for(undo_id, "done")
    assert outcomes(undo_id) == {("enable", "proven"): done - TOUCHED, ("enable", "skipped"): TOUCHED}
    assert len(nx.subscribers(status="suspended")) == TOUCHED
    assert {one.keep_content for one in accounts_of(integration)[TOUCHED:done]} == {"active"}


def _wait_until_ended(run_id: int, done: int) -> None:
    until_s = clock.monotonic_s() + 60
    while outcomes(run_id) != {("suspend", "proven"): done, ("suspend", "lapsed"): PEOPLE - done}:
        assert clock.monotonic_s() < until_s, outcomes(run_id)
        db.session.rollback()
        clock.sleep(POLL_S)


def _touch(count: int) -> None:
    """Let somebody change the first few after the batch."""
    for account in Account.query.order_by(Account.id).limit(count):
        account.generation += 1
        account.applied_generation += 1
    db.session.commit()


def test_it_is_held_while_the_erp_goes_on_to_be_wrong(nx: Tenant) -> None:
    integration = integrate(use(Recipe("nx_held")), nx)
    integration_id = integration.id
    run_id = wrong_batch(integration, 12)
    with serving():
        wait_for(run_id, "done")
        undo_id = done_with(undo_run(run_id, "the wrong list"))
        wait_for(undo_id, "done")
        since = nx.seq()
        for _ in range(3):
            assert outcomes(done_with(reconcile(db.session.get_one(Integration, integration_id)))) == {}
    assert {line["operation"] for line in nx.ledger(since)} == {"list"}
    assert len(nx.subscribers(status="active")) == 12
