"""Accounts that are kept as they were by an undo, as their page shows them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Select, func, select

from webapp.extensions import db
from webapp.models import Account, Customer, Integration, Package, Service, ServicePackage
from webapp.services.pages import PAGE_SIZE, Page, capped_count, decode_cursor, page_of


@dataclass(frozen=True)
class Kept:
    """One account that stays at least as it was.

    Attributes:
        value: R$ per month of the packages that it is about; None = none is left.
    """

    account: Account
    customer_id: int
    name: str
    status: str
    integration: str
    value: Decimal | None = None


def list_kept(integration_id: int | None, cursor: str = "", size: int = PAGE_SIZE) -> Page[Kept]:
    """Return kept accounts, those first that are kept longest."""
    wanted = _wanted(integration_id)
    after = decode_cursor(cursor, 1)
    page = wanted if after is None else wanted.where(Account.id > after[0])
    rows = db.session.execute(page.order_by(Account.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row[0].id,))
    values = _values([row[0].id for row in shown])
    return Page([_kept(row, values) for row in shown], following, capped_count(wanted))


def view_kept(account_ids: Collection[int]) -> Sequence[Kept]:
    """Return these accounts, as far as they are kept."""
    rows = db.session.execute(_wanted(None).where(Account.id.in_(account_ids)).order_by(Account.id)).all()
    values = _values([row[0].id for row in rows])
    return [_kept(row, values) for row in rows]


def _wanted(integration_id: int | None) -> Select[Any]:
    wanted = (
        select(Account, Customer.id, Customer.name, Service.status, Integration.description)
        .join(Service, Service.id == Account.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .join(Integration, Integration.id == Account.integration_id)
        .where(Account.keep_content != "")
    )
    mine = wanted if integration_id is None else wanted.where(Account.integration_id == integration_id)
    return cast("Select[Any]", mine)


def _values(account_ids: Sequence[int]) -> Mapping[int, Decimal]:
    rows = db.session.execute(
        select(Account.id, func.sum(ServicePackage.value))
        .join(ServicePackage, ServicePackage.service_id == Account.service_id)
        .join(Package, Package.id == ServicePackage.package_id)
        .where(Account.id.in_(account_ids), ServicePackage.removed_at.is_(None))
        .where(Package.integration_id == Account.integration_id)
        .group_by(Account.id)
    )
    return {row[0]: row[1] for row in rows}


def _kept(row: Any, values: Mapping[int, Decimal]) -> Kept:
    account = row[0]
    return Kept(account, row[1], row[2], row[3], row[4], values.get(account.id))
