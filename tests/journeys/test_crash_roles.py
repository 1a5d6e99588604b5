"""Pages, workers and schedule as processes of their own, on PostgreSQL: one is killed, and the others go on."""

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.harness import kills
from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.engine_child import EngineProcesses
from tests.journeys.test_crash_stops import wait_for
from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.sandbox.client import SandboxProcess

ROLES = ("worker", "scheduler", "web")
ROUNDS = 20 if os.environ.get("SINTONIA_SOAK") else 1
pytestmark = pytest.mark.slow


def beats(hub: HubOnDisk) -> set[str]:
    with hub.opened():
        return set(db.session.scalars(select(Heartbeat.name)))


def test_role_that_is_killed_under_load_leaves_the_others_at_work_and_nothing_is_lost(
    engines: EngineProcesses, tmp_path: Path, migrated_database: Path, postgres_url: str, sandbox: SandboxProcess
) -> None:
    hub = HubOnDisk(tmp_path, migrated_database, postgres_url)
    trial = kills.prepare(hub, engines, sandbox, 12, 4)
    parts = {role: Served(engines, hub, role) for role in ROLES}
    trial.served = parts["web"]
    for part in parts.values():
        part.start()
    wait_for(lambda: {"engine", "scheduler"} <= beats(hub), parts["worker"].said)
    assert trial.served.asked("/readyz") == 200
    with trial.loaded() as load:
        for role in ROLES * ROUNDS:
            heard = load.heard
            assert parts[role].end() == -signal.SIGKILL, parts[role].said()
            if role != "web":
                wait_for(lambda heard=heard: load.heard > heard + 3, trial.served.said)
                assert trial.served.asked("/healthz") == 200
            parts[role].start()
    trial.come_to_rest()
    for part in reversed(parts.values()):
        assert part.end(signal.SIGTERM) == 0, part.said()
    found = trial.judge(load)
    # Who is killed with the worker's role had at most so many calls under way on each platform.
    in_flight = ROUNDS * len(kills.KINDS) * kills.CONCURRENCY
    assert sum(one.outcome is None for one in found.attempts) <= in_flight
