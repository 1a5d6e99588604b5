"""When a subscriber was first seen to use what was sold: let in at a log-in, or done with the platform's check-out."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Integration, Setting
from webapp.models.account import ACTIVE, WAITING_USER
from webapp.services.transactions import begin

NAME = "accounts_waiting_user"
# More are not followed at a time; those who come behind are noted when these have finished.
MOST_KEPT = 10_000
_ACCOUNT = Account.__table__
_PLAIN = {"synchronize_session": False}
log = structlog.get_logger()


def note(account_ids: Sequence[int]) -> None:
    """Write down a first use, and commit; never raises: the next log-in says it again.

    Call it outside of any transaction: after the answer.
    """
    try:
        begin(reads_only=False)
        _write(account_ids, utc_now())
        db.session.commit()
    except DBAPIError as error:
        db.session.rollback()
        log.warning("first_use.delayed", count=len(account_ids), reason=str(error.orig))


def _write(account_ids: Sequence[int], now: datetime) -> None:
    fresh = (_ACCOUNT.c.id.in_(account_ids), _ACCOUNT.c.first_used_at.is_(None))
    # No change of the account: neither programs nor pages need to read it again.
    change = update(_ACCOUNT).where(*fresh).values(first_used_at=now, updated_at=_ACCOUNT.c.updated_at)
    db.session.execute(change, execution_options=_PLAIN)


def watch_checkouts() -> int:
    """Note who finished a check-out since the last time, and commit; returns how many.

    Whoever waited then and is active now has finished. Only those who wait are read, by the index on states.
    """
    begin(reads_only=True)
    kept, now_waiting = _kept(), _waiting()
    if set(kept) == set(now_waiting):
        db.session.rollback()
        return 0
    begin(reads_only=False)
    done = _finished(set(kept) - set(now_waiting))
    _write(done, utc_now())
    db.session.merge(Setting(name=NAME, value=json.dumps(now_waiting)))
    db.session.commit()
    return len(done)


def _waiting() -> list[int]:
    # The index on states begins with the integration; there are few of those.
    led = (_ACCOUNT.c.integration_id.in_(select(Integration.id)), _ACCOUNT.c.status == WAITING_USER)
    return sorted(db.session.scalars(select(_ACCOUNT.c.id).where(*led).limit(MOST_KEPT)))


def _kept() -> list[int]:
    value = db.session.scalar(select(Setting.value).where(Setting.name == NAME))
    return [int(one) for one in json.loads(value)] if value else []


def _finished(account_ids: Collection[int]) -> list[int]:
    done = (_ACCOUNT.c.id.in_(account_ids), _ACCOUNT.c.status == ACTIVE)
    return list(db.session.scalars(select(_ACCOUNT.c.id).where(*done)))
