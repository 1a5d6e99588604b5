"""A configured connection to one platform, its params and the products it sells."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.types import Identified, Timestamped, UtcDateTime, Versioned


class Integration(Identified, Timestamped, Versioned, db.Model):
    """One connection: gateway, description, switches, callback token, brakes.

    Attributes:
        callback_hash: SHA-256 of the token in the callback URL; ``callback_token`` is it, sealed.
        retry_schedule: seconds between tries; None = the product's default.
        paused_code: message code of why nothing is sent now; None = nothing is wrong.
        paused_until: when it is tried again by itself; None with a code = a person decides.
        breaker: what ``decide/breaker.py`` keeps.
        status_scope: whose status counts: that of the ``service`` that carries the package, or the best of
            all services of the ``customer`` (enabled beats suspended beats ended).
        limit_floor, limit_run_percent, limit_day_percent: how many may lose content before a person looks;
            None = the product's default (``decide/plan.py``).
        batch_expires_h: hours after which a batch that nobody decided on lapses.
        no_suspend: when nobody is suspended, as ``decide/calendar.py`` reads it; empty = no such times.
        billing_day: day of the month on which the platform counts whom it bills; None = not known.
        billing_lead_h: hours before it in which cancels go first.
        probe_nights: where the platform has no list, each account is looked at once in so many nights.
        probe_from, probe_until: ``HH:MM`` where the provider is.
    """

    __tablename__ = "integration"
    gateway: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(200))
    single_package: Mapped[bool] = mapped_column(default=False)
    follow_status: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    callback_token: Mapped[str | None] = mapped_column(String(400))
    callback_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    callback_old_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    callback_old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    concurrency: Mapped[int | None]
    rate_per_s: Mapped[float | None]
    retry_schedule: Mapped[list[float] | None] = mapped_column(JSON)
    reconcile_interval_s: Mapped[int] = mapped_column(default=3600)
    reconcile_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status_rules: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    status_scope: Mapped[str] = mapped_column(String(8), default="service")
    limit_floor: Mapped[int | None]
    limit_run_percent: Mapped[float | None]
    limit_day_percent: Mapped[float | None]
    batch_expires_h: Mapped[int] = mapped_column(default=72)
    no_suspend: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    billing_day: Mapped[int | None]
    billing_lead_h: Mapped[int] = mapped_column(default=48)
    probe_nights: Mapped[int] = mapped_column(default=7)
    probe_from: Mapped[str] = mapped_column(String(5), default="01:00")
    probe_until: Mapped[str] = mapped_column(String(5), default="06:00")
    products_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    auth_failures: Mapped[int] = mapped_column(default=0)
    paused_code: Mapped[str | None] = mapped_column(String(60))
    paused_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    breaker: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    params: Mapped[list["IntegrationParam"]] = relationship(
        back_populates="integration", cascade="all, delete-orphan", order_by="IntegrationParam.position"
    )
    products: Mapped[list["Product"]] = relationship(back_populates="integration", order_by="Product.name")
    __table_args__ = (
        CheckConstraint("reconcile_interval_s >= 60", name="reconcile_interval"),
        CheckConstraint("concurrency is null or concurrency between 1 and 256", name="concurrency"),
        CheckConstraint("rate_per_s is null or rate_per_s >= 0", name="rate"),
        CheckConstraint("status_scope in ('service', 'customer')", name="status_scope"),
        CheckConstraint("limit_floor is null or limit_floor >= 0", name="limit_floor"),
        CheckConstraint("limit_run_percent is null or limit_run_percent between 0 and 100", name="limit_run_percent"),
        CheckConstraint("limit_day_percent is null or limit_day_percent between 0 and 100", name="limit_day_percent"),
        CheckConstraint("batch_expires_h between 1 and 720", name="batch_expires"),
        CheckConstraint("billing_day is null or billing_day between 1 and 31", name="billing_day"),
        CheckConstraint("billing_lead_h between 1 and 240", name="billing_lead"),
        CheckConstraint("probe_nights between 1 and 31", name="probe_nights"),
    )


class IntegrationParam(Identified, db.Model):
    """One name and value. A secret's value stands sealed in ``sealed``, never in ``value``."""

    __tablename__ = "integration_param"
    __table_args__ = (
        UniqueConstraint("integration_id", "name"),
        CheckConstraint("sealed is null or value = ''", name="one_place"),
    )
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(4000), default="")
    sealed: Mapped[str | None] = mapped_column(String(8000))
    position: Mapped[int] = mapped_column(Integer, default=0)
    integration: Mapped[Integration] = relationship(back_populates="params")


class Product(Identified, Timestamped, db.Model):
    """What the platform sells. Never deleted: one that vanished there is marked ``missing_since``.

    Attributes:
        hidden: kept out of lists and choices; for what platforms list besides what they sell, such as tests.
        kind: the platform's own class of product, where its rules speak of it; else empty.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("integration_id", "code"),
        UniqueConstraint("id", "integration_id"),
        CheckConstraint("code <> ''", name="code"),
    )
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"), index=True)
    code: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(500), default="")
    kind: Mapped[str] = mapped_column(String(60), default="")
    active: Mapped[bool] = mapped_column(default=True)
    hidden: Mapped[bool] = mapped_column(default=False)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    integration: Mapped[Integration] = relationship(back_populates="products")


class IntegrationToken(Identified, db.Model):
    """What a platform gave us to show at every call: one for all processes, since a new one may kill the old.

    Attributes:
        sealed: token, refresh token and times, as JSON, sealed.
        changed_at: when it was last renewed.
    """

    __tablename__ = "integration_token"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"), unique=True)
    sealed: Mapped[str] = mapped_column(String(20000))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IntegrationCode(Identified, db.Model):
    """A code that a platform was asked to deliver to our redirect address, and the code once it came.

    Attributes:
        state_hash: SHA-256 of the state that went out and must come back; it is used once.
        sealed: the code, sealed; None until it came.
    """

    __tablename__ = "integration_code"
    __table_args__ = (UniqueConstraint("integration_id", "state_hash"),)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"))
    state_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str | None] = mapped_column(String(8000))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
