"""The hub is stopped in order, again and again, and parts of it are killed: what was begun ends or stays on record."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.harness import kills
from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.engine_child import EngineProcesses
from webapp.extensions import db
from webapp.models import Account, Attempt, Heartbeat, Tick
from webapp.sandbox.client import SandboxProcess

HANGS_MS = 60_000
SOAK = bool(os.environ.get("SINTONIA_SOAK"))
CYCLES, STOPS = (1000, 20) if SOAK else (6, 3)
LONGEST_S = 30.0
HASTY_S = 20.0
pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path, migrated_database: Path) -> HubOnDisk:
    return HubOnDisk(tmp_path, migrated_database)


def wait_for(reached: Callable[[], bool], told: Callable[[], str], within_s: float = 60.0) -> float:
    """Wait until it is so, and return how long that took."""
    began_s = time.monotonic()
    while not reached():
        assert time.monotonic() < began_s + within_s, told()
        time.sleep(0.05)
    return time.monotonic() - began_s


def test_hub_that_is_stopped_under_load_records_what_is_under_way_and_ends_well(
    engines: EngineProcesses, hub: HubOnDisk, sandbox: SandboxProcess
) -> None:
    trial = kills.prepare(hub, engines, sandbox, 12, 5)
    with trial.loaded() as load:
        for _ in range(STOPS):
            trial.live(0.5)
            began_s = time.monotonic()
            assert trial.served.end(signal.SIGTERM) == 0, trial.served.said()
            assert time.monotonic() - began_s < LONGEST_S
            with hub.opened():
                # Everything that was sent was heard of; nothing waits for a lease.
                unanswered = select(func.count()).where(Attempt.outcome.is_(None))
                assert db.session.scalar(unanswered) == 0, trial.served.said()
                assert db.session.scalar(select(func.count()).where(Account.lease_owner.is_not(None))) == 0
        trial.live(0)
    trial.come_to_rest()
    assert trial.served.end(signal.SIGTERM) == 0
    trial.judge(load)


def test_call_that_outlasts_the_end_of_its_hub_is_a_doubt_and_nothing_is_lost(
    engines: EngineProcesses, hub: HubOnDisk, sandbox: SandboxProcess
) -> None:
    tenants = {kind: sandbox.tenant(f"stops-{kind}") for kind in ("key_only", "blind")}
    served = Served(engines, hub, bug="hasty")
    with hub.opened():
        for kind, tenant in tenants.items():
            hub.join(kind, tenant, total_timeout_s=HANGS_MS / 1000)
            tenant.set_dials(latency_after_effect_ms=HANGS_MS, operations=["create"])
            hub.sell(kind, 2)
    served.start()
    for tenant in tenants.values():
        tenant.wait_calls("create", 2)
    began_s = time.monotonic()
    assert served.end(signal.SIGTERM) == 0, served.said()
    assert time.monotonic() - began_s < HASTY_S
    for tenant in tenants.values():
        tenant.set_dials(latency_after_effect_ms=0)
    with hub.opened():
        engines.start(hub.folder)
        assert engines.wait() == 0, engines.errors()
        found = hub.judge().end()
        stand = sorted((account.status, account.error_code or "") for account in found.accounts.values())
    assert stand == [("active", "")] * 2 + [("parked", "doubtful_create")] * 2


def test_hub_that_starts_and_stops_again_and_again_leaves_no_lock_no_lease_and_no_second_tick(
    engines: EngineProcesses, hub: HubOnDisk, sandbox: SandboxProcess
) -> None:
    trial = kills.prepare(hub, engines, sandbox, 8, 6)
    for number in range(CYCLES):
        trial.served.start()
        assert trial.served.end(signal.SIGTERM if number % 2 else signal.SIGINT) == 0, trial.served.said()
    trial.served.start()
    trial.come_to_rest()
    assert trial.served.end(signal.SIGTERM) == 0
    assert list((hub.folder / "locks").iterdir()) == []
    with hub.opened():
        assert db.session.scalar(select(func.count()).where(Account.lease_owner.is_not(None))) == 0
        ticks = db.session.execute(select(Tick.task, Tick.scheduled_at)).all()
        assert len(ticks) == len(set(ticks))
        beats = list(db.session.scalars(select(Heartbeat.name)))
        assert len(beats) == len(set(beats))
        hub.judge().end()
