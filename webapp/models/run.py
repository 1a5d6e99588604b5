"""Reconciliations: one comparison of desired with observed, and its lines."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.integration import Integration
from webapp.models.types import Identified, Money, UtcDateTime

# How a run looks at the platform: all of it, every account one by one over the night, some by chance,
# what changed lately, single accounts, or not at all (an undo, an adoption).
FULL, PROBES, SAMPLE, CHANGES, LOOK, NONE = READINGS = ("full", "probes", "sample", "changes", "look", "none")
RUNNING, APPLYING, PAUSED, DONE, STAGED, REFUSED, FAILED, STOPPED, REJECTED, EXPIRED = STATUSES = (
    "running", "applying", "paused", "done", "staged", "refused", "failed", "stopped", "rejected", "expired",
)  # fmt: skip
# What becomes of a line, in this order: it waits for a person; for its turn; convergence has it; it ended.
PLANNED, HELD, WAITING, QUEUED, PROVEN, SENT, UNPROVEN, SKIPPED, REPORTED, REFUSED_LINE, LAPSED, UNDONE = OUTCOMES = (
    "planned", "staged", "waiting", "queued", "proven", "sent", "unproven", "skipped", "reported", "rejected",
    "lapsed", "undone",
)  # fmt: skip
OPEN = (WAITING, QUEUED)


class Run(Identified, db.Model):
    """One comparison, the plan that came of it, and how far it was carried out.

    Attributes:
        reading: one of ``READINGS``.
        status: running (reads and compares), applying (lines are under way), paused, done (nothing is under way
            or waits), staged (a person must decide; what is not held back goes on meanwhile), refused (what was
            read could not be trusted: nothing was done), failed, stopped and rejected (by a person), expired
            (nobody decided in time, or a newer plan took its place: ``superseded_by_id``).
        control: what a person asked of the worker: pause, stop; empty = nothing.
        lease_until: while a process works on it; a dead one is taken up again.
        counts: by situation, plus ``listed``, ``pages``, ``expected``, ``compared``, ``unsettled``, ``planned``,
            ``staged``, ``reported``, and by outcome as lines move on.
        certificate: what ``decide/snapshot.py`` found of the reading, as JSON.
        limits: those that the plan was measured by, as JSON (``decide/plan.py``).
        radius: what the negative part takes away (``decide/radius.py``), as JSON.
        checksum: of the negative part of the plan; an approval carries it.
        undo_of_id, undo_pull_id: the batch that this one takes back.
        reason: why a person rejected, stopped or undid.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("mode in ('plan', 'apply')", name="mode"),
        CheckConstraint("reading in ('full', 'probes', 'sample', 'changes', 'look', 'none')", name="reading"),
        CheckConstraint(
            "status in ('running', 'applying', 'paused', 'done', 'staged', 'refused', 'failed', 'stopped',"
            " 'rejected', 'expired')",
            name="status",
        ),
        CheckConstraint("control in ('', 'pause', 'stop')", name="control"),
        Index("ix_run_integration", "integration_id", "id"),
        Index("ix_run_open", "status", sqlite_where=text("status in ('running', 'applying', 'paused', 'staged')"),
              postgresql_where=text("status in ('running', 'applying', 'paused', 'staged')")),
    )  # fmt: skip
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    mode: Mapped[str] = mapped_column(String(8))
    reading: Mapped[str] = mapped_column(String(8), default=FULL)
    trigger: Mapped[str] = mapped_column(String(20), default="manual")
    status: Mapped[str] = mapped_column(String(12), default=RUNNING)
    control: Mapped[str] = mapped_column(String(8), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    complete: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    radius: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checksum: Mapped[str] = mapped_column(String(64), default="")
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    requested_by: Mapped[str] = mapped_column(String(254), default="")
    approved_by: Mapped[str] = mapped_column(String(254), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="")
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    undo_pull_id: Mapped[int | None] = mapped_column(ForeignKey("source_pull.id", ondelete="SET NULL"), index=True)
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    integration: Mapped[Integration] = relationship()
    items: Mapped[list["RunItem"]] = relationship(cascade="all, delete-orphan", order_by="RunItem.id")


class RunItem(Identified, db.Model):
    """One account that differs, or one that nobody here made.

    Attributes:
        situation: missing, extra, state, product, duplicate, clash, unreadable, undo.
        action: create, enable, update, suspend, cancel, note, report.
        outcome: planned (only shown), staged (a person must decide), waiting (its turn has not come), queued
            (convergence has it), proven (read back: observed equals desired), sent (accepted, and the platform
            cannot be read), unproven (it ended otherwise: ``error_code``), skipped (it moved on meanwhile),
            reported, rejected, lapsed (a newer plan or time overtook it), undone.
        before, after: what the platform shows, and what shall be.
        cause: message code of why it shall be so; ``cause_params`` are its values.
        value: R$ per month of the packages that it is about.
        generation: of the account once the line was handed to convergence; a higher one says that it moved on.
        kept: what we believed before that, to take the line back while nothing was sent.
    """

    __tablename__ = "run_item"
    __table_args__ = (
        Index("ix_run_item_run", "run_id", "outcome", "id"),
        Index("ix_run_item_open", "outcome", "run_id", sqlite_where=text("outcome in ('waiting', 'queued')"),
              postgresql_where=text("outcome in ('waiting', 'queued')")),
    )  # fmt: skip
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    login: Mapped[str] = mapped_column(String(254), default="")
    situation: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16), default=PLANNED)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cause: Mapped[str] = mapped_column(String(60), default="")
    cause_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    value: Mapped[Decimal | None] = mapped_column(Money)
    generation: Mapped[int | None]
    kept: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
