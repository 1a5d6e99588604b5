"""Who else stands there: on the same log-in, or of the same customer. One query for a whole batch each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from webapp.decide.constraints import Held
from webapp.decide.desired import Desired, DesiredUnit
from webapp.decide.policy import Content
from webapp.decide.state import LIVE, load_units
from webapp.models import Account, Entitlement, Product, Service
from webapp.services.convergence.work import Claim

_ACCOUNT, _SERVICE = Account.__table__, Service.__table__
_RIGHT, _PRODUCT = Entitlement.__table__, Product.__table__


@dataclass(frozen=True)
class Shared:
    """Another account of the same customer on the same log-in.

    Attributes:
        rights: how many things of it are, or may be, there.
        busy: a call for it is under way now.
    """

    account_id: int
    rights: int
    busy: bool


@dataclass(frozen=True)
class Right:
    """One product of one of a customer's services on the integration."""

    account_id: int
    held: Held
    live: bool
    wanted: bool

    def counts_for(self, account_id: int) -> bool:
        """Tell whether it stands in the way of another account: it is there, or comes first."""
        return self.account_id != account_id and (self.live or (self.wanted and self.account_id < account_id))


def customer_of(desired: Desired) -> int:
    """Return the customer's id; 0 when the account has no unit at all."""
    return desired.units[0].subject.customer.id if desired.units else 0


def taken(
    db_connection: Connection, integration_id: int, claims: Iterable[Claim], wanted: Mapping[int, Desired], *,
    shared_users: bool,
) -> set[int]:  # fmt: skip
    """Return the accounts that want a log-in which somebody else there uses, or wants in this very batch.

    Args:
        shared_users: services of one customer may have the same log-in; two customers never.
    """
    fresh = {one.account_id for one in claims if not one.frozen and one.account_id in wanted}
    owners: dict[str, set[int]] = defaultdict(set)
    for account_id in fresh:
        desired = wanted[account_id]
        owners[desired.login.lower()].add(customer_of(desired) if shared_users else account_id)
    owner = _SERVICE.c.customer_id if shared_users else _ACCOUNT.c.id
    statement = select(_ACCOUNT.c.login_key, owner.label("owner")).where(
        _ACCOUNT.c.integration_id == integration_id,
        _ACCOUNT.c.login_key.in_(owners),
        _ACCOUNT.c.login_frozen_at.is_not(None),
        _ACCOUNT.c.status != "cancelled",
    )
    if shared_users:
        statement = statement.join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
    for row in db_connection.execute(statement):
        owners[row.login_key].add(row.owner)
    return {account_id for account_id in fresh if len(owners[wanted[account_id].login.lower()]) > 1}


def shared(
    db_connection: Connection, integration_id: int, wanted: Mapping[int, Desired], now: datetime
) -> dict[int, list[Shared]]:
    """Return, by account, the customer's other accounts on the same log-in."""
    keys = {account_id: (customer_of(desired), desired.login.lower()) for account_id, desired in wanted.items()}
    statement = (
        select(
            _ACCOUNT.c.id, _ACCOUNT.c.login_key, _ACCOUNT.c.units, _ACCOUNT.c.lease_until, _SERVICE.c.customer_id
        )
        .join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
        .where(_ACCOUNT.c.integration_id == integration_id)
        .where(_SERVICE.c.customer_id.in_({customer for customer, _ in keys.values()}))
    )  # fmt: skip
    found: dict[tuple[int, str], list[Shared]] = defaultdict(list)
    for row in db_connection.execute(statement):
        # Accounts of this batch are leased too; their calls have not begun.
        busy = row.lease_until is not None and row.lease_until > now and row.id not in wanted
        rights = sum(unit.maybe_there for unit in load_units(row.units).values())
        found[row.customer_id, row.login_key].append(Shared(row.id, rights, busy))
    return {account_id: [one for one in found[key] if one.account_id != account_id] for account_id, key in keys.items()}


def rights_of_customers(
    db_connection: Connection, integration_id: int, wanted: Mapping[int, Desired]
) -> dict[int, list[Right]]:
    """Return what the customers of a batch have, or shall have, on the integration, by customer.

    Args:
        wanted: the batch itself: what nobody has looked at before has no rows yet.
    """
    customers = {customer_of(desired) for desired in wanted.values()}
    statement = (
        select(
            _SERVICE.c.customer_id, _SERVICE.c.code.label("service"), _RIGHT.c.account_id, _RIGHT.c.desired,
            _RIGHT.c.applied, _PRODUCT.c.code, _PRODUCT.c.name, _PRODUCT.c.kind,
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _RIGHT.c.account_id)
        .join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
        .join(_PRODUCT, _PRODUCT.c.id == _RIGHT.c.product_id)
        .where(_ACCOUNT.c.integration_id == integration_id, _SERVICE.c.customer_id.in_(customers))
        .order_by(_RIGHT.c.id)
    )  # fmt: skip
    found: dict[int, list[Right]] = defaultdict(list)
    for row in db_connection.execute(statement):
        product = Held(row.service, row.code, row.name, row.kind)
        right = Right(row.account_id, product, row.applied in LIVE, row.desired != Content.ABSENT)
        if right.live or right.wanted:
            found[row.customer_id].append(right)
    _add_wanted(found, wanted)
    return found


def _add_wanted(found: dict[int, list[Right]], wanted: Mapping[int, Desired]) -> None:
    for account_id, desired in wanted.items():
        own = found[customer_of(desired)]
        known = {one.held.code for one in own if one.account_id == account_id}
        active = (unit for unit in desired.units if unit.content is Content.ACTIVE)
        own += [Right(account_id, one, False, True) for unit in active for one in held(unit) if one.code not in known]


def held(unit: DesiredUnit) -> list[Held]:
    """Return the products that a unit is about."""
    subject = unit.subject
    products = (subject.sale.product,) if subject.sale is not None else subject.account.products
    return [Held(subject.service.code, product.code, product.name, product.kind) for product in products]
