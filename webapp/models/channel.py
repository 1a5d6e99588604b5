"""Where alerts are sent, each message sent, and the one-time links by which a batch is decided."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.alert import Alert
from webapp.models.operator import Operator
from webapp.models.run import Run
from webapp.models.types import Identified, Timestamped, UtcDateTime, Versioned


class Channel(Identified, Timestamped, Versioned, db.Model):
    """One way by which a person is told: an apprise address (e-mail, Telegram, WhatsApp, Slack ...).

    Attributes:
        sealed: the address, sealed: it carries tokens and passwords.
        scheme: its kind, for the list; nothing secret.
        level: the least level that it is told of.
        quiet_from, quiet_until: ``HH:MM`` where the provider is; what comes up meanwhile is told at the end of it,
            if it still lasts.
        quiet_fail: what does not work at all waits too.
        recoveries: it is told when a cause is over.
        operator_id: whose it is; its links decide in the name of this person. None = it gets no links.
        error_code: why the last message did not go.
    """

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("level in ('warn', 'fail')", name="level"),
        CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="quiet"),
    )
    description: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[str] = mapped_column(String(4000))
    scheme: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(4), default="warn")
    active: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    quiet_fail: Mapped[bool] = mapped_column(default=False)
    recoveries: Mapped[bool] = mapped_column(default=True)
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    operator: Mapped[Operator | None] = relationship()


class AlertMessage(Identified, db.Model):
    """One message about one alert on one channel: one when it comes up, one when it is over.

    Attributes:
        kind: opened or over.
        due_at: None = nothing to send any more; with ``sent_at`` it went, else it was given up or not needed.
    """

    __tablename__ = "alert_message"
    __table_args__ = (
        UniqueConstraint("alert_id", "channel_id", "kind"),
        CheckConstraint("kind in ('opened', 'over')", name="kind"),
        Index("ix_alert_message_due", "due_at", sqlite_where=text("due_at is not null"),
              postgresql_where=text("due_at is not null")),
    )  # fmt: skip
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(60))
    alert: Mapped[Alert] = relationship()
    channel: Mapped[Channel] = relationship()


class ApprovalLink(Identified, db.Model):
    """One link, sent to one person, by which exactly one plan may be approved or rejected, once.

    Attributes:
        token_hash: SHA-256 of the token in the link; the token itself is signed and stands nowhere.
        checksum: of the plan that the link is about.
        used_for: approve or reject; empty = not used.
    """

    __tablename__ = "approval_link"
    __table_args__ = (CheckConstraint("used_for in ('', 'approve', 'reject')", name="used_for"),)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id", ondelete="SET NULL"))
    operator_id: Mapped[int] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    checksum: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_for: Mapped[str] = mapped_column(String(8), default="")
    run: Mapped[Run] = relationship()
    operator: Mapped[Operator] = relationship()
