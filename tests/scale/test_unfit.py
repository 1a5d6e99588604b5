"""A worker that must not work takes no job of the queue, and gives back those that it has."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from tests.journeys.crowd import package_of, sell_to_crowd, statuses
from tests.journeys.platforms import connect
from tests.journeys.test_crash_stops import wait_for
from tests.scale.workers import worker
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import rounds
from webapp.sandbox.client import Tenant
from webapp.services.queue import tables

JOBS = text(f"SELECT status FROM {tables.SCHEMA}.procrastinate_jobs ORDER BY id")
CONSUMERS = text(f"SELECT count(*) FROM {tables.SCHEMA}.procrastinate_workers")
SET_REVISION = text("UPDATE alembic_version SET version_num = :revision")
LATENCY_MS, PATIENCE_S = 20, 180.0
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "SWEEP_S", 0.2)


def found(statement: Any) -> list[Any]:
    with db.engine.connect() as db_connection:
        return list(db_connection.scalars(statement))


def nothing() -> str:
    return f"jobs {found(JOBS)}, consumers {found(CONSUMERS)}"


def spoil(fault: str) -> None:
    if fault == "clock_differs":
        clock.leap(timedelta(seconds=6))
    else:
        set_revision("9999")


def set_revision(revision: str) -> None:
    with db.engine.begin() as db_connection:
        db_connection.execute(SET_REVISION, {"revision": revision})


@pytest.mark.parametrize("fault", ["schema_newer", "clock_differs"])
def test_worker_that_becomes_unfit_leaves_what_is_queued_to_others_until_it_is_mended(
    app: APIFlask, settings: Settings, nx: Tenant, fault: str
) -> None:
    (revision,) = found(text("SELECT version_num FROM alembic_version"))
    integration = connect(nx, "key", concurrency=2, total_timeout_s=2)
    nx.set_dials(latency_ms=LATENCY_MS)
    with worker(settings):
        wait_for(lambda: found(CONSUMERS) == [1], nothing, PATIENCE_S)
        spoil(fault)
        # It is no consumer any more, so it cannot take any.
        wait_for(lambda: found(CONSUMERS) == [0], nothing, PATIENCE_S)
        sell_to_crowd(package_of(integration), 2)
        assert found(JOBS) == ["todo"]
        assert nx.calls("create") == 0
        clock.reset()
        set_revision(revision)
        wait_for(lambda: statuses(integration) == {"active": 2}, nothing, PATIENCE_S)


def test_job_in_the_hands_of_a_worker_that_becomes_unfit_waits_again_for_another(
    app: APIFlask, settings: Settings, nx: Tenant
) -> None:
    integration = connect(nx, "key", concurrency=1, total_timeout_s=2)
    nx.set_dials(latency_ms=LATENCY_MS)
    with worker(settings):
        sell_to_crowd(package_of(integration), 200)
        wait_for(lambda: "doing" in found(JOBS) and nx.calls("create") > 0, nothing, PATIENCE_S)
        spoil("schema_newer")
        wait_for(lambda: found(CONSUMERS) == [0], nothing, PATIENCE_S)
        assert found(JOBS) == ["todo"]
        assert statuses(integration).keys() > {"active"}
