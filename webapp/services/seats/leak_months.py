"""What leaked month by month, as it was noted: it cannot be reconstructed afterwards; and what is at stake now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Label, Select, delete, func, insert, select

from webapp.clock import utc_now
from webapp.decide.leaks import COSTING, KINDS, NOTHING, Sum
from webapp.decide.reports import first_of, months_back
from webapp.extensions import db
from webapp.models import Invoice, LeakFigure
from webapp.models.invoice import CLOSED
from webapp.models.types import Money
from webapp.services.hub import current_hub
from webapp.services.seats.leaks import leaking, total
from webapp.services.transactions import begin

MONTHS = 24


@dataclass(frozen=True)
class LeakMonth:
    """What leaked at the end of a month, or leaks in the running one, by kind."""

    month: date
    noted_at: datetime
    sums: Mapping[str, Sum]

    @property
    def value(self) -> Decimal:
        """Return what costs the provider money by itself, in R$ per month."""
        return sum((self.sums[kind].value for kind in COSTING), NOTHING)

    @property
    def unpriced(self) -> int:
        """Return how many of these have no cost on record."""
        return sum(self.sums[kind].unpriced for kind in COSTING)


@dataclass(frozen=True)
class Stake:
    """The money that waits for somebody.

    Attributes:
        leaks: what is billed for nothing, in R$ per month, as last noted; None = nothing was noted yet.
        unpriced: so many of these have no cost on record.
        disputed: what is contested in the invoice that was checked last; None = none was checked yet.
        open_invoices: that were uploaded and are not closed.
    """

    leaks: Decimal | None
    unpriced: int | None
    noted_at: datetime | None
    disputed: Decimal | None
    open_invoices: int


def note_leaks() -> None:
    """Note what leaks now as that of the running month, and commit; the last note of a month stays."""
    begin(reads_only=True)
    sums = total(leaking())
    month, now = first_of(current_hub().today()), utc_now()
    db.session.rollback()
    begin(reads_only=False)
    db.session.execute(delete(LeakFigure).where(LeakFigure.month == month))
    rows = [{"month": month, "kind": kind, "noted_at": now, **asdict(one)} for kind, one in sums.items()]
    db.session.execute(insert(LeakFigure), rows)
    db.session.commit()


def list_months() -> list[LeakMonth]:
    """Return the months of which something was noted, the oldest first; one question."""
    first = months_back(current_hub().today(), MONTHS)
    return _gathered(select(LeakFigure).where(LeakFigure.month >= first).order_by(LeakFigure.month))


def stake_columns() -> list[Label[Any]]:
    """Return what ``stake_of`` needs of a row, each by its own index: part of the dashboard's question."""
    latest = select(func.max(LeakFigure.month)).scalar_subquery()
    noted = LeakFigure.month == latest, LeakFigure.kind.in_(COSTING)
    checked = select(Invoice.disputed).where(Invoice.checked_at.is_not(None))
    parts = {
        "leaks": select(func.sum(LeakFigure.value, type_=Money())).where(*noted),
        "unpriced": select(func.sum(LeakFigure.unpriced)).where(*noted),
        "noted_at": select(func.max(LeakFigure.noted_at)).where(*noted),
        "disputed": checked.order_by(Invoice.checked_at.desc(), Invoice.id.desc()).limit(1),
        "open_invoices": select(func.count()).select_from(Invoice).where(Invoice.state != CLOSED),
    }
    return [part.scalar_subquery().label(name) for name, part in parts.items()]


def stake_of(row: Any) -> Stake:
    """Return the money that waits for somebody from a row with ``stake_columns``."""
    return Stake(row.leaks, row.unpriced, row.noted_at, row.disputed, row.open_invoices)


def _gathered(wanted: Select[LeakFigure]) -> list[LeakMonth]:
    rows: dict[date, list[LeakFigure]] = {}
    for row in db.session.scalars(wanted):
        rows.setdefault(row.month, []).append(row)
    return [_month(month, found) for month, found in rows.items()]


def _month(month: date, rows: Sequence[LeakFigure]) -> LeakMonth:
    said = {row.kind: Sum(row.count, row.value, row.unpriced) for row in rows}
    return LeakMonth(month, max(row.noted_at for row in rows), {kind: said.get(kind, Sum()) for kind in KINDS})
