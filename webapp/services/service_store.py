"""Stores one service with its packages, in the caller's transaction.

``subscriptions`` commits after each; ``importing`` after many.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.policy import ENDED, NOT_PAYING, PAYING, STATUSES
from webapp.extensions import db
from webapp.gateways.contract import Secret, ServiceFacts
from webapp.models import Account, Customer, Plan, Service
from webapp.services import audit
from webapp.services.accounts import NEGATIVE, ORDINARY, PAID_NOW, mark_customer
from webapp.services.buyers import Buyer, buyer_of, customer_facts, password_place
from webapp.services.changes import assign, check_version, plain, refuse_if, snapshot
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleInput, ServiceInput
from webapp.services.plan_sales import NewSale, PlanMove, move_packages, plan_move, plan_new_packages
from webapp.services.privacy.meeting import refuse_shell
from webapp.services.sale_checks import sale_problems

# What a caller that does not know these leaves out stays as it is.
COMMERCIAL = ("city", "value", "due_day", "billing_method", "billing_kind", "suspension_profile", "contract_ends_on")
KEPT = ("sold_on", *COMMERCIAL)
FIELDS = (
    "status", "login", "address", "pause_from", "pause_until", "no_suspend_until", "no_suspend_reason", *KEPT,
)  # fmt: skip


@dataclass(frozen=True)
class StoredService:
    """What storing did; ``priority`` is for ``accounts.mark_services`` when ``changed``."""

    service: Service
    created: bool
    changed: bool
    priority: int = ORDINARY


@dataclass(frozen=True)
class _Order:
    """An input with the rows that it names."""

    code: str
    data: ServiceInput
    customer: Customer
    plan: Plan


def store_service(
    code: str, data: ServiceInput, version: int | None = None, *, existing: Service | None, customer: Customer | None
) -> StoredService:
    """Create or replace a service; equal data change nothing.

    Args:
        existing: the service of that code, or None where there is none.
        customer: the customer of ``data.customer_code``, or None where there is none.

    Raises:
        Invalid: show every problem beside its field; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile. ``customer_erased``; nobody is there any more.
    """
    plan = db.session.get(Plan, data.plan_id)
    problems = _shape_problems(code, data)
    if customer is None:
        problems.append(Problem("customer_code", "customer_code_unknown", {"code": data.customer_code}))
    if plan is None:
        problems.append(Problem("plan_id", "plan_id_unknown", {"id": data.plan_id}))
    refuse_if(problems)
    assert customer is not None
    assert plan is not None
    refuse_shell(customer)
    order = _Order(code.strip(), data, customer, plan)
    if existing is None:
        return _create(order)
    check_version(existing, version)
    return _change(existing, order)


def status_problems(status: str) -> list[Problem]:
    """Refuse a status word that is not one of the product's."""
    if status in STATUSES:
        return []
    return [Problem("status", "status_unknown", {"value": status, "allowed": ", ".join(STATUSES)})]


def apply_status(service: Service, status: str) -> int:
    """Set a status with the dates that hang on it; return the priority of what follows."""
    old, service.status = service.status, status
    if (status in ENDED) != (old in ENDED):
        service.ended_at = utc_now() if status in ENDED else None
    if status in PAYING and old not in PAYING:
        service.paid_at = utc_now()
        service.enabled_at = service.enabled_at or service.paid_at
        return PAID_NOW
    return NEGATIVE if status != old and status in (*NOT_PAYING, *ENDED) else ORDINARY


def migrate_service(
    service: Service, plan: Plan, packages: Sequence[SaleInput] | None, *, plan_value: bool = False
) -> bool:
    """Move a service to a plan and change its packages accordingly; tell whether anything changed.

    Args:
        plan_value: True drops the value that the service has of its own, so that the new plan's counts.

    Raises:
        Invalid: show every problem; nothing was changed.
    """
    if service.plan_id == plan.id:
        return False
    move, problems = plan_move(service, plan, packages)
    refuse_if(problems)
    refuse_if(sale_problems(buyer_of(service), move.wanted))
    _move(service, plan, move, plan_value=plan_value)
    return True


def open_service(code: str, data: ServiceInput, customer: Customer, plan: Plan, wanted: Sequence[NewSale]) -> Service:
    """Make a service with exactly these packages, in the caller's transaction; the caller marks it and commits.

    Raises:
        Invalid: a platform would refuse what is sold; show every problem, nothing was made.
    """
    facts = ServiceFacts(0, code, data.status, data.login, Secret(data.password or ""))
    refuse_if(sale_problems(Buyer(customer_facts(customer), facts), wanted))
    service = Service(code=code, customer=customer, plan=plan, status="", **_values(data))
    apply_status(service, data.status)
    db.session.add(service)
    db.session.flush()
    _set_password(service, data.password)
    move_packages(service, PlanMove(add=tuple(wanted)))
    after = {**_seen(service), "packages": [sale.package.description for sale in wanted]}
    audit.record("service.create", "service", service.id, service.code, after=after)
    return service


