"""A browser for the modules that want one, processes that a test may kill, a database as a server leaves it behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.fixtures.databases import made_in
from tests.journeys.browser import chromium
from tests.journeys.engine_child import EngineProcesses
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.schema import migrate_database


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Each module starts its own, since Playwright allows one at a time."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows, of which a server knows that it is of this version."""
    folder = tmp_path_factory.mktemp("migrated")
    with create_app(load_settings({"SINTONIA_INSTANCE": str(folder)}), TESTING=True).app_context():
        migrate_database(db.engine)
        db.session.remove()
        db.engine.dispose()
    return made_in(folder)


@pytest.fixture(scope="session")
def engines() -> Iterator[EngineProcesses]:
    """One for all modules: whatever it forks knows its own hub alone."""
    with EngineProcesses() as processes:
        yield processes
