"""What one service has on one integration, its rights, and every call made for it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.customer import Service, ServicePackage
from webapp.models.integration import Integration, Product
from webapp.models.types import Identified, Timestamped, UtcDateTime

PENDING, ACTIVE, SUSPENDED, CANCELLED, WAITING_USER, BLOCKED, PARKED = STATUSES = (
    "pending", "active", "suspended", "cancelled", "waiting_user", "blocked", "parked",
)  # fmt: skip


class Account(Identified, Timestamped, db.Model):
    """One service on one integration: never two rows, so never two accounts.

    Attributes:
        generation: grows with whatever changes the desired state; behind it, ``applied_generation``.
        units: what was last applied, by unit key (``decide.state.UnitState`` as JSON).
        due_at: when the engine looks next; None = nothing to do, or a person must act.
        priority: 0 paid-now, 5 ordinary, 8 suspend and cancel.
        lease_token: fencing: an outcome is accepted only with the token of its claim.
        verify_first: absence was only observed; look up before creating.
        recheck_on: the day on which dated inputs change the desired state.
        observed, observed_at: what a single look at the platform last showed, and when.
        missing_since: when a complete reading first did not show it; None = shown, or never looked.
        tombstone: log-in, remote ids and time of what we ended last: it may be shown for a while yet.
        first_used_at: when the subscriber was first seen to use it: a check-out, a log-in; None = not that we know.
        keep_content: never less than this, whatever the status asks (a batch was taken back); empty = nothing kept.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("integration_id", "service_id"),
        CheckConstraint(
            "status in ('pending', 'active', 'suspended', 'cancelled', 'waiting_user', 'blocked', 'parked')",
            name="status",
        ),
        CheckConstraint("generation >= applied_generation", name="generation"),
        CheckConstraint("keep_content in ('', 'active', 'suspended')", name="keep_content"),
        Index("ix_account_due", "integration_id", "priority", "due_at", sqlite_where=text("due_at is not null"),
              postgresql_where=text("due_at is not null")),
        Index("ix_account_login", "integration_id", "login_key"),
        # With what is wanted and whose it is, filters and counts by state never touch the rows themselves.
        Index("ix_account_status", "integration_id", "status", "desired", "service_id"),
        Index("ix_account_kept", "integration_id", "id", sqlite_where=text("keep_content <> ''"),
              postgresql_where=text("keep_content <> ''")),
        # Both are looked for every few seconds or every minute, and few accounts have them.
        Index("ix_account_leased", "lease_owner", sqlite_where=text("lease_owner is not null"),
              postgresql_where=text("lease_owner is not null")),
        Index("ix_account_recheck_on", "recheck_on", sqlite_where=text("recheck_on is not null"),
              postgresql_where=text("recheck_on is not null")),
    )  # fmt: skip
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    login: Mapped[str] = mapped_column(String(254), default="")
    login_key: Mapped[str] = mapped_column(String(254), default="")
    login_frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remote_ids: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(16), default=PENDING)
    desired: Mapped[str] = mapped_column(String(16), default="")
    observed: Mapped[str | None] = mapped_column(String(16))
    observed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(default=1)
    applied_generation: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    units: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    verify_first: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(default=5)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recheck_on: Mapped[date | None] = mapped_column(Date)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tombstone: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    keep_content: Mapped[str] = mapped_column(String(16), default="")
    keep_reason: Mapped[str] = mapped_column(String(200), default="")
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int] = mapped_column(default=0)
    error_kind: Mapped[str | None] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error_field: Mapped[str | None] = mapped_column(String(60))
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    integration: Mapped[Integration] = relationship()
    service: Mapped[Service] = relationship()
    entitlements: Mapped[list["Entitlement"]] = relationship(order_by="Entitlement.id")


class Entitlement(Identified, Timestamped, db.Model):
    """One product, through one package sold, on one account: desired, and what was applied."""

    __tablename__ = "entitlement"
    __table_args__ = (
        UniqueConstraint("account_id", "service_package_id", "product_id"),
        CheckConstraint("desired in ('active', 'suspended', 'absent')", name="desired"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    service_package_id: Mapped[int] = mapped_column(ForeignKey("service_package.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    desired: Mapped[str] = mapped_column(String(16))
    applied: Mapped[str] = mapped_column(String(16), default="none")
    product: Mapped[Product] = relationship()
    service_package: Mapped[ServicePackage] = relationship()


class Attempt(Identified, db.Model):
    """One call to a platform. Written before it is made, so that a crash leaves a trace.

    Attributes:
        outcome: None while open; then ok, already, gone, pending_user, or a ``GatewayError.kind``.
        request, response: masked.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_account", "account_id", "id"),
        Index("ix_attempt_integration", "integration_id", "id"),
        Index("ix_attempt_started", "started_at"),
    )
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    operation: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(140), default="")
    key: Mapped[str] = mapped_column(String(120), default="")
    generation: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(20))
    http_status: Mapped[int | None]
    latency_ms: Mapped[int | None]
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    account: Mapped[Account | None] = relationship()
    integration: Mapped[Integration] = relationship()
