"""Lines that a person does not contest, and why."""

from decimal import Decimal

from sqlalchemy import case, func, select

from webapp.extensions import db
from webapp.models import Invoice, InvoiceLine
from webapp.models.invoice import CHECKED
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, Problem
from webapp.services.invoices.uploading import note
from webapp.services.transactions import begin

LONGEST = 200
_MORE = InvoiceLine.value > InvoiceLine.expected


def set_aside(line_id: int, reason: str) -> InvoiceLine:
    """Contest a line no more, and commit.

    Raises:
        NotFound: no such line.
        Conflict: there is nothing to contest, or the invoice is closed.
        Invalid: without a reason.
    """
    refuse_if([] if reason.strip() else [Problem("reason", "invoice_reason_missing")])
    line = _begin(line_id)
    if line.value <= line.expected:
        raise Conflict("invoice_nothing_contested", {"id": line_id})
    return _put(line, reason.strip()[:LONGEST])


def take_up(line_id: int) -> InvoiceLine:
    """Contest a line again that was set aside, and commit.

    Raises:
        NotFound: no such line.
        Conflict: the invoice is closed.
    """
    return _put(_begin(line_id), None)


def get_line(line_id: int) -> InvoiceLine:
    """Return one.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    return get_or_refuse(InvoiceLine, line_id, "invoice_line_not_found")


def _begin(line_id: int) -> InvoiceLine:
    begin(reads_only=False)
    line = get_line(line_id)
    if line.invoice.state != CHECKED:
        raise Conflict("invoice_closed", {"id": line.invoice_id})
    return line


def _put(line: InvoiceLine, aside: str | None) -> InvoiceLine:
    if line.aside != aside:
        line.aside = aside
        db.session.flush()
        invoice = line.invoice
        invoice.disputed = _disputed(invoice)
        facts = {"line": line.number, "contested": f"{line.value - line.expected:.2f}"}
        note("take_up" if aside is None else "set_aside", invoice, invoice.integration, facts, aside or "")
    commit()
    return line


def _disputed(invoice: Invoice) -> Decimal:
    contested = case((_MORE & InvoiceLine.aside.is_(None), InvoiceLine.value - InvoiceLine.expected), else_=0)
    wanted = select(func.coalesce(func.sum(contested, type_=InvoiceLine.value.type), 0)).where(
        InvoiceLine.invoice_id == invoice.id
    )
    return Decimal(db.session.scalars(wanted).one())
