"""The weekly trial: the newest stored file is restored into a scratch database, as if the day had come."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Backup
from webapp.models.backup import DONE
from webapp.services.backups import places, scratch, staging
from webapp.services.backups.alone import alone
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.names import BackupFile, files_in
from webapp.services.backups.packing import is_encrypted
from webapp.services.backups.rhythm import read_note, write_note
from webapp.services.transactions import begin

NAME = "backup_drill"
EVERY = timedelta(days=7)
# A trial that failed is made again so often: the alert must end by itself when the next backup is good.
AGAIN = timedelta(hours=6)
PRIVATE = "backup_private"
log = structlog.get_logger()


def drill_due(now: datetime) -> None:
    """Make the trial when its time has come and nobody works on backups, and keep how it went."""
    begin(reads_only=True)
    last, files = read_note(NAME), db.session.scalar(select(Backup.id).where(Backup.status == DONE).limit(1))
    db.session.rollback()
    if files is None or (last is not None and now < _next(last)):
        return
    with alone() as mine:
        if mine:
            drill()


def drill() -> dict[str, Any]:
    """Make the trial now, under the lock of the caller; returns and keeps how it went, and commits.

    A file for whom the key is elsewhere is only held against its sum: ``code`` says so.
    """
    file, said = _newest(), {"code": "backup_drill_none", "params": {}}
    if file is not None:
        said = _try(file.path)
    note = {"at": utc_now().isoformat(), "file": file.path.name if file else "", **said}
    begin(reads_only=False)
    write_note(NAME, note)
    if not said["code"] and file is not None:
        _note_good(file.path)
    db.session.commit()
    log.info("backup.drill", code=said["code"], file=note["file"])
    return note


def is_good(note: dict[str, Any]) -> bool:
    """Tell whether the last trial found the file whole, as far as it can be opened here."""
    return note["code"] in ("", PRIVATE)


def _next(last: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(last["at"]) + (EVERY if is_good(last) else AGAIN)


def _newest() -> BackupFile | None:
    """Return the newest file; of the second place where there is one, since that is where help would come from."""
    found = [*files_in(_copies()), *files_in(places.folder())]
    return max(found, key=lambda one: one.at, default=None)


def _copies() -> Path:
    try:
        return places.copy_folder() or places.folder()
    except BackupRefused:
        return places.folder()


def _try(file: Path) -> dict[str, Any]:
    try:
        openers = places.openers()
        if is_encrypted(file) and not openers.passphrase:
            staging.check_sum(file)
            return {"code": PRIVATE, "params": {}}
        with scratch.folder_in(places.folder()) as folder:
            checked = staging.stage(file, folder, openers, thorough=True).checked
        params = {"closed": checked.secrets.closed, "count": checked.secrets.count} if checked.trouble else {}
        return {"code": checked.trouble, "params": params}
    except BackupRefused as error:
        return {"code": error.code, "params": error.params}
    except OSError as error:
        return {"code": "backup_not_read", "params": {"reason": error.strerror or str(error)}}


def _note_good(file: Path) -> None:
    rows = db.session.scalars(select(Backup).where(Backup.file == str(places.folder() / file.name)))
    for row in rows:
        row.verified_at = utc_now()
