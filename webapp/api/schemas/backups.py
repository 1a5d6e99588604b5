"""Backups as they are given out."""

from datetime import datetime
from typing import Any, Literal

from webapp.api.schemas.common import AT, FailureOut, Out

BACKUP: dict[str, Any] = {
    "id": 12,
    "trigger": "schedule",
    "status": "done",
    "started_by": "system",
    "started_at": AT,
    "finished_at": AT,
    "file": "/srv/sintonia/backups/sintonia-0a1b2c3d-20261122T053000Z-schedule-0005-0a1b2c.zip.age",
    "size_bytes": 3456789,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "encrypted": True,
    "revision": "0005",
    "verified_at": AT,
    "removed_at": None,
    "error": None,
}


class BackupOut(Out):
    """One backup. ``verified_at``: when it was restored into a scratch database and found whole; null = it was not.

    ``file`` lies on the hub's machine; it is fetched from there, and put back there by `sintonia restore`.
    ``removed_at``: when the rotation removed the file. ``error`` beside ``done``: something about it needs a look.
    """

    id: int
    trigger: Literal["schedule", "manual", "command", "upgrade"]
    status: Literal["running", "done", "failed"]
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    file: str | None
    size_bytes: int | None
    sha256: str | None
    encrypted: bool
    revision: str | None
    verified_at: datetime | None
    removed_at: datetime | None
    error: FailureOut | None


class BackupPage(Out):
    """A page of backups."""

    items: list[BackupOut]
    next_cursor: str | None
