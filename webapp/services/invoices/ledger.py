"""What the hub knows of one platform's month: who held what on which day, what it costs, what others billed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from webapp.decide.billing import Cost, Terms, month_days
from webapp.decide.invoice import Key, Ledger
from webapp.decide.seats import Span, held_days, month_bounds
from webapp.extensions import db
from webapp.models import BillingTerms, Integration, Invoice, InvoiceLine, Product, ProductCost, Seat
from webapp.models.invoice import COLUMNS
from webapp.services.hub import current_hub
from webapp.services.seats.reading import SPAN, span_of, spans

CHUNK = 500
_SEAT, _LINE = Seat.__table__.c, InvoiceLine.__table__.c
Spans = Mapping[Key, Sequence[Span]]


@dataclass(frozen=True)
class Known:
    """What is known of the month.

    Attributes:
        spans: of each seat, in the order of time: those of the month, and of ``ledger.ended`` the last one before.
    """

    ledger: Ledger
    spans: Spans


def zone() -> ZoneInfo:
    """Return the time zone of the provider."""
    return ZoneInfo(current_hub().settings.timezone)


def terms_of(integration: Integration) -> tuple[Terms, BillingTerms | None]:
    """Return how a platform bills, and the row that says so; None = nobody said, so the usual terms hold."""
    row = db.session.get(BillingTerms, integration.id)
    return terms_from(integration, row), row


def terms_from(integration: Integration, row: BillingTerms | None) -> Terms:
    """Return how a platform bills, by the row that says so."""
    day = integration.billing_day
    if row is None:
        return Terms(billing_day=day)
    return Terms(row.basis, row.suspended_counts, row.pending_counts, day)


def costs_of(integration_id: int) -> dict[int, list[Cost]]:
    """Return what each product of a platform costs, and since when."""
    rows = db.session.execute(
        select(ProductCost.product_id, ProductCost.from_on, ProductCost.value)
        .join(Product, Product.id == ProductCost.product_id)
        .where(Product.integration_id == integration_id)
    )
    found: defaultdict[int, list[Cost]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append(Cost(row.from_on, row.value))
    return dict(found)


def load_known(invoice: Invoice, terms: Terms, owners: Mapping[int, int], meant: Collection[int]) -> Known:
    """Read it, in the caller's transaction.

    Args:
        owners: account -> customer.
        meant: accounts that lines of the invoice can mean: of those not held in the month, what was before.
    """
    month, tz = invoice.month, zone()
    first, end = month_bounds(month, tz)
    found = _by_key(spans(invoice.integration_id, first, end))
    held = held_days((span for some in found.values() for span in some), month, tz)
    former = _former(set(meant), first, found)
    ledger = Ledger(
        month, terms, costs_of(invoice.integration_id), held, frozenset(former), owners,
        billed_elsewhere(invoice), billed_later(invoice),
    )  # fmt: skip
    return Known(ledger, {**former, **found})


def spans_of(account_id: int, product_id: int, until: datetime) -> list[Span]:
    """Return all that one account ever held of a product, and that began before a moment."""
    wanted = _SEAT.account_id == account_id, _SEAT.product_id == product_id, _SEAT.began_at < until
    return sorted(map(span_of, _read(*wanted)), key=lambda span: span.began_at)


def billed_elsewhere(invoice: Invoice) -> dict[Key, frozenset[int]]:
    """Return for which days earlier invoices of the same month bill which seats."""
    found: defaultdict[Key, frozenset[int]] = defaultdict(frozenset)
    for row in _others(invoice, Invoice.id < invoice.id):
        found[row.account_id, row.product_id] |= read_days(row.days or "", invoice.month)
    return {key: days for key, days in found.items() if days}


def billed_later(invoice: Invoice) -> frozenset[Key]:
    """Return the seats that later invoices of the same month bill: they are not missing any more."""
    rows = _others(invoice, Invoice.id > invoice.id)
    return frozenset((row.account_id, row.product_id) for row in rows if row.days)


def _others(invoice: Invoice, which: ColumnElement[bool]) -> Iterable[Any]:
    """Return the lines of other invoices of the same month that are about a known seat."""
    same = Invoice.integration_id == invoice.integration_id, Invoice.month == invoice.month, Invoice.state != COLUMNS
    known = (
        _LINE.verdict.in_(("right", "price", "cancelled", "suspended", "twice")), _LINE.product_id.is_not(None),
        _LINE.account_id.is_not(None),
    )  # fmt: skip
    days = _LINE.proof["days"].as_string().label("days")
    wanted = select(_LINE.account_id, _LINE.product_id, days).join(Invoice, Invoice.id == _LINE.invoice_id)
    return db.session.execute(wanted.where(*same, which, *known))


@lru_cache(maxsize=4096)
def write_days(days: frozenset[int], month: date) -> str:
    """Return days of a month as a short text: ``1-12,15``; ``*`` for all of them."""
    wanted = sorted(days)
    if len(wanted) == len(month_days(month)):
        return "*"
    runs: list[list[int]] = []
    for day in wanted:
        if runs and runs[-1][1] == day - 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def read_days(text: str, month: date) -> frozenset[int]:
    """Return the days that such a text names."""
    if text == "*":
        return frozenset(month_days(month))
    runs = (part.partition("-") for part in text.split(",") if part)
    return frozenset(day for first, _, last in runs for day in range(int(first), int(last or first) + 1))


def _former(accounts: Collection[int], first: datetime, held: Spans) -> dict[Key, list[Span]]:
    """Return the last seat before the month of what these accounts do not hold in it."""
    found: dict[Key, list[Span]] = {}
    for row in _ended_before(sorted(accounts), first):
        key = row.account_id, row.product_id
        if key not in held and (key not in found or found[key][0].began_at < row.began_at):
            found[key] = [span_of(row)]
    return found


def _ended_before(accounts: Sequence[int], first: datetime) -> Iterator[Any]:
    for start in range(0, len(accounts), CHUNK):
        some = accounts[start : start + CHUNK]
        yield from _read(_SEAT.account_id.in_(some), _SEAT.ended_at.is_not(None), _SEAT.ended_at <= first)


def _by_key(ordered: Iterable[Span]) -> dict[Key, list[Span]]:
    found: defaultdict[Key, list[Span]] = defaultdict(list)
    for span in ordered:
        found[span.account_id, span.product_id].append(span)
    return dict(found)


def _read(*wanted: Any) -> Iterable[Any]:
    return db.session.execute(select(*SPAN).where(*wanted))
