"""Backups as rows: asked for, made by whoever is the one to work on them, kept, copied, rotated."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select, update

from webapp.clock import utc_now
from webapp.decide.backup_times import last_due
from webapp.extensions import db
from webapp.models import Backup, Event
from webapp.models.backup import DONE, FAILED, RUNNING
from webapp.services import audit, chain, marks
from webapp.services.backups import places, rotating, scratch
from webapp.services.backups.alone import alone
from webapp.services.backups.errors import BackupRefused, Stopped
from webapp.services.backups.rhythm import OBJECT, local, read_rhythm
from webapp.services.backups.writing import Order, Written, write
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

SCHEDULE, MANUAL, COMMAND, UPGRADE = "schedule", "manual", "command", "upgrade"
# A schedule that failed is tried again so often; a full disk may have been cleared.
AGAIN = timedelta(hours=1)
# One that was begun and never ended is begun anew by the next process; after so long it is given up.
GIVEN_UP = timedelta(hours=1)
_BACKUP = Backup.__table__
_stop = threading.Event()
log = structlog.get_logger()


def stop(*, over: bool = False) -> None:
    """Let this process end what it makes; the next one begins it anew.

    Args:
        over: it has ended; another server may begin in this process.
    """
    _stop.clear() if over else _stop.set()


def ask(trigger: str = MANUAL) -> Backup:
    """Ask for a backup, and commit; the scheduler makes it within seconds.

    Raises:
        Conflict: one is being made already; wait for it.
    """
    begin(reads_only=False)
    if db.session.scalars(select(Backup.id).where(Backup.status == RUNNING)).first() is not None:
        db.session.rollback()
        raise Conflict("backup_runs")
    row = Backup(trigger=trigger, status=RUNNING, started_by=audit.current_actor(), started_at=utc_now())
    db.session.add(row)
    db.session.flush()
    if trigger in (MANUAL, COMMAND):
        audit.record("backup.make", OBJECT, row.id)
    db.session.commit()
    return row


def work_due() -> None:
    """Make what is due, and what was asked for; for the scheduler. Returns soon when there is nothing."""
    begin(reads_only=True)
    due, waiting = is_due(utc_now()), _asked()
    db.session.rollback()
    if due and not waiting:
        ask(SCHEDULE)
    if due or waiting:
        _work()


def make_now(place: Path | None = None) -> Backup:
    """Make one at once, for a command, and return its row; ``error_code`` says what went wrong.

    Args:
        place: an existing folder; None = where the others lie. In another folder it is never rotated.

    Raises:
        Conflict: another process makes one; wait for it.
        BackupRefused: the folder is not there.
    """
    folder = place or places.folder()
    with alone() as mine:
        if not mine:
            raise Conflict("backup_runs")
        _give_up()
        backup_id = ask(COMMAND).id
        _make(backup_id, COMMAND, folder, copied=place is None)
    begin(reads_only=True)
    return db.session.get_one(Backup, backup_id, populate_existing=True)


def is_due(now: datetime) -> bool:
    """Tell whether a backup of the schedule is missing; in the caller's transaction."""
    data = read_rhythm()
    first = db.session.scalar(select(func.min(Event.at)))
    slot = last_due(data.rhythm(), local(now))
    if not data.on or first is None or slot < first:
        return False
    of_schedule = select(Backup.status, Backup.started_at).where(Backup.trigger == SCHEDULE, Backup.started_at >= slot)
    rows = db.session.execute(of_schedule).all()
    return all(row.status == FAILED and now - row.started_at >= AGAIN for row in rows)


def _asked() -> Sequence[int]:
    return db.session.scalars(select(Backup.id).where(Backup.status == RUNNING).order_by(Backup.id)).all()


def _work() -> None:
    with alone() as mine:
        if not mine:
            return
        _give_up()
        begin(reads_only=True)
        rows = db.session.execute(select(Backup.id, Backup.trigger).where(Backup.status == RUNNING)).all()
        db.session.rollback()
        for row in rows:
            _make(row.id, row.trigger, None, copied=True)


def _give_up() -> None:
    """Close what nobody ended: whoever held the lock before is gone."""
    begin(reads_only=False)
    old = update(_BACKUP).where(_BACKUP.c.status == RUNNING, _BACKUP.c.started_at < utc_now() - GIVEN_UP)
    said = {"status": FAILED, "finished_at": utc_now(), "error_code": "backup_interrupted"}
    db.session.execute(old.values(**said), execution_options={"synchronize_session": False})
    db.session.commit()


def _make(backup_id: int, trigger: str, place: Path | None, *, copied: bool) -> None:
    """Make one under the lock, and write down how it ended; what is open in the session is rolled back."""
    db.session.rollback()
    try:
        folder = place or places.folder()
        for left in (folder, current_hub().settings.instance):
            scratch.sweep(left)
        with db.engine.begin() as db_connection:
            # Files are told apart by the name of the installation, which a new one does not have yet.
            marks.keep_marks(db_connection)
        chain.seal()
        written = write(db.engine, Order(folder, trigger, backup_id, _stop))
        refused = _copy(written) if copied else None
        _finish(backup_id, written, refused)
        if copied:
            rotating.rotate(utc_now())
    except Stopped:
        log.info("backup.stopped", id=backup_id)
    except BackupRefused as error:
        log.error("backup.failed", id=backup_id, code=error.code)
        _fail(backup_id, error)
    except Exception:
        log.exception("backup.failed", id=backup_id)
        _fail(backup_id, BackupRefused("backup_failed"))
        raise


def _copy(written: Written) -> BackupRefused | None:
    """Put it into the second place; the first one stands whatever becomes of that."""
    try:
        place = places.copy_folder()
        if place is not None:
            scratch.sweep(place)
            places.copy_to(written.path, place, written.sha256)
    except BackupRefused as error:
        return error
    except OSError as error:
        return BackupRefused("backup_copy_failed", {"folder": str(place), "reason": error.strerror or str(error)})
    return None


def _finish(backup_id: int, written: Written, refused: BackupRefused | None) -> None:
    checked = written.checked
    trouble = checked.trouble if checked else ""
    params = {"closed": checked.secrets.closed, "count": checked.secrets.count} if checked and trouble else {}
    begin(reads_only=False)
    row = db.session.get_one(Backup, backup_id)
    row.status, row.finished_at, row.file = DONE, utc_now(), str(written.path)
    row.size_bytes, row.sha256, row.encrypted = written.size_bytes, written.sha256, written.encrypted
    row.revision, row.rows = written.manifest.revision, dict(written.manifest.rows)
    row.verified_at = utc_now() if checked and not trouble else None
    row.error_code = trouble or (refused.code if refused else "")
    row.error_params = params or (refused.params if refused else {})
    db.session.commit()
    log.info("backup.done", id=backup_id, file=str(written.path), verified=row.verified_at is not None)


def _fail(backup_id: int, error: BackupRefused) -> None:
    begin(reads_only=False)
    row = db.session.get_one(Backup, backup_id)
    row.status, row.finished_at, row.error_code, row.error_params = FAILED, utc_now(), error.code, error.params
    db.session.commit()
