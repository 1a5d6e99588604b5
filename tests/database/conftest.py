"""A hub on SQLite with something in every table, and an empty PostgreSQL to which it may move."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.backups.conftest import settings_in
from tests.database import filling
from tests.fixtures import postgres_server as server
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings
from webapp.extensions import db
from webapp.schema import migrate_database
from webapp.services import epoch

GOAL = "goal"
Command = Callable[..., Result]


def on_sqlite(folder: Path, **more: str) -> Settings:
    return settings_in(folder, database_url=f"sqlite:///{folder / 'sintonia.db'}", **more)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub with something in every table."""
    folder = tmp_path_factory.mktemp("filled")
    with create_app(on_sqlite(folder), TESTING=True).app_context():
        migrate_database(db.engine)
        filling.fill()
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def here(filled: Path, tmp_path: Path) -> Settings:
    """A hub of its own to move."""
    folder = tmp_path / "instance"
    shutil.copytree(filled, folder)
    # The folder is another one: only where the hub was before must it not wonder.
    with create_app(on_sqlite(folder), TESTING=True).app_context():
        row = db.metadata.tables["setting"]
        with db.engine.begin() as connection:
            connection.execute(row.delete().where(row.c.name == "epoch"))
        (folder / "epoch.json").unlink()
        epoch.check_at_start()
        db.session.remove()
        db.engine.dispose()
    return on_sqlite(folder)


@pytest.fixture
def goal() -> Iterator[str]:
    """An empty database to move to."""
    server.command(f"DROP DATABASE IF EXISTS {GOAL} WITH (FORCE)", f"CREATE DATABASE {GOAL} TEMPLATE template0")
    yield server.url_of(GOAL)
    server.command(f"DROP DATABASE IF EXISTS {GOAL} WITH (FORCE)")


@pytest.fixture
def command(here: Settings) -> Command:
    def run(*words: str, using: Settings | None = None) -> Result:
        program = Program(lambda given=None: create_app(given or using or here, TESTING=True), "1")
        result = CliRunner().invoke(sintonia, words, obj=program)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
