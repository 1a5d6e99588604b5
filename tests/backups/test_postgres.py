"""PostgreSQL: one picture of all tables while others write; put back there, or on SQLite, or brought from there."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from tests.backups.conftest import INVOICE, PEOPLE, Run, backup_of, fill, invoice_file, settings_in
from webapp import create_app
from webapp.config import Settings
from webapp.database_url import for_libpq
from webapp.extensions import db
from webapp.models import Customer, Event
from webapp.schema import migrate_database
from webapp.services import chain, epoch
from webapp.services.alerts import raise_alert
from webapp.services.backups import making, replacing_postgres
from webapp.services.backups.errors import BackupRefused

# What a restore changes on purpose.
CHANGED = ("fs_uniquifier", "mf_recovery_codes", "update_datetime")
TABLES = ("account", "attempt", "customer", "service", "integration_param", "operator", "api_token", "run", "invoice")


@pytest.fixture
def served(tmp_path: Path, filled_instance: Path, postgres_url: str) -> Settings:
    """A filled hub on PostgreSQL; its keys are those of the hub on SQLite, too."""
    folder = tmp_path / "on-postgres"
    folder.mkdir()
    (folder / "encryption.keys").write_bytes((filled_instance / "encryption.keys").read_bytes())
    settings = replace(settings_in(folder), database_url=postgres_url)
    with create_app(settings, TESTING=True).app_context():
        with db.engine.begin() as connection:
            for (name,) in connection.execute(text(
                "select nspname from pg_namespace where nspname ~ '^(public|before_|restoring_)'"
            )).all():  # fmt: skip
                connection.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
            connection.exec_driver_sql("CREATE SCHEMA public")
        migrate_database(db.engine)
        fill()
        raise_alert("observing", "hub", 0, params={"name": "João ç 😀", "none": None})
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return settings


def content() -> dict[str, list[dict[str, Any]]]:
    """Return what tables hold, as Python sees it: the same on every database."""
    found = {}
    with db.engine.connect() as connection:
        for name in TABLES:
            table = db.metadata.tables[name]
            columns = [column for column in table.columns if column.name not in CHANGED]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[name] = [dict(row._mapping) for row in rows]
    return found


def look(app: APIFlask) -> dict[str, list[dict[str, Any]]]:
    with app.app_context():
        epoch.check_at_start()
        assert epoch.observing() is not None
        db.session.rollback()
        assert db.session.query(Event).filter_by(action="backup.restore").count() == 1
        db.session.rollback()
        chain.seal()
        assert chain.verify().ok
        assert invoice_file() == INVOICE
        db.session.remove()
        found = content()
        db.engine.dispose()
        return found


def test_backup_of_postgresql_is_put_back_there_and_on_sqlite_with_every_value(
    served: Settings, run: Run, tmp_path: Path
) -> None:
    with create_app(served, TESTING=True).app_context():
        assert making.make_now().verified_at
        db.session.remove()
        before = content()
        db.session.add(Customer(code="later", name="Later", name_folded="later"))
        db.session.commit()
        file = str(backup_of(served))
        # Somebody works with it: nothing is put back.
        assert run("restore", file, "--yes", using=served).exit_code == 1
        db.session.remove()
        db.engine.dispose()
    result = run("restore", file, "--yes", using=served)
    assert result.exit_code == 0, result.output
    assert "before_" in result.output
    app = create_app(served, TESTING=True)
    assert look(app) == before
    with app.app_context():
        assert db.session.query(Customer).count() == PEOPLE
        db.session.add(Customer(code="new", name="New", name_folded="new"))
        db.session.commit()
        kept = db.session.scalar(text("select nspname from pg_namespace where nspname ~ '^before_'"))
        assert db.session.scalar(text(f'select count(*) from "{kept}".customer')) == PEOPLE + 1
        db.session.remove()
        db.engine.dispose()
    on_sqlite = settings_in(tmp_path / "on-sqlite")
    (on_sqlite.instance / "encryption.keys").write_bytes((served.instance / "encryption.keys").read_bytes())
    on_sqlite = settings_in(tmp_path / "on-sqlite")
    result = run("restore", file, "--yes", using=on_sqlite)
    assert result.exit_code == 0, result.output
    assert look(create_app(on_sqlite, TESTING=True)) == before


def test_connection_that_is_just_ending_is_waited_for_and_one_that_stays_is_told(
    served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with create_app(served, TESTING=True).app_context():
        other = psycopg.connect(for_libpq(served.database_url))
        ending = threading.Timer(0.5, other.close)
        ending.start()
        replacing_postgres.refuse_in_use(db.engine)
        ending.join()
        monkeypatch.setattr(replacing_postgres, "PATIENCE_S", 0.2)
        with psycopg.connect(for_libpq(served.database_url)), pytest.raises(BackupRefused, match="in_use"):
            replacing_postgres.refuse_in_use(db.engine)
        db.engine.dispose()


def test_backup_of_sqlite_is_put_on_postgresql_with_every_value(
    hub: APIFlask, settings: Settings, served: Settings, run: Run
) -> None:
    before = content()
    db.session.remove()
    result = run("restore", str(backup_of(settings)), "--yes", using=served)
    assert result.exit_code == 0, result.output
    after = look(create_app(served, TESTING=True))
    assert after == before