def _shape_problems(code: str, data: ServiceInput) -> list[Problem]:
    problems = status_problems(data.status)
    if not code.strip() or len(code.strip()) > 60:
        problems.append(Problem("code", "code_too_long" if code.strip() else "code_missing", {"maximum": 60}))
    if data.pause_until and not data.pause_from:
        problems.append(Problem("pause_from", "pause_without_start"))
    if data.pause_until and data.pause_from and data.pause_until < data.pause_from:
        problems.append(Problem("pause_until", "pause_order"))
    if data.no_suspend_until and not data.no_suspend_reason:
        problems.append(Problem("no_suspend_reason", "no_suspend_reason_missing"))
    return problems


def _create(order: _Order) -> StoredService:
    wanted, problems = plan_new_packages(order.plan, order.data.packages)
    refuse_if(problems)
    service = open_service(order.code, order.data, order.customer, order.plan, wanted)
    return StoredService(service, True, True)


def _change(service: Service, order: _Order) -> StoredService:
    data = order.data
    refuse_if(_holder_problems(service, order.customer))
    moves = service.plan_id != order.plan.id
    move, problems = plan_move(service, order.plan, data.packages if moves else None)
    refuse_if(problems if moves else [])
    buyer = buyer_of(service)
    future = _future(buyer, order)
    if moves or future != replace(buyer, service=replace(buyer.service, status=data.status)):
        wanted = move.wanted if moves else move.held_judged
        refuse_if(sale_problems(future, wanted))
    return _write(service, order, move if moves else None)


def _future(buyer: Buyer, order: _Order) -> Buyer:
    password = buyer.service.password if order.data.password is None else Secret(order.data.password)
    service = replace(buyer.service, status=order.data.status, login=order.data.login, password=password)
    return Buyer(customer_facts(order.customer), service)


def _write(service: Service, order: _Order, move: PlanMove | None) -> StoredService:
    before, holder_id = _seen(service), service.customer_id
    values = {name: value for name, value in _values(order.data).items() if _said(order.data, name)}
    changed = assign(service, {**values, "customer": order.customer})
    priority = ORDINARY
    if service.status != order.data.status:
        priority, changed = apply_status(service, order.data.status), True
    secret = _set_password(service, order.data.password)
    if changed or secret:
        after = {**_seen(service), **({"password": audit.MASK} if secret else {})}
        audit.record("service.update", "service", service.id, service.code, before=before, after=after)
    if move is not None:
        _move(service, order.plan, move)
    if order.customer.id != holder_id:
        # The caller marks what is beside it now; its former holder's other services lose it.
        mark_customer(holder_id)
    return StoredService(service, False, changed or secret or move is not None, priority)


def _move(service: Service, plan: Plan, move: PlanMove, *, plan_value: bool = False) -> None:
    before = {"plan": service.plan.description, "value": plain(service.value)}
    service.plan = plan
    service.value = None if plan_value else service.value
    move_packages(service, move)
    after = {"plan": plan.description, "value": plain(service.value), **move.named()}
    audit.record("service.migrate", "service", service.id, service.code, before=before, after=after)


def _holder_problems(service: Service, customer: Customer) -> list[Problem]:
    """A platform knows whose account it is, so a service with accounts keeps its customer."""
    if service.customer_id == customer.id:
        return []
    live = select(Account.id).where(Account.service_id == service.id, Account.status != "cancelled").limit(1)
    if db.session.scalar(live) is None:
        return []
    params = {"service": service.code, "customer": service.customer.code, "other": customer.code}
    return [Problem("customer_code", "service_has_accounts", params)]


def _values(data: ServiceInput) -> dict[str, Any]:
    return {name: getattr(data, name) for name in FIELDS if name != "status"}


def _said(data: ServiceInput, name: str) -> bool:
    return name not in KEPT or name in data.model_fields_set


def _seen(service: Service) -> dict[str, Any]:
    return {**snapshot(service, FIELDS), "customer": service.customer.code, "plan": service.plan.description}


def _set_password(service: Service, password: str | None) -> bool:
    """Seal a password that differs from the stored one; None keeps it, an empty one removes it."""
    if password is None:
        return False
    vault, place = current_hub().vault, password_place(service.id)
    if (str(vault.open(service.password, place)) if service.password else "") == password:
        return False
    service.password = vault.seal(password, place) if password else None
    return True
