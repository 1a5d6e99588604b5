"""Makes one file of the database as it is now, and shows that it opens. Knows nothing of rows and schedules."""

import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.schema import current_revision, head_revision
from webapp.services import chain
from webapp.services.backups import packing, places, scratch, snapshot
from webapp.services.backups.checking import Checked, check, count_rows
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.manifest import Manifest
from webapp.services.backups.names import BAD, Named, name_of
from webapp.services.backups.sealed import open_all
from webapp.services.epoch import store
from webapp.services.hub import current_hub
from webapp.services.marks import load_marks
from webapp.services.privacy import ledger
from webapp.services.transactions import begin


@dataclass(frozen=True)
class Written:
    """One file that stands.

    Attributes:
        checked: what opening it showed; None = it was made before an upgrade, and is looked at by ``restore``.
    """

    path: Path
    at: datetime
    manifest: Manifest
    sha256: str
    size_bytes: int
    encrypted: bool
    checked: Checked | None


def version() -> str:
    """Return the version of the running program."""
    return str(getattr(current_app, "version", ""))


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        place: the folder; it exists.
        trigger, backup_id: as of ``models.Backup``.
    """

    place: Path
    trigger: str
    backup_id: int
    stop: threading.Event


def write(engine: Engine, order: Order) -> Written:
    """Take a picture of the database, pack it, look whether it opens, and put it in its place.

    No transaction of the caller is open. What fails leaves nothing behind, but for a file that is damaged as the
    database is: it stays as ``*.bad``.

    Raises:
        BackupRefused: why, in words.
        Stopped: the hub is being stopped.
    """
    revision = current_revision(engine)
    if revision is None:
        raise BackupRefused("backup_no_tables")
    locks = places.locks()
    places.check_room(order.place, engine)
    try:
        with scratch.folder_in(order.place) as folder:
            return _write(engine, order, folder, revision, locks)
    except OSError as error:
        raise places.refusal_of(error, order.place) from error
    except (DBAPIError, sqlite.Error) as error:
        reason = str(getattr(error, "orig", error))[:200]
        raise BackupRefused("backup_not_read", {"reason": reason}) from error


def _write(engine: Engine, order: Order, folder: Path, revision: str, locks: packing.Locks) -> Written:
    at, database = utc_now(), folder / packing.DATABASE
    snapshot.take(engine, database, revision, order.stop)
    manifest = _describe(database, order, revision, engine.dialect.name, at)
    packed = folder / "packed.zip"
    packing.pack(database, manifest, packed, order.stop)
    closed = _close(packed, locks)
    checked = _look(folder, packed, closed, manifest, locks, order)
    named = Named(manifest.instance, at, order.trigger, revision, encrypted=bool(locks))
    target = order.place / name_of(named, secrets.token_hex(3))
    size = closed.stat().st_size
    return Written(target, at, manifest, places.put(closed, target), size, bool(locks), checked)


def _describe(database: Path, order: Order, revision: str, kind: str, at: datetime) -> Manifest:
    engine = scratch.open_file(database)
    newest = revision == head_revision()
    try:
        with engine.connect() as connection:
            rows = count_rows(connection)
            keys = open_all(connection, current_hub().vault).key_ids if newest else ()
            mark = store.read_standing(connection)[0] if newest else None
            name = load_marks(connection).spans[0][1]
        head = chain.head(engine) if newest else None
    finally:
        engine.dispose()
    erasures = tuple(_erasures()) if newest else ()
    plain = Manifest(version(), revision, kind, at.isoformat(), order.backup_id, packing.digest(database), rows)
    known: dict[str, Any] = {"key_ids": keys, "instance": name, "mark": mark.seq if mark else 0}
    return replace(plain, **known, erasures=erasures, chain=head.as_json() if head else None)


def _erasures() -> list[ledger.Entry]:
    begin(reads_only=True)
    try:
        return ledger.entries()
    finally:
        db.session.rollback()


def _close(packed: Path, locks: packing.Locks) -> Path:
    if not locks:
        return packed
    closed = packed.with_suffix(".age")
    packing.encrypt(packed, closed, locks)
    return closed


def _look(
    folder: Path, packed: Path, closed: Path, manifest: Manifest, locks: packing.Locks, order: Order
) -> Checked | None:
    """Restore the very file into a scratch database where its key is here, else the ZIP before it was encrypted."""
    (folder / packing.DATABASE).unlink()
    if manifest.revision != head_revision():
        return None
    if locks.passphrase:
        packed.unlink()
        packing.decrypt(closed, packed, packing.Openers(passphrase=locks.passphrase))
    scratched = folder / "scratch.db"
    try:
        checked = check(scratched, packing.unpack(packed, scratched), current_hub().vault, thorough=False)
    except BackupRefused:
        # The database itself is damaged: what can still be had of it is kept aside.
        closed.replace(order.place / f"{manifest.made_at[:10]}-{secrets.token_hex(3)}{BAD}")
        raise
    if closed is not packed:
        packed.unlink()
    scratched.unlink()
    return checked
