"""Backups in every state that their page shows."""

from datetime import timedelta
from typing import Any

from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Backup
from webapp.services.backups import drill
from webapp.services.backups.rhythm import write_note

PLACES = (
    Place("backups", "/backups", "backups-table"),
    Place("backups-none", "/backups?cursor=1", "backups-table"),
    Place("backup-settings", "/backups/settings"),
    Place("backup-settings-refused", "/backups/settings", status=422, data={"at": "25:00", "daily": "0"}),
    Place("backup-keys", "/backups/keys"),
    Place("backup-keys-refused", "/backups/keys", status=422, data={"passphrase": "x", "again": "y"}),
)
FRAGMENTS = ("/fragments/backups",)


def build() -> None:
    """Make them: good, encrypted, not opened, copy failed, failed, removed, being made."""
    good = {"verified_at": utc_now(), "size_bytes": 3_456_789, "sha256": "0" * 64, "revision": "0005"}
    _add(trigger="upgrade", **{**good, "verified_at": None})
    _add(**good, removed_at=utc_now())
    _add(**good, encrypted=True, trigger="manual", started_by="ana@example.com")
    _add(status="failed", error_code="backup_no_room", error_params={"folder": "/b", "needed": 900, "free": 12})
    _add(**good, error_code="backup_copy_failed", error_params={"folder": "/mnt/nas", "reason": "I/O error"})
    _add(status="running", finished_at=None, file="", trigger="command")
    write_note(drill.NAME, {"at": utc_now().isoformat(), "file": "x", "code": "restore_damaged",
                            "params": {"file": "sintonia.zip"}})  # fmt: skip
    db.session.commit()


def grow(count: int) -> None:
    """Add so many backups."""
    for _number in range(count):
        _add(verified_at=utc_now(), size_bytes=1)
    db.session.commit()


def _add(**values: Any) -> None:
    at = utc_now() - timedelta(hours=1)
    row = {
        "trigger": "schedule", "status": "done", "started_by": "system", "started_at": at, "finished_at": at,
        "file": "/srv/sintonia/backups/sintonia-0a1b2c3d-20261123T053000Z-schedule-0005-0a1b2c.zip",
    }  # fmt: skip
    db.session.add(Backup(**{**row, **values}))
