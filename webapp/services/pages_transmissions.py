"""The queue, the calls made, and what waits for a person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Attempt, Customer, Integration, Service
from webapp.models.account import BLOCKED, PARKED
from webapp.services.errors import NotFound
from webapp.services.pages import capped_counts

PENDING_TAB, DONE_TAB, BLOCKED_TAB = TABS = ("pending", "done", "blocked")


def view_attempt(attempt_id: int) -> Attempt:
    """Return one call with whom it was for.

    Raises:
        NotFound: no such call; answer 404.
    """
    people = joinedload(Attempt.account).joinedload(Account.service).joinedload(Service.customer)
    found: Attempt | None = db.session.scalar(
        select(Attempt).options(people, joinedload(Attempt.integration)).where(Attempt.id == attempt_id)
    )
    if found is None:
        raise NotFound("attempt_unknown", {"id": attempt_id})
    return found


def view_account(account_id: int) -> Account:
    """Return one account with whom it is for.

    Raises:
        NotFound: no such account; answer 404.
    """
    found: Account | None = db.session.scalar(_with_people(select(Account).where(Account.id == account_id)))
    if found is None:
        raise NotFound("account_not_found", {"id": account_id})
    return found


def tab_counts() -> dict[str, int]:
    """Return how many accounts stand under the tabs that can be counted."""
    waiting = select(Account.id).where(Account.due_at.is_not(None))
    # The index on states begins with the integration; there are few of those.
    mine = Account.integration_id.in_(select(Integration.id))
    stuck = select(Account.id).where(mine, Account.status.in_((BLOCKED, PARKED)))
    return dict(zip((PENDING_TAB, BLOCKED_TAB), capped_counts(waiting, stuck), strict=True))


def integration_choices() -> Sequence[tuple[int, str]]:
    """Return id and description of all integrations, for filters."""
    rows = db.session.execute(
        select(Integration.id, Integration.description).order_by(func.lower(Integration.description))
    )
    return [(row.id, row.description) for row in rows]


def _with_people(statement: Select[Any]) -> Select[Any]:
    people = joinedload(Account.service).joinedload(Service.customer).load_only(Customer.name, Customer.code)
    return statement.options(people, joinedload(Account.integration))
