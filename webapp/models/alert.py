"""What a person should know: one open row for each cause, closed when it is over."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime


class Alert(Identified, db.Model):
    """One cause of concern about one object.

    Attributes:
        code: key of ``webapp/messages``: cause and remedy.
        level: warn (nothing is lost, look when you can) or fail (something does not work).
        times: how often it came up while open.
        closed_at: when it was over, or a person closed it; closed by hand it stays quiet until its cause ends,
            which ``last_at`` after ``closed_at`` says.
    """

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint("level in ('warn', 'fail')", name="level"),
        Index("ux_alert_open", "code", "object_type", "object_id", unique=True,
              sqlite_where=text("closed_at is null"), postgresql_where=text("closed_at is null")),
        Index("ix_alert_closed", "closed_at", "id"),
        Index("ix_alert_object", "object_type", "object_id", "id"),
    )  # fmt: skip
    code: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    level: Mapped[str] = mapped_column(String(4), default="warn")
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    label: Mapped[str] = mapped_column(String(254), default="")
    times: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(254), default="")
