"""PostgreSQLs of their own, and processes that a test may kill or stop."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask

from tests.fixtures import postgres_server as server
from tests.journeys.engine_child import EngineProcesses
from webapp import create_app
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.schema import migrate_database
from webapp.services.queue import tables


def new_database(template: str = "template0") -> str:
    """Make a database and return its name."""
    name = f"scale_{secrets.token_hex(6)}"
    server.command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return name


def drop(name: str) -> None:
    """Remove a database, whoever is connected to it."""
    server.command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def own_url() -> Iterator[str]:
    """The address of an empty database that no other module has."""
    name = new_database()
    yield server.url_of(name)
    drop(name)


@pytest.fixture(scope="session")
def tables_of_a_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with all tables, the queue's as well, and no rows."""
    name, folder = new_database(), tmp_path_factory.mktemp("fleet")
    environment = {"SINTONIA_INSTANCE": str(folder), "SINTONIA_DATABASE_URL": server.url_of(name)}
    with create_app(load_settings(environment), TESTING=True).app_context():
        migrate_database(db.engine)
        tables.install(db.engine)
        db.session.remove()
        db.engine.dispose()
    yield name
    drop(name)


@pytest.fixture
def app(settings: Settings, tables_of_a_fleet: str) -> Iterator[APIFlask]:
    """An application on a PostgreSQL of its own as servers leave it, with its context pushed."""
    name = new_database(tables_of_a_fleet)
    app = create_app(replace(settings, database_url=server.url_of(name)), TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    drop(name)


@pytest.fixture(scope="module")
def engines() -> Iterator[EngineProcesses]:
    with EngineProcesses() as processes:
        yield processes


@pytest.fixture(scope="session")
def no_tables() -> Path:
    """Where a hub with a database of its own begins: with nothing."""
    return Path()
