"""A backup is put back: whole, closed to old doors, silent until a person looks; or refused, and nothing changes."""

import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from apiflask import APIFlask
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from tests.backups.conftest import INVOICE, PEOPLE, Run, backup_of, invoice_file, settings_in
from tests.fixtures.databases import raw_content
from webapp import clock, create_app
from webapp.config import Settings
from webapp.decide.epoch import OLDER
from webapp.extensions import db
from webapp.jobs.owner import ServeLock
from webapp.messages import explain
from webapp.models import Alert, ApiToken, Backup, Customer, Event, Invitation, Operator, OperatorSession
from webapp.services import chain, customers, epoch, secrets, tokens
from webapp.services.inputs import CustomerInput
from webapp.services.invitations import invite
from webapp.services.privacy import erasing


def database_of(settings: Settings) -> Path:
    return settings.instance / "sintonia.db"


def restored(run: Run, file: Path, *more: str, using: Settings | None = None) -> str:
    result = run("restore", str(file), "--yes", *more, using=using)
    assert result.exit_code == 0, result.output
    return result.output


def test_backup_made_while_others_write_comes_back_whole_and_only_observes(
    hub: APIFlask, run: Run, settings: Settings
) -> None:
    stop, written = threading.Event(), []

    def write() -> None:
        connection = sqlite.connect(str(database_of(settings)), timeout=30, isolation_level=None)
        while not stop.is_set():
            connection.execute("update account set tries = tries + 1")
            written.append(1)
            time.sleep(0.005)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = run("backup", "--json")
    finally:
        stop.set()
        writer.join()
    made = json.loads(result.output.splitlines()[-1])
    assert made["verified"]
    assert written
    assert {path.stat().st_mode & 0o777 for path in Path(made["file"]).parent.iterdir()} == {0o600}
    customers.upsert_customer("later", CustomerInput(name="Later"))
    cookie_name = db.session.scalars(select(Operator.fs_uniquifier)).one()
    db.session.remove()
    db.engine.dispose()
    said = restored(run, Path(made["file"]))
    assert "observ" in said.lower()
    with create_app(settings, TESTING=True).app_context():
        epoch.check_at_start()
        found = epoch.observing()
        assert found is not None
        assert found.cause == OLDER
        assert db.session.query(Customer).count() == PEOPLE
        assert invoice_file() == INVOICE
        assert [row.end_reason for row in db.session.query(OperatorSession)] == ["restored"]
        assert db.session.scalars(select(Operator.fs_uniquifier)).one() != cookie_name
        event = db.session.query(Event).filter_by(action="backup.restore").one()
        assert (event.actor, event.label) == ("cli", Path(made["file"]).name)
        row = db.session.query(Backup).filter_by(file=made["file"]).one()
        assert (row.status, row.verified_at is not None) == ("done", True)
        db.session.rollback()
        chain.seal()
        assert chain.verify().ok
        db.engine.dispose()
    [kept] = settings.instance.glob("sintonia.db.before-*")
    former = sqlite.connect(str(kept))
    assert former.execute("select count(*) from customer where code = 'later'").fetchone() == (1,)
    former.close()


def test_what_was_revoked_since_the_backup_stays_revoked(hub: APIFlask, run: Run, settings: Settings) -> None:
    token, _text = tokens.create_token("billing", "read")
    token_id = token.id
    invite("new@example.com", "viewer")
    db.session.rollback()
    run("backup")
    tokens.revoke_token(token_id, "leaked")
    db.session.execute(update(Operator).values(password="changed-since"))
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    restored(run, backup_of(settings))
    with create_app(settings, TESTING=True).app_context():
        assert db.session.get_one(ApiToken, token_id).revoked_at is not None
        assert db.session.scalars(select(Operator.password)).one() == "changed-since"
        assert all(one.revoked_at for one in db.session.query(Invitation))
        assert db.session.query(Alert).filter_by(code="restored").count() == 0
        db.engine.dispose()


def test_restore_over_a_database_that_cannot_be_read_asks_a_person_to_look_who_may_come_in(
    made: Path, run: Run, settings: Settings
) -> None:
    database_of(settings).write_bytes(b"no database any more" * 999)
    restored(run, made)
    with create_app(settings, TESTING=True).app_context():
        assert db.session.query(Customer).count() == PEOPLE
        assert db.session.query(Alert).filter_by(code="restored").one().params["people"] == 1
        db.engine.dispose()
    [kept] = settings.instance.glob("sintonia.db.before-*Z")
    assert kept.read_bytes().startswith(b"no database")


