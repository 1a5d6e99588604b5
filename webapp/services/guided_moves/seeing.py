"""What rows tell of the accounts of a guided move, and how the platforms are asked about the new ones."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide.guided_moves import Seen
from webapp.extensions import db
from webapp.models import Account, GuidedMove
from webapp.services import lookup_marks
from webapp.services.looking import finds


def accounts_of(service_id: int | None) -> list[Account]:
    """Return the accounts of a service, each with its platform."""
    wanted = select(Account).options(joinedload(Account.integration)).where(Account.service_id == service_id)
    return list(db.session.scalars(wanted.order_by(Account.id)))


def seen_accounts(move: GuidedMove) -> list[Seen]:
    """Return the new accounts, each beside what the old one was when the move began."""
    before = move.data.get("before", {})
    return [_seen(account, before.get(str(account.integration_id), "")) for account in accounts_of(move.to_service_id)]


def old_ends(move: GuidedMove) -> list[tuple[int, str, str]]:
    """Return the old accounts as ``decide.guided_moves.gone`` takes them."""
    return [(one.id, one.status, one.error_code or "") for one in accounts_of(move.service_id)]


def ask_platforms(move: GuidedMove, accounts: Sequence[Seen], since: datetime) -> None:
    """Have the platforms asked about the new accounts, once each; the caller commits."""
    owners = {account.id: account.integration_id for account in accounts_of(move.to_service_id)}
    for one in accounts:
        if one.asks and (one.observed_at is None or one.observed_at < since):
            lookup_marks.note(owners[one.account_id], one.account_id)


def _seen(account: Account, before: str) -> Seen:
    settled = account.generation == account.applied_generation and account.due_at is None
    return Seen(
        account.id, account.status, settled, before, account.error_code or "",
        finds(account.integration.gateway), account.observed or "", account.observed_at,
    )  # fmt: skip
