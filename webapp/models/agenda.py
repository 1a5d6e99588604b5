"""What is planned for a day: new values, campaigns, guided moves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.customer import Customer, Service
from webapp.models.package import Package, Plan
from webapp.models.types import Identified, Money, Timestamped, UtcDateTime, Versioned

PLANNED, APPLIED, DROPPED = CHANGE_STATES = ("planned", "applied", "dropped")
ASKED, MAKING, CHECKING, ENDING, DONE, STOPPED = MOVE_STATES = (
    "asked", "making", "checking", "ending", "done", "stopped",
)  # fmt: skip
MOVE_OPEN = MOVE_STATES[:4]


class PriceChange(Identified, Timestamped, Versioned, db.Model):
    """A new value of a package or a plan, from a day on.

    Attributes:
        kind: package or plan.
        percent, amount: by how much, or to how much; one of the two is given.
        also_sold: what is sold already changes too; otherwise only what is sold from that day on.
        checksum: of what was looked at when it was planned.
        counts: what it did: changed, left.
        before: id of a row -> its value before, so that it can be taken back.
    """

    __tablename__ = "price_change"
    __table_args__ = (
        CheckConstraint("kind in ('package', 'plan')", name="kind"),
        CheckConstraint("status in ('planned', 'applied', 'dropped')", name="status"),
        CheckConstraint("(percent is null) <> (amount is null)", name="one_of_two"),
        Index("ix_price_change_day", "status", "from_on"),
    )
    kind: Mapped[str] = mapped_column(String(8))
    package_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    percent: Mapped[Decimal | None] = mapped_column(Money)
    amount: Mapped[Decimal | None] = mapped_column(Money)
    also_sold: Mapped[bool] = mapped_column(default=False)
    from_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default=PLANNED)
    reason: Mapped[str] = mapped_column(String(200), default="")
    checksum: Mapped[str] = mapped_column(String(64), default="")
    planned_by: Mapped[str] = mapped_column(String(254), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    package: Mapped[Package | None] = relationship()
    plan: Mapped[Plan | None] = relationship()


class Campaign(Identified, Timestamped, Versioned, db.Model):
    """A package that costs nothing for its first months, when it is sold within some days.

    Attributes:
        from_on, until_on: first and last day on which a sale takes part.
        free_months: so many whole months cost nothing, counted from the sale.
        trial: at their end the package ends, unless somebody keeps it.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days"),
        CheckConstraint("free_months >= 1", name="free_months"),
        Index("ix_campaign_package", "package_id", "from_on"),
    )
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    description: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    free_months: Mapped[int] = mapped_column(default=1)
    trial: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    package: Mapped[Package] = relationship()


class GuidedMove(Identified, Timestamped, Versioned, db.Model):
    """An account that goes over to another holder or another e-mail: made anew, looked at, and only then the old ended.

    Attributes:
        kind: ``holder`` or ``email``.
        on: the day on which it begins.
        to_service_id: the new holder's service, once it was made.
        status: asked, making, checking, ending, done, stopped.
        steps: what was done so far, each with its time.
        error_code: why it does not go on; empty = nothing is in its way.
    """

    __tablename__ = "guided_move"
    __table_args__ = (
        CheckConstraint("kind in ('holder', 'email')", name="kind"),
        CheckConstraint("status in ('asked', 'making', 'checking', 'ending', 'done', 'stopped')", name="status"),
        Index("ix_guided_move_status", "status", "on"),
    )
    kind: Mapped[str] = mapped_column(String(8))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    to_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    to_service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    to_email: Mapped[str] = mapped_column(String(254), default="")
    on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(10), default=ASKED)
    reason: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error_code: Mapped[str] = mapped_column(String(60), default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    service: Mapped[Service] = relationship(foreign_keys=[service_id])
    to_service: Mapped[Service | None] = relationship(foreign_keys=[to_service_id])
    to_customer: Mapped[Customer | None] = relationship()
