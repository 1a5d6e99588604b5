"""Figures of months that are over, what counts for Anatel need of cities, and documents that were handed out."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, Money, UtcDateTime


class MonthFigure(Identified, db.Model):
    """What was sold of one package, with one plan, in one city, over one month. Written when it is over.

    Attributes:
        month: its first day.
        city: empty = not known.
        at_start, added, ended, at_end: packages sold and not removed; ``ended`` counts removals within the month.
        cancelled: of those, such whose service ended.
        revenue: what customers pay for them in the month; ``cost``: what platforms charge for the seats.
    """

    __tablename__ = "month_figure"
    __table_args__ = (UniqueConstraint("month", "package_id", "plan_id", "city"),)
    month: Mapped[date] = mapped_column(Date)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    city: Mapped[str] = mapped_column(String(80), default="")
    at_start: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    ended: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    at_end: Mapped[int] = mapped_column(default=0)
    revenue: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    cost: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))


class LeakFigure(Identified, db.Model):
    """What leaked in one way in one month; of the running one, as it was last noted.

    Attributes:
        month: its first day.
        kind: a code of ``decide/leaks.py``.
        count: of rights, seats or accounts; ``unpriced``: so many of them without a cost on record.
        value: R$ per month.
    """

    __tablename__ = "leak_figure"
    __table_args__ = (UniqueConstraint("month", "kind"),)
    month: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(12))
    count: Mapped[int] = mapped_column(default=0)
    value: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    unpriced: Mapped[int] = mapped_column(default=0)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class City(Identified, db.Model):
    """What the provider says of a city in which it has services; no personal data.

    Attributes:
        name: as it was written when it was first said; ``name_folded`` without case and marks.
        ibge: seven digits; empty = not known.
        area: of its accesses, unless somebody knows better: urban, rural, or empty.
    """

    __tablename__ = "city"
    name: Mapped[str] = mapped_column(String(80))
    name_folded: Mapped[str] = mapped_column(String(80), unique=True)
    ibge: Mapped[str] = mapped_column(String(7), default="")
    area: Mapped[str] = mapped_column(String(10), default="")


class Receipt(Identified, db.Model):
    """A signed document about one customer that was handed out; the document itself is not kept.

    Attributes:
        number: what stands on it, and by which it is looked up.
        digest: SHA-256 of the file.
        chain_place, chain_link: the head of the history when it was made.
    """

    __tablename__ = "receipt"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    chain_place: Mapped[int]
    chain_link: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
