"""The hub dies again and again while it reconciles, undoes and adopts: everybody gets what is planned, once."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.fixtures.databases import lay
from tests.journeys.crowd import OWING, drain, package_of, sell_to_crowd, set_statuses
from tests.journeys.engine_child import RUNS, EngineProcesses
from tests.journeys.platforms import Recipe, integrate, use
from tests.journeys.test_restore import backup, people_of, tell_again
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account, Package, Plan, Run, RunItem
from webapp.sandbox.client import Tenant
from webapp.services import epoch, runs
from webapp.services.accounts import NEGATIVE
from webapp.services.adoption import losses, requests
from webapp.services.runs.leases import LEASE
from webapp.services.runs.rows import GIVING, TAKING
from webapp.services.runs.undo import undo_run
from webapp.services.transactions import begin

# Who is active although he owes; who is suspended although he pays; who was deleted there; and everybody else.
OWE, PAY, GONE, REST = 24, 12, 4, 20
LINES = OWE + PAY + GONE
EVERYBODY = LINES + REST
CAME, OWE_NOW = 30, 4
PAGES = {"start = 1, size = 500": "start = 1, size = 20"}
PATIENCE_S = 90.0
POLL_S = 0.02
CANARY = 10
pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.slow]
Reached = Callable[[], bool]


@dataclass
class Hub:
    """A hub as a process that works on runs and sends; it is killed and started again."""

    engines: EngineProcesses
    settings: Settings
    nx: Tenant
    integration_id: int

    def kill_when(self, reached: Reached) -> None:
        """Let it work until that moment, and kill it there."""
        self.work_until(reached)
        assert reached(), "it was over already"

    def work_until(self, reached: Reached) -> None:
        """Let it work until then, and kill it; the lease of the one before has run out when it begins."""
        db.session.rollback()
        clock.move(LEASE)
        ahead_s = (clock.utc_now() - datetime.now(UTC)).total_seconds()
        pid = self.engines.start(self.settings.instance, RUNS, str(ahead_s))
        until_s = time.monotonic() + PATIENCE_S
        while not reached():
            assert time.monotonic() < until_s, self.engines.errors()
            time.sleep(POLL_S)
        assert self.engines.kill(pid) == -signal.SIGKILL, self.engines.errors()

    def lines(self, run_id: int) -> dict[tuple[str, str], int]:
        """Return how many lines of a run there are of each action and outcome."""
        columns = (RunItem.action, RunItem.outcome)
        begin(reads_only=True)
        rows = db.session.execute(
            select(*columns, func.count()).where(RunItem.run_id == run_id).group_by(*columns)
        ).all()
        db.session.rollback()
        return {(row[0], row[1]): row[2] for row in rows}

    def count(self, run_id: int, outcome: str, actions: tuple[str, ...] = (*GIVING, *TAKING)) -> int:
        """Return how many lines of a run there are with this outcome and one of these actions."""
        return sum(self.lines(run_id).get((action, outcome), 0) for action in actions)

    def accounts(self) -> dict[str, int]:
        """Return how many accounts there are of each status."""
        begin(reads_only=True)
        rows = db.session.execute(select(Account.status, func.count()).group_by(Account.status)).all()
        db.session.rollback()
        return {row[0]: row[1] for row in rows}

    def run(self, run_id: int) -> Run:
        begin(reads_only=True)
        found = db.session.get_one(Run, run_id, populate_existing=True)
        # Looked at later on, it would be read anew, and hold the lock that the process needs.
        db.session.expunge(found)
        db.session.rollback()
        return found

    def effects(self, since: int) -> Counter[tuple[str, str]]:
        """Return how often each subscriber was changed, and how; what changed nothing is not counted."""
        lines = [line for line in self.nx.ledger(since, kind="nx") if line["effect"]]
        return Counter((line["operation"], line["external_id"]) for line in lines)


def at_odds(engines: EngineProcesses, settings: Settings, nx: Tenant) -> Hub:
    """Return a hub whose platform shows many otherwise; that some are gone was seen once before."""
    integration = integrate(use(Recipe("nx_killed", changes=PAGES)), nx)
    services = sell_to_crowd(package_of(integration), EVERYBODY)
    drain()
    set_statuses(services[:OWE], OWING, NEGATIVE)
    drain()
    clock.move(timedelta(hours=25))
    rows = nx.subscribers(status="active")
    nx.delete([row["id"] for row in rows[:GONE]])
    runs.start_run(integration.id, "plan")
    clock.move(timedelta(hours=1))
    nx.enable([row["id"] for row in nx.subscribers(status="suspended")])
    nx.suspend([row["id"] for row in rows[GONE : GONE + PAY]])
    return Hub(engines, settings, nx, integration.id)


def killed_before_it_is_planned(hub: Hub, run_id: int) -> None:
    """Die while the platform is read, and while the lines of the plan are written."""
    listed = hub.nx.calls("list")
    hub.nx.set_dials(latency_ms=300, operations=["list"])
    hub.kill_when(lambda: hub.nx.calls("list") > listed and hub.run(run_id).status == "running")
    assert hub.lines(run_id) == {}
    hub.nx.clear_dials()
    hub.kill_when(lambda: 0 < hub.count(run_id, "planned") < LINES and hub.run(run_id).status == "running")


def killed_while_it_gives(hub: Hub, run_id: int) -> None:
    """Die while what gives is handed over; nothing was taken away."""
    hub.nx.set_dials(latency_ms=150, operations=["enable", "create"])
    hub.kill_when(lambda: hub.count(run_id, "queued", GIVING) > 0 and hub.count(run_id, "waiting", GIVING) > 0)
    assert hub.count(run_id, "staged") == OWE
    assert hub.nx.calls("suspend") == OWE


def killed_while_it_takes(hub: Hub, run_id: int) -> None:
    """Die at the first ten, while they are read back, and among the rest."""
    nx = hub.nx
    nx.set_dials(latency_ms=150, operations=["suspend", "find"])
    sent = nx.effects("suspended")
    hub.kill_when(lambda: sent < nx.effects("suspended") <= sent + CANARY and not hub.count(run_id, "proven", TAKING))
    asked = nx.calls("find")
    hub.kill_when(lambda: nx.calls("find") > asked and hub.count(run_id, "proven", TAKING) < CANARY)
    hub.kill_when(lambda: CANARY <= hub.count(run_id, "proven", TAKING) < OWE and hub.count(run_id, "queued") > 0)
    nx.clear_dials()
    hub.work_until(lambda: hub.run(run_id).status == "done")


def test_killed_at_every_moment_of_a_run_and_of_its_undo_then_each_line_is_carried_out_once(
    settings: Settings, engines: EngineProcesses, nx: Tenant
) -> None:
    hub = at_odds(engines, settings, nx)
    since, doubles = nx.seq(), nx.doubles()
    run_id = runs.request_run(hub.integration_id).id
    killed_before_it_is_planned(hub, run_id)
    killed_while_it_gives(hub, run_id)
    runs.approve_run(run_id, hub.run(run_id).checksum)
    killed_while_it_takes(hub, run_id)
    done = {("suspend", "proven"): OWE, ("enable", "proven"): PAY, ("create", "proven"): GONE}
    assert hub.lines(run_id) == done
    assert Counter(operation for operation, _who in hub.effects(since)) == {
        "suspend": OWE,
        "enable": PAY,
        "create": GONE,
    }
    undo_id = undo_run(run_id, "the wrong list").id
    nx.set_dials(latency_ms=150, operations=["enable"])
    hub.kill_when(lambda: 0 < hub.lines(undo_id).get(("enable", "proven"), 0) < OWE)
    hub.work_until(lambda: hub.run(undo_id).status == "done")
    assert hub.lines(undo_id) == {("enable", "proven"): OWE}
    assert set(hub.effects(since).values()) == {1}
    assert nx.doubles() == doubles
    assert {row["status"] for row in nx.subscribers()} == {"active"}
    clock.move(timedelta(hours=1))
    assert runs.start_run(hub.integration_id, "apply").counts["planned"] == 0


def restored(engines: EngineProcesses, settings: Settings, nx: Tenant) -> Hub:
    """Return a hub on its database of before many came; the sources have told it again of them, and of who owes."""
    integration = integrate(use(Recipe("nx_adopted", honours_key=False, changes=PAGES)), nx)
    nx.play("lookup")
    hub, package_id = Hub(engines, settings, nx, integration.id), package_of(integration).id
    services = sell_to_crowd(db.session.get_one(Package, package_id), REST)
    drain()
    epoch.check_at_start()
    copy = backup(settings)
    epoch.tick()
    came = sell_to_crowd(db.session.get_one(Package, package_id), CAME, db.session.scalars(select(Plan)).one())
    drain()
    people = people_of(came)
    db.session.remove()
    db.engine.dispose()
    lay(copy, settings.instance)
    epoch.check_at_start()
    tell_again(people)
    set_statuses(services[:OWE_NOW], OWING, NEGATIVE)
    return hub


def test_killed_while_it_adopts_then_nobody_is_made_twice_and_nothing_is_taken(
    settings: Settings, engines: EngineProcesses, nx: Tenant
) -> None:
    hub = restored(engines, settings, nx)
    since, listed = nx.seq(), nx.calls("list")
    nx.set_dials(latency_ms=300, operations=["list"])
    [plan] = requests.plan_adoption()
    plan_id = plan.id
    hub.kill_when(lambda: nx.calls("list") > listed and hub.run(plan_id).status == "running")
    nx.clear_dials()
    hub.work_until(lambda: hub.run(plan_id).status == "done")
    plan = hub.run(plan_id)
    assert (plan.counts["adopted"], plan.counts["create"], plan.counts["taking"]) == (CAME, 0, OWE_NOW)
    [run] = requests.approve_adoption({plan_id: plan.checksum})
    run_id = run.id
    hub.kill_when(lambda: 0 < hub.count(plan_id, "proven", ("note", "suspend")) < CAME)
    # It has just told the database that it may act, and nobody else yet.
    hub.kill_when(lambda: hub.run(run_id).status == "done")
    assert hub.effects(since) == {}
    hub.work_until(lambda: hub.accounts() == {"active": REST + CAME})
    assert epoch.observing_afresh() is None
    assert {operation for operation, _who in hub.effects(since)} <= {"update"}
    assert nx.doubles() == {}
    [batch] = losses.stage_losses()
    assert (batch.status, hub.lines(batch.id)) == ("staged", {("suspend", "staged"): OWE_NOW})
