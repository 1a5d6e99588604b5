"""Tells whether a checked invoice would come out otherwise now: what it was judged by has changed since.

It is only told; a person checks anew, since lines that somebody looked at must not change by themselves.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Label, and_, exists, or_, select

from webapp.decide.seats import month_bounds
from webapp.extensions import db
from webapp.models import Event, Invoice, Product, Seat
from webapp.models.invoice import CHECKED, COLUMNS
from webapp.services.invoices.ledger import zone
from webapp.services.invoices.uploading import KIND

# What a check says of itself alone: other invoices are judged without it.
OWN = frozenset({"disputed", "not_billed"})
TERMS, COSTS, WORDS, SEATS, OTHERS = CAUSES = ("terms", "costs", "words", "seats", "others")


def outdated_by(invoice: Invoice) -> Sequence[str]:
    """Return the causes, of ``CAUSES``, in two questions; none where it stands, or can be changed no more."""
    at = invoice.checked_at
    if invoice.state != CHECKED or at is None or invoice.content is None:
        return ()
    row = db.session.execute(select(*_asked(invoice, at))).one()
    changed = {cause: getattr(row, cause) for cause in CAUSES}
    changed[OTHERS] = changed[OTHERS] or _others(invoice, at)
    return [cause for cause, has_changed in changed.items() if has_changed]


def _asked(invoice: Invoice, at: datetime) -> list[Label[bool]]:
    products = select(Product.id).where(Product.integration_id == invoice.integration_id)
    others = select(Invoice.id).where(Invoice.integration_id == invoice.integration_id, Invoice.id != invoice.id)
    told = f"{invoice.integration.description} {invoice.month:%Y-%m}"
    discarded = _event(at, KIND, Event.action == f"{KIND}.discard", Event.label == told)
    costs = _event(at, "product", Event.action.in_(("product.cost", "product.cost_removed")),
                   Event.object_id.in_(products))  # fmt: skip
    words = _event(at, KIND, Event.action == f"{KIND}.name_products", Event.object_id.in_(others))
    return [
        _terms(invoice, at).label(TERMS), costs.label(COSTS), words.label(WORDS), _seats(invoice, at).label(SEATS),
        discarded.label(OTHERS),
    ]  # fmt: skip


def _event(at: datetime, kind: str, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Event.object_type == kind, Event.at > at, *wanted)


def _terms(invoice: Invoice, at: datetime) -> ColumnElement[bool]:
    day = [side["billing_day"].as_string() for side in (Event.before, Event.after)]
    other_day = and_(Event.action == "integration.reconciliation", day[0].is_distinct_from(day[1]))
    wanted = or_(Event.action == "integration.terms", other_day)
    return _event(at, "integration", Event.object_id == invoice.integration_id, wanted)


def _seats(invoice: Invoice, at: datetime) -> ColumnElement[bool]:
    """Seats of the month that began or ended since: the month was not over, or a call became known late."""
    first, end = month_bounds(invoice.month, zone())
    since = max(first, at)
    mine = Seat.integration_id == invoice.integration_id
    ended = exists().where(mine, Seat.ended_at > since, Seat.ended_at < end)
    began = exists().where(mine, Seat.ended_at.is_(None), Seat.began_at > since, Seat.began_at < end)
    return or_(ended, began)


def _others(invoice: Invoice, at: datetime) -> bool:
    """Tell whether another invoice of the month was checked since and bills otherwise than when it was checked before.

    One that comes out as it did changes nothing here: else checking one would call for the other, for ever.
    """
    same = select(Invoice.id).where(
        Invoice.integration_id == invoice.integration_id, Invoice.month == invoice.month, Invoice.id != invoice.id,
        Invoice.state != COLUMNS,
    )  # fmt: skip
    wanted = select(Event.object_id, Event.at, Event.after).where(Event.object_type == KIND, Event.object_id.in_(same))
    former: dict[int | None, dict[str, object]] = {}
    for row in db.session.execute(wanted.where(Event.action == f"{KIND}.check").order_by(Event.id)):
        said = {name: value for name, value in (row.after or {}).items() if name not in OWN}
        if row.at > at and former.get(row.object_id) != said:
            return True
        former[row.object_id] = said
    return False
