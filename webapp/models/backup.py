"""Copies of the database that were made, and whether they were shown to be good."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime

RUNNING, DONE, FAILED = BACKUP_STATUSES = ("running", "done", "failed")


class Backup(Identified, db.Model):
    """One copy.

    Attributes:
        trigger: schedule, manual, command or upgrade.
        file: where it lies; ``sha256`` and ``size_bytes`` are of that file.
        rows: how many each table held.
        verified_at: when it was last restored into a scratch database and found whole.
        removed_at: when the rotation removed the file.
    """

    __tablename__ = "backup"
    __table_args__ = (
        CheckConstraint("status in ('running', 'done', 'failed')", name="status"),
        CheckConstraint("trigger in ('schedule', 'manual', 'command', 'upgrade')", name="trigger"),
    )
    trigger: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default=RUNNING)
    started_by: Mapped[str] = mapped_column(String(254))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file: Mapped[str] = mapped_column(String(500), default="")
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    encrypted: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[str] = mapped_column(String(32), default="")
    rows: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str] = mapped_column(String(60), default="")
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