def test_backup_of_a_moment_ago_makes_the_hub_observe_although_no_mark_changed(
    made: Path, run: Run, settings: Settings
) -> None:
    with create_app(settings, TESTING=True).app_context():
        epoch.check_at_start()
        db.engine.dispose()
    assert run("backup").exit_code == 0
    restored(run, backup_of(settings))
    with create_app(settings, TESTING=True).app_context():
        epoch.check_at_start()
        assert epoch.observing() is not None
        db.engine.dispose()


def erase_one(code: str) -> str:
    """Erase a person whose account ended, and return the name that was."""
    customer = db.session.query(Customer).filter_by(code=code).one()
    customer_id, name = customer.id, customer.name
    db.session.rollback()
    services = [one.id for one in erasing.outlook(customer_id).live]
    db.session.rollback()
    erasing.request_erasure(customer_id, "asked", services)
    db.session.execute(update(db.metadata.tables["account"]).values(status="cancelled", due_at=None))
    db.session.execute(db.text("update account set applied_generation = generation"))
    db.session.commit()
    erasing.advance_all(clock.utc_now())
    db.session.remove()
    return name


@pytest.mark.parametrize("new_machine", [False, True], ids=["same_machine", "only_backups_were_carried"])
def test_person_erased_after_the_backup_is_erased_again(
    hub: APIFlask, run: Run, settings: Settings, tmp_path: Path, new_machine: bool
) -> None:
    code = db.session.scalars(select(Customer.code).order_by(Customer.id)).first()
    db.session.rollback()
    run("backup")
    first = backup_of(settings)
    clock.move(timedelta(seconds=2))
    name = erase_one(str(code))
    run("backup")
    db.engine.dispose()
    using = settings
    if new_machine:
        (tmp_path / "fresh").mkdir()
        shutil.copy(settings.instance / "encryption.keys", tmp_path / "fresh")
        using = settings_in(tmp_path / "fresh")
    restored(run, first, using=using)
    with create_app(using, TESTING=True).app_context():
        assert db.session.query(Customer).filter((Customer.name == name) | (Customer.code == code)).count() == 0
        assert db.session.query(Customer).filter(Customer.erased_at.is_not(None)).count() == 1
        db.session.remove()
        db.engine.dispose()


def rewrite(file: Path, change: Callable[[Path, dict[str, object]], None]) -> None:
    """Change what is in a backup, and mend every sum: as somebody would who knows how it is made."""
    folder = file.parent / "open"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    change(folder / "sintonia.db", manifest)
    manifest["sha256"] = hashlib.sha256((folder / "sintonia.db").read_bytes()).hexdigest()
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(folder / "sintonia.db", "sintonia.db")
        archive.writestr("manifest.json", json.dumps(manifest))
    file.with_name(file.name + ".sha256").unlink()


def rewriter(change: Callable[[Path, dict[str, object]], None]) -> Callable[[Path], None]:
    return lambda file: rewrite(file, change)


def sql(statement: str) -> Callable[[Path, dict[str, object]], None]:
    def change(database: Path, _manifest: dict[str, object]) -> None:
        connection = sqlite.connect(str(database), isolation_level=None)
        connection.executescript(statement)
        connection.close()

    return change


def newer(_database: Path, manifest: dict[str, object]) -> None:
    manifest["revision"], manifest["program"] = "9999", "7.0"


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def text(file: Path) -> None:
    file.with_name(file.name + ".sha256").unlink()
    file.write_text("hello")


def flip_quietly(file: Path) -> None:
    file.with_name(file.name + ".sha256").unlink()
    flip(file)


