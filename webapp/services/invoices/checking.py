"""An invoice is checked: read its lines, match them with the ledger of seats, keep what was found of each."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select

from webapp.clock import utc_now
from webapp.decide.invoice import Finding, Line, judge
from webapp.extensions import db
from webapp.models import BillingTerms, Invoice, InvoiceLine, Product
from webapp.models.invoice import CHECKED
from webapp.services.changes import check_version, commit, get_or_refuse, refuse_if
from webapp.services.documents import fold
from webapp.services.errors import Invalid, Problem
from webapp.services.invoices import files
from webapp.services.invoices.columns import FIELDS, SUBJECTS
from webapp.services.invoices.directory import Directory, load_directory, load_products
from webapp.services.invoices.ledger import Known, load_known, terms_of
from webapp.services.invoices.lines import reader_of
from webapp.services.invoices.proving import proof_of
from webapp.services.invoices.uploading import content_of, get_invoice, note
from webapp.services.transactions import begin

BATCH = 2000
# So large a part of the lines cannot be read: the columns are wrong, not the lines.
MOSTLY = 0.5
_LINE = InvoiceLine.__table__
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class _Checked:
    findings: list[Finding]
    known: Known
    directory: Directory


def check(invoice_id: int, mapping: Mapping[str, str] | None = None) -> Invoice:
    """Check an invoice, anew if it was checked before, and commit; what a person set aside stays aside.

    Args:
        mapping: field -> column of the file, kept for the platform's next invoice; None = as it was chosen.

    Raises:
        NotFound: no such invoice.
        Conflict: it is closed; or somebody changed it meanwhile: look at it again.
        Invalid: the columns do not fit; nothing was changed.
        VaultError: the encryption key is gone: restore it, or upload the file again.
    """
    begin(reads_only=True)
    invoice = get_invoice(invoice_id)
    version, chosen = invoice.version, dict(invoice.mapping if mapping is None else mapping)
    checked = _look(invoice, chosen)
    begin(reads_only=False)
    invoice = get_invoice(invoice_id)
    check_version(invoice, version)
    if mapping is not None:
        _terms(invoice.integration_id).mapping = chosen
    _write(invoice, chosen, checked)
    note("check", invoice, invoice.integration, _facts(invoice))
    commit()
    return invoice


def name_products(invoice_id: int, words: Mapping[str, int]) -> Invoice:
    """Say which product of ours a word of the platform means, for all its invoices, check anew, and commit.

    Args:
        words: as the invoice writes them -> id of the product.

    Raises:
        NotFound: no such invoice.
        Conflict: it is closed.
        Invalid: a product is not one of this platform.
    """
    begin(reads_only=False)
    invoice = get_invoice(invoice_id)
    content_of(invoice)
    _refuse_foreign(invoice.integration_id, words)
    terms = _terms(invoice.integration_id)
    terms.product_words = {**(terms.product_words or {}), **{fold(word): one for word, one in words.items()}}
    names = {word: db.session.get_one(Product, one).name for word, one in words.items()}
    note("name_products", invoice, invoice.integration, {"words": names})
    commit()
    return check(invoice_id)


def unknown_items(invoice_id: int, most: int = 50) -> list[str]:
    """Return the words for products of an invoice that nobody knows."""
    wanted = select(_LINE.c.item).where(
        _LINE.c.invoice_id == invoice_id, _LINE.c.verdict == "unclear", _LINE.c.product_id.is_(None), _LINE.c.item != ""
    )
    return list(db.session.scalars(wanted.distinct().order_by(_LINE.c.item).limit(most)))


def _look(invoice: Invoice, mapping: Mapping[str, str]) -> _Checked:
    content = content_of(invoice)
    table = files.open_file(content)
    refuse_if(_problems(mapping, table.header))
    terms, row = terms_of(invoice.integration)
    products = load_products(invoice.integration_id, row)
    lines = list(reader_of(table, mapping, products, pdf=files.is_pdf(content)).lines(table.rows))
    _refuse_unread(lines)
    directory = load_directory(invoice.integration_id, remote="remote_id" in mapping)
    found = directory.find(lines)
    meant = {account for _, accounts in found for account in accounts or ()}
    known = load_known(invoice, terms, directory.owners, meant)
    return _Checked(judge(found, known.ledger), known, directory)


def _problems(mapping: Mapping[str, str], header: Sequence[str]) -> list[Problem]:
    problems = [
        Problem(name, "file_column_gone", {"column": name})
        for field, name in mapping.items()
        if name not in header or field not in FIELDS
    ]
    if not any(field in mapping for field in SUBJECTS):
        problems.append(Problem("columns", "invoice_subject_missing"))
    if "value" not in mapping:
        problems.append(Problem("columns", "invoice_value_missing"))
    return problems


def _refuse_unread(lines: Sequence[Line]) -> None:
    if not lines:
        raise Invalid([Problem("columns", "invoice_without_lines")])
    flawed = [line for line in lines if line.flaw]
    if len(flawed) > MOSTLY * len(lines):
        params = {"odd": len(flawed), "of": len(lines), "row": flawed[0].number}
        raise Invalid([Problem("columns", "invoice_columns_doubtful", params)])


def _terms(integration_id: int) -> BillingTerms:
    terms = db.session.get(BillingTerms, integration_id)
    if terms is None:
        terms = BillingTerms(integration_id=integration_id)
        db.session.add(terms)
    return terms


def _refuse_foreign(integration_id: int, words: Mapping[str, int]) -> None:
    for product_id in words.values():
        product = get_or_refuse(Product, product_id, "product_not_found")
        if product.integration_id != integration_id:
            raise Invalid([Problem("product_id", "invoice_product_foreign")])


def _write(invoice: Invoice, mapping: dict[str, str], checked: _Checked) -> None:
    mine = _LINE.c.invoice_id == invoice.id
    set_aside = select(_LINE.c.number, _LINE.c.aside).where(mine, _LINE.c.aside.is_not(None))
    aside = {row.number: row.aside for row in db.session.execute(set_aside)}
    db.session.execute(delete(_LINE).where(mine))
    rows = list(_rows(invoice.id, checked, aside))
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(_LINE), rows[start : start + BATCH])
    found = checked.findings
    invoice.mapping, invoice.state, invoice.checked_at = mapping, CHECKED, utc_now()
    invoice.counts = dict(Counter(one.verdict for one in found))
    invoice.billed = sum((one.value for one in found), NOTHING)
    contested = (one.disputed for one in found if one.line is None or one.line.number not in aside)
    invoice.disputed = sum(contested, NOTHING)


def _rows(invoice_id: int, checked: _Checked, aside: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for one in checked.findings:
        line = one.line
        # Whoever was erased is not written down again: the line's number tells the platform who it is.
        hidden = one.account_id in checked.directory.erased
        yield {
            "invoice_id": invoice_id, "number": line.number if line else None,
            "subject": line.subject if line and not hidden else "", "item": line.item if line else "",
            "value": one.value, "expected": one.expected, "verdict": one.verdict, "account_id": one.account_id,
            "product_id": one.product_id, "proof": {} if hidden else proof_of(one, checked.known),
            "aside": aside.get(line.number) if line else None,
        }  # fmt: skip


def _facts(invoice: Invoice) -> dict[str, object]:
    return {"billed": f"{invoice.billed:.2f}", "disputed": f"{invoice.disputed:.2f}", **invoice.counts}
