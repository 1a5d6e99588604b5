"""Customers, their services and the packages sold on them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.package import Package, Plan
from webapp.models.types import Identified, Money, Timestamped, UtcDateTime, Versioned
from webapp.models.words import keep_words


def dated_index(table: str, column: str) -> Index:
    """Return an index for what few rows have, so that the agenda and others find those rows alone."""
    there = db.text(f"{column} is not null")
    return Index(f"ix_{table}_{column}", column, sqlite_where=there, postgresql_where=there)


class Customer(Identified, Timestamped, Versioned, db.Model):
    """Person or company.

    Attributes:
        name_folded: the name without marks, lower case, for search.
        erased_at: when the person's data was erased; what stays names nobody.
        messages_off_at: when the person asked for no more messages; None = messages are welcome.
    """

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        Index("ix_customer_name", "name_folded", "id"),
        Index("ix_customer_document", "document"),
        Index("ix_customer_email", "email"),
        Index("ix_customer_phone", "phone"),
    )
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200))
    document: Mapped[str] = mapped_column(String(14), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    messages_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    services: Mapped[list["Service"]] = relationship(back_populates="customer", order_by="Service.id")


keep_words(Customer.__table__)
BILLING_KINDS = ("", "postpaid", "prepaid", "free")


class Service(Identified, Timestamped, Versioned, db.Model):
    """One contracted plan of one customer.

    Attributes:
        status: a HubSoft prefix, one of ``decide.policy.STATUSES``.
        password: sealed; None where there is none.
        value: what this customer pays for the plan; None = the plan's own value.
        due_day: day of the month on which the bill is due.
        billing_method, billing_kind, suspension_profile: as the ERP names them; shown, never acted on.
        pause_from, pause_until: a holiday, both days included.
        no_suspend_until: debt does not suspend up to and including that day.
        paid_at: when the service last became paying; for the time to watching again.
        city: for reports; None = not known.
        ended_at: when the service was cancelled; None = it goes on, or it ended before this was noted.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        CheckConstraint("pause_until is null or pause_from is not null", name="pause"),
        CheckConstraint("value is null or value >= 0", name="value"),
        CheckConstraint("due_day is null or (due_day >= 1 and due_day <= 31)", name="due_day"),
        CheckConstraint("billing_kind in ('', 'postpaid', 'prepaid', 'free')", name="billing_kind"),
        CheckConstraint("no_suspend_until is null or no_suspend_reason <> ''", name="no_suspend_reason"),
        # With all that filters of the list of customers ask for, none of them touches the rows themselves.
        Index("ix_service_customer", "customer_id", "status", "plan_id"),
        Index("ix_service_plan", "plan_id", "status", "customer_id"),
        Index("ix_service_status", "status", "customer_id"),
        Index("ix_service_login", "login"),
        *(
            dated_index("service", name)
            for name in ("pause_from", "pause_until", "no_suspend_until", "contract_ends_on")
        ),
    )
    code: Mapped[str] = mapped_column(String(60), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    status: Mapped[str] = mapped_column(String(40))
    login: Mapped[str] = mapped_column(String(120), default="")
    password: Mapped[str | None] = mapped_column(String(400))
    address: Mapped[str] = mapped_column(String(300), default="")
    sold_on: Mapped[date | None] = mapped_column(Date)
    value: Mapped[Decimal | None] = mapped_column(Money)
    due_day: Mapped[int | None]
    billing_method: Mapped[str] = mapped_column(String(60), default="")
    billing_kind: Mapped[str] = mapped_column(String(12), default="")
    suspension_profile: Mapped[str] = mapped_column(String(60), default="")
    contract_ends_on: Mapped[date | None] = mapped_column(Date)
    enabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_from: Mapped[date | None] = mapped_column(Date)
    pause_until: Mapped[date | None] = mapped_column(Date)
    no_suspend_until: Mapped[date | None] = mapped_column(Date)
    no_suspend_reason: Mapped[str] = mapped_column(String(200), default="")
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    city: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer: Mapped[Customer] = relationship(back_populates="services")
    plan: Mapped[Plan] = relationship()
    packages: Mapped[list["ServicePackage"]] = relationship(back_populates="service", order_by="ServicePackage.id")


class ServicePackage(Identified, Timestamped, Versioned, db.Model):
    """A package sold on a service. Removed = ``removed_at`` set; the row stays for its history.

    Attributes:
        starts_on, ends_on: first and last day of the right; None = open.
        free_until: last day that costs the customer nothing; None = it is paid from the first day.
        campaign_id: the campaign by which it was sold; campaigns are never deleted.
    """

    __tablename__ = "service_package"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("ends_on is null or starts_on is null or ends_on >= starts_on", name="dates"),
        Index(
            "uq_service_package_live",
            "service_id",
            "package_id",
            unique=True,
            sqlite_where=db.text("removed_at is null"),
            postgresql_where=db.text("removed_at is null"),
        ),
        *(dated_index("service_package", name) for name in ("starts_on", "ends_on", "free_until", "campaign_id")),
    )
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"), index=True)
    value: Mapped[Decimal] = mapped_column(Money)
    description: Mapped[str] = mapped_column(String(200), default="")
    params: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    free_until: Mapped[date | None] = mapped_column(Date)
    campaign_id: Mapped[int | None]
    service: Mapped[Service] = relationship(back_populates="packages")
    package: Mapped[Package] = relationship()
