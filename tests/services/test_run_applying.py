"""Lines that take something away: the first few first, each read back, and people who pause, resume and stop."""

import pytest
from sqlalchemy import select

from tests.journeys.crowd import OWING, PAYING, accounts_of, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import Recipe, connect, integrate, use
from tests.services.runs_helpers import by_hand, carry_out, drain, fresh, outcomes, reconcile, step
from webapp.extensions import db
from webapp.models import Alert, Integration, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services import runs
from webapp.services.accounts import NEGATIVE
from webapp.services.errors import Conflict, Invalid
from webapp.services.runs.steering import pause_run, resume_run, stop_run

PEOPLE, STAY = 24, 3
pytestmark = pytest.mark.usefixtures("app")


def owing_yet_active(nx: Tenant, integration: Integration, people: int = PEOPLE) -> list[int]:
    """Have all suspended in order, then so many enabled by hand on the platform; a few stay as they are."""
    services = sell_to_crowd(package_of(integration), people + STAY)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    theirs = {one.login for one in accounts_of(integration)[:people]}
    nx.enable([row["id"] for row in nx.subscribers() if row["email"] in theirs])
    return services


@pytest.fixture
def integration(app: object, nx: Tenant) -> Integration:
    return integrate(use(Recipe("nx_runs")), nx)


@pytest.fixture
def drifted(nx: Tenant, integration: Integration) -> Run:
    """A run whose lines would suspend two dozen; nothing of it was handed over yet."""
    owing_yet_active(nx, integration)
    return by_hand(integration, "suspend", "active", PEOPLE)


def newly_suspended(nx: Tenant) -> int:
    return len(nx.subscribers(status="suspended")) - STAY


def test_ten_go_first_and_the_rest_only_after_these_were_read_back(drifted: Run, nx: Tenant) -> None:
    assert step()
    assert outcomes(drifted.id) == {("suspend", "queued"): 10, ("suspend", "waiting"): 14}
    drain()
    assert newly_suspended(nx) == 10
    # They were accepted; until the platform shows it, nothing more goes.
    nx.set_dials(operations=["find"], status=503)
    step()
    drain()
    assert newly_suspended(nx) == 10
    nx.clear_dials()


def test_a_run_ends_when_every_line_was_read_back(drifted: Run, nx: Tenant) -> None:
    carry_out()
    run = fresh(drifted.id)
    assert (run.status, run.finished_at is not None) == ("done", True)
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE}
    assert {name: run.counts[name] for name in ("proven", "queued", "passed")} == {
        "proven": PEOPLE, "queued": 0, "passed": PEOPLE,
    }  # fmt: skip
    assert newly_suspended(nx) == PEOPLE
    items = db.session.scalars(select(RunItem).where(RunItem.run_id == run.id)).all()
    assert all(item.ended_at is not None and item.generation for item in items)
    assert {one.observed for one in accounts_of(run.integration)[:PEOPLE]} == {"suspended"}


def test_one_of_the_first_that_is_not_so_on_the_platform_stops_the_rest(drifted: Run, nx: Tenant) -> None:
    step()
    drain()
    wrong = nx.subscribers(status="suspended")[0]
    nx.enable([wrong["id"]])
    carry_out()
    run = fresh(drifted.id)
    assert run.status == "paused"
    assert outcomes(run.id) == {("suspend", "proven"): 9, ("suspend", "unproven"): 1, ("suspend", "waiting"): 14}
    alert = db.session.scalars(select(Alert).where(Alert.code == "run_paused")).one()
    assert (alert.params["names"], alert.params["code"]) == (wrong["email"], "run_proof_differs")
    assert newly_suspended(nx) == 9
    resume_run(run.id)
    carry_out()
    assert fresh(run.id).status == "done"
    assert outcomes(run.id) == {("suspend", "proven"): PEOPLE - 1, ("suspend", "unproven"): 1}
    assert db.session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []


