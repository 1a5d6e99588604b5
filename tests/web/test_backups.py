"""The page of backups: asked for, planned, and the keys taken out into the right hands only."""

from datetime import timedelta

import pyrage
import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests.api.conftest import Program
from tests.fixtures.people import Browser
from webapp import clock
from webapp import keys as key_texts
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Backup, Event
from webapp.services import secrets
from webapp.services.backups.rhythm import read_rhythm
from webapp.services.hub import current_hub
from webapp.services.tokens import create_token
from webapp.vault import Vault

PASSPHRASE = "capivaras tomam banho de sol"


def events(action: str) -> list[Event]:
    db.session.rollback()
    return db.session.query(Event).filter_by(action=action).all()


def test_backup_is_asked_for_once_and_followed_by_polling_until_it_has_ended(admin: Browser) -> None:
    assert admin.post("/backups", data={}).status_code == 303
    assert admin.post("/backups", data={}).status_code == 303
    row = db.session.query(Backup).one()
    assert (row.status, row.trigger, row.started_by) == ("running", "manual", "admin@example.com")
    assert len(events("backup.make")) == 1
    polled = admin.get("/fragments/backups?polls=1", hx=True)
    assert 'hx-trigger="every 2s"' in polled.text
    assert "Set-Cookie" not in polled.headers
    db.session.execute(update(Backup).values(status="failed", error_code="backup_interrupted"))
    db.session.commit()
    assert admin.get("/fragments/backups?polls=1", hx=True).headers["HX-Redirect"] == "/backups"


def test_plan_of_the_backups_is_saved_and_stands_in_the_history(admin: Browser) -> None:
    page = {"on": "y", "at": "04:15", "every_h": "6", "daily": "3", "weekly": "0", "monthly": "1"}
    assert admin.post("/backups/settings", data=page).status_code == 303
    assert read_rhythm().model_dump() == {
        "on": True, "at": "04:15", "every_h": 6, "daily": 3, "weekly": 0, "monthly": 1,
    }  # fmt: skip
    [event] = events("backup.settings")
    assert event.after["backup_at"] == "04:15"
    assert admin.post("/backups/settings", data={**page, "every_h": "5"}).status_code == 422


@pytest.mark.slow
def test_keys_are_given_out_closed_and_are_those_of_now_and_not_of_when_the_hub_began(
    admin: Browser, settings: Settings
) -> None:
    secrets.add_key()
    vault = current_hub().vault
    answer = admin.post("/backups/keys", data={"passphrase": PASSPHRASE, "again": PASSPHRASE})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="encryption.keys.age"'
    opened = pyrage.passphrase.decrypt(answer.data, PASSPHRASE).decode()
    keys = key_texts.parse(opened)
    assert list(keys) == ["k2", "k1", key_texts.FINGERPRINT]
    for text in (Vault(settings.encryption_keys).seal("x", "a:b:1"), vault.seal("x", "a:b:1")):
        assert str(Vault(keys).open(text, "a:b:1")) == "x"
    assert Vault(keys).fingerprint("x") == vault.fingerprint("x")
    [event] = events("backup.keys")
    assert (event.actor, event.after) == ("admin@example.com", {"key_ids": "k2, k1"})
    assert opened.split(":")[1].strip().encode() not in answer.data
    assert "k2, k1" in admin.get("/backups").text


@pytest.mark.parametrize(
    ("passphrase", "again"), [("curta", "curta"), (PASSPHRASE, PASSPHRASE + "!"), ("sintonia123456", "sintonia123456")]
)
def test_keys_are_not_given_out_for_a_passphrase_that_is_weak_or_mistyped(
    admin: Browser, passphrase: str, again: str
) -> None:
    assert admin.post("/backups/keys", data={"passphrase": passphrase, "again": again}).status_code == 422
    assert events("backup.keys") == []


def test_keys_and_plan_need_a_fresh_sign_in_and_nobody_else_sees_any_of_it(admin: Browser, finance: Browser) -> None:
    assert admin.get("/backups/keys").status_code == 200
    clock.move(timedelta(minutes=16))
    for address in ("/backups/settings", "/backups/keys"):
        assert "/prove" in admin.get(address).headers["Location"]
    # What is sent may be a little later than what was opened.
    clock.move(timedelta(minutes=15))
    assert admin.post("/backups/keys", data={"passphrase": PASSPHRASE, "again": PASSPHRASE}).status_code == 303
    assert events("backup.keys") == []
    for address in ("/backups", "/backups/settings", "/backups/keys"):
        assert finance.get(address).status_code == 403
    assert finance.post("/backups", data={}).status_code == 403


def test_program_with_the_right_scope_makes_a_backup_and_follows_it(app: APIFlask) -> None:
    client = app.test_client()
    admin, writer = (Program(client, create_token(scope, scope)[1]) for scope in ("admin", "write"))
    db.session.rollback()
    made = admin.post("/backups")
    assert (made.status_code, made.json["status"], made.json["started_by"]) == (201, "running", "token:admin")
    assert admin.get(f"/backups/{made.json['id']}").json["file"] is None
    assert admin.post("/backups").status_code == 409
    assert len(admin.get("/backups").json["items"]) == 1
    assert admin.get("/backups/99").status_code == 404
    assert writer.get("/backups").status_code == writer.post("/backups").status_code == 403
