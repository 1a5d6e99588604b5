"""Makes a staged backup ready to be served: nobody comes in by an old door, nothing is sent before a person looked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, select, update

from webapp.clock import utc_now
from webapp.decide.epoch import OLDER
from webapp.extensions import db
from webapp.models import Account, Backup, Setting
from webapp.models.backup import DONE, FAILED, RUNNING
from webapp.services import audit, chain, epoch
from webapp.services.alerts import raise_alert
from webapp.services.backups import access
from webapp.services.backups.access import Doors
from webapp.services.backups.packing import digest
from webapp.services.backups.rhythm import OBJECT
from webapp.services.backups.staging import Staged
from webapp.services.privacy.ledger import Entry
from webapp.services.privacy.reapply import reapply_erasures
from webapp.services.secrets.checking import CHECK
from webapp.services.transactions import begin

HUB, HUB_ID, ALERT = "hub", 0, "restored"
_BACKUP = Backup.__table__


@dataclass(frozen=True)
class Settled:
    """What was done with a restored database before it was put in place.

    Attributes:
        erased_again: people whose data was erased after the backup was made.
        doors_known: whether what was revoked since could be taken from the replaced database.
        observing: it will only observe.
    """

    erased_again: int
    doors_known: bool
    observing: bool


def settle(staged: Staged, doors: Doors | None, later: Sequence[Entry] = ()) -> Settled:
    """Settle the database of the application context, which is the restored one and is not served yet; commits.

    Where its secrets do not open, which a person accepted, nobody can be recognised who was erased since.

    Args:
        doors: how people came in last, from the replaced database; None = it could not be read.
        later: erasures that later backups know of.
    """
    if doors is not None and doors.instance != staged.manifest.instance:
        # Who came into another hub says nothing of this one.
        doors = None
    begin(reads_only=False)
    access.end_all(utc_now())
    if doors is not None:
        access.take_over(doors)
    _close_rows(staged)
    manifest = staged.manifest
    said = {"made_at": manifest.made_at, "revision": manifest.revision, "file": staged.source.name}
    audit.record("backup.restore", OBJECT, manifest.backup_id or None, staged.source.name, after=said)
    if doors is None:
        raise_alert(ALERT, HUB, HUB_ID, params={"made_at": manifest.made_at[:16], **access.count_doors()})
    lost = bool(staged.checked.secrets.lost)
    if lost:
        # The keys at hand are the right ones from here on, although they open nothing of before.
        db.session.execute(delete(Setting).where(Setting.name == CHECK))
    db.session.commit()
    erased = 0 if lost else reapply_erasures(later)
    return Settled(erased, doors is not None, _observe())


def anchor(staged: Staged) -> None:
    """Let the chain of the history go on from the restored database, once that one stands; commits."""
    chain.reanchor(f"{staged.source.name} ({staged.manifest.made_at})")
    db.session.rollback()


def _close_rows(staged: Staged) -> None:
    """The backup knows itself only as begun, and whatever else was begun then will not end."""
    now, plain = utc_now(), {"synchronize_session": False}
    own = (_BACKUP.c.id == staged.manifest.backup_id) & (_BACKUP.c.status == RUNNING)
    done = {
        "status": DONE, "finished_at": now, "verified_at": now, "file": str(staged.source),
        "size_bytes": staged.source.stat().st_size, "sha256": digest(staged.source),
        "revision": staged.manifest.revision, "rows": dict(staged.manifest.rows),
    }  # fmt: skip
    db.session.execute(update(_BACKUP).where(own).values(**done), execution_options=plain)
    left = update(_BACKUP).where(_BACKUP.c.status == RUNNING)
    failed = {"status": FAILED, "finished_at": now, "error_code": "backup_interrupted"}
    db.session.execute(left.values(**failed), execution_options=plain)


def _observe() -> bool:
    """Begin to observe, whatever the marks say: a backup of a minute ago lacks a minute."""
    epoch.check_once()
    begin(reads_only=True)
    empty = not db.session.scalar(select(exists().where(Account.id > 0)))
    db.session.rollback()
    if not empty:
        epoch.begin_observing(OLDER)
    return epoch.observing_afresh() is not None
