"""The harness of the crashes finds mistakes that are put into the hub: each by the promise that it breaks."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.harness import kills
from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.crowd import OWING, drain
from tests.journeys.engine_child import ENGINE, POINT, SCALED, EngineProcesses
from webapp.extensions import db
from webapp.models import Integration, Run
from webapp.sandbox.client import SandboxProcess
from webapp.services import runs

# Longer than a cycle takes on a machine with much other work: else one call is heard of before the next begins.
LATENCY_MS, TIMEOUT_S = 1000, 20
PATIENCE_S = 60.0
BUSY_S = 2.0
# Of eight people two in one go are too few to ask, and four in a day too many.
EIGHT, PER_RUN, PER_DAY, ROUNDS = 8, 2, 3, 3
LIMITS = {"limit_floor": PER_RUN, "limit_run_percent": 20, "limit_day_percent": 40}
ENDED_RUNS = ("done", "staged", "failed", "expired", "applied")
pytestmark = pytest.mark.slow


@dataclass
class Stage:
    """What a scenario plays on."""

    engines: EngineProcesses
    hub: HubOnDisk
    sandbox: SandboxProcess
    bug: str

    def join(self, kind: str, **limits: float) -> None:
        self.hub.join(kind, self.sandbox.tenant(f"bugs-{self.hub.folder.name}-{kind}"), **limits)

    def start(self, *where: str) -> int:
        """Start a process that works until nothing is due, or dies there: a point, and of which operation."""
        what = (SCALED, *where) if self.hub.url else (POINT, *where, "0") if where else ()
        return self.engines.start(self.hub.folder, *what, url=self.hub.url, bug=self.bug)


@pytest.fixture
def stage(
    engines: EngineProcesses, sandbox: SandboxProcess, tmp_path: Path, migrated_database: Path, bug: str
) -> Stage:
    return Stage(engines, HubOnDisk(tmp_path, migrated_database), sandbox, bug)


def death_after_send(stage: Stage) -> None:
    """A create leaves, and its sender dies before the answer comes."""
    _death(stage, "after_send")


def death_before_send(stage: Stage) -> None:
    """A create is about to leave, and its sender dies."""
    _death(stage, "after_intent")


def _death(stage: Stage, point: str) -> None:
    with stage.hub.opened() as hub:
        stage.join("key_only")
        hub.sell("key_only", 1)
        assert stage.engines.wait(stage.start(point, "create")) == -signal.SIGKILL, stage.engines.errors()
        assert stage.engines.wait(stage.start()) == 0, stage.engines.errors()
        hub.judge().end()


def two_at_work(stage: Stage) -> None:
    """Two processes work the same queue of a platform that answers slowly, and are killed."""
    with stage.hub.opened() as hub:
        # Room for all of them twice: it is the lease alone that keeps a second call off.
        stage.join("key_only", concurrency=24, total_timeout_s=TIMEOUT_S)
        hub.tenants["key_only"].set_dials(latency_ms=LATENCY_MS)
        hub.sell("key_only", 6)
        what = SCALED if hub.url else ENGINE
        pids = [stage.engines.start(hub.folder, what, url=hub.url, bug=stage.bug) for _ in range(2)]
        hub.tenants["key_only"].wait_calls("create", 6)
        time.sleep(2 * LATENCY_MS / 1000)
        for pid in pids:
            # One of a fleet ends when nothing is due.
            assert stage.engines.kill(pid) in (-signal.SIGKILL, 0), stage.engines.errors()
        hub.judge().end(moving=True)


def drip(stage: Stage) -> None:
    """Somebody on the platform lets people in who owe, a few a time, and each time all is compared."""
    with stage.hub.opened() as hub:
        stage.join("key")
        codes = hub.sell("key", EIGHT)
        drain()
        hub.tell(codes, OWING)
        drain()
        db.session.execute(update(Integration).values(**LIMITS))
        db.session.commit()
        served = Served(stage.engines, hub, "worker", bug=stage.bug)
        served.start()
        for number in range(ROUNDS):
            there = [row["id"] for row in hub.tenants["key"].subscribers(status="suspended")]
            hub.tenants["key"].enable(there[2 * number : 2 * number + PER_RUN])
            _compared(hub)
        assert served.end() == -signal.SIGKILL, served.said()
        hub.judge(PER_DAY).end(moving=True)


def _compared(hub: HubOnDisk) -> None:
    run_id = runs.request_run(hub.integrations["key"], "apply").id
    db.session.rollback()
    until_s = time.monotonic() + PATIENCE_S
    while (status := db.session.scalar(select(Run.status).where(Run.id == run_id))) not in ENDED_RUNS:
        db.session.rollback()
        assert time.monotonic() < until_s, status
        time.sleep(0.1)
    db.session.rollback()


def busy(stage: Stage) -> None:
    """The hub is told much at once, beside another process that works."""
    trial = kills.prepare(stage.hub, stage.engines, stage.sandbox, 12, 3, stage.bug)
    trial.served.start()
    pid = stage.engines.start(stage.hub.folder, ENGINE, bug=stage.bug)
    with trial.loaded() as load:
        time.sleep(BUSY_S)
    assert stage.engines.kill(pid) == -signal.SIGKILL, stage.engines.errors()
    trial.come_to_rest()
    assert trial.served.end() == -signal.SIGKILL, trial.served.said()
    trial.judge(load)


Scenario = Callable[[Stage], None]
FOUND_BY: dict[str, tuple[Scenario, str]] = {
    "no_lease": (two_at_work, "I4"),
    "no_key": (death_after_send, "I2"),
    "mark_before_send": (death_before_send, "I6"),
    "budget_of_a_run_only": (drip, "I5"),
    "deferred_begin": (busy, "I1"),
}


@pytest.mark.parametrize("bug", FOUND_BY)
def test_mistake_put_into_the_hub_is_found_by_the_promise_that_it_breaks(stage: Stage, bug: str) -> None:
    scenario, promise = FOUND_BY[bug]
    with pytest.raises(AssertionError, match=f"^{promise}"):
        scenario(stage)


# The ways to die are played on the hub as it is in test_crash_points.py.
@pytest.mark.parametrize("bug", [""])
@pytest.mark.parametrize("scenario", [two_at_work, drip, busy])
def test_same_scenario_finds_nothing_in_the_hub_as_it_is(stage: Stage, scenario: Scenario) -> None:
    scenario(stage)
