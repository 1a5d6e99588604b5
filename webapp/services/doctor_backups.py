"""The part of ``doctor`` that is about backups: the same as the watchdog tells, and what there is."""

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Backup
from webapp.services.alerts import FAIL as GRAVE
from webapp.services.doctor_finding import FAIL, OK, WARN, Finding
from webapp.services.watchdogs.backups import look

NAME = "backups"


def examine_backups() -> list[Finding]:
    """Look at the last backups, in the caller's transaction."""
    wrong = [Finding(NAME, FAIL if one.level == GRAVE else WARN, one.code, dict(one.params)) for one in look(utc_now())]
    if wrong:
        return wrong
    good = db.session.scalars(
        select(Backup).where(Backup.verified_at.is_not(None), Backup.removed_at.is_(None)).order_by(Backup.id.desc())
    ).first()
    if good is None or good.verified_at is None:
        return [Finding(NAME, OK, "doctor_backup_none")]
    hours = int((utc_now() - good.verified_at).total_seconds() // 3600)
    return [Finding(NAME, OK, "doctor_backup", {"hours": hours, "file": good.file})]
