"""What the law on personal data (LGPD) asks for: who looked, who was erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.customer import Customer
from webapp.models.types import Identified, UtcDateTime

WAITING, ERASED, WITHDRAWN = ERASURE_STATUSES = ("waiting", "done", "withdrawn")


class PersonalAccess(Identified, db.Model):
    """Somebody looked at, or took out, personal data of a customer.

    Attributes:
        actor: as in the history.
        what: the page or the operation, such as ``customers.show``.
        customer_id: None = many at once; ``people`` says how many.
        times: views of the same within minutes are one row.
    """

    __tablename__ = "personal_access"
    __table_args__ = (
        Index("ix_personal_access_customer", "customer_id", "id"),
        Index("ix_personal_access_actor", "actor", "id"),
        Index("ix_personal_access_at", "at"),
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45), default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    people: Mapped[int] = mapped_column(default=1)
    times: Mapped[int] = mapped_column(default=1)


class Erasure(Identified, db.Model):
    """A person's data is to be erased: first on the platforms, then here.

    Attributes:
        status: waiting (for the platforms), done, withdrawn.
        kept: what must stay, with its ground, as it was told to the person.
        progress: what is still waited for, by integration.
    """

    __tablename__ = "erasure"
    __table_args__ = (CheckConstraint("status in ('waiting', 'done', 'withdrawn')", name="status"),)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    status: Mapped[str] = mapped_column(String(12), default=WAITING, index=True)
    requested_by: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    approved_by: Mapped[str] = mapped_column(String(254), default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    customer: Mapped[Customer] = relationship()


class ErasedMark(Identified, db.Model):
    """By what an erased person is known again when a source brings it once more: a salted hash, never the value.

    Attributes:
        kind: document, email, phone, login, code, or a source's own id (``source:<id>``).
    """

    __tablename__ = "erased_mark"
    __table_args__ = (UniqueConstraint("kind", "digest"),)
    kind: Mapped[str] = mapped_column(String(30))
    digest: Mapped[str] = mapped_column(String(64))
    erasure_id: Mapped[int] = mapped_column(ForeignKey("erasure.id"), index=True)
