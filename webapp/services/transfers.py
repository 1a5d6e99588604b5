"""Change of ownership (Titularidade): a service ends, and goes on as another customer's.

A platform knows whose account it is, so the old account is cancelled and a new one made; none is ever renamed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Customer, Service, ServicePackage
from webapp.services import accounts, audit
from webapp.services.buyers import EMAIL, live_sales
from webapp.services.changes import check_version, commit, refuse_if
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import NO_NUL, Code, Id, Input, SaleInput, ServiceInput, Text
from webapp.services.plan_sales import NewSale, email_param
from webapp.services.sale_params import opened
from webapp.services.sales import find_service
from webapp.services.service_store import COMMERCIAL, apply_status, open_service

CANCELLED = "cancelado"


class TransferInput(Input):
    """``code`` is the new service's; ``on`` the day of the change. An empty password means none.

    ``email``: for the accounts on the platforms; empty = the new holder's own.
    """

    customer_id: Id
    code: Code
    on: date
    login: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=NO_NUL)] = ""
    password: Annotated[str, StringConstraints(max_length=120, pattern=NO_NUL)] = Field(default="")
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=NO_NUL)] = ""
    reason: Text = ""


@dataclass(frozen=True)
class Handover:
    """The old service, who gets it, and under which words."""

    old: Service
    customer: Customer
    data: TransferInput


def transfer_service(service: Service, data: TransferInput, version: int | None = None) -> Service:
    """Give a service to another customer, and commit; return the new one.

    The new service has the same plan, status, address, commercial data and packages with their values and dates. What
    belongs to a person stays behind: the e-mail of a package, the password, the pause, the exemption from suspension.

    Raises:
        Invalid: show every problem beside its field; nothing was changed.
        Conflict: ``stale``; somebody changed the service meanwhile.
    """
    refuse_if(_ended(service))
    check_version(service, version)
    customer = db.session.get(Customer, data.customer_id)
    refuse_if(_problems(service, customer, data))
    assert customer is not None
    new = open_successor(Handover(service, customer, data), sales_of(service, data.email))
    # Rows are copied first: the status of the new one is the old one's of before.
    end_former(service, new, data.reason)
    commit()
    return new


def open_successor(handover: Handover, sales: Sequence[NewSale]) -> Service:
    """Make the new service with these packages, in the caller's transaction; the caller commits.

    Raises:
        Invalid: a platform would refuse what is sold; show every problem, nothing was made.
    """
    old, customer = handover.old, handover.customer
    new = open_service(handover.data.code.strip(), _new_service(handover), customer, old.plan, sales)
    accounts.mark_services([new.id], accounts.PAID_NOW if new.paid_at else accounts.ORDINARY)
    return new


def end_former(old: Service, new: Service, reason: str, action: str = "service.transfer") -> None:
    """End the service that goes on as another one, in the caller's transaction; the caller commits."""
    holder = {"customer": old.customer.code, "service": old.code, "status": old.status}
    apply_status(old, CANCELLED)
    taken = {"customer": new.customer.code, "service": new.code, "status": CANCELLED}
    audit.record(action, "service", old.id, old.code, before=holder, after=taken, reason=reason)
    taken["status"] = new.status
    audit.record(action, "service", new.id, new.code, before=holder, after=taken, reason=reason)
    accounts.mark_services([old.id], accounts.NEGATIVE)


def sales_of(service: Service, email: str) -> list[NewSale]:
    """Return what is sold on a service as it goes over: without the e-mail that its packages have of their own.

    Args:
        email: that they get instead; empty = none.
    """
    return [_same_sale(sale, email) for sale in live_sales(service)]


def _ended(service: Service) -> list[Problem]:
    if service.status not in ENDED:
        return []
    return [Problem("", "transfer_service_ended", {"service": service.code})]


def _problems(service: Service, customer: Customer | None, data: TransferInput) -> list[Problem]:
    problems = []
    if customer is None:
        problems.append(Problem("customer_id", "customer_unknown", {"id": data.customer_id}))
    elif customer.id == service.customer_id:
        problems.append(Problem("customer_id", "transfer_same_customer", {"customer": customer.name}))
    if find_service(data.code) is not None:
        problems.append(Problem("code", "service_code_taken", {"code": data.code}))
    if data.on > current_hub().today():
        problems.append(Problem("on", "transfer_day_ahead"))
    return problems


def _new_service(handover: Handover) -> ServiceInput:
    old, data = handover.old, handover.data
    commercial: dict[str, Any] = {name: getattr(old, name) for name in COMMERCIAL}
    return ServiceInput(
        customer_code=handover.customer.code, plan_id=old.plan_id, status=old.status, login=data.login,
        password=data.password or None, address=old.address, sold_on=data.on, **commercial,
    )  # fmt: skip


def _same_sale(sale: ServicePackage, email: str) -> NewSale:
    params = {name: value for name, value in opened(sale).items() if name != EMAIL}
    params |= email_param(sale.package, email)
    data = SaleInput(
        package_id=sale.package_id, value=sale.value, description=sale.description, params=params,
        starts_on=sale.starts_on, ends_on=sale.ends_on,
    )  # fmt: skip
    return NewSale(sale.package, params, data=data, carried=sale)
