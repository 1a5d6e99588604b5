"""Hands the lines of an undo to convergence: from now on the accounts never fall below what they had; or do again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.compare import Action
from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.models.run import SKIPPED
from webapp.services.accounts import NEGATIVE, PAID_NOW
from webapp.services.drift import MOVED_ON, end_lines, queue_lines

KEEP = "keep"


def keep_accounts(run: Run, items: Sequence[RunItem]) -> None:
    """Keep for these accounts what their lines say; the caller commits. Whoever moved on is left alone."""
    for item, account in _unmoved(items):
        account.keep_content, account.keep_reason = str(item.after["state"]), run.reason
        account.kept_at = utc_now()
        account.verify_first = account.verify_first or item.action == Action.CREATE
        _mark(account, PAID_NOW)
        queue_lines([item], account)


def release_accounts(items: Sequence[RunItem]) -> None:
    """Keep nothing for these accounts any more: what their status asks is done. The caller commits."""
    for item, account in _unmoved(items):
        item.kept = {KEEP: account.keep_content, "reason": account.keep_reason, "kept_at": _iso(account)}
        account.keep_content, account.keep_reason, account.kept_at = "", "", None
        _mark(account, NEGATIVE)
        queue_lines([item], account)


def keep_again(items: Sequence[RunItem]) -> list[RunItem]:
    """Take back lines by which a keep was lifted, where the account is not being sent; returns those lines."""
    taken = []
    accounts = _locked(items)
    for item in items:
        account = accounts.get(item.account_id or 0)
        if account is None or account.generation != item.generation or account.lease_until is not None:
            continue
        if account.generation == account.applied_generation or KEEP not in item.kept:
            # It was done already.
            continue
        account.keep_content, account.keep_reason = item.kept[KEEP], item.kept["reason"]
        account.kept_at = utc_now()
        taken.append(item)
    return taken


def _unmoved(items: Sequence[RunItem]) -> list[tuple[RunItem, Account]]:
    accounts = _locked(items)
    found = []
    for item in items:
        account = accounts.get(item.account_id or 0)
        if account is None or account.generation != item.generation:
            end_lines([item], SKIPPED, MOVED_ON)
        else:
            found.append((item, account))
    return found


def _locked(items: Sequence[RunItem]) -> dict[int, Account]:
    wanted = select(Account).where(Account.id.in_({item.account_id for item in items})).with_for_update()
    found = db.session.scalars(wanted, execution_options={"populate_existing": True})
    return {account.id: account for account in found}


def _mark(account: Account, priority: int) -> None:
    account.generation += 1
    account.due_at, account.tries, account.priority = utc_now(), 0, priority
    if account.status != "parked":
        # Who is parked keeps his question until a person answers it.
        account.status = "pending"


def _iso(account: Account) -> Any:
    return account.kept_at.isoformat() if account.kept_at is not None else None
