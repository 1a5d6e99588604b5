"""Invoices of platforms come in: a file, its month, and which column of it is what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import delete, select

from webapp.extensions import db
from webapp.models import BillingTerms, Integration, Invoice, InvoiceLine
from webapp.models.invoice import CLOSED, COLUMNS
from webapp.services import audit
from webapp.services.changes import commit, get_or_refuse
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.invoices import files
from webapp.services.invoices.columns import fitting, suggest
from webapp.services.transactions import begin
from webapp.sources.spreadsheet_table import Cells, Table

SAMPLES = 3
UNKNOWN, KIND = "invoice_not_found", "invoice"


@dataclass(frozen=True)
class Header:
    """A file whose columns are to be chosen.

    Attributes:
        named: False = it has no header, ``columns`` are made up.
        mapping: field -> column: as chosen before, else as for the platform's last invoice, else suggested by name.
        remembered: it is that of the last invoice.
    """

    invoice: Invoice
    columns: Cells
    named: bool
    samples: list[Cells]
    mapping: Mapping[str, str]
    remembered: bool


def upload(integration_id: int, month: date, file_name: str, content: bytes) -> Invoice:
    """Keep an uploaded invoice, sealed, and commit; next its columns are chosen.

    Raises:
        NotFound: no such integration.
        Invalid: the file cannot be used, or is here already; or its month has not begun. Nothing was kept.
    """
    files.open_file(content)
    digest, month = files.digest_of(content), month.replace(day=1)
    begin(reads_only=False)
    integration = get_or_refuse(Integration, integration_id, "integration_not_found")
    _refuse_wrong(integration_id, month, digest)
    invoice = Invoice(
        integration_id=integration_id, month=month, file_name=file_name[-200:], digest=digest,
        uploaded_by=audit.current_actor(),
    )  # fmt: skip
    db.session.add(invoice)
    db.session.flush()
    invoice.content = files.seal(content, invoice.id)
    note("upload", invoice, integration, {"file": invoice.file_name, "bytes": len(content)})
    commit()
    return invoice


def get_invoice(invoice_id: int) -> Invoice:
    """Return one.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    return get_or_refuse(Invoice, invoice_id, UNKNOWN)


def header_of(invoice_id: int) -> Header:
    """Return header, first rows and the suggested columns of an invoice that is not closed.

    Raises:
        NotFound: no such invoice.
        Conflict: it is closed, so its file is gone.
        VaultError: the encryption key is gone: restore it, or upload the file again.
    """
    invoice = get_invoice(invoice_id)
    table = table_of(invoice)
    terms = db.session.get(BillingTerms, invoice.integration_id)
    kept = fitting(terms.mapping, table.header) if terms is not None else {}
    mapping = invoice.mapping or kept or suggest(table.header)
    samples = [cells for _, cells in islice(table.rows, SAMPLES)]
    return Header(invoice, table.header, table.named, samples, mapping, bool(kept) and mapping == kept)


def table_of(invoice: Invoice) -> Table:
    """Return the table of an invoice's file.

    Raises:
        Conflict: it is closed, so its file is gone.
    """
    return files.open_file(content_of(invoice))


def content_of(invoice: Invoice) -> bytes:
    """Return an invoice's file as it came.

    Raises:
        Conflict: its file is gone: it is closed, or the time was over for which files are kept.
    """
    if invoice.content is None or invoice.state == CLOSED:
        raise Conflict("invoice_closed" if invoice.state == CLOSED else "invoice_file_gone", {"id": invoice.id})
    return files.unseal(invoice.content, invoice.id)


def close(invoice_id: int) -> Invoice:
    """Close a checked invoice, forget its file, and commit; its lines stay.

    Raises:
        NotFound: no such invoice.
        Conflict: it was not checked yet, or is closed already.
    """
    begin(reads_only=False)
    invoice = get_invoice(invoice_id)
    if invoice.state != "checked":
        raise Conflict("invoice_closed" if invoice.state == CLOSED else "invoice_not_checked", {"id": invoice_id})
    invoice.state, invoice.content = CLOSED, None
    note("close", invoice, invoice.integration, {"disputed": f"{invoice.disputed:.2f}"})
    commit()
    return invoice


def discard(invoice_id: int) -> None:
    """Remove an invoice that is not closed, with its lines, and commit; as when the wrong file was uploaded.

    Raises:
        NotFound: no such invoice.
        Conflict: it is closed: what was contested stays on record.
    """
    begin(reads_only=False)
    invoice = get_invoice(invoice_id)
    if invoice.state == CLOSED:
        raise Conflict("invoice_closed", {"id": invoice_id})
    note("discard", invoice, invoice.integration, {"file": invoice.file_name})
    db.session.execute(delete(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id))
    db.session.delete(invoice)
    commit()


def note(what: str, invoice: Invoice, integration: Integration, after: Mapping[str, object], reason: str = "") -> None:
    """Write an event about an invoice, in the caller's transaction."""
    label = f"{integration.description} {invoice.month:%Y-%m}"
    audit.record(f"{KIND}.{what}", KIND, invoice.id, label, after=after, reason=reason)


def waits_for_columns(invoice: Invoice) -> bool:
    """Tell whether nobody said yet which column of it is what, and its file is there to be asked about."""
    return invoice.state == COLUMNS and invoice.content is not None


def _refuse_wrong(integration_id: int, month: date, digest: str) -> None:
    if month > current_hub().today():
        raise Invalid([Problem("month", "invoice_month_future", {"month": f"{month:%m/%Y}"})])
    same = select(Invoice).where(Invoice.integration_id == integration_id, Invoice.digest == digest)
    former = db.session.scalar(same.order_by(Invoice.id).limit(1))
    if former is not None:
        params = {"id": former.id, "month": f"{former.month:%m/%Y}", "by": former.uploaded_by}
        raise Invalid([Problem("file", "invoice_again", params)])
