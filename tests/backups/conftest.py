"""A hub with something of everything in it, migrated from nothing: made once, copied for each test."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests import factories
from tests.fixtures.databases import SETTINGS, lay, made_in
from tests.fixtures.people import PASSWORD
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings, load_settings
from webapp.extensions import db
from webapp.models import Invoice
from webapp.schema import migrate_database
from webapp.services import sessions
from webapp.services.backups import making
from webapp.services.backups.names import files_in
from webapp.services.invoices import uploading
from webapp.services.operators import create_operator

ENVIRONMENT = {"SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
Run = Callable[..., Result]
PEOPLE = 3
INVOICE = b"Assinante;Valor\nana@example.com;19,90\n"


def settings_in(folder: Path, **more: str) -> Settings:
    """Read the settings of an instance, with these of the environment (without the prefix)."""
    named = {f"SINTONIA_{name.upper()}": value for name, value in more.items()}
    return load_settings({"SINTONIA_INSTANCE": str(folder), **ENVIRONMENT, **named})


def fill() -> None:
    """Make people, platforms with secrets, an invoice, operators, a session, tokens."""
    integration = factories.make_integration(gateway="nx_play", description="NX")
    package = factories.make_package(integration)
    for number in range(PEOPLE):
        service = factories.make_service(password=f"senha-{number}-dela")
        factories.make_sale(service, package)
    factories.make_source(kind="ixc")
    uploading.upload(integration.id, date(2026, 9, 1), "fatura.csv", INVOICE)
    operator = create_operator("ana@example.com", PASSWORD, "admin")
    sessions.begin(operator, "127.0.0.1", "test")
    db.session.commit()


@pytest.fixture(scope="session")
def filled_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with create_app(settings_in(folder), TESTING=True).app_context():
        migrate_database(db.engine)
        fill()
        assert making.make_now().verified_at
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def settings(tmp_path: Path, filled_instance: Path) -> Settings:
    """Settings of a copy of the filled instance."""
    folder = tmp_path / "instance"
    shutil.copytree(filled_instance, folder, ignore=shutil.ignore_patterns(SETTINGS))
    lay(made_in(filled_instance), folder)
    return settings_in(folder)


@pytest.fixture
def hub(settings: Settings) -> Iterator[APIFlask]:
    """An application on the filled instance, with its context pushed."""
    app = create_app(settings, TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def invoice_file() -> bytes:
    """Return the file of the invoice, as the hub of the application context opens it."""
    return uploading.content_of(db.session.scalars(select(Invoice)).one())


def backup_of(settings: Settings) -> Path:
    """Return the newest backup."""
    return files_in(settings.instance / "backups")[0].path


@pytest.fixture
def made(settings: Settings) -> Path:
    """A backup of the filled hub."""
    return backup_of(settings)


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run a command as a process of its own would."""

    def invoke(*args: str, using: Settings | None = None, stdin: str = "") -> Result:
        made: list[APIFlask] = []

        def make(given: Settings | None = None) -> APIFlask:
            made.append(create_app(given or using or settings, TESTING=True))
            return made[-1]

        result = CliRunner().invoke(sintonia, args, obj=Program(make, "1.2.3"), input=stdin)
        for app in made:
            # A process that ends closes its connections.
            with app.app_context():
                db.engine.dispose()
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
