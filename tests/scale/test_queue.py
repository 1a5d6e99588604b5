"""A job waits for whatever became due, made in the same transaction; losing all jobs loses nothing."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text, update

from tests.journeys.crowd import PAYING, package_of, sell_to_crowd, set_statuses
from tests.journeys.platforms import connect
from webapp import clock
from webapp.extensions import db
from webapp.models import Account, Integration, Service
from webapp.sandbox.client import Tenant
from webapp.services import accounts
from webapp.services.metrics import hub
from webapp.services.metrics.families import Sheet
from webapp.services.queue import deferring, tables

QUEUE = ("sintonia_queue_jobs", "sintonia_queue_oldest_job_seconds", "sintonia_queue_workers")
# Of a busy machine, between what is written and what is asked.
PATIENCE_S = 60
JOBS = text(f"SELECT queue_name, queueing_lock, priority FROM {tables.SCHEMA}.procrastinate_jobs ORDER BY id")
FUNCTIONS = text(
    "SELECT proname, pg_get_function_arguments(oid) FROM pg_proc WHERE pronamespace = CAST(:schema AS regnamespace)"
)


@pytest.fixture
def integration(app: APIFlask, nx: Tenant) -> Integration:
    return connect(nx, "key", concurrency=2, total_timeout_s=2)


def jobs() -> list[Any]:
    with db.engine.begin() as db_connection:
        return [tuple(row) for row in db_connection.execute(JOBS)]


def test_change_and_its_job_are_committed_together_and_undone_together(integration: Integration) -> None:
    services = sell_to_crowd(package_of(integration), 3)
    name = f"integration:{integration.id}"
    assert jobs() == [(name, name, deferring.ORDINARY)]
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"TRUNCATE {tables.SCHEMA}.procrastinate_jobs CASCADE")
    db.session.execute(update(Service).values(status="suspenso"))
    accounts.mark_services(services)
    db.session.rollback()
    assert jobs() == []
    # Something else is committed, and nothing of it is for a platform; but there is still something to do.
    set_statuses(services, PAYING)
    assert len(jobs()) == 1


def test_many_changes_make_one_job_and_who_waits_on_the_phone_another_that_goes_first(integration: Integration) -> None:
    services = sell_to_crowd(package_of(integration), 3)
    for _ in range(5):
        set_statuses(services, PAYING)
    assert len(jobs()) == 1
    set_statuses(services[:1], PAYING, accounts.PAID_NOW)
    name = f"integration:{integration.id}"
    assert jobs()[1:] == [(name, f"{name}:now", deferring.URGENT)]


def test_job_that_waits_is_not_taken_before_the_change_that_counts_on_it_is_committed(integration: Integration) -> None:
    services = sell_to_crowd(package_of(integration), 1)
    take = text(f"SELECT id FROM {tables.SCHEMA}.procrastinate_fetch_job_v2(NULL, NULL)")
    with db.engine.connect() as changing, changing.begin():
        accounts_of = update(Account).where(Account.service_id.in_(services)).values(tries=0)
        changing.execute(accounts_of)
        assert not deferring.call_again(changing, integration.id)
        with db.engine.begin() as taking:
            assert taking.execute(take).scalar_one() is None
    with db.engine.begin() as taking:
        assert taking.execute(take).scalar_one() is not None


def test_metrics_tell_how_many_jobs_wait_and_run_and_for_how_long_nobody_took_one(integration: Integration) -> None:
    assert figures() == {
        "sintonia_queue_jobs": 0, "sintonia_queue_oldest_job_seconds": 0, "sintonia_queue_workers": 0
    }  # fmt: skip
    sell_to_crowd(package_of(integration), 1)
    name, made = f"{tables.SCHEMA}.procrastinate_", "now() - interval '90 s'"
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"UPDATE {name}events SET at = {made}")
        db_connection.exec_driver_sql(f"INSERT INTO {name}workers DEFAULT VALUES")
        db_connection.exec_driver_sql(f"INSERT INTO {name}workers (last_heartbeat) VALUES ({made})")
    found = figures()
    assert (found["sintonia_queue_jobs"], found["sintonia_queue_workers"]) == (1, 1)
    assert 90 <= found["sintonia_queue_oldest_job_seconds"] < 90 + PATIENCE_S
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"SELECT {name}fetch_job_v2(NULL, NULL)")
    found = figures()
    assert (found["sintonia_queue_jobs"], found["sintonia_queue_oldest_job_seconds"]) == (1, 0)


def figures() -> dict[str, float]:
    """Return the sums of what is told of the queue."""
    sheet = Sheet()
    hub.fill(sheet, clock.utc_now())
    db.session.rollback()
    told = {one.name: sum(sample.value for sample in one.samples) for one in sheet.collect()}
    return {name: told[name] for name in QUEUE}


def test_lost_queue_is_made_anew_from_the_accounts_alone(integration: Integration) -> None:
    sell_to_crowd(package_of(integration), 2)
    db.session.execute(update(Account).values(due_at=clock.utc_now() + timedelta(minutes=5)))
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"TRUNCATE {tables.SCHEMA}.procrastinate_jobs CASCADE")
    db.session.commit()
    assert jobs() == []
    clock.move(timedelta(minutes=6))
    with db.engine.begin() as db_connection:
        assert deferring.sweep(db_connection, clock.utc_now(), frozenset({integration.id})) == 0
        assert deferring.sweep(db_connection, clock.utc_now()) == 1
    assert len(jobs()) == 1


def test_tables_are_made_once_and_brought_from_an_older_version_step_by_step_to_the_same(app: APIFlask) -> None:
    assert not tables.install(db.engine)
    fresh = functions()
    steps = tables.steps()
    with db.engine.begin() as db_connection:
        db_connection.exec_driver_sql(f"DROP SCHEMA {tables.SCHEMA} CASCADE")
    for step in steps[: len(steps) - 6]:
        with db.engine.begin() as db_connection:
            tables.bring(db_connection, step.read_text("utf-8"), step.stem)
    assert tables.install(db.engine)
    with db.engine.begin() as db_connection:
        assert tables.version(db_connection) == steps[-1].stem
    assert functions() >= fresh


def functions() -> set[Any]:
    with db.engine.begin() as db_connection:
        return {tuple(row) for row in db_connection.execute(FUNCTIONS, {"schema": tables.SCHEMA})}
