"""Pages, schedule and three workers on one PostgreSQL are killed at random under load: I1 to I6 hold."""

import os
from pathlib import Path

import pytest

from tests.harness import kills
from tests.harness.fleets import Fleet
from tests.harness.hubs import HubOnDisk
from tests.journeys.engine_child import EngineProcesses
from webapp.sandbox.client import SandboxProcess

ASKED = int(os.environ.get("SINTONIA_SCALE", "0"))
# When asked for, always at other moments.
SEED = int.from_bytes(os.urandom(4)) if ASKED else 11
KILLS, PEOPLE = (ASKED, 60) if ASKED else (3, 12)
pytestmark = pytest.mark.slow


def test_fleet_of_which_any_process_is_killed_loses_nothing_and_does_nothing_twice(
    engines: EngineProcesses, own_url: str, no_tables: Path, tmp_path: Path, sandbox: SandboxProcess
) -> None:
    hub = HubOnDisk(tmp_path, no_tables, own_url)
    trial = kills.prepare(hub, engines, sandbox, PEOPLE, SEED)
    trial.served = Fleet(engines, hub, SEED)
    load = kills.killed(trial, engines, KILLS)
    found = trial.judge(load)
    told = f"seed {SEED}: {load.heard} told, {len(found.writes)} writes, resumed {trial.resumed_s}"
    assert trial.kills == KILLS, told
    parked = [account for account in found.accounts.values() if account.status == "parked"]
    assert {account.error_code for account in parked} <= {"doubtful_create"}, told
