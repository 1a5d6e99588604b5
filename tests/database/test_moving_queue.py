"""The queue's tables are there when a hub has moved, empty, and no other hub's are taken away for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, create_engine, update
from sqlalchemy.engine import make_url

from tests.database.conftest import GOAL, Command
from tests.fixtures import postgres_server as server
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account
from webapp.services.queue import deferring, tables

JOBS = f"select count(*) from {tables.SCHEMA}.procrastinate_jobs"
WORKER = f"insert into {tables.SCHEMA}.procrastinate_workers default values"
SMALL = "small"


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """A transaction on a database, which is committed."""
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def jobs(url: str) -> int:
    with looking(url) as connection:
        return int(connection.exec_driver_sql(JOBS).scalar_one())


@pytest.fixture
def with_queue(goal: str) -> str:
    """A database in which a hub was: its tables are gone, and its queue is not."""
    engine = create_engine(goal)
    assert tables.install(engine)
    engine.dispose()
    with looking(goal) as connection:
        assert deferring.defer(connection, 1, "integration:1", deferring.ORDINARY, lock=None)
    return goal


def test_queue_is_ready_empty_and_takes_the_first_job_and_the_way_back_leaves_it_alone(
    here: Settings, goal: str, command: Command
) -> None:
    told = command("migrate-database", "--to", goal)
    assert told.exit_code == 0, told.output
    with looking(goal) as connection:
        assert tables.version(connection) == tables.steps()[-1].stem
    assert jobs(goal) == 0
    with create_app(replace(here, database_url=goal), TESTING=True).app_context():
        # Whoever serves has nothing left to make.
        assert not tables.install(db.engine)
        with db.engine.begin() as connection:
            assert connection.execute(update(Account).values(due_at=utc_now(), lease_until=None)).rowcount
        db.engine.dispose()
    assert jobs(goal) == 1
    assert command("migrate-database", "--back").exit_code == 0
    assert jobs(goal) == 1


def test_wishes_that_a_former_hub_left_are_not_taken_over(command: Command, with_queue: str) -> None:
    assert command("migrate-database", "--to", with_queue, "--dry-run").exit_code == 0
    assert jobs(with_queue) == 1
    assert command("migrate-database", "--to", with_queue).exit_code == 0
    assert jobs(with_queue) == 0


def test_database_whose_queue_others_work_on_is_refused_and_left_as_it_is(command: Command, with_queue: str) -> None:
    with looking(with_queue) as connection:
        connection.exec_driver_sql(WORKER)
    told = command("migrate-database", "--to", with_queue)
    assert (told.exit_code, jobs(with_queue)) == (1, 1)
    assert tables.SCHEMA in told.output
    with looking(with_queue) as connection:
        connection.exec_driver_sql(
            f"update {tables.SCHEMA}.procrastinate_workers set last_heartbeat = now() - interval '1 hour'"
        )
    assert command("migrate-database", "--to", with_queue).exit_code == 0


def test_user_who_may_make_tables_and_no_schema_is_told_before_anything_is_copied(goal: str, command: Command) -> None:
    server.command(f"DROP ROLE IF EXISTS {SMALL}", f"CREATE ROLE {SMALL} LOGIN")
    with looking(goal) as connection:
        connection.exec_driver_sql(f"GRANT ALL ON SCHEMA public TO {SMALL}")
    theirs = make_url(goal).set(username=SMALL).render_as_string(hide_password=False)
    for more in ((), ("--dry-run",)):
        told = command("migrate-database", "--to", theirs, *more)
        assert told.exit_code == 1
        assert "ALTER DATABASE" in told.output
    server.command(f"DROP DATABASE {GOAL} WITH (FORCE)", f"DROP ROLE {SMALL}")
