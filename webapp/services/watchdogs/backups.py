"""Watches the backups: none that was found good for too long, one that failed, a trial that failed."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.messages import backups as words
from webapp.models import Account, Backup
from webapp.models.backup import RUNNING
from webapp.services.alerts import FAIL, WARN
from webapp.services.backups import drill
from webapp.services.backups.rhythm import RhythmInput, read_note, read_rhythm
from webapp.services.watchdogs.finding import Check, Finding

HUB, HUB_ID = "hub", 0
# A machine that was off at the hour of the backup makes it when it is on again; that is no fault yet.
SLACK = timedelta(hours=3)
OLD, NEVER, OFF, DRILL_OLD = "backup_old", "backup_never", "backup_off", "backup_drill_old"
CODES = frozenset(code for code in words.ENTRIES if code.startswith("backup_") or code == "restore_damaged")


def look(now: datetime) -> Iterator[Finding]:
    """Return what is wrong now; a hub without accounts has nothing that could be lost."""
    first = db.session.scalar(select(Account.created_at).order_by(Account.id).limit(1))
    if first is None:
        return
    data = read_rhythm()
    if not data.on:
        yield Finding(OFF, HUB_ID, level=WARN, object_type=HUB)
    yield from _last(now, first, data)
    yield from _drill(now, first)


def _last(now: datetime, first: datetime, data: RhythmInput) -> Iterator[Finding]:
    last = db.session.execute(
        select(Backup.error_code, Backup.error_params, Backup.verified_at)
        .where(Backup.status != RUNNING)
        .order_by(Backup.id.desc())
        .limit(1)
    ).first()
    if last is not None and last.error_code:
        level = WARN if last.verified_at is not None else FAIL
        yield Finding(last.error_code, HUB_ID, "", last.error_params, level, HUB)
    good = db.session.scalar(select(func.max(Backup.verified_at)))
    age = now - (good or first)
    if data.on and age > timedelta(hours=data.every_h) + SLACK:
        hours = int(age.total_seconds() // 3600)
        yield Finding(OLD if good else NEVER, HUB_ID, "", {"hours": hours} if good else {}, FAIL, HUB)


def _drill(now: datetime, first: datetime) -> Iterator[Finding]:
    note = read_note(drill.NAME)
    if note is not None and not drill.is_good(note):
        yield Finding(note["code"], HUB_ID, "", note["params"], FAIL, HUB)
        return
    since = datetime.fromisoformat(note["at"]) if note else first
    if now - since > drill.EVERY + timedelta(days=2):
        yield Finding(DRILL_OLD, HUB_ID, "", {"days": (now - since).days}, FAIL, HUB)


def _look(now: datetime) -> Iterable[Finding]:
    """Of one cause only the first finding counts: the last backup and the trial may have the same."""
    return {finding.key: finding for finding in reversed(list(look(now)))}.values()


CHECKS = (Check(CODES, _look),)
