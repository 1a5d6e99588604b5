"""One small provider with something in every state, for tests that walk over all pages."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from tests import factories
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration, Run, RunItem, Service


@dataclass(frozen=True)
class World:
    """Ids of what there is."""

    integration_id: int
    product_id: int
    package_id: int
    plan_id: int
    customer_id: int
    service_id: int
    sale_id: int
    account_id: int
    attempt_id: int
    run_id: int

    def ids(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def build() -> World:
    """Make the provider: one customer with a blocked account, one call, one staged run, a paused platform."""
    integration = factories.make_integration()
    package = factories.make_package(integration)
    plan = factories.make_plan(package)
    service = factories.make_service(plan=plan)
    account = db.session.query(Account).filter_by(service_id=service.id).one()
    attempt = _attempt(account)
    run = _staged_run(account)
    _pause(integration)
    _block(account)
    db.session.commit()
    return World(
        integration.id, package.products[0].id, package.id, plan.id, service.customer_id, service.id,
        service.packages[0].id, account.id, attempt.id, run.id,
    )  # fmt: skip


def more_customers(count: int) -> None:
    """Add customers with a service and an account each."""
    plan = db.session.get(Service, 1).plan  # type: ignore[union-attr]
    for _number in range(count):
        factories.make_service(plan=plan)
    db.session.commit()


def _attempt(account: Account) -> Attempt:
    attempt = Attempt(
        integration_id=account.integration_id, account_id=account.id, operation="create", key="k-1",
        started_at=utc_now(), finished_at=utc_now(), outcome="rejected", http_status=422, latency_ms=31,
        request={"method": "POST", "url": "http://127.0.0.1:9/hook", "headers": {"Authorization": "***"}},
        response={"status": 422, "body": "<b>refused</b>"}, error_code="platform_rejected",
        error_params={"message": "document already used"},
    )  # fmt: skip
    db.session.add(attempt)
    db.session.flush()
    return attempt


def _staged_run(account: Account) -> Run:
    run = Run(
        integration_id=account.integration_id, mode="apply", status="staged", started_at=utc_now(), complete=True,
        counts={"listed": 3, "staged": 1}, checksum="ab" * 32,
        items=[RunItem(account_id=account.id, login="someone", situation="state", action="suspend", outcome="staged",
                       before={"state": "active"}, after={"state": "suspended"})],
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    return run


def _pause(integration: Integration) -> None:
    table = Integration.__table__
    later = utc_now() + timedelta(minutes=5)
    values = {
        "paused_code": "credentials_refused",
        "paused_params": {"message": "unknown token"},
        "paused_at": utc_now(),
        "paused_until": later,
    }
    db.session.execute(update(table).where(table.c.id == integration.id).values(**values))


def _block(account: Account) -> None:
    account.status, account.error_kind, account.error_code = "blocked", "rejected", "platform_rejected"
    account.error_params = {"message": "document already used"}
    account.due_at = None
