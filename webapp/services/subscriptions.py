"""Services of customers: made, changed, suspended, paid, moved to another plan.

Sales of packages are in ``sales``; they are named here too, so that callers need one module.
"""

from webapp.extensions import db
from webapp.models import Plan, Service
from webapp.services import accounts, audit
from webapp.services.changes import check_version, commit, once_more, refuse_if
from webapp.services.customers import find_customer
from webapp.services.errors import Problem
from webapp.services.inputs import SaleInput, ServiceInput
from webapp.services.privacy.meeting import refuse_shell
from webapp.services.sales import (
    add_sale,
    find_service,
    get_sale,
    get_service,
    remove_sale,
    update_sale,
)
from webapp.services.service_store import apply_status, migrate_service, status_problems, store_service

__all__ = [
    "add_sale", "find_service", "get_sale", "get_service", "migrate_plan", "remove_sale",
    "set_status", "turn_status", "update_sale", "upsert_service",
]  # fmt: skip


def upsert_service(code: str, data: ServiceInput, version: int | None = None) -> tuple[Service, bool]:
    """Create or replace a service and commit; equal data change nothing.

    ``data.packages`` counts only when the service is new or changes its plan.

    Returns:
        The service, and whether it is new.

    Raises:
        Invalid: show every problem beside its field; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """

    def store() -> tuple[Service, bool]:
        existing, customer = find_service(code), find_customer(data.customer_code)
        stored = store_service(code, data, version, existing=existing, customer=customer)
        if stored.changed:
            accounts.mark_services([stored.service.id], stored.priority)
        commit()
        return stored.service, stored.created

    return once_more(store)


def set_status(code: str, status: str, reason: str = "", version: int | None = None) -> Service:
    """Set a service's status and commit; the same status again changes nothing.

    Becoming a payer overtakes everything that waits; suspending and ending wait behind it.

    Args:
        version: of the service that was looked at; None = whatever it is now.

    Raises:
        NotFound: no such service.
        Conflict: ``stale``; somebody changed it meanwhile: show it anew.
        Invalid: the word is not one of ``decide.policy.STATUSES``; they are listed.
    """
    service = get_service(code)
    refuse_if(status_problems(status))
    if service.status != status:
        check_version(service, version)
        accounts.mark_services([service.id], turn_status(service, status, reason))
    commit()
    return service


def turn_status(service: Service, status: str, reason: str = "") -> int:
    """Like ``set_status``, in the caller's transaction, for another status that there is.

    Returns:
        The priority with which the caller marks the service before it commits.

    Raises:
        Conflict: ``customer_erased``; nobody is there any more.
    """
    refuse_shell(service.customer)
    before = {"status": service.status}
    priority = apply_status(service, status)
    after = {"status": status}
    audit.record("service.status", "service", service.id, service.code, before=before, after=after, reason=reason)
    return priority


def migrate_plan(code: str, plan_id: int, packages: list[SaleInput] | None = None) -> Service:
    """Move a service to another plan and commit; the plan that it has already changes nothing.

    Args:
        packages: None = all that the new plan carries; else exactly these, and its mandatory ones.
            A package of the old plan stays only when it is named here, or the new plan carries it.

    Raises:
        NotFound: no such service.
        Invalid: show every problem; nothing was changed.
    """
    service = get_service(code)
    plan = db.session.get(Plan, plan_id)
    if plan is None:
        refuse_if([Problem("plan_id", "plan_id_unknown", {"id": plan_id})])
    assert plan is not None
    if migrate_service(service, plan, packages):
        accounts.mark_services([service.id])
    commit()
    return service
