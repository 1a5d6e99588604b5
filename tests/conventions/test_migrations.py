"""Migrations lead from nothing to the models and back, in one line."""

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from apiflask import APIFlask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect

from tests.fixtures.databases import ON_POSTGRES
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import words
from webapp.paths import MIGRATIONS
from webapp.schema import current_revision, head_revision, migrate_database

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


@pytest.fixture
def empty_app(settings: Settings) -> Iterator[APIFlask]:
    app = create_app(settings, TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


FORMER_ROWS = (
    "insert into integration (id, gateway, description, single_package, follow_status, active, reconcile_interval_s,"
    " status_rules, auth_failures, paused_params, breaker, created_at, updated_at, version)"
    " values (1, 'outros', 'Old', false, true, true, 3600, '{}', 0, '{}', '{}', '2026-01-01', '2026-01-01', 1)",
    "insert into integration_param (id, integration_id, name, value, position)"
    " values (1, 1, 'url', 'https://a.example', 0)",
)


# What a database says of its tables, indexes and triggers.
TOLD = {
    "sqlite": "select sql from sqlite_master where sql is not null order by name",
    "postgresql": "select row(c.table_name, c.column_name, c.data_type, c.column_default, c.is_nullable)::text"
    " from information_schema.columns c where c.table_schema = current_schema()"
    " union select indexdef from pg_indexes where schemaname = current_schema()"
    " union select pg_get_constraintdef(oid) from pg_constraint where connamespace = current_schema()::regnamespace"
    " union select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1",
}


def names() -> list[str]:
    return sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))


def test_migrations_are_numbered_without_a_gap() -> None:
    matches = [NAME.fullmatch(name) for name in names()]
    assert all(matches), names()
    assert [int(match.group(1)) for match in matches if match] == list(range(1, len(matches) + 1))


def test_each_migration_follows_the_one_before_and_there_is_one_head() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    assert scripts.get_heads() == [head_revision()]
    assert revisions == [name.split("_")[0] for name in names()]


def is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Alembic knows nothing of virtual tables; what stands for the index of words is compared by its statements."""
    return kind != "table" or name not in words.TABLES


def made_for_words() -> list[str]:
    if db.engine.dialect.name != "sqlite":
        return []
    with db.engine.connect() as connection:
        told = connection.exec_driver_sql(
            "select sql from sqlite_master where name like 'customer_words%' order by name"
        )
        return [sql for (sql,) in told]


@pytest.mark.usefixtures("empty_app")
def test_migrating_makes_the_same_index_of_words_as_the_models() -> None:
    migrate_database(db.engine)
    migrated = made_for_words()
    downgrade(directory=str(MIGRATIONS), revision="base")
    db.create_all()
    assert made_for_words() == migrated
    assert len(migrated) == (7 if db.engine.dialect.name == "sqlite" else 0)


@pytest.mark.usefixtures("empty_app")
def test_migrating_an_empty_database_gives_the_schema_of_the_models() -> None:
    migrate_database(db.engine)
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_name": is_compared}
        context = MigrationContext.configure(connection, opts=opts)
        differences = compare_metadata(context, db.metadata)
    assert differences == []
    assert current_revision(db.engine) == head_revision()


@pytest.mark.usefixtures("empty_app")
def test_check_constraints_of_the_models_are_in_the_migrated_schema() -> None:
    """Alembic compares no check constraints, so they are compared here, by name."""
    migrate_database(db.engine)
    inspector = inspect(db.engine)
    for table in db.metadata.tables.values():
        wanted = {str(item.name) for item in table.constraints if isinstance(item, CheckConstraint)}
        found = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert found == wanted, table.name


@pytest.mark.usefixtures("empty_app")
def test_downgrading_to_nothing_leaves_no_table_and_upgrading_again_works() -> None:
    migrate_database(db.engine)
    downgrade(directory=str(MIGRATIONS), revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    migrate_database(db.engine)
    assert current_revision(db.engine) == head_revision()


@pytest.mark.usefixtures("empty_app")
def test_migrating_twice_changes_nothing() -> None:
    migrate_database(db.engine)
    before = _schema()
    migrate_database(db.engine)
    assert _schema() == before


def _schema() -> list[str]:
    with db.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(TOLD[connection.dialect.name])]


@pytest.mark.usefixtures("empty_app")
def test_a_table_that_is_made_anew_keeps_what_refers_to_it() -> None:
    upgrade(directory=str(MIGRATIONS), revision="0001")
    with db.engine.begin() as connection:
        for statement in FORMER_ROWS:
            connection.exec_driver_sql(statement)
    migrate_database(db.engine)
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql("select name, value from integration_param").all()
        scope = connection.exec_driver_sql("select status_scope from integration").scalar()
        if not ON_POSTGRES:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert kept == [("url", "https://a.example")]
    assert scope == "service"
