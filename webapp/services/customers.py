"""Customers: people and companies that buy."""

from dataclasses import dataclass

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Customer
from webapp.services import accounts, audit
from webapp.services.changes import assign, check_version, commit, once_more, refuse_if, snapshot
from webapp.services.documents import (
    document_problem,
    email_problem,
    fold,
    normalise_document,
    normalise_email,
    normalise_phone,
    phone_problem,
)
from webapp.services.errors import NotFound, Problem
from webapp.services.inputs import CustomerInput
from webapp.services.privacy.meeting import refuse_erased, refuse_shell
from webapp.services.sale_checks import email_clashes

FIELDS = ("name", "document", "email", "phone")


@dataclass(frozen=True)
class StoredCustomer:
    """What storing did. ``changed`` is True for a new one too."""

    customer: Customer
    created: bool
    changed: bool


def find_customer(code: str) -> Customer | None:
    """Return the customer of that code, or None."""
    return db.session.scalar(select(Customer).where(Customer.code == code.strip()))


def get_customer(code: str) -> Customer:
    """Return the customer of that code.

    Raises:
        NotFound: answer 404.
    """
    customer = find_customer(code)
    if customer is None:
        raise NotFound("customer_unknown", {"code": code})
    return customer


def upsert_customer(code: str, data: CustomerInput, version: int | None = None) -> tuple[Customer, bool]:
    """Create or replace a customer and commit; equal data change nothing.

    Accounts that exist keep their log-in: it is frozen by the first transmission.

    Returns:
        The customer, and whether it is new.

    Raises:
        Invalid: show every problem beside its field.
        Conflict: ``stale``; somebody changed it meanwhile.
    """

    def store() -> tuple[Customer, bool]:
        stored = store_customer(code, data, version, existing=find_customer(code))
        if stored.changed and not stored.created:
            accounts.mark_services([service.id for service in stored.customer.services])
        commit()
        return stored.customer, stored.created

    return once_more(store)


def store_customer(
    code: str, data: CustomerInput, version: int | None = None, *, existing: Customer | None
) -> StoredCustomer:
    """Like ``upsert_customer``, in the caller's transaction; the caller marks the services and commits.

    Args:
        existing: the customer of that code, or None where there is none.

    Raises:
        Invalid, Conflict: as ``upsert_customer``; or ``erased_person``: an administrator admits the person again
            first. Nothing was changed.
    """
    refuse_if(customer_problems(data) + _code_problems(code))
    values = _values(data)
    if existing is None:
        refuse_erased(code, values["document"], values["email"], values["phone"])
        return StoredCustomer(_create(code.strip(), values), True, True)
    refuse_shell(existing)
    check_version(existing, version)
    if values["email"] != existing.email:
        refuse_if(email_clashes(existing, values["email"]))
    before = snapshot(existing, FIELDS)
    if not assign(existing, values):
        return StoredCustomer(existing, False, False)
    after = snapshot(existing, FIELDS)
    audit.record("customer.update", "customer", existing.id, existing.code, before=before, after=after)
    return StoredCustomer(existing, False, True)


def customer_problems(data: CustomerInput) -> list[Problem]:
    """Return what is wrong with a customer's own data, without looking at anybody else."""
    found = (
        document_problem(normalise_document(data.document)),
        email_problem(data.email),
        phone_problem(data.phone),
    )
    problems = [problem for problem in found if problem is not None]
    if data.document.strip() and not normalise_document(data.document):
        problems.append(Problem("document", "document_length", {"value": data.document, "length": 0}))
    return problems


def _code_problems(code: str) -> list[Problem]:
    if not code.strip():
        return [Problem("code", "code_missing")]
    return [Problem("code", "code_too_long", {"maximum": 60})] if len(code.strip()) > 60 else []


def _values(data: CustomerInput) -> dict[str, str]:
    return {
        "name": data.name,
        "name_folded": fold(data.name)[:200],
        "document": normalise_document(data.document),
        "email": normalise_email(data.email),
        "phone": normalise_phone(data.phone),
    }


def _create(code: str, values: dict[str, str]) -> Customer:
    customer = Customer(code=code, **values)
    db.session.add(customer)
    db.session.flush()
    audit.record("customer.create", "customer", customer.id, code, after=snapshot(customer, FIELDS))
    return customer
