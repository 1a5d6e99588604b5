"""The queue, the calls made, and what waits for a person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Attempt, Customer, Integration, Service
from webapp.models.account import BLOCKED, PARKED
from webapp.services.errors import NotFound
from webapp.services.pages import PAGE_SIZE, Page, capped_count, decode_cursor, decode_moment, page_of

PENDING_TAB, DONE_TAB, BLOCKED_TAB = TABS = ("pending", "done", "blocked")


def pending_accounts(integration_id: int | None, cursor: str = "", size: int = PAGE_SIZE) -> Page[Account]:
    """Return accounts that wait for a call, the next one first."""
    wanted = _of(select(Account).where(Account.due_at.is_not(None)), integration_id)
    total = capped_count(wanted.with_only_columns(Account.id))
    after = decode_moment(cursor)
    if after is not None:
        wanted = wanted.where(tuple_(Account.due_at, Account.id) > tuple_(*after))
    rows = db.session.scalars(_with_people(wanted).order_by(Account.due_at, Account.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.due_at.isoformat(), row.id))
    return Page(shown, following, total)


def stuck_accounts(integration_id: int | None, cursor: str = "", size: int = PAGE_SIZE) -> Page[Account]:
    """Return accounts that only a person can move on: blocked and parked, the latest first."""
    wanted = _of(select(Account).where(Account.status.in_((BLOCKED, PARKED))), integration_id)
    total = capped_count(wanted.with_only_columns(Account.id))
    after = decode_cursor(cursor, 1)
    if after is not None:
        wanted = wanted.where(Account.id < after[0])
    rows = db.session.scalars(_with_people(wanted).order_by(Account.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following, total)


def attempts(
    integration_id: int | None, account_id: int | None = None, cursor: str = "", size: int = PAGE_SIZE
) -> Page[Attempt]:
    """Return calls that were made, the latest first; not counted, since there are millions."""
    wanted = select(Attempt)
    if integration_id is not None:
        wanted = wanted.where(Attempt.integration_id == integration_id)
    if account_id is not None:
        wanted = wanted.where(Attempt.account_id == account_id)
    before = decode_cursor(cursor, 1)
    if before is not None:
        wanted = wanted.where(Attempt.id < before[0])
    people = joinedload(Attempt.account).joinedload(Account.service).joinedload(Service.customer)
    statement = wanted.options(people, joinedload(Attempt.integration)).order_by(Attempt.id.desc()).limit(size + 1)
    shown, following = page_of(db.session.scalars(statement).all(), size, lambda row: (row.id,))
    return Page(shown, following)


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


def tab_counts(integration_id: int | None) -> dict[str, int]:
    """Return how many accounts stand under the tabs that can be counted."""
    waiting = _of(select(Account.id).where(Account.due_at.is_not(None)), integration_id)
    stuck = _of(select(Account.id).where(Account.status.in_((BLOCKED, PARKED))), integration_id)
    return {PENDING_TAB: capped_count(waiting), BLOCKED_TAB: capped_count(stuck)}


def integration_choices() -> Sequence[tuple[int, str]]:
    """Return id and description of all integrations, for filters."""
    rows = db.session.execute(
        select(Integration.id, Integration.description).order_by(func.lower(Integration.description))
    )
    return [(row.id, row.description) for row in rows]


def _of(statement: Select[Any], integration_id: int | None) -> Select[Any]:
    return statement if integration_id is None else statement.where(Account.integration_id == integration_id)


def _with_people(statement: Select[Any]) -> Select[Any]:
    people = joinedload(Account.service).joinedload(Service.customer).load_only(Customer.name, Customer.code)
    return statement.options(people, joinedload(Account.integration))
