"""Carries single records out through the use cases, each in a savepoint: what depends on other rows."""

from dataclasses import dataclass
from typing import Any

from webapp.decide.intake import Wanted, WantedService
from webapp.decide.policy import ENDED, PAYING
from webapp.extensions import db
from webapp.models import Customer, Service
from webapp.services import accounts
from webapp.services.buyers import live_sales
from webapp.services.changes import refuse_if
from webapp.services.customers import StoredCustomer, find_customer, store_customer
from webapp.services.errors import Invalid, Problem
from webapp.services.inputs import CustomerInput, ServiceInput
from webapp.services.intake.logins import Logins
from webapp.services.intake.rows import CREATED, UNCHANGED, UPDATED
from webapp.services.intake.strict_judging import sale_inputs
from webapp.services.sales import find_service, put_on
from webapp.services.service_store import StoredService, store_service

OF_CUSTOMER = ("name", "document", "email", "phone")
KEPT = ("login", "address", "city", "sold_on", "pause_from", "pause_until", "no_suspend_until", "no_suspend_reason")
TOLD = ("login", "address", "city", "sold_on", "value", "due_day")


@dataclass(frozen=True)
class Stored:
    """What became of one record."""

    outcome: str
    customer_id: int
    service_id: int | None = None


class ByHand:
    """Stores records one by one, and remembers whose accounts follow."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self._marks: dict[int, int] = {}

    def store(self, wanted: Wanted) -> Stored:
        """Store one record within a savepoint.

        Raises:
            Invalid: every problem of the record; nothing of it was stored.
        """
        savepoint = db.session.begin_nested()
        try:
            customer, service = self._store(wanted)
        except Invalid:
            savepoint.rollback()
            raise
        savepoint.commit()
        self._note(customer, service)
        created = customer.created if service is None else service.created
        changed = customer.changed or (service is not None and service.changed)
        outcome = CREATED if created else UPDATED if changed else UNCHANGED
        return Stored(outcome, customer.customer.id, None if service is None else service.service.id)

    def mark(self) -> None:
        """Mark the accounts that follow; the caller commits."""
        for priority in sorted(set(self._marks.values())):
            accounts.mark_services([key for key, value in self._marks.items() if value == priority], priority)

    def _store(self, wanted: Wanted) -> tuple[StoredCustomer, StoredService | None]:
        known = find_customer(wanted.customer_code)
        customer = store_customer(wanted.customer_code, _customer_input(wanted, known), existing=known)
        if wanted.service is None:
            return customer, None
        try:
            return customer, self._store_service(wanted.service, customer.customer)
        except Invalid as error:
            raise Invalid([_of_service(problem) for problem in error.problems]) from error

    def _store_service(self, data: WantedService, customer: Customer) -> StoredService:
        known = find_service(data.code)
        plan_id = data.plan_id or (known.plan_id if known else None)
        if plan_id is None:
            refuse_if([Problem("plan_id", "import_plan_missing", {"service": data.code})])
        given = _service_input(data, plan_id or 0, customer.code, known)
        stored = store_service(data.code, given, existing=known, customer=customer)
        held = {sale.package_id for sale in live_sales(stored.service)}
        ended = stored.service.status in ENDED
        missing = [] if ended else [one for one in sale_inputs(data) or () if one.package_id not in held]
        for sale in missing:
            put_on(stored.service, sale)
        refuse_if(self._logins.reserve(stored.service))
        changed = stored.changed or bool(missing)
        return StoredService(stored.service, stored.created, changed, stored.priority)

    def _note(self, customer: StoredCustomer, service: StoredService | None) -> None:
        priority = accounts.ORDINARY if service is None else service.priority
        touched = {service.service.id} if service is not None and service.changed else set()
        if customer.changed and not customer.created:
            touched |= {one.id for one in customer.customer.services}
        for service_id in touched:
            self._marks[service_id] = min(priority, self._marks.get(service_id, priority))


def _customer_input(wanted: Wanted, known: Customer | None) -> CustomerInput:
    """An empty text keeps what is there."""
    texts = {name: getattr(wanted, name) or (getattr(known, name) if known else "") for name in OF_CUSTOMER}
    return CustomerInput(**texts)


def _service_input(data: WantedService, plan_id: int, customer_code: str, known: Service | None) -> ServiceInput:
    """What the record does not tell stays as it is."""
    values: dict[str, Any] = {name: getattr(known, name) for name in KEPT} if known else {}
    values |= {name: value for name in TOLD if (value := getattr(data, name)) not in ("", None)}
    status = data.status or (known.status if known else PAYING[0])
    password = str(data.password) if data.password else None
    return ServiceInput(
        **values, customer_code=customer_code, plan_id=plan_id, status=status, password=password,
        packages=sale_inputs(data),
    )  # fmt: skip


def _of_service(problem: Problem) -> Problem:
    return Problem("service_code", problem.code, problem.params) if problem.field == "code" else problem
