"""Everything here that belongs to one person: the ids by which all other rows are found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, union_all

from webapp.extensions import db
from webapp.models import Account, Alert, Customer, Event, Orphan, Service, ServicePackage, SourceLink
from webapp.services.changes import get_or_refuse

# Kinds of object in the history and in alerts that are a person's own.
CUSTOMER, SERVICE, SALE, ACCOUNT, ORPHAN = "customer", "service", "service_package", "account", "orphan"
LINK = "link"


@dataclass(frozen=True)
class Holding:
    """One person's rows, by id.

    Attributes:
        codes: of the services.
        externals: (number of the source, how it names the customer or the service).
        logins: on the platforms, as they are compared.
    """

    customer: Customer
    services: Sequence[int] = ()
    codes: Sequence[str] = ()
    sales: Sequence[int] = ()
    accounts: Sequence[int] = ()
    logins: Sequence[str] = ()
    externals: Sequence[tuple[int, str]] = ()
    orphans: Sequence[int] = field(default=())

    @property
    def objects(self) -> dict[str, Sequence[int]]:
        """Return the person's objects as history and alerts name them."""
        return {
            CUSTOMER: [self.customer.id], SERVICE: self.services, SALE: self.sales, ACCOUNT: self.accounts,
            ORPHAN: self.orphans,
        }  # fmt: skip

    def is_about(self, table: type[Event] | type[Alert]) -> ColumnElement[bool]:
        """Return the condition that a row of the history, or an alert, is about this person."""
        parts = [and_(table.object_type == kind, table.object_id.in_(ids)) for kind, ids in self.objects.items() if ids]
        return or_(false(), *parts)


def load_holding(customer_id: int) -> Holding:
    """Return what belongs to a person, in two questions.

    Raises:
        NotFound: no such customer; answer 404.
    """
    customer = get_or_refuse(Customer, customer_id, "customer_unknown")
    found: dict[str, list[tuple[int, str]]] = {kind: [] for kind in (SERVICE, SALE, ACCOUNT, LINK, ORPHAN)}
    for kind, row_id, text in db.session.execute(union_all(*_parts(customer))):
        found[kind].append((row_id, text))
    ids = {kind: sorted({row_id for row_id, _ in rows}) for kind, rows in found.items()}
    return Holding(
        customer, ids[SERVICE], [code for _, code in sorted(found[SERVICE])], ids[SALE], ids[ACCOUNT],
        sorted({login for _, login in found[ACCOUNT] if login}), sorted(found[LINK]), ids[ORPHAN],
    )  # fmt: skip


def _parts(customer: Customer) -> list[Select[Any]]:
    services = select(Service.id).where(Service.customer_id == customer.id)
    sales = select(ServicePackage.id).where(ServicePackage.service_id.in_(services))
    accounts = select(Account.id).where(Account.service_id.in_(services))
    linked = or_(
        and_(SourceLink.kind == CUSTOMER, SourceLink.local_id == customer.id),
        and_(SourceLink.kind == SERVICE, SourceLink.local_id.in_(services)),
    )
    wanted: list[tuple[str, Any, Any, ColumnElement[bool]]] = [
        (SERVICE, Service.id, Service.code, Service.customer_id == customer.id),
        (SALE, ServicePackage.id, literal(""), ServicePackage.id.in_(sales)),
        (ACCOUNT, Account.id, Account.login_key, Account.id.in_(accounts)),
        (LINK, SourceLink.source_id, SourceLink.external, linked),
        (ORPHAN, Orphan.id, literal(""), _is_own_orphan(customer, services, accounts)),
    ]
    return [select(literal(kind), key, text).where(where) for kind, key, text, where in wanted]


def _is_own_orphan(customer: Customer, services: Any, accounts: Any) -> ColumnElement[bool]:
    """An account of a platform that is the person's; a mere guess is not: it may be a neighbour's."""
    logins = select(Account.login_key).where(Account.service_id.in_(services), Account.login_key != "")
    login = func.lower(Orphan.login)
    nameless = Orphan.document.in_(["", customer.document])
    parts = [Orphan.account_id.in_(accounts), and_(login.in_(logins), nameless)]
    parts += [and_(login == customer.email, nameless)] if customer.email else []
    parts += [Orphan.document == customer.document] if customer.document else []
    return or_(*parts)
