"""Rows to work on, and short ways to begin work and carry it out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from tests import factories
from webapp.extensions import db
from webapp.models import Account, BulkJob, BulkLine, Integration, Package, Plan, Service
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import Order

ADMIN = {"may_exceed": True}


def services(count: int, **overrides: Any) -> list[Service]:
    """Make services of one plan, each of a customer of its own."""
    plan = overrides.pop("plan", None) or factories.make_plan()
    return [factories.make_service(plan=plan, **overrides) for _number in range(count)]


def sold(package: Package, count: int, **overrides: Any) -> list[Service]:
    """Make services that hold a package."""
    made = services(count, **overrides)
    for service in made:
        factories.make_sale(service, package)
    return made


def accounts(integration: Integration, count: int, status: str = "active", **values: Any) -> list[Account]:
    """Make accounts that were sent before, in one state."""
    package = factories.make_package(integration)
    for service in sold(package, count):
        account = db.session.scalars(select(Account).where(Account.service_id == service.id)).one()
        account.login, account.status, account.due_at = f"login-{account.id}", status, None
        account.applied_generation = account.generation
        for name, value in values.items():
            setattr(account, name, value)
    db.session.commit()
    return list(
        db.session.scalars(select(Account).where(Account.integration_id == integration.id).order_by(Account.id))
    )


def order(kind: str, rows: list[Any] | None = None, **params: Any) -> Order:
    """Return an order on these rows, or on all of the list."""
    action = bulk_jobs.KINDS[kind]
    reason = params.pop("reason", "Because")
    table = params.pop("table", action.tables[0])
    if rows is None:
        return Order(kind, table, {}, None, _text(params), reason)
    ids = {row.customer_id if isinstance(row, Service) else row.id for row in rows}
    return Order(kind, table, {}, tuple(sorted(ids)), _text(params), reason)


def carried_out(wanted: Order, **how: Any) -> BulkJob:
    """Begin an order, work it to its end and return the job."""
    seen = bulk_jobs.preview(wanted)
    job_id = bulk_jobs.start(wanted, seen.stamp, **how).id
    bulk_jobs.work(job_id)
    return bulk_jobs.get_job(job_id)


def lines(job: BulkJob) -> dict[int, tuple[str, str]]:
    """Return outcome and reason by row."""
    rows = db.session.scalars(select(BulkLine).where(BulkLine.bulk_job_id == job.id))
    return {row.subject_id: (row.outcome, row.code) for row in rows}


def counts(job: BulkJob) -> tuple[str, int, int, int]:
    """Return how a job stands."""
    return job.status, job.done, job.skipped, job.failed


def held(package: Package) -> set[int]:
    """Return the services that hold a package now."""
    return {one.id for one in db.session.scalars(select(Service)) for sale in one.packages
            if sale.package_id == package.id and sale.removed_at is None}  # fmt: skip


def locked_plan(*carried: Package) -> Plan:
    """Make a plan on which nothing else may be sold."""
    return factories.make_plan(*carried, lock_packages=True)


def _text(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items()}
