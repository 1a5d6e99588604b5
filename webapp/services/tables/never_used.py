"""The list of those who were sold something and never began to use it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Customer, CustomerMessage, Package, Service, ServicePackage
from webapp.models.account import ACTIVE, WAITING_USER
from webapp.models.activation import SENT
from webapp.services.never_used.listing import unused_rows
from webapp.services.tables.contract import MOMENT, Column, Filter, Order, Table

DAYS = ("7", "14", "30", "90")
_WAITS_LAST = case((Account.status == WAITING_USER, 1), else_=0)


@dataclass(frozen=True)
class NeverUsed:
    """One account that was never used, as the list shows it."""

    account: Account
    packages: Sequence[str] = field(default_factory=tuple)
    told_at: datetime | None = None


def lines(rows: Sequence[Account], columns: Collection[str]) -> list[NeverUsed]:
    """Return lines with what was sold and when the subscriber was told last."""
    if not rows or not {"packages", "told"} & set(columns):
        return [NeverUsed(row) for row in rows]
    packages: dict[int, list[str]] = defaultdict(list)
    told: dict[int, datetime | None] = {}
    for account_id, description, told_at in db.session.execute(_facts([row.id for row in rows])):
        told[account_id] = told_at
        if description is not None:
            packages[account_id].append(description)
    return [NeverUsed(row, packages[row.id], told[row.id]) for row in rows]


def _facts(account_ids: Sequence[int]) -> Select[int, str, datetime | None]:
    """What was sold, each beside when the subscriber was told last."""
    mine = (CustomerMessage.account_id == Account.id, CustomerMessage.status == SENT)
    told = select(func.max(CustomerMessage.sent_at)).where(*mine).correlate(Account).scalar_subquery()
    sale = (ServicePackage.service_id == Account.service_id, ServicePackage.removed_at.is_(None))
    package = (Package.id == ServicePackage.package_id, Package.integration_id == Account.integration_id)
    return (
        select(Account.id, Package.description, told)
        .outerjoin(ServicePackage, and_(*sale))
        .outerjoin(Package, and_(*package))
        .where(Account.id.in_(account_ids))
        .order_by(ServicePackage.id)
    )


NEVER_USED = Table(
    name="never_used",
    columns=(
        Column("customer", lambda line: line.account.service.customer.name),
        Column("code", lambda line: line.account.service.customer.code, usual=False),
        Column("login", lambda line: line.account.login, usual=False),
        Column("integration", lambda line: line.account.integration.description),
        Column("packages", lambda line: list(line.packages)),
        Column("state", lambda line: line.account.status, "account"),
        Column("since", lambda line: line.account.created_at, MOMENT, order="since"),
        Column("told", lambda line: line.told_at, MOMENT),
    ),
    filters=(
        Filter("q"),
        Filter("integration", options="integration"),
        Filter("package", options="package"),
        Filter("days", DAYS, usual=DAYS[0]),
        Filter("status", (WAITING_USER, ACTIVE)),
    ),
    orders={
        "since": Order((Account.created_at, Account.id), (datetime, int)),
        "waits": Order((_WAITS_LAST, Account.created_at, Account.id), (int, datetime, int)),
    },
    usual_order="-waits",
    rows=unused_rows,
    endpoint="never_used.index",
    options=(
        joinedload(Account.service).joinedload(Service.customer).load_only(Customer.name, Customer.code),
        joinedload(Account.integration),
    ),
    lines=lines,
    people=True,
)
