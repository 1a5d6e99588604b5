"""Reconciliations: one comparison of desired with observed, and its lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.integration import Integration
from webapp.models.types import Identified, UtcDateTime


class Run(Identified, db.Model):
    """One comparison.

    Attributes:
        status: running, done (nothing held back), staged (a person must approve), refused
            (the listing could not be trusted: nothing was done), failed.
        counts: by situation, plus ``listed``, ``expected``, ``mended``, ``reported``, ``staged``.
        checksum: of the plan; an approval carries it.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("mode in ('plan', 'apply')", name="mode"),
        CheckConstraint("status in ('running', 'done', 'staged', 'refused', 'failed')", name="status"),
        Index("ix_run_integration", "integration_id", "id"),
    )
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    mode: Mapped[str] = mapped_column(String(8))
    trigger: Mapped[str] = mapped_column(String(20), default="manual")
    status: Mapped[str] = mapped_column(String(12), default="running")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    complete: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    checksum: Mapped[str] = mapped_column(String(64), default="")
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    approved_by: Mapped[str] = mapped_column(String(254), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(String(254), default="")
    integration: Mapped[Integration] = relationship()
    items: Mapped[list["RunItem"]] = relationship(cascade="all, delete-orphan", order_by="RunItem.id")


class RunItem(Identified, db.Model):
    """One account that differs, or one that nobody here made.

    Attributes:
        situation: missing, extra, state, product, duplicate, unreadable.
        action: create, enable, update, suspend, cancel, report.
        outcome: planned, queued, staged, reported, skipped.
    """

    __tablename__ = "run_item"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    login: Mapped[str] = mapped_column(String(254), default="")
    situation: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16), default="planned")
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
