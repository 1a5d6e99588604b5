"""Which accounts were never used, as far as a platform lets anybody know; what they cost; what telling anew brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.models import (
    Account,
    BulkJob,
    BulkLine,
    Customer,
    Entitlement,
    Integration,
    Package,
    ProductCost,
    Service,
    ServicePackage,
)
from webapp.models.account import ACTIVE, WAITING_USER
from webapp.models.desk import LINE_DONE
from webapp.services.buyers import traits_of
from webapp.services.customer_rows import searched

KIND = "never_used_tell"
USED_WITHIN = timedelta(days=7)
MOST_RESULTS = 5
USUAL_DAYS = 7


@dataclass(frozen=True)
class Telling:
    """Which platforms let know whether somebody uses them.

    Attributes:
        by_login: they ask at each log-in. ``by_checkout``: they wait for their user first.
        silent: names of those that tell nothing.
    """

    by_login: tuple[int, ...]
    by_checkout: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What telling anew brought: of so many, how many used it within seven days. ``over``: the seven days are."""

    job_id: int
    at: datetime
    told: int
    used: int
    over: bool


def telling() -> Telling:
    """Return which platforms tell; those that nobody uses any more are left out."""
    found = [(one, traits_of(one)) for one in db.session.scalars(select(Integration).where(Integration.active))]
    login = tuple(one.id for one, traits in found if traits is not None and traits.local)
    checkout = tuple(
        one.description for one, traits in found
        if traits is not None and not traits.local and traits.can(Operation.RESEND_ACTIVATION)
    )  # fmt: skip
    silent = tuple(one.description for one, _ in found if one.id not in login and one.description not in checkout)
    return Telling(login, checkout, silent)


def unused_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the accounts that are there for a while and were never used, as far as is known."""
    sold_before = utc_now() - timedelta(days=int(filters.get("days", USUAL_DAYS)))
    # The index on states begins with the integration; there are few of those.
    led = Account.integration_id.in_(_integrations(filters))
    unused = or_(
        Account.status == WAITING_USER,
        and_(Account.status == ACTIVE, Account.integration_id.in_(telling().by_login)),
    )
    wanted = select(Account).where(led, unused, Account.first_used_at.is_(None), Account.created_at <= sold_before)
    if "status" in filters:
        wanted = wanted.where(Account.status == filters["status"])
    if "package" in filters:
        wanted = wanted.where(Account.service_id.in_(_sold(int(filters["package"]))))
    if "q" in filters:
        people = select(Customer.id).where(*searched(filters["q"]))
        wanted = wanted.where(Account.service_id.in_(select(Service.id).where(Service.customer_id.in_(people))))
    return wanted


def cost_per_month(filters: Mapping[str, str], today: date) -> Decimal | None:
    """Return what platforms charge for these accounts in a month; None where no cost is on record."""
    newest = (
        select(ProductCost.value)
        .where(ProductCost.product_id == Entitlement.product_id, ProductCost.from_on <= today)
        .order_by(ProductCost.from_on.desc())
        .limit(1)
        .correlate(Entitlement)
        .scalar_subquery()
    )
    meant = unused_rows(filters).with_only_columns(Account.id)
    total = select(func.sum(newest)).where(Entitlement.account_id.in_(meant), Entitlement.desired == ACTIVE)
    found = db.session.scalar(total)
    return Decimal(found).quantize(Decimal("0.01")) if found is not None else None


def results() -> Sequence[Result]:
    """Return what the last times of telling anew brought, newest first."""
    jobs = select(BulkJob.id, BulkJob.created_at).where(BulkJob.kind == KIND).order_by(BulkJob.id.desc())
    return [_result(row.id, row.created_at) for row in db.session.execute(jobs.limit(MOST_RESULTS))]


def _result(job_id: int, at: datetime) -> Result:
    until = at + USED_WITHIN
    used = Account.first_used_at.between(at, until)
    wanted = select(func.count(), func.count().filter(used)).select_from(BulkLine)
    wanted = wanted.join(Account, Account.id == BulkLine.subject_id)
    told, began = db.session.execute(
        wanted.where(BulkLine.bulk_job_id == job_id, BulkLine.outcome == LINE_DONE)
    ).one()  # fmt: skip
    return Result(job_id, at, told, began, utc_now() >= until)


def _integrations(filters: Mapping[str, str]) -> Any:
    return (int(filters["integration"]),) if "integration" in filters else select(Integration.id)


def _sold(package_id: int) -> Select[Any]:
    live = (ServicePackage.package_id == package_id, ServicePackage.removed_at.is_(None))
    return select(ServicePackage.service_id).join(Package).where(*live)
