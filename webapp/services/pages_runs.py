"""Reconciliations and their lines as pages show them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of


def list_runs(integration_id: int | None, cursor: str = "", size: int = PAGE_SIZE) -> Page[Run]:
    """Return reconciliations, the latest first."""
    wanted = select(Run).options(joinedload(Run.integration))
    if integration_id is not None:
        wanted = wanted.where(Run.integration_id == integration_id)
    before = decode_cursor(cursor, 1)
    if before is not None:
        wanted = wanted.where(Run.id < before[0])
    rows = db.session.scalars(wanted.order_by(Run.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def run_items(run_id: int, situation: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[RunItem]:
    """Return the lines of a run in their order."""
    wanted = select(RunItem).where(RunItem.run_id == run_id)
    if situation:
        wanted = wanted.where(RunItem.situation == situation)
    after = decode_cursor(cursor, 1)
    if after is not None:
        wanted = wanted.where(RunItem.id > after[0])
    rows = db.session.scalars(wanted.order_by(RunItem.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def situation_counts(run_id: int) -> Mapping[str, int]:
    """Return how many lines a run has of each situation."""
    rows = db.session.execute(
        select(RunItem.situation, func.count()).where(RunItem.run_id == run_id).group_by(RunItem.situation)
    )
    return {row[0]: row[1] for row in rows}


def customers_of_accounts(account_ids: Sequence[int]) -> Mapping[int, int]:
    """Return the customer's id by account id, for links."""
    rows = db.session.scalars(select(Account).options(joinedload(Account.service)).where(Account.id.in_(account_ids)))
    return {row.id: row.service.customer_id for row in rows}
