"""The file with which a platform's invoice is contested: only what the platform itself knows, and what it answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Invoice, InvoiceLine
from webapp.models.invoice import COLUMNS
from webapp.services.changes import commit
from webapp.services.errors import Conflict
from webapp.services.invoices.ledger import zone
from webapp.services.invoices.uploading import get_invoice, note
from webapp.services.transactions import begin

PAGE = 1000


@dataclass(frozen=True)
class Contested:
    """One line of the file.

    Attributes:
        number: of the row in the platform's own file.
        verdict: says why, see ``decide/invoice.py``.
        cancelled_at: when the platform was told, in UTC; None = nothing was taken away by a call.
    """

    number: int
    subject: str
    item: str
    billed: Decimal
    expected: Decimal
    contested: Decimal
    verdict: str
    cancelled_at: datetime | None
    request_id: str
    http_status: int | None
    answer: str


def begin_contestation(invoice_id: int, fmt: str) -> Invoice:
    """Note in the history that the file of what is contested is taken, and commit.

    Raises:
        NotFound: no such invoice.
        Conflict: it was not checked yet.
    """
    begin(reads_only=False)
    invoice = get_invoice(invoice_id)
    if invoice.state == COLUMNS:
        raise Conflict("invoice_not_checked", {"id": invoice_id})
    note("contest", invoice, invoice.integration, {"format": fmt, "disputed": f"{invoice.disputed:.2f}"})
    commit()
    return invoice


def contested_lines(invoice_id: int) -> Iterator[Contested]:
    """Return what is contested, in the order of the platform's file; nothing stays open meanwhile."""
    after = -1
    while True:
        begin(reads_only=True)
        found = [contested(line) for line in db.session.scalars(_wanted(invoice_id, after))]
        db.session.rollback()
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].number


def contested(line: InvoiceLine) -> Contested:
    """Return a line as the platform is told of it."""
    proof = line.proof
    told = proof.get("at") or None
    return Contested(
        line.number or 0, line.subject, line.item, line.value, line.expected, line.value - line.expected, line.verdict,
        datetime.fromisoformat(told) if told else None, str(proof.get("request_id", "")), proof.get("http_status"),
        str(proof.get("answer", "")),
    )  # fmt: skip


def local(moment: datetime) -> datetime:
    """Return a moment on the clock of the provider, without a zone."""
    return moment.astimezone(zone()).replace(tzinfo=None)


def _wanted(invoice_id: int, after: int) -> Any:
    return (
        select(InvoiceLine)
        .where(
            InvoiceLine.invoice_id == invoice_id, InvoiceLine.number > after, InvoiceLine.aside.is_(None),
            InvoiceLine.value > InvoiceLine.expected,
        )
        .order_by(InvoiceLine.number)
        .limit(PAGE)
    )  # fmt: skip
