"""Lets old backups go, in both places; only files that this installation made, by their names."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Select, select, update

from webapp.clock import utc_now
from webapp.decide.backup_times import ASKED_KEPT, kept
from webapp.extensions import db
from webapp.models import Backup
from webapp.models.backup import DONE
from webapp.services import marks
from webapp.services.backups import places
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.names import BackupFile, files_in, sum_file
from webapp.services.backups.rhythm import local, read_rhythm
from webapp.services.transactions import begin

_BACKUP = Backup.__table__
SCHEDULE = "schedule"
log = structlog.get_logger()


def rotate(now: datetime) -> list[Path]:
    """Remove what the schedule keeps no longer, and commit; the last one that was found good always stays.

    Returns:
        The files that went.
    """
    begin(reads_only=True)
    rhythm, own = read_rhythm().rhythm(), marks.load_marks(db.session.connection()).spans[0][1]
    good = db.session.scalar(_last_good())
    db.session.rollback()
    gone = []
    for place in _places():
        files = [one for one in files_in(place) if one.named.instance == own]
        of_schedule = [one for one in files if one.named.trigger == SCHEDULE]
        stay = kept([local(one.at) for one in of_schedule], rhythm, local(now))
        old = [one for one in of_schedule if local(one.at) not in stay]
        old += [one for one in files if one.named.trigger != SCHEDULE and now - one.at > ASKED_KEPT]
        gone += _remove(one for one in old if good is None or one.path.name != Path(good).name)
    _note(gone)
    return gone


def _last_good() -> Select[Any]:
    good = select(Backup.file).where(Backup.status == DONE, Backup.verified_at.is_not(None))
    return good.order_by(Backup.verified_at.desc()).limit(1)


def _places() -> list[Path]:
    found = [places.folder()]
    try:
        copies = places.copy_folder()
    except BackupRefused:
        # The alert about the copy that could not be made tells it.
        copies = None
    return [*found, copies] if copies is not None and copies not in found else found


def _remove(files: Iterable[BackupFile]) -> list[Path]:
    gone = []
    for one in files:
        try:
            one.path.unlink(missing_ok=True)
            sum_file(one.path).unlink(missing_ok=True)
        except OSError as error:
            log.warning("backup.not_removed", file=str(one.path), reason=error.strerror)
            continue
        gone.append(one.path)
    return gone


def _note(gone: list[Path]) -> None:
    if not gone:
        return
    begin(reads_only=False)
    rows = update(_BACKUP).where(_BACKUP.c.file.in_([str(path) for path in gone]), _BACKUP.c.removed_at.is_(None))
    db.session.execute(rows.values(removed_at=utc_now()), execution_options={"synchronize_session": False})
    db.session.commit()
    log.info("backup.rotated", count=len(gone))
