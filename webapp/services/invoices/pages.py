"""Invoices as pages show them: the list, one with its totals, one line with the days behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from webapp.decide.billing import Terms, billed_days, looked_at, month_days
from webapp.decide.seats import Span, held_days, month_bounds
from webapp.extensions import db
from webapp.models import (
    Account,
    BillingTerms,
    Event,
    Integration,
    Invoice,
    InvoiceLine,
    Product,
    ProductCost,
    Service,
    Setting,
)
from webapp.models.invoice import CLOSED
from webapp.services.errors import NotFound
from webapp.services.invoices.checking import unknown_items
from webapp.services.invoices.ledger import spans_of, terms_from, terms_of, zone
from webapp.services.invoices.outdated import outdated_by
from webapp.services.invoices.uploading import KIND, UNKNOWN
from webapp.services.pages import PAGE_SIZE, Page, page_of, read_id
from webapp.services.seats.beginning import BEGUN_AT

EVENTS = 20


@dataclass(frozen=True)
class InvoiceView:
    """One invoice in full.

    Attributes:
        unknown: words for products that nobody knows; ``products`` may be meant by them.
        priceless: products of ours without a cost on record on some day of the month.
        outdated: what has changed since it was checked, of ``outdated.CAUSES``.
        incomplete: since when the ledger of seats is complete, where that is after the month began; else None.
    """

    invoice: Invoice
    terms: Terms
    unknown: Sequence[str]
    products: Sequence[Product]
    priceless: Sequence[Product]
    incomplete: datetime | None
    events: Sequence[Event]
    outdated: Sequence[str] = ()

    @property
    def open(self) -> bool:
        """Whether it can still be changed."""
        return self.invoice.state != CLOSED

    @property
    def file_kept(self) -> bool:
        """Whether it can be checked anew."""
        return self.invoice.content is not None


@dataclass(frozen=True)
class Day:
    """One day of the month.

    Attributes:
        state: active, suspended, pending; empty = not held.
        counts: it is billed by the terms.
        looked_at: the platform looks at it.
    """

    number: int
    state: str
    counts: bool
    looked_at: bool


@dataclass(frozen=True)
class LineView:
    """One line in full.

    Attributes:
        days: of the month; empty where nobody of ours is meant.
        spans: all that was ever held until the month's end, in order.
        account, product: who and what is meant, where that is known.
    """

    line: InvoiceLine
    terms: Terms
    days: Sequence[Day]
    spans: Sequence[Span]
    account: Account | None
    product: Product | None

    @property
    def ended_at(self) -> datetime | None:
        """When what is billed had ended."""
        return _moment(self.line.proof.get("ended_at"))

    @property
    def told_at(self) -> datetime | None:
        """When the platform was told of it."""
        return _moment(self.line.proof.get("at"))

    @property
    def contested(self) -> Decimal:
        """What is asked back, or would be."""
        return max(Decimal("0.00"), self.line.value - self.line.expected)


def list_invoices(cursor: str = "", integration_id: int | None = None) -> Page[Invoice]:
    """Return invoices, the latest month first."""
    wanted = select(Invoice).options(joinedload(Invoice.integration))
    if integration_id is not None:
        wanted = wanted.where(Invoice.integration_id == integration_id)
    # The number of a page is enough: there are a few of them each month.
    start = read_id(cursor) or 0
    order = (Invoice.month.desc(), Invoice.id.desc())
    rows = db.session.scalars(wanted.order_by(*order).offset(start).limit(PAGE_SIZE + 1)).all()
    shown, more = page_of(rows, PAGE_SIZE, lambda row: (row.id,))
    return Page(shown, str(start + PAGE_SIZE) if more else "")


def view_invoice(invoice_id: int) -> InvoiceView:
    """Return one in full.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    invoice, row, begun = _found(invoice_id)
    terms, products = terms_from(invoice.integration, row), _products(invoice)
    events = select(Event).where(Event.object_type == KIND, Event.object_id == invoice_id)
    return InvoiceView(
        invoice, terms, unknown_items(invoice_id), list(products), _priceless(products),
        _incomplete(invoice.month, begun),
        db.session.scalars(events.order_by(Event.id.desc()).limit(EVENTS)).all(), outdated_by(invoice),
    )  # fmt: skip


def view_line(invoice_id: int, line_id: int) -> LineView:
    """Return one line in full.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    line = db.session.get(InvoiceLine, line_id)
    if line is None or line.invoice_id != invoice_id:
        raise NotFound("invoice_line_not_found", {"id": line_id})
    terms, _row = terms_of(line.invoice.integration)
    whose = joinedload(Account.service).joinedload(Service.customer)
    account = db.session.get(Account, line.account_id, options=[whose]) if line.account_id else None
    product = db.session.get(Product, line.product_id) if line.product_id else None
    spans = _spans(line)
    return LineView(line, terms, _days(line.invoice.month, terms, spans), spans, account, product)


def integrations() -> Sequence[Integration]:
    """Return the platforms whose invoices can be checked, by name."""
    return db.session.scalars(select(Integration).order_by(Integration.description)).all()


def _spans(line: InvoiceLine) -> list[Span]:
    if line.account_id is None or line.product_id is None:
        return []
    return spans_of(line.account_id, line.product_id, month_bounds(line.invoice.month, zone())[1])


def _days(month: date, terms: Terms, spans: Sequence[Span]) -> list[Day]:
    if not spans:
        return []
    held = held_days(spans, month, zone())
    states = next(iter(held.values()), ("",) * len(month_days(month)))
    counted, looked = billed_days(states, month, terms), looked_at(month, terms)
    return [Day(day, states[day - 1], day in counted, day in looked) for day in month_days(month)]


def _found(invoice_id: int) -> tuple[Invoice, BillingTerms | None, datetime | None]:
    """Return an invoice, by which terms its platform bills, and since when the ledger of seats is complete."""
    wanted = (
        select(Invoice, BillingTerms, Setting.value)
        .outerjoin(BillingTerms, BillingTerms.integration_id == Invoice.integration_id)
        .outerjoin(Setting, Setting.name == BEGUN_AT)
        .options(joinedload(Invoice.integration))
    )
    row = db.session.execute(wanted.where(Invoice.id == invoice_id)).one_or_none()
    if row is None:
        raise NotFound(UNKNOWN, {"id": invoice_id})
    return row[0], row[1], _moment(row[2])


def _products(invoice: Invoice) -> Mapping[Product, bool]:
    """Return the platform's products by name, and of each whether its cost is on record when the month begins."""
    costed = exists().where(ProductCost.product_id == Product.id, ProductCost.from_on <= invoice.month)
    mine = select(Product, costed).where(Product.integration_id == invoice.integration_id).order_by(Product.name)
    return {row[0]: row[1] for row in db.session.execute(mine)}


def _priceless(products: Mapping[Product, bool]) -> list[Product]:
    return [product for product, costed in products.items() if product.active and not costed]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _incomplete(month: date, begun: datetime | None) -> datetime | None:
    return begun if begun is not None and begun > month_bounds(month, zone())[0] else None
