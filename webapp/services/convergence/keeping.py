"""Ends what is kept for accounts once their status asks for at least as much by itself."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, update

from webapp.decide.desired import Desired
from webapp.models import Account, Event
from webapp.services.convergence.work import Claim, Row

_ACCOUNT = Account.__table__
NOTHING: Row = {"keep_content": "", "keep_reason": "", "kept_at": None}


def end_keeps(
    db_connection: Connection, claims: Mapping[int, Claim], wanted: Mapping[int, Desired], now: datetime
) -> None:
    """Clear the keeps that are over, with a line in the history of each; in the planner's transaction."""
    over = [account_id for account_id, desired in wanted.items() if desired.keep_over]
    if not over:
        return
    db_connection.execute(
        update(_ACCOUNT).where(_ACCOUNT.c.id.in_(over)).values(**NOTHING, updated_at=_ACCOUNT.c.updated_at)
    )
    db_connection.execute(insert(Event.__table__), [_event(claims[one], wanted[one], now) for one in over])


def _event(claim: Claim, desired: Desired, now: datetime) -> Row:
    return {
        "at": now, "actor": "system", "action": "account.keep_over", "object_type": "account",
        "object_id": claim.account_id, "label": desired.login, "before": {"keep": claim.keep}, "after": None,
        "reason": "",
    }  # fmt: skip
