"""What actions on accounts share: how rows are read, who they are, which call they lead to."""

from abc import ABC
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Customer, Service
from webapp.models.operator import ADMIN, ATTENDANT
from webapp.services.accounts import MANY, PAID_NOW, refuse_busy
from webapp.services.bulk_jobs.contract import Kind, LeftOut, Named, Params, failed
from webapp.services.buyers import traits_of
from webapp.services.errors import Conflict
from webapp.services.holds import hold_of

QUEUE = ("accounts_pending", "accounts_stuck")
CUSTOMERS = "customers"


class OnAccounts(Kind, ABC):
    """An action on accounts; from the list of customers it reaches all accounts of theirs."""

    subject = "account"
    tables: tuple[str, ...] = QUEUE
    roles = (ADMIN, ATTENDANT)

    def subjects(self, table: str, rows: Select[Any], params: Params) -> Select[Any]:
        """Return the ids of what is touched; see ``Kind.subjects``."""
        wanted = select(Account.id)
        if table == CUSTOMERS:
            return wanted.join(Service, Service.id == Account.service_id).where(Service.customer_id.in_(rows))
        return wanted.where(Account.id.in_(rows))

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, Account]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        wanted = (
            select(Account)
            .join(Account.service)
            .join(Service.customer)
            .options(
                contains_eager(Account.service)
                .contains_eager(Service.customer)
                .load_only(Customer.name, Customer.messages_off_at)
            )
            .options(joinedload(Account.integration))
            .where(Account.id.in_(ids))
            .order_by(Account.id)
        )
        if lock:
            wanted = wanted.with_for_update(of=Account)
        rows = db.session.scalars(wanted, execution_options={"populate_existing": True})
        return {row.id: row for row in rows}

    def name(self, row: Account) -> Named:
        """Return a row as people know it."""
        login = row.login or row.service.code
        path = ("customers.detail", {"customer_id": row.service.customer_id, "_anchor": f"account-{row.id}"})
        return Named(row.service.customer.name, f"{row.integration.description} · {login}", path, {"login": login})

    def calls(self, row: Account, params: Params, before: Mapping[str, Any] | None = None) -> Iterable[int]:
        """Return the platforms that get a call by this row."""
        return (row.integration_id,)


def switched_off(account: Account) -> LeftOut | None:
    """Tell that nothing goes to the platform until somebody activates it; what is paused goes on by itself."""
    if account.integration.active:
        return None
    return failed("integration_inactive", {"description": account.integration.description})


def cannot_ask(account: Account) -> LeftOut | None:
    """Tell why the platform is asked nothing now at all: it is inactive, paused or cannot be reached."""
    hold = hold_of(account.integration)
    return failed(hold.code, hold.params) if hold is not None else None


def busy(account: Account) -> LeftOut | None:
    """Tell that a call is under way for it."""
    try:
        refuse_busy(account)
    except Conflict as error:
        return failed(error.code, error.params)
    return None


def traits(account: Account) -> Traits | None:
    """Return what its gateway declares; None when the recipe is gone."""
    return traits_of(account.integration)


def wait_behind(account: Account) -> None:
    """Let it wait behind what somebody on the phone waits for; who paid just now keeps the way free."""
    if account.priority != PAID_NOW:
        account.priority = max(account.priority, MANY)


def recipe_gone(account: Account) -> LeftOut:
    """Return that nobody knows how to speak with the platform."""
    return failed("gateway_missing", {"gateway": account.integration.gateway})
