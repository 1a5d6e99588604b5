"""The harness of a fleet finds the mistakes that are put into its workers, each by the promise that it breaks."""

import os
from pathlib import Path

import pytest

from tests.harness.hubs import HubOnDisk
from tests.journeys import test_crash_bugs as bugs
from tests.journeys.engine_child import EngineProcesses
from webapp.extensions import db
from webapp.sandbox.client import SandboxProcess
from webapp.services.queue import tables

# How SQLite begins a transaction is no business of PostgreSQL.
ELSEWHERE = {"deferred_begin"}
ALL = sorted(bugs.FOUND_BY.keys() - ELSEWHERE)
# All of them by `make test-scale`; in every run one that needs two workers, and the same without a mistake.
ASKED = bool(os.environ.get("SINTONIA_SCALE"))
CHOSEN = ALL if ASKED else ["no_lease"]
SCENARIOS = [bugs.death_after_send, bugs.two_at_work, bugs.drip] if ASKED else [bugs.two_at_work]
pytestmark = pytest.mark.slow


@pytest.fixture
def stage(
    engines: EngineProcesses, sandbox: SandboxProcess, tmp_path: Path, no_tables: Path, own_url: str, bug: str
) -> bugs.Stage:
    hub = HubOnDisk(tmp_path, no_tables, own_url)
    with hub.opened():
        tables.install(db.engine)
    return bugs.Stage(engines, hub, sandbox, bug)


@pytest.mark.parametrize("bug", CHOSEN)
def test_mistake_put_into_a_worker_is_found_by_the_promise_that_it_breaks(stage: bugs.Stage, bug: str) -> None:
    scenario, promise = bugs.FOUND_BY[bug]
    with pytest.raises(AssertionError, match=f"^{promise}"):
        scenario(stage)


@pytest.mark.parametrize("bug", [""])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same_scenario_finds_nothing_in_workers_as_they_are(stage: bugs.Stage, scenario: bugs.Scenario) -> None:
    scenario(stage)
