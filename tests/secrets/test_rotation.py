"""Going over to a new key: every value, nothing changed for anybody, no former key gone too early."""

import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import current_app
from sqlalchemy import select

from tests.secrets import sealed_world
from tests.secrets.sealed_world import keys_in_use
from tests.web import invoice_states
from webapp import clock, create_app, keys
from webapp.config import ConfigError, Settings, load_settings
from webapp.extensions import db
from webapp.models import Event, IntegrationParam, Service, Setting
from webapp.services import secrets
from webapp.services.buyers import password_place
from webapp.services.errors import Conflict
from webapp.services.hub import Hub, current_hub
from webapp.services.invoices import checking as invoices
from webapp.services.invoices import uploading
from webapp.services.privacy import ledger, salt
from webapp.services.secrets import checking
from webapp.services.secrets.places import PLACES
from webapp.services.transactions import begin
from webapp.vault import Vault, VaultError, key_of


@pytest.fixture
def stocked(app: APIFlask) -> Iterator[APIFlask]:
    """Something sealed in every place that the use cases reach by themselves; the rest is put in by hand."""
    sealed_world.build()
    return app


@pytest.mark.usefixtures("stocked")
def test_rotation_when_done_leaves_no_value_in_any_column_under_the_former_key(settings: Settings) -> None:
    before = keys_in_use()
    assert set(before) == {one.name for one in PLACES}
    fingerprint = current_hub().vault.fingerprint("x")
    versions = {row.id: row.updated_at for row in db.session.scalars(select(Service))}
    assert secrets.add_key() == "k2"
    count = secrets.reseal()
    assert count.resealed == count.total > 0
    assert not count.unopened
    assert keys_in_use() == {name: {"k2"} for name in before}
    assert secrets.reseal().resealed == 0
    assert current_hub().vault.fingerprint("x") == fingerprint
    db.session.expire_all()
    assert {row.id: row.updated_at for row in db.session.scalars(select(Service))} == versions
    path = settings.instance / "encryption.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(settings.instance.glob(".encryption*"))


@pytest.mark.usefixtures("stocked")
def test_former_key_is_kept_while_anything_needs_it_and_then_goes(settings: Settings) -> None:
    with pytest.raises(Conflict, match="keys_none_former"):
        secrets.drop_former()
    fingerprint = current_hub().vault.fingerprint("x")
    secrets.add_key()
    with pytest.raises(Conflict, match="keys_not_seen"):
        secrets.drop_former()
    long_ago(settings)
    with pytest.raises(Conflict, match="keys_still_used"):
        secrets.drop_former()
    secrets.reseal()
    assert secrets.drop_former() == ["k1"]
    fresh = Vault(load_settings({"SINTONIA_INSTANCE": str(settings.instance)}).encryption_keys)
    assert fresh.names == ("k2",)
    assert fresh.fingerprint("x") == fingerprint
    service = db.session.scalars(select(Service)).first()
    assert service is not None
    assert service.password is not None
    assert "secret at" in fresh.open(service.password, password_place(service.id))
    assert {"secret.rotate", "secret.drop"} <= set(db.session.scalars(select(Event.action)))


def long_ago(settings: Settings) -> None:
    path = settings.instance / "encryption.keys"
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 3600))


@pytest.mark.usefixtures("stocked")
def test_another_process_that_runs_on_goes_over_to_the_new_key_at_once(settings: Settings) -> None:
    other = Vault(settings.encryption_keys, settings.keys_file)
    secrets.add_key()
    secrets.reseal()
    service = db.session.scalars(select(Service)).first()
    assert service is not None
    assert key_of(service.password or "") == "k2"
    assert other.open(service.password or "", password_place(service.id))
    assert key_of(other.seal("x", "here")) == "k2"


