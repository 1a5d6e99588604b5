"""Seats: who held which product of a platform from when to when. Kept for years, and small: ids and times only."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.account import Account
from webapp.models.customer import ServicePackage
from webapp.models.integration import Integration, Product
from webapp.models.types import Identified, Money, Timestamped, UtcDateTime

ACTIVE, SUSPENDED, PENDING = SEAT_STATES = ("active", "suspended", "pending")


class SeatChange(Identified, db.Model):
    """What a platform accepted for one right; written with the outcome of the call, folded into seats soon after.

    Attributes:
        state: of the right from then on: active, pending_user, suspended, absent (``decide.state``).
        attempt_id: the call that did it; None = it was found so.
    """

    __tablename__ = "seat_change"
    account_id: Mapped[int]
    service_package_id: Mapped[int]
    product_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempt_id: Mapped[int | None]


class Seat(Identified, db.Model):
    """One right in one state, from one moment to another.

    Attributes:
        state: active, suspended (many platforms bill it as well), or pending (the subscriber has to finish it there).
        ended_at: None = it still lasts.
        began_by, ended_by: why, as a code of ``decide/seats.py``, such as ``sold``, ``debt``, ``removed``.
        proof: of the end: time, request id and answer of the call by which the platform was told; empty = none.
    """

    __tablename__ = "seat"
    __table_args__ = (
        CheckConstraint("state in ('active', 'suspended', 'pending')", name="state"),
        CheckConstraint("ended_at is null or ended_at >= began_at", name="times"),
        # What is asked for is one platform in one month: everything that began before its end and lasted into it.
        Index("ix_seat_past", "integration_id", "ended_at", "began_at", sqlite_where=text("ended_at is not null"),
              postgresql_where=text("ended_at is not null")),
        Index("ix_seat_open", "integration_id", "began_at", sqlite_where=text("ended_at is null"),
              postgresql_where=text("ended_at is null")),
        Index("ix_seat_account", "account_id"),
    )  # fmt: skip
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    service_package_id: Mapped[int] = mapped_column(ForeignKey("service_package.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    state: Mapped[str] = mapped_column(String(10))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    began_by: Mapped[str] = mapped_column(String(20), default="")
    ended_by: Mapped[str] = mapped_column(String(20), default="")
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    account: Mapped[Account] = relationship()
    service_package: Mapped[ServicePackage] = relationship()
    product: Mapped[Product] = relationship()


class ProductCost(Identified, db.Model):
    """What a platform charges the provider for one seat of a product in a month, from a day on."""

    __tablename__ = "product_cost"
    __table_args__ = (UniqueConstraint("product_id", "from_on"), CheckConstraint("value >= 0", name="value"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    from_on: Mapped[date] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Money)
    product: Mapped[Product] = relationship()


class BillingTerms(Timestamped, db.Model):
    """How a platform bills: which seats of a month count, and how its invoices are read.

    Attributes:
        basis: ``any_day`` (whoever had it on any day of the month, whole), ``on_day`` (who has it on the billing day
            of the integration), ``daily`` (by days held).
        suspended_counts, pending_counts: a seat in this state is billed like an active one.
        mapping: field of a line -> column of its invoices, as it was last mapped.
        product_words: how its invoices name a product, folded -> id of the product, as persons said.
    """

    __tablename__ = "billing_terms"
    __table_args__ = (CheckConstraint("basis in ('any_day', 'on_day', 'daily')", name="basis"),)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"), primary_key=True)
    basis: Mapped[str] = mapped_column(String(10), default="any_day")
    suspended_counts: Mapped[bool] = mapped_column(default=True)
    pending_counts: Mapped[bool] = mapped_column(default=False)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    product_words: Mapped[dict[str, int] | None] = mapped_column(JSON)
    integration: Mapped[Integration] = relationship()
