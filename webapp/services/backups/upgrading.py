"""Brings the served database to this version's tables; a backup is made first."""

import threading
from pathlib import Path

import structlog
from sqlalchemy import Engine

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Backup
from webapp.models.backup import DONE
from webapp.schema import HEAD, check_known, head_revision, migrating, revisions, upgrade_to
from webapp.services.audit import current_actor
from webapp.services.backups import places
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.names import files_in
from webapp.services.backups.writing import Order, Written, write
from webapp.services.transactions import begin

TRIGGER = "upgrade"
log = structlog.get_logger()


def upgrade(engine: Engine, *, with_backup: bool = True) -> None:
    """Migrate, all or nothing; a database with something in it is backed up before. Call it before anything works.

    Args:
        with_backup: False only where a person said so, because there is no room say.

    Raises:
        SchemaTooNew: the database was made by a newer version; nothing was changed.
        BackupRefused: no backup could be made; nothing was changed.
    """
    written = None
    with migrating(engine):
        current = check_known(engine)
        if current == head_revision():
            return
        if current is not None and with_backup:
            written = _secure(engine)
        upgrade_to(engine, HEAD)
    if written is not None:
        _note(written)


def way_back() -> Path | None:
    """Return the newest backup whose tables this version knows: for whoever must go back to it."""
    try:
        known, files = set(revisions()), files_in(places.folder())
    except BackupRefused:
        return None
    return next((one.path for one in files if one.named.revision in known), None)


def _secure(engine: Engine) -> Written:
    try:
        written = write(engine, Order(places.folder(), TRIGGER, 0, threading.Event()))
    except BackupRefused as error:
        raise BackupRefused("backup_before_upgrade", {"reason": str(explain(error.code, error.params))}) from error
    log.info("backup.done", trigger=TRIGGER, file=str(written.path))
    return written


def _note(written: Written) -> None:
    """The row comes after: the former tables may have had no place for it."""
    begin(reads_only=False)
    db.session.add(
        Backup(
            trigger=TRIGGER, status=DONE, started_by=current_actor(), started_at=written.at, finished_at=utc_now(),
            file=str(written.path), size_bytes=written.size_bytes, sha256=written.sha256,
            encrypted=written.encrypted, revision=written.manifest.revision, rows=dict(written.manifest.rows),
        )
    )  # fmt: skip
    db.session.commit()
