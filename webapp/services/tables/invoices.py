"""The list of an invoice's lines."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.decide.invoice import VERDICTS
from webapp.models import Account, Invoice, InvoiceLine, Service
from webapp.models.operator import ADMIN, FINANCE
from webapp.services.folding import mentions
from webapp.services.tables.contract import MONEY, NUMBER, Column, Filter, Order, Table

CONTESTED, ASIDE = CLAIMS = ("contested", "aside")
NOTHING = Decimal("0.00")


def line_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the lines of one invoice that filters choose."""
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id == int(filters.get("invoice", "0")))
    if "verdict" in filters:
        wanted = wanted.where(InvoiceLine.verdict == filters["verdict"])
    if "claim" in filters:
        aside = InvoiceLine.aside
        claimed = aside.is_(None) if filters["claim"] == CONTESTED else aside.is_not(None)
        wanted = wanted.where(InvoiceLine.value > InvoiceLine.expected, claimed)
    return wanted.where(*mentions(filters.get("q", ""), InvoiceLine.subject, InvoiceLine.item))


def contested_of(line: InvoiceLine) -> Decimal:
    """Return what is asked back for a line."""
    return NOTHING if line.aside is not None else max(NOTHING, line.value - line.expected)


def subject_of(line: InvoiceLine) -> str:
    """Return whom a line is about: as the platform names it, else by our log-in."""
    return line.subject or (line.account.login if line.account is not None else "")


def customer_of(line: InvoiceLine) -> str:
    """Return the name of the customer who is meant; empty = not known."""
    return line.account.service.customer.name if line.account is not None else ""


INVOICE_LINES = Table(
    name="invoice_lines",
    columns=(
        Column("subject", subject_of),
        Column("row", lambda row: row.number, NUMBER),
        Column("item", lambda row: row.item or (row.product.name if row.product is not None else "")),
        Column("holder", customer_of, usual=False),
        Column("verdict", lambda row: row.verdict, "invoice_verdict"),
        Column("billed", lambda row: row.value, MONEY, order="billed"),
        Column("expected", lambda row: row.expected, MONEY),
        Column("contested", contested_of, MONEY),
    ),
    filters=(
        Filter("q"), Filter("verdict", VERDICTS), Filter("claim", CLAIMS),
        Filter("invoice", kind=NUMBER, hidden=True),
    ),
    orders={
        "row": Order((InvoiceLine.id,), (int,)),
        "billed": Order((InvoiceLine.value, InvoiceLine.id), (Decimal, int)),
    },
    usual_order="row",
    rows=line_rows,
    endpoint="invoices.detail",
    options=(
        joinedload(InvoiceLine.account).joinedload(Account.service).joinedload(Service.customer),
        joinedload(InvoiceLine.product), joinedload(InvoiceLine.invoice).load_only(Invoice.state),
    ),
    place=("invoice",),
    people=True,
    takers=(ADMIN, FINANCE),
)  # fmt: skip
