"""How a person works with lists: views that were kept, columns that were chosen, work on many rows at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.operator import Operator
from webapp.models.types import Identified, UtcDateTime

WAITING, RUNNING, DONE, STOPPED, FAILED = BULK_STATUSES = ("waiting", "running", "done", "stopped", "failed")
LINE_DONE, LINE_SKIPPED, LINE_FAILED = LINE_OUTCOMES = ("done", "skipped", "failed")


class SavedView(Identified, db.Model):
    """Filters, order and page size of a list under a name.

    Attributes:
        table_name: which list, such as ``customers``.
        query: the part of the address behind the question mark, without the place in the list.
        shared: everybody sees it; only its owner and administrators change it.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("operator_id", "table_name", "name"),)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    table_name: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    operator: Mapped[Operator] = relationship()


class TableChoice(Identified, db.Model):
    """Which columns of a list one person sees, in which order, and how many rows a page has.

    Attributes:
        columns: keys of columns; empty = those of the list itself.
        page_size: None = that of the list itself.
    """

    __tablename__ = "table_choice"
    __table_args__ = (UniqueConstraint("operator_id", "table_name"),)
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    table_name: Mapped[str] = mapped_column(String(40))
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    page_size: Mapped[int | None]


class BulkJob(Identified, db.Model):
    """One action on many rows, carried out in the background, row by row.

    Attributes:
        kind: which action, such as ``accounts_resend`` (``services/bulk_jobs``).
        table_name: of the list that it was started from.
        filters: what chose the rows, as the list's address has it; shown again on the page.
        params: what the action needs besides, such as a package's id.
        status: waiting (for a worker), running, done, stopped (by a person), failed (could not go on).
        control: ``stop`` when a person asked for it; empty = nothing.
        cursor: id of the last row that was dealt with; work is taken up behind it.
        last_id: largest id when it was started: rows made later are not touched.
        total: rows that were counted when it was started.
        reason: why, in the person's words.
        undo_of_id: the job that this one takes back.
    """

    __tablename__ = "bulk_job"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'running', 'done', 'stopped', 'failed')", name="status"),
        CheckConstraint("control in ('', 'stop')", name="control"),
        Index("ix_bulk_job_status", "status"),
    )
    kind: Mapped[str] = mapped_column(String(40))
    table_name: Mapped[str] = mapped_column(String(40))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(10), default=WAITING)
    control: Mapped[str] = mapped_column(String(10), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cursor: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")
    requested_by: Mapped[str] = mapped_column(String(254))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str] = mapped_column(String(60), default="")
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undo_of_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_job.id"))


class BulkLine(Identified, db.Model):
    """What became of one row of a bulk job; written with the row's own change, so none is done twice.

    Attributes:
        subject_id: id of the row in its table.
        before: what an undo puts back; empty = nothing to undo.
    """

    __tablename__ = "bulk_line"
    __table_args__ = (
        UniqueConstraint("bulk_job_id", "subject_id"),
        CheckConstraint("outcome in ('done', 'skipped', 'failed')", name="outcome"),
        Index("ix_bulk_line_outcome", "bulk_job_id", "outcome", "id"),
        Index("ix_bulk_line_subject", "subject_id", "id"),
    )
    bulk_job_id: Mapped[int] = mapped_column(ForeignKey("bulk_job.id", ondelete="CASCADE"))
    subject_id: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(60), default="")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
