"""Invoices of platforms, line by line, and what the hub found of each line."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.account import Account
from webapp.models.integration import Integration, Product
from webapp.models.types import Identified, Money, SealedText, Timestamped, UtcDateTime, Versioned

COLUMNS, CHECKED, CLOSED = INVOICE_STATES = ("columns", "checked", "closed")


class Invoice(Identified, Timestamped, Versioned, db.Model):
    """One file of one platform for one month.

    Attributes:
        month: its first day.
        state: ``columns`` (which column means what is not known yet), ``checked``, ``closed`` (contested or paid).
        content: the file as it came, packed and sealed; gone when the invoice is closed.
        digest: SHA-256 of the file, so that the same one is not checked twice unnoticed.
        mapping: field of a line -> column of this file.
        billed: sum of its lines; ``disputed``: sum of what is contested.
        counts: verdict -> lines.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("state in ('columns', 'checked', 'closed')", name="state"),
        Index("ix_invoice_month", "integration_id", "month"),
        # What the dashboard asks for on each load: without reading the files, which lie in the rows.
        Index("ix_invoice_checked_at", "checked_at"),
        Index("ix_invoice_state", "state"),
    )
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id"))
    month: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=COLUMNS)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[str | None] = mapped_column(SealedText)
    digest: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    billed: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    disputed: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    uploaded_by: Mapped[str] = mapped_column(String(254), default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    integration: Mapped[Integration] = relationship()


class InvoiceLine(Identified, db.Model):
    """One line of an invoice, or something that should stand on it and does not.

    Attributes:
        number: row in the file; None = it is not in the file (``not_billed``).
        subject: whom the platform names: log-in, its id, or document.
        item: the product as the platform names it.
        verdict: a code of ``decide/invoice.py``: right, cancelled, twice, not_billed, price, unknown ...
        value: what is billed; ``expected``: what should be; their difference is what is contested.
        proof: what shows it: days held, the end of the seat with request id and answer; and ``reason``.
        aside: why a person does not contest it; None = it is contested if there is anything to contest.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        Index("ix_invoice_line_verdict", "invoice_id", "verdict", "id"),
        Index("ix_invoice_line_account", "account_id"),
    )
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"))
    number: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(254), default="")
    item: Mapped[str] = mapped_column(String(200), default="")
    value: Mapped[Decimal] = mapped_column(Money)
    expected: Mapped[Decimal] = mapped_column(Money)
    verdict: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    proof: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    aside: Mapped[str | None] = mapped_column(String(200))
    invoice: Mapped[Invoice] = relationship()
    account: Mapped[Account | None] = relationship()
    product: Mapped[Product | None] = relationship()
