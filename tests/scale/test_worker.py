"""``serve --role worker``: woken at once, ended in order, recovered after its death, free of the queue on SQLite."""

import re
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.harness.bugs import only_told
from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.crowd import ENDED, OWING, PAYING
from tests.journeys.engine_child import EngineProcesses
from tests.journeys.test_crash_stops import wait_for
from webapp.extensions import db
from webapp.jobs.scaled import consumer
from webapp.jobs.server import CONSUMER
from webapp.models import Account, Attempt, Heartbeat, LaneShare
from webapp.sandbox.client import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]
IMPORTS, FROM = re.compile(r"^(import|from) procrastinate", re.MULTILINE), "from webapp.jobs.scaled"
LATENCY_MS, PEOPLE = 500, 4
PATIENCE_S = 180.0
# docs/escala.md says so much: until it counts as dead, until somebody looks, until the jobs are taken.
FREED_WITHIN_S = 25.0
# Longer than an integration is looked at after its last job: only the queue can wake the worker then.
ASLEEP_S = 2.5
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, no_tables: Path, own_url: str, sandbox: SandboxProcess) -> HubOnDisk:
    hub = HubOnDisk(tmp_path_factory.mktemp("worker"), no_tables, own_url)
    with hub.opened():
        hub.join("key_only", sandbox.tenant("scaled-worker"), concurrency=PEOPLE, total_timeout_s=5)
    return hub


def at_work(hub: HubOnDisk) -> bool:
    return bool(db.session.scalar(select(func.count()).where(Heartbeat.name == "engine")))


def at_rest(hub: HubOnDisk) -> bool:
    db.session.rollback()
    return not db.session.scalar(select(func.count()).where(Account.due_at.is_not(None)))


def test_worker_is_woken_by_a_change_that_another_process_made_and_its_end_is_in_order(
    engines: EngineProcesses, hub: HubOnDisk
) -> None:
    # It never looks by itself: whatever it does it was told.
    worker, tenant = Served(engines, hub, "worker", bug=only_told.__name__), hub.tenants["key_only"]
    worker.start()
    with hub.opened():
        wait_for(lambda: at_work(hub), worker.said)
        codes = hub.sell("key_only", PEOPLE)
        wait_for(lambda: at_rest(hub), worker.said)
        for status, asleep_s in ((OWING, ASLEEP_S), (PAYING, 0), (OWING, 0)):
            time.sleep(asleep_s)
            hub.tell(codes[:1], status)
            wait_for(lambda: at_rest(hub), worker.said)
        # Calls under way are heard of before it ends, and it begins no new one.
        tenant.set_dials(latency_ms=LATENCY_MS)
        calls = tenant.calls("cancel")
        hub.tell(codes, ENDED)
        tenant.wait_calls("cancel", calls + 1)
        assert worker.end(signal.SIGTERM) == 0, worker.said()
        tenant.set_dials(latency_ms=0)
        assert db.session.scalar(select(func.count()).where(Attempt.outcome.is_(None))) == 0
        assert db.session.scalar(select(func.count()).where(Account.lease_until.is_not(None))) == 0
        assert db.session.scalar(select(func.count()).select_from(LaneShare)) == 0
    assert " level=error " not in worker.said()


def test_jobs_of_a_worker_that_was_killed_are_taken_on_by_another(engines: EngineProcesses, hub: HubOnDisk) -> None:
    tenant = hub.tenants["key_only"]
    workers = [Served(engines, hub, "worker"), Served(engines, hub, "worker")]
    workers[0].start()
    with hub.opened():
        tenant.set_dials(latency_ms=LATENCY_MS)
        codes = hub.sell("key_only", 3 * PEOPLE)
        calls = tenant.calls("create")
        tenant.wait_calls("create", calls + 1)
        workers[1].start()
        assert workers[0].end() == -signal.SIGKILL
        tenant.set_dials(latency_ms=0)
        wait_for(lambda: at_rest(hub), workers[1].said, PATIENCE_S)
        assert workers[1].end(signal.SIGTERM) == 0
        hub.judge().end()
        assert len(codes) == 3 * PEOPLE


def test_jobs_of_a_dead_worker_are_free_as_soon_as_is_stated() -> None:
    assert consumer.STALLED_S + consumer.RECOVER_S + consumer.POLL_S < FREED_WITHIN_S
    assert f"até {FREED_WITHIN_S:.0f} s" in (ROOT / "docs/escala.md").read_text("utf-8")


def test_only_the_worker_of_a_fleet_imports_the_queue_engine() -> None:
    """Who serves one file must not pay for it; so its module is loaded by name, where it is used."""
    files = {path: path.read_text("utf-8") for path in (ROOT / "webapp").rglob("*.py")}
    users = {path.parent.name for path, text in files.items() if IMPORTS.search(text)}
    assert users == {"scaled"}
    assert not [path for path, text in files.items() if "import webapp.jobs.scaled" in text or FROM in text]
    assert f"{consumer.__name__}" == CONSUMER
