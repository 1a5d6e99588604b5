"""The list of customers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.models import Account, Customer, Service, ServicePackage, Source, SourceLink
from webapp.services.customer_rows import ACCOUNT_STATES, ACTIVITIES, customer_rows, find_rows
from webapp.services.tables.contract import DOCUMENT, MOMENT, Column, Filter, Order, Table

ACCOUNTS, SOURCE = "accounts", "source"


@dataclass(frozen=True)
class CustomerLine:
    """One line of the list.

    Attributes:
        accounts: on all platforms, of all services; only where their column is shown.
        source: description of the source that brought the customer; likewise.
    """

    customer: Customer
    accounts: Sequence[Account] = ()
    source: str = ""

    @property
    def packages(self) -> list[str]:
        """Descriptions of the packages that the customer has now, once each."""
        sold = (sale for service in self.customer.services for sale in service.packages if sale.removed_at is None)
        return list(dict.fromkeys(sale.package.description for sale in sold))

    @property
    def plans(self) -> list[str]:
        """Descriptions of the plans of all services."""
        return [service.plan.description for service in self.customer.services]

    @property
    def statuses(self) -> list[str]:
        """Statuses of all services."""
        return [service.status for service in self.customer.services]

    @property
    def account_states(self) -> list[str]:
        """States of all accounts."""
        return [account.status for account in self.accounts]


def lines(rows: Sequence[Customer], columns: Collection[str]) -> list[CustomerLine]:
    """Return customers with what the shown columns need besides."""
    accounts = _accounts(rows) if ACCOUNTS in columns else {}
    sources = _sources([row.id for row in rows]) if SOURCE in columns else {}
    return [CustomerLine(row, accounts.get(row.id, ()), sources.get(row.id, "")) for row in rows]


def _accounts(rows: Iterable[Customer]) -> dict[int, list[Account]]:
    owners = {service.id: row.id for row in rows for service in row.services}
    wanted = select(Account).options(joinedload(Account.integration)).where(Account.service_id.in_(owners))
    found: dict[int, list[Account]] = defaultdict(list)
    for account in db.session.scalars(wanted.order_by(Account.id)):
        found[owners[account.service_id]].append(account)
    return found


def _sources(ids: Sequence[int]) -> dict[int, str]:
    wanted = select(SourceLink.local_id, Source.description).join(Source, Source.id == SourceLink.source_id)
    rows = db.session.execute(wanted.where(SourceLink.kind == "customer", SourceLink.local_id.in_(ids)))
    return {row.local_id: row.description for row in rows}


_SERVICES = selectinload(Customer.services).joinedload(Service.plan)
_SALES = selectinload(Customer.services).selectinload(Service.packages).joinedload(ServicePackage.package)

CUSTOMERS = Table(
    name="customers",
    columns=(
        Column("name", lambda line: line.customer.name, order="name"),
        Column("code", lambda line: line.customer.code, order="code"),
        Column("document", lambda line: line.customer.document, DOCUMENT, order="document"),
        Column("contact", lambda line: line.customer.email, order="email", parts=("email", "phone")),
        Column("email", lambda line: line.customer.email, order="email", usual=False),
        Column("phone", lambda line: line.customer.phone, "phone", usual=False),
        Column("plans", lambda line: line.plans, options=(_SERVICES,), usual=False),
        Column("services", lambda line: line.statuses, "service", options=(_SERVICES,)),
        Column("packages", lambda line: line.packages, options=(_SALES,), usual=False),
        Column(ACCOUNTS, lambda line: line.account_states, "account", options=(_SERVICES,), usual=False),
        Column(SOURCE, lambda line: line.source, usual=False),
        Column("registered", lambda line: line.customer.created_at, MOMENT, order="registered", usual=False),
    ),
    filters=(
        Filter("q"),
        Filter("active", ACTIVITIES),
        Filter("status", STATUSES),
        Filter("account", tuple(ACCOUNT_STATES)),
        Filter("plan", options="plan"),
        Filter("package", options="package"),
        Filter("integration", options="integration"),
        Filter("source", options="source"),
    ),
    orders={
        "name": Order((Customer.name_folded, Customer.id), (str, int)),
        "code": Order((Customer.code, Customer.id), (str, int)),
        "document": Order((Customer.document, Customer.id), (str, int)),
        "email": Order((Customer.email, Customer.id), (str, int)),
        "registered": Order((Customer.id,), (int,)),
    },
    usual_order="name",
    rows=customer_rows,
    endpoint="customers.index",
    lines=lines,
    looks=find_rows,
    people=True,
)  # fmt: skip
