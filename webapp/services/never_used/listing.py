"""Which accounts were never used, as far as a platform lets anybody know; what they cost; what telling anew brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, null, or_, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import all_gateways
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
from webapp.services.activation.switch import is_on_clause
from webapp.services.buyers import traits_of
from webapp.services.customer_search import searched

KIND = "never_used_tell"
USED_WITHIN = timedelta(days=7)
MOST_RESULTS = 5
USUAL_DAYS = 7


@dataclass(frozen=True)
class Telling:
    """Which platforms do not let know at each log-in whether somebody uses them.

    Attributes:
        by_checkout: names of those that wait for their user first.
        silent: names of those that tell nothing.
    """

    by_checkout: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """What stands above the list.

    Attributes:
        cost: what platforms charge for these accounts in a month; None where no cost is on record.
        messages_on: subscribers are told.
    """

    cost: Decimal | None
    messages_on: bool


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
    mute = {one.description: traits for one, traits in found if traits is None or not traits.local}
    checkout = tuple(
        name for name, traits in mute.items() if traits is not None and traits.can(Operation.RESEND_ACTIVATION)
    )
    return Telling(checkout, tuple(name for name in mute if name not in checkout))


def asking_at_login() -> Select[Any]:
    """Return the ids of the platforms that ask at each log-in."""
    local = (gateway.traits for gateway in all_gateways() if gateway.traits.local)
    return select(Integration.id).where(Integration.active, Integration.gateway.in_([traits.key for traits in local]))


def unused_rows(filters: Mapping[str, str]) -> Select[Any]:
    """Return the accounts that are there for a while and were never used, as far as is known."""
    sold_before = utc_now() - timedelta(days=int(filters.get("days", USUAL_DAYS)))
    # The index on states begins with the integration; there are few of those.
    led = Account.integration_id.in_(_integrations(filters))
    unused = or_(
        Account.status == WAITING_USER,
        and_(Account.status == ACTIVE, Account.integration_id.in_(asking_at_login())),
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


def heading(filters: Mapping[str, str], today: date, *, costed: bool) -> Heading:
    """Return what stands above the list.

    Args:
        costed: somebody may see what platforms charge.
    """
    cost = _cost(filters, today).scalar_subquery() if costed else null()
    row = db.session.execute(select(cost.label("cost"), is_on_clause().label("on"))).one()
    return Heading(Decimal(row.cost).quantize(Decimal("0.01")) if row.cost is not None else None, bool(row.on))


def _cost(filters: Mapping[str, str], today: date) -> Select[Any]:
    newest = (
        select(ProductCost.value)
        .where(ProductCost.product_id == Entitlement.product_id, ProductCost.from_on <= today)
        .order_by(ProductCost.from_on.desc())
        .limit(1)
        .correlate(Entitlement)
        .scalar_subquery()
    )
    meant = unused_rows(filters).with_only_columns(Account.id)
    return select(func.sum(newest)).where(Entitlement.account_id.in_(meant), Entitlement.desired == ACTIVE)


def results() -> Sequence[Result]:
    """Return what the last times of telling anew brought, newest first."""
    wanted = select(BulkJob.id, BulkJob.created_at).where(BulkJob.kind == KIND).order_by(BulkJob.id.desc())
    jobs = db.session.execute(wanted.limit(MOST_RESULTS)).all()
    counts, now = _counts({job.id: job.created_at for job in jobs}), utc_now()
    return [
        Result(job.id, job.created_at, *counts.get(job.id, (0, 0)), now >= job.created_at + USED_WITHIN)
        for job in jobs
    ]  # fmt: skip


def _counts(begun: Mapping[int, datetime]) -> Mapping[int, tuple[int, int]]:
    """Return of each job how many were told, and how many of those began to use it in time."""
    if not begun:
        return {}
    in_time = or_(
        *(
            and_(BulkLine.bulk_job_id == job_id, Account.first_used_at.between(at, at + USED_WITHIN))
            for job_id, at in begun.items()
        )
    )
    wanted = select(BulkLine.bulk_job_id, func.count(), func.count().filter(in_time))
    wanted = wanted.join(Account, Account.id == BulkLine.subject_id).group_by(BulkLine.bulk_job_id)
    done = (BulkLine.bulk_job_id.in_(begun), BulkLine.outcome == LINE_DONE)
    return {row[0]: (row[1], row[2]) for row in db.session.execute(wanted.where(*done))}


def _integrations(filters: Mapping[str, str]) -> Any:
    return (int(filters["integration"]),) if "integration" in filters else select(Integration.id)


def _sold(package_id: int) -> Select[Any]:
    live = (ServicePackage.package_id == package_id, ServicePackage.removed_at.is_(None))
    return select(ServicePackage.service_id).join(Package).where(*live)
