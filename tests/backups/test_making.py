"""Backups are made on time, once, kept in two places, tried, rotated; and what goes wrong is told with its remedy."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests.backups.conftest import settings_in
from webapp import clock, create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.messages import explain
from webapp.models import Alert, Backup, IntegrationParam
from webapp.services import watchdogs
from webapp.services.backups import alone, drill, making, places, rotating
from webapp.services.backups.names import files_in
from webapp.services.backups.rhythm import RhythmInput, set_rhythm
from webapp.services.errors import Conflict


def alerts() -> dict[str, Alert]:
    """Let the watchdogs look, and return the open alerts about backups."""
    db.session.rollback()
    watchdogs.watch(clock.utc_now())
    db.session.expire_all()
    rows = db.session.query(Alert).filter(Alert.closed_at.is_(None), Alert.code.like("backup%")).all()
    rows += db.session.query(Alert).filter(Alert.closed_at.is_(None), Alert.code == "restore_damaged").all()
    found = {row.code: row for row in rows}
    for row in rows:
        assert explain(row.code, row.params).remedy
    db.session.rollback()
    return found


def rows_of(trigger: str) -> list[Backup]:
    db.session.rollback()
    found = db.session.query(Backup).filter_by(trigger=trigger).order_by(Backup.id).all()
    db.session.rollback()
    return found


def make() -> Backup:
    row = making.make_now()
    db.session.expunge(row)
    db.session.rollback()
    return row


@pytest.fixture
def two_places(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A hub with a second place for its backups."""
    copies = tmp_path / "nas"
    copies.mkdir()
    with create_app(settings_in(settings.instance, backup_copy_dir=str(copies)), TESTING=True).app_context():
        yield copies
        db.session.remove()
        db.engine.dispose()


def test_backup_of_the_plan_is_made_once_a_day_whatever_asks_for_it(hub: APIFlask, settings: Settings) -> None:
    tasks.back_up()
    assert rows_of("schedule") == []
    clock.move(timedelta(days=1))
    tasks.back_up()
    tasks.back_up()
    with create_app(settings, TESTING=True).app_context():
        tasks.back_up()
        db.engine.dispose()
    [row] = rows_of("schedule")
    assert (row.status, row.started_by, row.verified_at is not None) == ("done", "system", True)
    set_rhythm(RhythmInput(on=False))
    clock.move(timedelta(days=1))
    tasks.back_up()
    assert len(rows_of("schedule")) == 1
    assert alerts().keys() == {"backup_off"}


