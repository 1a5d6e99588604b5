"""People whom a run suspends although nobody should be, on a real platform, with a hub that serves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy import select, update

from tests.journeys.crowd import OWING, package_of, sell_to_crowd
from webapp import clock
from webapp.extensions import db
from webapp.jobs.drain import converge
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.jobs.runs import RunWorker
from webapp.models import Account, Integration, Run, RunItem, Service
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

POLL_S = 0.02


@contextmanager
def serving() -> Iterator[None]:
    """Let the engine and the worker of runs work beside the test, as ``serve`` does."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.rollback()
    with Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        worker = RunWorker(app)
        thread = threading.Thread(target=engine.run, daemon=True)
        thread.start()
        worker.start()
        try:
            yield
        finally:
            worker.stop()
            engine.stop()
            thread.join()


def believe_suspended(integration: Integration, people: int) -> list[Account]:
    """Make accounts by real calls; then, by hand, let their owners owe and the accounts count as suspended here."""
    services = sell_to_crowd(package_of(integration), people)
    db.session.rollback()
    converge(until_idle=True, patience_s=10.0)
    db.session.execute(update(Service).where(Service.id.in_(services)).values(status=OWING))
    found = list(db.session.scalars(select(Account).where(Account.integration_id == integration.id)))
    for one in found:
        unit = {**one.units["account"], "state": "suspended"}
        one.units, one.desired, one.status = {"account": unit}, "suspended", "suspended"
    db.session.commit()
    return found


def wrong_batch(integration: Integration, people: int) -> int:
    """Return the id of a run that suspends so many who are active there, because an ERP says wrongly that they owe."""
    found = believe_suspended(integration, people)
    run = Run(integration_id=integration.id, mode="apply", status="applying", started_at=clock.utc_now())
    db.session.add(run)
    db.session.flush()
    for one in found:
        db.session.add(RunItem(
            run_id=run.id, account_id=one.id, login=one.login, situation="state", action="suspend", outcome="waiting",
            before={"state": "active"}, after={"state": "suspended"}, cause="cause_status", value=None,
        ))  # fmt: skip
    db.session.flush()
    run_id = run.id
    db.session.commit()
    return run_id


def wait_for(run_id: int, *statuses: str, timeout_s: float = 60.0) -> None:
    """Wait until a run is in one of these states, and let the session go: what it read would hold up all others.

    Raises:
        AssertionError: it was not in time.
    """
    until_s = clock.monotonic_s() + timeout_s
    while True:
        # Whoever looks so often must not take the lock that all others need.
        begin(reads_only=True)
        run = db.session.get_one(Run, run_id, populate_existing=True)
        status, counts = run.status, run.counts
        db.session.rollback()
        if status in statuses:
            return
        assert clock.monotonic_s() < until_s, f"{status} {counts}"
        clock.sleep(POLL_S)
