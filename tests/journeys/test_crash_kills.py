"""The whole hub is killed at random under mixed load, on three kinds of platform at once: I1 to I6 hold."""

import os
from pathlib import Path

import pytest

from tests.harness import kills
from tests.harness.hubs import HubOnDisk
from tests.journeys.engine_child import EngineProcesses
from tests.machine.model import LEVELS, ON
from webapp.sandbox.client import SandboxProcess

# In a soak always at other moments, and as often as the issue asks.
SOAK = bool(os.environ.get("SINTONIA_SOAK"))
SEED = int.from_bytes(os.urandom(4)) if SOAK else 7
# They tell nobody what they have.
MUTE = ("blind", "key_only")
KILLS, PEOPLE = (50, 60) if SOAK else (12, 24)
pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path, migrated_database: Path) -> HubOnDisk:
    return HubOnDisk(tmp_path, migrated_database)


def test_hub_killed_at_random_under_load_loses_nothing_and_does_nothing_twice(
    engines: EngineProcesses, hub: HubOnDisk, sandbox: SandboxProcess
) -> None:
    trial = kills.prepare(hub, engines, sandbox, PEOPLE, SEED)
    load = kills.killed(trial, engines, KILLS)
    found = trial.judge(load)
    told = f"seed {SEED}: {load.heard} told, {len(found.writes)} writes, resumed {trial.resumed_s}"
    assert (trial.kills, trial.broken) == (KILLS, 0), told
    assert max(trial.resumed_s) <= kills.RESUMED_WITHIN_S, told
    parked = {code: account for code, account in found.accounts.items() if account.status == "parked"}
    assert {account.error_code for account in parked.values()} <= {"doubtful_create"}, told
    # On each side of a kill at most so many were on their way; nobody waits for a person where one can ask.
    assert len(parked) <= KILLS * kills.CONCURRENCY, told
    assert {account.integration_id for account in parked.values()} <= {hub.integrations[kind] for kind in MUTE}, told
    # To ask again with the same key would make an account: that is no way to ask about one that nobody wants any more.
    by_key = [code for code, one in parked.items() if one.integration_id == hub.integrations["key_only"]]
    assert all(hub.told.sayings[code][-1].level != LEVELS[ON] for code in by_key), told