def test_backup_that_fails_says_why_and_is_tried_again_and_the_alert_ends_with_the_next_good_one(
    hub: APIFlask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move(timedelta(days=1))
    full = shutil.disk_usage("/")._replace(free=1_000_000)
    with monkeypatch.context() as tight:
        tight.setattr(shutil, "disk_usage", lambda _path: full)
        tasks.back_up()
        tasks.back_up()
        assert [(row.status, row.error_code) for row in rows_of("schedule")] == [("failed", "backup_no_room")]
        assert alerts()["backup_no_room"].params["free"] == 1
        clock.move(timedelta(hours=1))
        tasks.back_up()
    clock.move(timedelta(hours=1))
    tasks.back_up()
    assert [row.status for row in rows_of("schedule")] == ["failed", "failed", "done"]
    assert alerts() == {}
    assert {path.suffix for path in (settings.instance / "backups").iterdir()} == {".zip", ".sha256"}


def test_hub_without_a_good_backup_for_too_long_calls_a_person(hub: APIFlask) -> None:
    assert alerts() == {}
    clock.move(timedelta(hours=28))
    assert alerts()["backup_old"].params == {"hours": 28}
    making.make_now()
    assert alerts() == {}


def test_backup_lies_in_both_places_and_a_share_that_is_not_there_is_told(two_places: Path) -> None:
    row = make()
    copy = two_places / Path(row.file).name
    assert copy.read_bytes() == Path(row.file).read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(two_places)
    row = make()
    assert (row.status, row.error_code, Path(row.file).exists()) == ("done", "backup_folder_missing", True)
    assert not two_places.exists()
    assert alerts()["backup_folder_missing"].level == "warn"


def test_rotation_removes_only_own_files_of_the_plan_and_never_the_last_good_one(two_places: Path) -> None:
    set_rhythm(RhythmInput(daily=2, weekly=0, monthly=0))
    folder = places.folder()
    foreign = folder / "sintonia-ffffffff-20200101T000000Z-schedule-0005-aaaaaa.zip"
    foreign.write_bytes(b"of another hub")
    (folder / "notes.txt").write_text("mine")
    for _day in range(3):
        clock.move(timedelta(days=1))
        tasks.back_up()
    first, second, third = (Path(row.file) for row in rows_of("schedule"))
    assert [path.exists() for path in (first, second, third, foreign)] == [False, True, True, True]
    assert {one.path.name for one in files_in(two_places)} == {second.name, third.name}
    assert {path.suffix for path in folder.iterdir()} == {".zip", ".sha256", ".txt"}
    assert [row.removed_at is not None for row in rows_of("schedule")] == [True, False, False]
    set_rhythm(RhythmInput(daily=1, weekly=0, monthly=0))
    db.session.execute(update(Backup).where(Backup.file != str(second)).values(verified_at=None))
    db.session.commit()
    rotating.rotate(clock.utc_now())
    assert second.exists()


def test_second_backup_at_the_same_time_is_refused_and_one_that_was_cut_off_is_made_again(hub: APIFlask) -> None:
    with alone.alone() as mine:
        assert mine
        with pytest.raises(Conflict, match="backup_runs"):
            making.make_now()
    asked = making.ask("manual").id
    db.session.rollback()
    with pytest.raises(Conflict, match="backup_runs"):
        making.ask("manual")
    making.stop()
    tasks.back_up()
    assert rows_of("manual")[0].status == "running"
    assert not list(places.folder().glob(".partial-*"))
    making.stop(over=True)
    tasks.back_up()
    assert [(row.id, row.status) for row in rows_of("manual")] == [(asked, "done")]
    making.ask("manual")
    clock.move(timedelta(hours=2))
    tasks.back_up()
    assert rows_of("manual")[1].error_code == "backup_interrupted"


def test_weekly_trial_opens_the_stored_file_and_calls_a_person_when_it_rotted(two_places: Path) -> None:
    making.make_now()
    tasks.try_backup()
    assert alerts() == {}
    stored = files_in(two_places)[0].path
    content = bytearray(stored.read_bytes())
    content[len(content) // 3] ^= 4
    stored.write_bytes(content)
    clock.move(timedelta(days=6))
    tasks.try_backup()
    assert "restore_damaged" not in alerts()
    clock.move(timedelta(days=1, minutes=1))
    tasks.try_backup()
    assert alerts()["restore_damaged"].level == "fail"
    making.make_now()
    clock.move(timedelta(hours=7))
    tasks.try_backup()
    assert alerts() == {}
    assert drill.is_good(drill.read_note(drill.NAME))


def test_backup_whose_secrets_do_not_open_is_not_good(hub: APIFlask) -> None:
    db.session.execute(update(IntegrationParam).where(IntegrationParam.sealed.is_not(None)).values(sealed="k1.AAAA"))
    db.session.commit()
    row = make()
    assert (row.status, row.verified_at, row.error_code) == ("done", None, "backup_secrets_closed")
    assert alerts()["backup_secrets_closed"].params["closed"] >= 1


def test_damaged_database_makes_no_good_backup_and_what_can_be_read_is_kept_aside(
    hub: APIFlask, settings: Settings
) -> None:
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        connection.exec_driver_sql("update account set service_id = 999 where id = 1")
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
    row = make()
    assert (row.status, row.error_code) == ("failed", "backup_bad_references")
    assert [path.suffix for path in sorted(places.folder().glob("*.bad"))] == [".bad"]


def test_folder_that_cannot_be_written_is_told_in_words(hub: APIFlask, settings: Settings) -> None:
    blocked = settings.instance / "blocked"
    blocked.write_text("a file")
    with create_app(settings_in(settings.instance, backup_dir=str(blocked)), TESTING=True).app_context():
        making.ask()
        tasks.back_up()
        assert [row.error_code for row in rows_of("manual")] == ["backup_folder_missing"]
        db.engine.dispose()
