"""The move from SQLite to PostgreSQL: everything arrives as it was, or nothing happened."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import create_engine, event, insert, select

from tests.database.conftest import GOAL, Command, on_sqlite
from tests.fixtures import postgres_server as server
from webapp import create_app
from webapp.config import Settings
from webapp.database_url import shown
from webapp.extensions import db
from webapp.jobs.owner import ServeLock
from webapp.models import Customer, Event
from webapp.services import chain, epoch, moving
from webapp.services.errors import Conflict
from webapp.services.moving import MoveRefused, Order, marks
from webapp.services.moving.former import Former
from webapp.services.moving.work import COMPARE, COPY, HISTORY


def content(url: str) -> dict[str, list[Any]]:
    """Return all rows of all tables as Python sees them: the same on every database."""
    engine = create_engine(url) if url.startswith("postgresql") else create_engine(url, module=sqlite)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in db.metadata.sorted_tables
        }
    engine.dispose()
    return found


def standing(url: str) -> str:
    """Return why nothing may be served from a database; empty = it may be."""
    engine = create_engine(url) if url.startswith("postgresql") else create_engine(url, module=sqlite)
    try:
        moving.refuse_moved(engine)
    except Conflict as refusal:
        return refusal.code
    finally:
        engine.dispose()
    return ""


def test_everything_that_is_moved_in_these_tests_has_rows(filled: Path) -> None:
    rows = content(on_sqlite(filled).database_url)
    assert [name for name, found in rows.items() if not found] == []


def test_move_brings_every_value_and_the_hub_goes_on_there_and_no_longer_here(
    here: Settings, goal: str, command: Command
) -> None:
    before = content(here.database_url)
    told = command("migrate-database", "--to", goal.replace("+psycopg", ""))
    assert told.exit_code == 0, told.output
    after = content(goal)
    for name in before.keys() - {"setting", "event"}:
        assert after[name] == before[name], name
    assert set(before["event"]) < set(after["event"])
    there = replace(here, database_url=goal)
    with create_app(there, TESTING=True).app_context():
        epoch.check_at_start()
        assert epoch.observing() is None
        assert db.session.scalars(select(Event.action).order_by(Event.id.desc())).first() == "database.move"
        db.session.rollback()
        chain.seal()
        assert chain.verify().ok
        with db.engine.begin() as connection:
            connection.execute(insert(Customer).values(code="new", name="New", name_folded="new"))
        db.session.remove()
        db.engine.dispose()
    refused = command("converge")
    assert refused.exit_code == 1
    assert shown(goal) in refused.output
    assert "migrate-database --back" in refused.output
    assert command("serve", "--port", "0").exit_code == 1
    assert command("migrate-database", "--to", goal).exit_code == 1


def test_dry_run_changes_neither_database(here: Settings, goal: str, command: Command) -> None:
    before = content(here.database_url)
    assert command("migrate-database", "--to", goal, "--dry-run").exit_code == 0
    assert content(here.database_url) == before
    assert (standing(here.database_url), tables_there(goal)) == ("", set())


def tables_there(url: str) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        names = set(engine.dialect.get_table_names(connection))
    engine.dispose()
    return names


@pytest.mark.parametrize("step", [COPY, COMPARE, HISTORY])
def test_move_that_is_killed_leaves_the_hub_as_it_was_and_is_taken_up_anew(
    here: Settings, goal: str, command: Command, step: str
) -> None:
    before = content(here.database_url)
    pid = os.fork()
    if not pid:
        _move_and_die(here, goal, step)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert content(here.database_url) == before
    assert (standing(here.database_url), standing(goal)) == ("", "database_half_moved")
    assert command("converge", using=replace(here, database_url=goal)).exit_code == 1
    told = command("migrate-database", "--to", goal)
    assert told.exit_code == 0, told.output
    assert (standing(here.database_url), standing(goal)) == ("database_moved", "")


def _move_and_die(here: Settings, goal: str, step: str) -> None:
    """In a process of its own: die as soon as the step has begun."""
    try:
        with create_app(here, TESTING=True).app_context():
            moving.move(Order(goal, here), lambda at, *_: os.kill(os.getpid(), signal.SIGKILL) if at == step else None)
    finally:
        os._exit(1)


def test_move_that_was_stopped_in_its_last_step_is_served_nowhere_until_it_is_repeated(
    here: Settings, goal: str, command: Command
) -> None:
    assert command("migrate-database", "--to", goal).exit_code == 0
    engine = create_engine(goal)
    with engine.begin() as connection:
        done = marks.read(connection, marks.MOVED_FROM)
        assert done is not None
        marks.begin_moving(connection, done)
    engine.dispose()
    assert (standing(here.database_url), standing(goal)) == ("database_moved", "database_half_moved")
    assert command("migrate-database", "--to", goal).exit_code == 0
    assert (standing(here.database_url), standing(goal)) == ("database_moved", "")


def test_server_that_goes_away_meanwhile_ends_the_move_and_the_next_try_is_a_whole_one(
    here: Settings, goal: str, command: Command
) -> None:
    ends = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{GOAL}'"

    def cut(step: str, _done: int, _total: int) -> None:
        if step == COMPARE:
            server.command(ends)

    with create_app(here, TESTING=True).app_context(), pytest.raises(MoveRefused, match="move_trouble"):
        moving.move(Order(goal, here), cut)
    assert standing(here.database_url) == ""
    assert command("migrate-database", "--to", goal).exit_code == 0


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE stock (id int)", "CREATE TABLE setting (name text, value text)"], ids=["other", "own"]
)
def test_database_that_is_not_empty_is_refused_and_left_as_it_is(
    here: Settings, goal: str, command: Command, statement: str
) -> None:
    engine = create_engine(goal)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"INSERT INTO {statement.split()[2]} DEFAULT VALUES")
    engine.dispose()
    told = command("migrate-database", "--to", goal)
    assert told.exit_code == 1
    assert statement.split()[2] in told.output
    assert (standing(here.database_url), tables_there(goal)) == ("", {statement.split()[2]})


def test_move_of_another_hub_that_has_not_ended_is_not_taken_for_ours(here: Settings, goal: str) -> None:
    engine = create_engine(goal)
    with engine.begin() as connection:
        marks.begin_moving(connection, marks.Move("1", "another", "there", "2026-11-23T12:00:00+00:00"))
    engine.dispose()
    with create_app(here, TESTING=True).app_context(), pytest.raises(MoveRefused, match="move_target_other"):
        moving.move(Order(goal, here), lambda *_: None)
    assert tables_there(goal) == {marks.MOVING}


def test_hub_that_is_served_is_not_moved(here: Settings, goal: str, command: Command) -> None:
    with ServeLock(here.instance):
        assert command("migrate-database", "--to", goal).exit_code == 1
    writer = sqlite.connect(str(here.instance / "sintonia.db"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(MoveRefused, match="move_in_use"), Former(here.instance / "sintonia.db", 0.1):
        pass
    writer.close()
    assert tables_there(goal) == set()


def test_dry_run_is_for_a_hub_that_works(here: Settings, goal: str, command: Command) -> None:
    writer = sqlite.connect(str(here.instance / "sintonia.db"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with ServeLock(here.instance):
        told = command("migrate-database", "--to", goal, "--dry-run")
    writer.close()
    assert told.exit_code == 0, told.output


def test_row_that_postgresql_would_not_take_is_named_before_anything_is_copied(
    here: Settings, goal: str, command: Command
) -> None:
    file = sqlite.connect(str(here.instance / "sintonia.db"))
    file.execute("update customer set phone = ?, name = 'a' || char(0)", ("9" * 500,))
    file.commit()
    file.close()
    for more in ((), ("--dry-run",)):
        told = command("migrate-database", "--to", goal, *more)
        assert told.exit_code == 1
        assert "customer.phone (1)" in told.output
        assert "customer.name (1)" in told.output
        assert "999" not in told.output
    assert (standing(here.database_url), tables_there(goal)) == ("", set())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody:s3cret@127.0.0.1:1/hub", "SINTONIA_DATABASE_URL"),
        ("sqlite:///other.db", "PostgreSQL"),
        ("mysql://a/b", "PostgreSQL"),
        ("postgresql://host", "database"),
    ],
)
def test_address_that_cannot_be_moved_to_is_refused_in_words(
    here: Settings, command: Command, url: str, said: str
) -> None:
    told = command("migrate-database", "--to", url)
    assert told.exit_code in (1, 2)
    assert said in told.output
    assert "s3cret" not in told.output
    assert standing(here.database_url) == ""


def test_hub_that_comes_back_observes_first_and_its_history_holds(here: Settings, goal: str, command: Command) -> None:
    assert command("migrate-database", "--to", goal).exit_code == 0
    with create_app(replace(here, database_url=goal), TESTING=True).app_context():
        epoch.check_at_start()
        chain.seal()
        db.session.remove()
        db.engine.dispose()
    assert command("migrate-database", "--back").exit_code == 0
    with create_app(here, TESTING=True).app_context():
        epoch.check_at_start()
        assert epoch.observing() is not None
        db.session.rollback()
        assert chain.verify().ok
        db.session.remove()
        db.engine.dispose()
    assert standing(here.database_url) == ""
    assert "(" not in command("migrate-database", "--back").output


def test_way_back_that_is_cut_off_leaves_the_mark_until_the_hub_observes(
    here: Settings, goal: str, command: Command
) -> None:
    assert command("migrate-database", "--to", goal).exit_code == 0
    with create_app(here, TESTING=True).app_context():
        left = iter((True, False))

        def cut(_connection: object) -> None:
            if not next(left, False):
                raise KeyboardInterrupt

        event.listen(db.engine, "commit", cut)
        with pytest.raises(KeyboardInterrupt):
            moving.take_back(Order("", here))
        db.session.remove()
        db.engine.dispose()
    assert standing(here.database_url) == "database_moved"
    assert command("migrate-database", "--back").exit_code == 0
    assert standing(here.database_url) == ""
