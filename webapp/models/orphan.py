"""Accounts that a platform shows and that nobody here made, and what people decided about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.customer import Service
from webapp.models.integration import Integration
from webapp.models.types import Identified, UtcDateTime


class Orphan(Identified, db.Model):
    """One account on a platform without a subscriber here. Never ended by itself.

    Attributes:
        key: what stays the same over readings: its remote ids, else its reference, else its log-in.
        status: open (a person decides), ignored, adopted (``account_id`` is it), cancelling, cancelled, gone (the
            platform shows it no more).
        guess_service_id: whose it most likely is; ``guess_code`` says why, None = nobody known.
        call: operation, key and time of the cancel under way; it keeps its key over all repeats.
        error_code: why the cancel does not go on; ``due_at`` None with it = a person must look.
    """

    __tablename__ = "orphan"
    __table_args__ = (
        UniqueConstraint("integration_id", "key"),
        CheckConstraint(
            "status in ('open', 'ignored', 'adopted', 'cancelling', 'cancelled', 'gone')", name="status"
        ),
        Index("ix_orphan_status", "status", "integration_id", "id"),
        Index("ix_orphan_due", "due_at"),
    )  # fmt: skip
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    key: Mapped[str] = mapped_column(String(300))
    login: Mapped[str] = mapped_column(String(254), default="")
    document: Mapped[str] = mapped_column(String(20), default="")
    reference: Mapped[str] = mapped_column(String(120), default="")
    remote_ids: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="")
    products: Mapped[list[str] | None] = mapped_column(JSON)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(12), default="open")
    guess_service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id", ondelete="SET NULL"), index=True)
    guess_code: Mapped[str | None] = mapped_column(String(60))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    requested_by: Mapped[str] = mapped_column(String(254), default="")
    decided_by: Mapped[str] = mapped_column(String(254), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="")
    call: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    integration: Mapped[Integration] = relationship()
    guess_service: Mapped[Service | None] = relationship()
