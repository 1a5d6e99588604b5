"""What a subscriber is told when an account is made, enabled, or gets another password."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.account import Account
from webapp.models.package import Package
from webapp.models.types import Identified, Timestamped, UtcDateTime, Versioned

CREATED, PASSWORD, ENABLED = MESSAGE_KINDS = ("created", "password", "enabled")
WAITING, SENT, FAILED, SKIPPED = MESSAGE_STATES = ("waiting", "sent", "failed", "skipped")


class MessageTemplate(Identified, Timestamped, Versioned, db.Model):
    """The words of one kind of message, of one package or of all that have none of their own.

    Attributes:
        package_id: None = for packages without words of their own.
        kind: created, password, enabled.
    """

    __tablename__ = "message_template"
    __table_args__ = (
        CheckConstraint("kind in ('created', 'password', 'enabled')", name="kind"),
        UniqueConstraint("package_id", "kind"),
    )
    package_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    package: Mapped[Package | None] = relationship()


class CustomerChannel(Identified, Timestamped, Versioned, db.Model):
    """One way by which subscribers are told: an apprise address in which the subscriber's own stands as a blank.

    Attributes:
        kind: email, whatsapp, sms.
        sealed: the address, sealed: it carries tokens and passwords.
        password_allowed: a password may stand in its messages; otherwise only a link to see it once.
        position: the first one that reaches a subscriber is taken.
    """

    __tablename__ = "customer_channel"
    __table_args__ = (CheckConstraint("kind in ('email', 'whatsapp', 'sms')", name="kind"),)
    kind: Mapped[str] = mapped_column(String(10))
    description: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[str] = mapped_column(String(4000))
    scheme: Mapped[str] = mapped_column(String(40))
    password_allowed: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomerMessage(Identified, db.Model):
    """One message to one subscriber; the words themselves are not kept.

    Attributes:
        cause: what it is about, such as the generation of the account: the same is told once.
        sent_to: the address, masked.
        due_at: when it is tried next; None = nothing to send any more.
        reason: why it was skipped or failed, as a message code.
    """

    __tablename__ = "customer_message"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'sent', 'failed', 'skipped')", name="status"),
        CheckConstraint("kind in ('created', 'password', 'enabled')", name="kind"),
        UniqueConstraint("account_id", "kind", "cause"),
        Index("ix_customer_message_due", "due_at", sqlite_where=text("due_at is not null"),
              postgresql_where=text("due_at is not null")),
    )  # fmt: skip
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("customer_channel.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(10))
    cause: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(10), default=WAITING)
    sent_to: Mapped[str] = mapped_column(String(120), default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(60), default="")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    account: Mapped[Account] = relationship()


class PasswordLink(Identified, db.Model):
    """A page that shows a subscriber's log-in and password once.

    Attributes:
        token_hash: SHA-256 of what stands in the address.
        opened_at: when it was shown; from then on it shows nothing.
    """

    __tablename__ = "password_link"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("customer_message.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()