ROW = "insert into tick (task, scheduled_at, fired_at) values ('x', '2026-01-01', '2026-01-01')"
TAMED = (
    "drop trigger event_no_delete;"
    " create trigger event_no_delete before delete on event when 0 begin select 1; end"
)  # fmt: skip
TRIGGER = "create trigger x after insert on account begin delete from account; end"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(flip, "restore_damaged", id="one_bit"),
        pytest.param(flip_quietly, "restore_damaged", id="one_bit_and_no_sum"),
        pytest.param(text, "restore_damaged", id="no_backup_at_all"),
        pytest.param(rewriter(newer), "restore_newer", id="newer_version"),
        pytest.param(rewriter(sql(ROW)), "backup_bad_counts", id="one_row_more"),
        pytest.param(
            rewriter(sql("update alembic_version set version_num = '0001'")), "restore_mixed", id="other_revision"
        ),
        pytest.param(rewriter(sql(TRIGGER)), "restore_strange_tables", id="trigger_put_in"),
        pytest.param(rewriter(sql("drop trigger event_no_delete")), "restore_strange_tables", id="trigger_taken_out"),
        pytest.param(rewriter(sql(TAMED)), "restore_strange_tables", id="trigger_that_does_nothing"),
        pytest.param(
            rewriter(sql("update integration_param set integration_id = 99 where id = 1")), "backup_bad_references",
            id="reference_to_nothing",
        ),
    ],
)  # fmt: skip
def test_backup_that_is_not_as_it_was_made_is_refused_before_anything_changes(
    made: Path, run: Run, settings: Settings, spoil: Callable[[Path], None], code: str
) -> None:
    before = raw_content(make_url(settings.database_url))
    spoil(made)
    result = run("restore", str(made), "--yes")
    with create_app(settings, TESTING=True).app_context():
        assert str(explain(code).remedy) in result.output
    assert result.exit_code == 1
    assert raw_content(make_url(settings.database_url)) == before
    assert not list(settings.instance.glob(".partial-*"))


def test_restore_is_refused_while_a_hub_or_another_program_works_with_the_database(
    made: Path, run: Run, settings: Settings
) -> None:
    with ServeLock(settings.instance):
        assert run("restore", str(made), "--check").exit_code == 0
        assert run("restore", str(made), "--yes").exit_code == 1
    other = sqlite.connect(str(database_of(settings)))
    other.execute("select count(*) from customer").fetchone()
    assert run("restore", str(made), "--yes").exit_code == 1
    other.close()
    restored(run, made)


def test_restore_without_the_right_keys_is_refused_and_goes_on_only_when_a_person_says_so(
    made: Path, run: Run, tmp_path: Path
) -> None:
    fresh = settings_in(tmp_path / "fresh")
    assert "encryption.keys" in run("restore", str(made), "--yes", using=fresh).output
    assert not database_of(fresh).exists()
    assert run("restore", str(made), "--check", using=fresh).exit_code == 0
    restored(run, made, "--without-keys", using=fresh)
    with create_app(fresh, TESTING=True).app_context():
        secrets.check_keys()
        epoch.check_at_start()
        assert epoch.observing() is not None
        db.engine.dispose()


IDENTITY = pyrage.x25519.Identity.generate()


def test_backup_for_a_public_key_shows_nothing_and_opens_only_with_the_private_one(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    key, wrong = tmp_path / "key", tmp_path / "wrong"
    key.write_text(f"# made for a test\n{IDENTITY}\n")
    wrong.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    using = settings_in(settings.instance, backup_recipients=str(IDENTITY.to_public()))
    assert run("backup", using=using).exit_code == 0
    file = backup_of(settings)
    content = file.read_bytes()
    assert (file.suffix, content[:21]) == (".age", b"age-encryption.org/v1")
    assert b"manifest.json" not in content
    assert "--identity" in run("restore", str(file), "--yes").output
    assert run("restore", str(file), "--yes", "--identity", str(wrong)).exit_code == 1
    restored(run, file, "--identity", str(key))


@pytest.mark.slow
def test_backup_closed_by_a_passphrase_opens_with_it_alone(run: Run, settings: Settings, tmp_path: Path) -> None:
    word = tmp_path / "word"
    using = settings_in(settings.instance, backup_passphrase_file=str(word))
    refused = run("backup", using=using)
    assert (refused.exit_code, str(word) in refused.output) == (1, True)
    word.write_text("quatro capivaras\n")
    assert run("backup", using=using).exit_code == 0
    file = backup_of(settings)
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert run("restore", str(file), "--check", "--passphrase-file", str(word)).exit_code == 0
