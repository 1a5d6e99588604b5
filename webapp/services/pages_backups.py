"""Backups as the page shows them: what there is, where it lies, who can open it, and how one is put back."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.backup_times import last_due
from webapp.extensions import db
from webapp.models import Backup
from webapp.models.backup import RUNNING
from webapp.services.backups import drill, places
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.rhythm import RhythmInput, local, read_note, read_rhythm
from webapp.services.hub import current_hub
from webapp.services.pages import Page

PAGE_SIZE = 25
# How a file can be opened.
PLAIN, KEYS, PASSPHRASE = "plain", "keys", "passphrase"


@dataclass(frozen=True)
class BackupsView:
    """The page of backups.

    Attributes:
        works: one is being made now.
        good: the last one that was found good; None = there is none.
        next_at: when the next one is due; None = none is made by itself.
        folder, copies: where they lie; empty = there is no second place.
        same_disk: both places are on one disk, or there is only one place.
        lock: plain, keys or passphrase.
        drill: how the last trial went, ``services/backups/drill.py``; None = there was none.
        key_ids: names of the encryption keys at hand.
        trouble: why a place cannot be used; None = it can.
    """

    page: Page[Backup]
    works: bool
    good: Backup | None
    rhythm: RhythmInput
    next_at: datetime | None
    folder: str
    copies: str
    same_disk: bool
    lock: str
    drill: dict[str, Any] | None
    key_ids: tuple[str, ...]
    trouble: BackupRefused | None

    @property
    def drill_at(self) -> datetime | None:
        """When the last trial was."""
        return datetime.fromisoformat(self.drill["at"]) if self.drill else None


def view_backups(cursor: str = "") -> BackupsView:
    """Return what the page shows."""
    settings, rhythm = current_hub().settings, read_rhythm()
    folder = settings.backup_dir or settings.instance / places.FOLDER
    copies = settings.backup_copy_dir
    good = select(Backup).where(Backup.verified_at.is_not(None), Backup.removed_at.is_(None))
    return BackupsView(
        page=list_backups(cursor), works=is_working(), good=db.session.scalar(good.order_by(Backup.id.desc()).limit(1)),
        rhythm=rhythm, next_at=_next(rhythm), folder=str(folder), copies=str(copies or ""),
        same_disk=copies is None or _disk(str(copies)) == _disk(str(folder)), lock=lock_of(),
        drill=read_note(drill.NAME), key_ids=current_hub().vault.names,
        trouble=_trouble(),
    )  # fmt: skip


def list_backups(cursor: str = "", size: int = PAGE_SIZE) -> Page[Backup]:
    """Return a page of backups, the latest first."""
    wanted = select(Backup).order_by(Backup.id.desc())
    if cursor.isdecimal() and len(cursor) < 10:
        wanted = wanted.where(Backup.id < int(cursor))
    rows: Sequence[Backup] = db.session.scalars(wanted.limit(size + 1)).all()
    following = str(rows[size - 1].id) if len(rows) > size else ""
    return Page(rows[:size], following)


def is_working() -> bool:
    """Tell whether one is being made now."""
    return db.session.scalar(select(Backup.id).where(Backup.status == RUNNING).limit(1)) is not None


def lock_of() -> str:
    """Return how new files are encrypted."""
    settings = current_hub().settings
    if settings.backup_recipients:
        return KEYS
    return PASSPHRASE if settings.backup_passphrase_file else PLAIN


def _trouble() -> BackupRefused | None:
    """Looks only: the folder is made by the first backup."""
    try:
        places.check_places()
    except BackupRefused as error:
        return error
    return None


def _next(data: RhythmInput) -> datetime | None:
    if not data.on:
        return None
    return max(last_due(data.rhythm(), local(utc_now())) + data.every(), local(utc_now()))


def _disk(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None