def test_a_file_of_keys_that_cannot_be_read_changes_nothing_for_who_runs(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    keys.write(path, {"k1": keys.make_key()})
    vault = Vault(keys.parse(path.read_text()), path)
    sealed = vault.seal("x", "here")
    for broken in ("", "k1:short", "\udcff"):
        path.write_text(broken, errors="surrogateescape")
        assert vault.open(sealed, "here") == "x"
        assert vault.seal("y", "here").startswith("k1.")


@pytest.mark.usefixtures("stocked")
def test_a_rotation_that_was_stopped_goes_on_and_a_value_that_was_moved_is_left_and_named() -> None:
    secrets.add_key()
    service = db.session.scalars(select(Service)).first()
    param = db.session.scalars(select(IntegrationParam).where(IntegrationParam.sealed.is_not(None))).first()
    assert service is not None
    assert param is not None
    moved = param.sealed
    service.password = moved
    db.session.commit()
    count = secrets.reseal()
    assert (count.unopened, count.first) == (1, password_place(service.id))
    db.session.expire_all()
    assert service.password == moved
    long_ago(current_hub().settings)
    with pytest.raises(Conflict, match="keys_still_used"):
        secrets.drop_former()


@pytest.mark.usefixtures("app")
def test_a_key_with_the_name_of_another_one_stops_the_start_and_a_missing_one_is_not_made_anew(
    settings: Settings,
) -> None:
    secrets.check_keys()
    mixed = Hub(settings, Vault({"k1": b"x" * 32}))
    with pytest.raises(VaultError), Standing(mixed):
        secrets.check_keys()
    with Standing(Hub(settings, Vault({"k9": b"x" * 32}))):
        secrets.check_keys()
    (settings.instance / "encryption.keys").unlink()
    with pytest.raises(ConfigError, match="encryption.keys is missing"):
        load_settings({"SINTONIA_INSTANCE": str(settings.instance)})
    assert not (settings.instance / "encryption.keys").exists()


class Standing:
    """The application with another hub, for a block."""

    def __init__(self, other: Hub) -> None:
        self.other = other

    def __enter__(self) -> None:
        self.former = current_app.extensions["sintonia"]
        current_app.extensions["sintonia"] = self.other

    def __exit__(self, *_error: Any) -> None:
        current_app.extensions["sintonia"] = self.former


def test_keys_from_the_environment_are_not_written(settings: Settings, empty_database: Path) -> None:
    given = {"SINTONIA_INSTANCE": str(settings.instance), "SINTONIA_ENCRYPTION_KEYS": keys.dump({"k1": b"1" * 32})}
    app = create_app(load_settings(given), TESTING=True)
    with app.app_context(), pytest.raises(Conflict, match="keys_from_environment"):
        secrets.add_key()


@pytest.mark.parametrize("where", ["app", "postgres_app"])
def test_file_of_an_invoice_goes_over_to_the_new_key_and_stays_the_same(
    where: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(where)
    invoice = invoice_states.checked(invoice_states.platform())
    content, found = uploading.content_of(invoice), invoice.counts
    secrets.add_key()
    secrets.reseal()
    db.session.expire_all()
    assert str(invoice.content).startswith("k2.")
    assert uploading.content_of(invoice) == content
    assert invoices.check(invoice.id).counts == found


@pytest.mark.usefixtures("postgres_app")
def test_on_postgres_every_value_goes_over_to_the_new_key_too() -> None:
    sealed_world.build()
    before = keys_in_use()
    secrets.add_key()
    count = secrets.reseal()
    assert count.resealed == count.total > 0
    assert keys_in_use() == {name: {"k2"} for name in before}


@pytest.mark.usefixtures("stocked")
def test_two_that_make_a_key_at_once_lose_neither(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = keys.next_name

    def slowly(held: Mapping[str, bytes]) -> str:
        clock.sleep(0.05)
        return real(held)

    monkeypatch.setattr(keys, "next_name", slowly)
    place, ready = settings.instance / "encryption.keys", threading.Barrier(4)
    hub, application = current_hub(), current_app._get_current_object()  # type: ignore[attr-defined]
    sealed: list[str] = []

    def add() -> None:
        with application.app_context():
            ready.wait(5)
            secrets.add_key()
            sealed.append(hub.vault.seal("x", "here"))
            db.session.remove()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert list(keys.parse(place.read_text()))[:5] == ["k5", "k4", "k3", "k2", "k1"]
    fresh = Vault(keys.parse(place.read_text()))
    assert [str(fresh.open(one, "here")) for one in sealed] == ["x"] * 4


@pytest.mark.usefixtures("stocked")
def test_a_former_key_taken_out_by_hand_makes_nothing_look_changed(settings: Settings) -> None:
    secrets.check_keys()
    before = current_hub().vault.fingerprint("x")
    secrets.add_key()
    secrets.reseal()
    newest = dict(list(current_hub().vault.keys().items())[:1])
    # As somebody does whose keys come from the environment.
    other = Hub(settings, Vault(newest))
    assert other.vault.fingerprint("x") != before
    with Standing(other):
        secrets.check_keys()
    assert other.vault.fingerprint("x") == before
    assert other.vault.keys()[keys.FINGERPRINT] == current_hub().vault.keys()[keys.FINGERPRINT]
    with Standing(Hub(settings, Vault({"k9": b"x" * 32}))):
        secrets.check_keys()
        # All keys are lost for good: digests go on with what there is, and nothing is left that never opens.
        assert current_hub().vault.open(db.session.get_one(Setting, checking.DIGESTS).value, checking.DIGESTS_PLACE)


@pytest.mark.usefixtures("stocked")
def test_a_rotation_stopped_before_the_file_of_erasures_makes_up_for_it_and_no_key_goes_before(
    settings: Settings,
) -> None:
    begin(reads_only=True)
    line = {"kind": ledger.SALT, "sealed": salt.find_sealed()}
    ledger.path().write_text(json.dumps(line) + "\n")
    with pytest.MonkeyPatch.context() as killed:
        killed.setattr(ledger, "rewrite_salt", lambda: 1 / 0)
        secrets.add_key()
        with pytest.raises(ZeroDivisionError):
            secrets.reseal()
    db.session.rollback()
    long_ago(settings)
    with pytest.raises(Conflict, match="keys_still_used"):
        secrets.drop_former()
    assert secrets.reseal().resealed == 0
    assert secrets.drop_former() == ["k1"]
    assert ledger.salt_key() == "k2"


def test_a_process_that_read_the_file_just_before_it_was_replaced_seals_with_the_new_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    keys.write(path, {"k1": keys.make_key()})
    read = keys.parse(path.read_text())
    keys.write(path, {"k2": keys.make_key(), **read})
    assert Vault(read, path).newest == "k2"
