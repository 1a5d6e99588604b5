"""An upgrade: secured before, all or nothing, with work in flight; and a program that is too old says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.backups.conftest import Run, backup_of, settings_in
from tests.fixtures.databases import raw_content
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Account, Attempt, Backup
from webapp.models import Run as Reconciliation
from webapp.paths import MIGRATIONS
from webapp.schema import current_revision, head_revision
from webapp.services.backups import upgrading
from webapp.services.backups.errors import BackupRefused

FORMER = "0004"
IN_FLIGHT = 10


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    found.attributes["engine"] = db.engine
    return found


def put_in_flight() -> None:
    """Make accounts that are due, calls that are open, and a batch that waits for a person."""
    integration = factories.make_integration(gateway="nx_play")
    package = factories.make_package(integration)
    for _number in range(IN_FLIGHT):
        factories.make_sale(package=package)
    accounts = db.session.scalars(select(Account).where(Account.due_at.is_not(None))).all()
    now = utc_now()
    for account in accounts:
        account.lease_owner, account.lease_until = "1-dead", now
        db.session.add(
            Attempt(integration_id=account.integration_id, account_id=account.id, operation="create",
                    key=f"k{account.id}", generation=account.generation, started_at=now)
        )  # fmt: skip
    db.session.add(
        Reconciliation(integration_id=integration.id, mode="apply", status="staged", started_at=now, checksum="c" * 64)
    )
    db.session.commit()


def state() -> dict[str, list[tuple[object, ...]]]:
    """Return what was under way, row by row."""
    wanted = {
        "accounts": "select id, status, due_at, generation, applied_generation, lease_owner from account order by id",
        "attempts": "select id, account_id, key, outcome, started_at from attempt order by id",
        "runs": "select id, status, checksum from run order by id",
        "secrets": "select id, sealed from integration_param order by id",
    }
    with db.engine.connect() as connection:
        return {name: [tuple(row) for row in connection.exec_driver_sql(sql)] for name, sql in wanted.items()}


@pytest.fixture
def former(settings: Settings) -> Iterator[APIFlask]:
    """A hub of the version before, with work in flight."""
    app = create_app(settings, TESTING=True)
    with app.app_context():
        put_in_flight()
        db.session.remove()
        command.downgrade(config(), FORMER)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_upgrade_is_secured_by_a_backup_and_loses_nothing_that_was_under_way(former: APIFlask) -> None:
    before = state()
    assert min(len(rows) for rows in before.values()) >= 1
    upgrading.upgrade(db.engine)
    assert state() == before
    assert current_revision(db.engine) == head_revision()
    row = db.session.query(Backup).filter_by(trigger="upgrade").one()
    assert (row.revision, row.status, row.rows["account"]) == (FORMER, "done", len(before["accounts"]))
    assert f"-upgrade-{FORMER}-" in row.file
    assert Path(row.file).exists()
    db.session.rollback()
    upgrading.upgrade(db.engine)
    assert db.session.query(Backup).filter_by(trigger="upgrade").count() == 1


def test_backup_of_the_version_before_is_brought_up_when_it_is_restored(
    former: APIFlask, run: Run, settings: Settings
) -> None:
    before = state()
    upgrading.upgrade(db.engine)
    file = db.session.query(Backup.file).filter_by(trigger="upgrade").scalar()
    db.session.remove()
    db.engine.dispose()
    assert run("restore", file, "--yes").exit_code == 0
    with create_app(settings, TESTING=True).app_context():
        assert current_revision(db.engine) == head_revision()
        assert state() == before
        db.engine.dispose()


def test_migration_that_fails_leaves_the_database_as_it_was(
    former: APIFlask, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    before = state()
    db.engine.dispose()
    # The last thing that the newest migration does fails.
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE guess_window (id integer)")
    with pytest.raises(Exception, match="already exists"):
        upgrading.upgrade(db.engine)
    assert current_revision(db.engine) == FORMER
    assert state() == before
    with db.engine.connect() as connection:
        tables = {row[0] for row in connection.exec_driver_sql("select name from sqlite_master where type = 'table'")}
    assert not {"chain_link", "erasure", "backup"} & tables
    assert f"-upgrade-{FORMER}-" in backup_of(settings).name


def test_upgrade_without_room_for_a_backup_is_not_begun_unless_a_person_says_so(
    former: APIFlask, settings: Settings
) -> None:
    with create_app(settings_in(settings.instance, backup_dir="/nowhere/at/all"), TESTING=True).app_context():
        with pytest.raises(BackupRefused) as refused:
            upgrading.upgrade(db.engine)
        assert "/nowhere/at/all" in refused.value.params["reason"]
        assert current_revision(db.engine) == FORMER
        upgrading.upgrade(db.engine, with_backup=False)
        assert current_revision(db.engine) == head_revision()
        db.engine.dispose()


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("converge",), ("backup",)])
def test_program_that_is_too_old_names_both_versions_and_the_backup_that_fits(
    hub: APIFlask, run: Run, settings: Settings, arguments: tuple[str, ...]
) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    db.engine.dispose()
    before = raw_content(db.engine.url)
    result = run(*arguments)
    assert result.exit_code == 1
    for part in ("9999", str(head_revision()), "sintonia restore", str(backup_of(settings))):
        assert part in result.output
    assert raw_content(db.engine.url) == before
