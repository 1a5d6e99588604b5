"""The hub dies while it reads a source, or applies what it read: it goes on by itself, and makes everything once."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy import select

from tests import factories
from tests.fixtures.databases import is_whole
from tests.journeys.crowd import package_of
from tests.journeys.engine_child import SOURCES, EngineProcesses
from tests.journeys.platforms import integrate
from webapp import clock
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.sources import SourceWorker
from webapp.models import Customer, Event, Service, ServicePackage, SourceLink, SourceMapping, SourcePull
from webapp.sandbox.client import Erp, Tenant
from webapp.services import source_mapping, source_pulls
from webapp.services.source_pulls.leases import LEASE
from webapp.services.transactions import begin

PEOPLE = 2_000
PATIENCE_S = 90.0
POLL_S = 0.005
pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.slow]
MOMENTS: dict[str, Callable[[SourcePull], bool]] = {
    "reading": lambda pull: (pull.records or 0) >= 500,
    "applying": lambda pull: pull.applied >= 500,
}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the process that is killed keeps the polite pauses between two calls to an ERP."""
    monkeypatch.setattr("webapp.services.source_connections.sleep", lambda seconds: None)


def mapped_source(erp: Erp, platform: Tenant) -> int:
    """Return a source of so many people whose words are all mapped."""
    package = package_of(integrate("nx_play", platform))
    erp.people(PEOPLE, plain=True)
    source_id = factories.make_source(kind="hubsoft", params=erp.hubsoft_params(), full_interval_s=86_400).id
    source_pulls.work(source_pulls.request_pull(source_id, dry_run=True).id)
    source_mapping.create_missing_plans(source_id)
    words = db.session.scalars(select(SourceMapping.external).where(SourceMapping.kind == "package")).all()
    source_mapping.save_mapping(source_id, {("package", word): str(package.id) for word in words})
    return source_id


def seen(pull_id: int) -> SourcePull:
    # Whoever looks so often must not take the lock that the process needs.
    begin(reads_only=True)
    return source_pulls.get_pull(pull_id)


def wait_until(pull_id: int, reached: Callable[[SourcePull], bool]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not reached(seen(pull_id)):
        assert time.monotonic() < until_s, (seen(pull_id).status, seen(pull_id).records, seen(pull_id).applied)
        db.session.rollback()
        time.sleep(POLL_S)


def go_on(pull_id: int) -> SourcePull:
    """Start the worker anew, when the lease of the dead one has run out, and let it work the pull to its end."""
    app: APIFlask = current_app._get_current_object()  # type: ignore[attr-defined]
    clock.move(LEASE)
    worker = SourceWorker(app)
    worker.start()
    try:
        wait_until(pull_id, lambda pull: pull.finished_at is not None)
    finally:
        worker.stop()
    return seen(pull_id)


def repeated(*columns: Any, **wanted: Any) -> list[Any]:
    """Return what stands there more than once."""
    rows = Counter(map(tuple, db.session.execute(select(*columns).filter_by(**wanted))))
    return [row for row, count in rows.items() if count > 1]


def made_once() -> dict[str, int]:
    """Return how many rows there are of each kind, none of which is there twice."""
    assert repeated(Service.code) == repeated(Customer.code) == []
    assert repeated(ServicePackage.service_id, ServicePackage.package_id) == []
    assert repeated(SourceLink.kind, SourceLink.external) == repeated(SourceLink.kind, SourceLink.local_id) == []
    created = {action: Event.query.filter_by(action=action).count() for action in ("customer.create", "service.create")}
    assert all(repeated(Event.object_id, action=action) == [] for action in created)
    links = Counter(db.session.scalars(select(SourceLink.kind)))
    return {"customers": Customer.query.count(), "services": Service.query.count(),
            "sales": ServicePackage.query.count(), **created, **links}  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_while_a_source_is_read_or_applied_then_everybody_is_made_once(
    settings: Settings, engines: EngineProcesses, erp: Erp, nx: Tenant, moment: str
) -> None:
    source_id = mapped_source(erp, nx)
    pull_id = source_pulls.request_pull(source_id).id
    db.session.rollback()
    pid = engines.start(settings.instance, SOURCES)
    wait_until(pull_id, MOMENTS[moment])
    assert engines.kill(pid) == -signal.SIGKILL, engines.errors()
    killed = seen(pull_id)
    assert (killed.status, killed.applied < PEOPLE) == (moment, True)
    assert go_on(pull_id).status == "done"
    found, services = made_once(), erp.services()
    assert found["services"] == found["service.create"] == found["service"] == len(services) >= PEOPLE
    assert found["customers"] == found["customer.create"] == found["customer"] == PEOPLE
    assert found["sales"] == found["sale"] == sum(len(row["packages"]) for row in services)
    assert is_whole(settings.instance)
    db.session.rollback()
    again = source_pulls.work(source_pulls.request_pull(source_id).id)
    assert again is not None
    assert (again.status, again.counts["unchanged"]) == ("done", len(services))
    assert made_once() == found