def test_one_of_the_first_that_the_platform_refuses_stops_the_rest(drifted: Run, nx: Tenant) -> None:
    nx.set_dials(operations=["suspend"], status=422, fail_next=1)
    carry_out()
    run = fresh(drifted.id)
    assert run.status == "paused"
    assert outcomes(run.id)["suspend", "unproven"] == 1
    assert outcomes(run.id)["suspend", "waiting"] == 14


def test_an_account_that_moved_on_is_left_alone_and_another_takes_its_place(drifted: Run, nx: Tenant) -> None:
    step()
    first = db.session.scalars(select(RunItem.account_id).where(RunItem.outcome == "queued")).first()
    paying = next(one.service_id for one in accounts_of(drifted.integration) if one.id == first)
    set_statuses([paying], PAYING)
    carry_out()
    assert outcomes(drifted.id) == {("suspend", "proven"): PEOPLE - 1, ("suspend", "skipped"): 1}
    assert newly_suspended(nx) == PEOPLE - 1


def test_what_cannot_be_read_back_counts_as_sent(app: object, nx: Tenant) -> None:
    integration = connect(nx, "blind")
    services = sell_to_crowd(package_of(integration), 12)
    drain()
    set_statuses(services, OWING, NEGATIVE)
    drain()
    run = by_hand(integration, "suspend", "active", 12)
    assert step()
    assert outcomes(run.id) == {("suspend", "queued"): 10, ("suspend", "waiting"): 2}
    carry_out()
    assert (fresh(run.id).status, outcomes(run.id)) == ("done", {("suspend", "sent"): 12})


def test_a_pause_holds_what_waits_and_a_resume_lets_it_go(drifted: Run, nx: Tenant) -> None:
    step()
    assert pause_run(drifted.id).status == "paused"
    carry_out()
    assert outcomes(drifted.id) == {("suspend", "proven"): 10, ("suspend", "waiting"): 14}
    with pytest.raises(Conflict, match="run_not_pausable"):
        pause_run(drifted.id)
    resume_run(drifted.id)
    carry_out()
    assert fresh(drifted.id).status == "done"
    with pytest.raises(Conflict, match="run_not_paused"):
        resume_run(drifted.id)
    with pytest.raises(Conflict, match="run_not_stoppable"):
        stop_run(drifted.id, "too late")


def test_a_stop_takes_back_what_was_handed_over_and_not_sent(drifted: Run, nx: Tenant) -> None:
    before = {one.id: (one.units, one.observed, one.status) for one in accounts_of(drifted.integration)}
    step()
    with pytest.raises(Invalid):
        stop_run(drifted.id, "  ")
    assert stop_run(drifted.id, "the wrong list").status == "stopped"
    assert outcomes(drifted.id) == {("suspend", "lapsed"): PEOPLE}
    assert {one.id: (one.units, one.observed, one.status) for one in accounts_of(drifted.integration)} == before
    assert drain() == 0
    assert newly_suspended(nx) == 0
    # Nothing of it is forgotten: the next reading finds the same.
    assert outcomes(reconcile(drifted.integration).id) == {("suspend", "staged"): PEOPLE}


def test_a_stop_leaves_what_was_sent_and_reads_it_back(drifted: Run, nx: Tenant) -> None:
    step()
    drain()
    assert newly_suspended(nx) == 10
    stop_run(drifted.id, "the wrong list")
    carry_out()
    assert outcomes(drifted.id) == {("suspend", "proven"): 10, ("suspend", "lapsed"): 14}
    assert (fresh(drifted.id).status, newly_suspended(nx)) == ("stopped", 10)


def test_a_run_that_waits_for_a_person_can_go_in_part(nx: Tenant, integration: Integration) -> None:
    owing_yet_active(nx, integration)
    run = reconcile(integration)
    assert run.status == "staged"
    ids = [item.id for item in run.items][:12]
    runs.approve_run(run.id, run.checksum, ids)
    carry_out()
    assert fresh(run.id).status == "staged"
    assert outcomes(run.id) == {("suspend", "proven"): 12, ("suspend", "staged"): 12}
    runs.approve_run(run.id, fresh(run.id).checksum)
    carry_out()
    assert (fresh(run.id).status, outcomes(run.id)) == ("done", {("suspend", "proven"): PEOPLE})
