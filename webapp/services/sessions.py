"""Who is signed in where. A session is a row: ended, it is over at the next request, in every process.

The browser carries a token that cannot be guessed; only its hash is kept here. Polling reads a session and
never prolongs it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Operator, OperatorSession, Setting
from webapp.services import audit, sign_in_rules
from webapp.services.errors import NotFound
from webapp.services.one_way import token_hash
from webapp.services.sign_in_rules import SignInRules
from webapp.services.transactions import begin as begin_transaction

SIGNED_OUT, REVOKED, IDLE, TOO_OLD, PASSWORD, DEACTIVATED, RESTORED, ROLE, SECOND_FACTOR = END_REASONS = (
    "signed_out", "revoked", "idle", "too_old", "password", "deactivated", "restored", "role", "second_factor",
)  # fmt: skip
# A write for every click would make reading as dear as writing.
SEEN_EVERY = timedelta(minutes=1)
_TABLE = OperatorSession.__table__

log = structlog.get_logger(__name__)


def begin(operator: Operator, address: str, agent: str) -> str:
    """Begin a session of somebody who has just proven to be this operator, and commit.

    Args:
        address: from where, as the proxies that the settings trust tell it.
        agent: what the browser says of itself; cut to what is kept.

    Returns:
        The token for the cookie; it is kept nowhere.
    """
    operator_id = operator.id
    # What the sign-in changed on the operator, such as a stronger hash, must not be lost to the new transaction.
    db.session.commit()
    begin_transaction(reads_only=False)
    token, now = secrets.token_urlsafe(32), utc_now()
    db.session.add(
        OperatorSession(
            operator_id=operator_id, token_hash=token_hash(token), started_at=now, last_seen_at=now, fresh_at=now,
            address=address[:45], agent=agent[:200],
        )
    )  # fmt: skip
    db.session.commit()
    return token


def current(token: str, now: datetime) -> OperatorSession | None:
    """Return the session of a token, with its operator and roles: one query, nothing written.

    Returns:
        None when it ended, is idle or too old, was never there, or its operator may not sign in any more:
        whoever sent it is not signed in.
    """
    found = db.session.execute(_of_token(), {"hash": token_hash(token)}).unique().first()
    if found is None:
        return None
    session, rules = found
    open_still = not state_of(session, sign_in_rules.load(rules), now) and session.operator.active
    return session if open_still else None


@lru_cache
def _of_token() -> Select[Any]:
    """Put together once: every request of whoever is signed in asks it."""
    statement: Any = (
        select(OperatorSession, Setting.value)
        .outerjoin(Setting, Setting.name == sign_in_rules.NAME)
        .where(OperatorSession.token_hash == bindparam("hash"))
        .options(joinedload(OperatorSession.operator).joinedload(Operator.roles))
    )
    asked: Select[Any] = statement
    return asked


def state_of(session: OperatorSession, rules: SignInRules, now: datetime) -> str:
    """Return why a session is over, one of ``END_REASONS``; empty while it goes on."""
    if session.ended_at is not None:
        return session.end_reason
    if session.started_at <= now - rules.longest:
        return TOO_OLD
    return IDLE if session.last_seen_at <= now - rules.idle else ""


def why_over(token: str, now: datetime) -> str:
    """Return why the session of a token is over, one of ``END_REASONS``; empty while it goes on, or where none was."""
    session = db.session.scalar(select(OperatorSession).where(OperatorSession.token_hash == token_hash(token)))
    return state_of(session, sign_in_rules.read_rules(), now) if session is not None else ""


def touch(session: OperatorSession, now: datetime) -> None:
    """Note a click, at most once in ``SEEN_EVERY``, in a transaction of its own; call it before the work begins."""
    if session.last_seen_at > now - SEEN_EVERY:
        return
    seen = update(_TABLE).where(_TABLE.c.id == session.id, _TABLE.c.ended_at.is_(None), _TABLE.c.last_seen_at < now)
    try:
        begin_transaction(reads_only=False)
        db.session.execute(seen.values(last_seen_at=now))
        db.session.commit()
    except DBAPIError:
        # A full, busy or read-only database must not sign people out of what they can still read.
        db.session.rollback()
        log.warning("session_not_noted", session_id=session.id)


def prove(session_id: int) -> None:
    """Note that whoever sits there has just proven to be the operator again, and commit."""
    open_still = (_TABLE.c.id == session_id, _TABLE.c.ended_at.is_(None))
    begin_transaction(reads_only=False)
    db.session.execute(update(_TABLE).where(*open_still).values(fresh_at=utc_now()))
    db.session.commit()


def get_session(session_id: int, operator_id: int) -> OperatorSession:
    """Return a session of one operator.

    Raises:
        NotFound: there is none with that id, or it is somebody else's; answer 404 in both cases.
    """
    session = db.session.get(OperatorSession, session_id)
    if session is None or session.operator_id != operator_id:
        raise NotFound("session_unknown", {"id": session_id})
    return session


def end(session_id: int, reason: str) -> bool:
    """End one session and commit; False when it was over already. Whoever sits there is out at the next request."""
    begin_transaction(reads_only=False)
    row = db.session.get(OperatorSession, session_id)
    if row is None or row.ended_at is not None:
        db.session.rollback()
        return False
    row.ended_at, row.end_reason = utc_now(), reason
    said = {"end_reason": reason}
    audit.record("operator.session_end", "operator", row.operator_id, str(row.operator.email), after=said)
    db.session.commit()
    return True


def end_all(operator_id: int, reason: str, but: int | None = None) -> int:
    """End all sessions of an operator, in the caller's transaction, which must be a writing one.

    Args:
        but: id of the session that goes on: the one from which this is asked.

    Returns:
        How many ended; the history tells of them with what the caller records.
    """
    going_on: list[ColumnElement[bool]] = [_TABLE.c.operator_id == operator_id, _TABLE.c.ended_at.is_(None)]
    if but is not None:
        going_on.append(_TABLE.c.id != but)
    ended = update(_TABLE).where(*going_on).values(ended_at=utc_now(), end_reason=reason).returning(_TABLE.c.id)
    return len(db.session.execute(ended).all())


def sign_out_everywhere(operator_id: int, but: int | None = None) -> int:
    """End all sessions of an operator by hand, and commit; returns how many ended.

    Args:
        but: as of ``end_all``.
    """
    begin_transaction(reads_only=False)
    email = str(db.session.get_one(Operator, operator_id).email)
    ended = end_all(operator_id, REVOKED, but)
    if ended:
        after = {"end_reason": REVOKED, "sessions": ended}
        audit.record("operator.session_end", "operator", operator_id, email, after=after)
    db.session.commit()
    return ended


def sessions_of(operator_id: int, most: int = 50) -> Sequence[OperatorSession]:
    """Return the sessions of an operator, those that go on first, then the latest."""
    latest = (OperatorSession.ended_at.is_not(None), OperatorSession.id.desc())
    wanted = select(OperatorSession).where(OperatorSession.operator_id == operator_id).order_by(*latest).limit(most)
    return db.session.scalars(wanted).all()


def close_passed() -> None:
    """Write down which sessions ended by time, and commit; they were over before that."""
    begin_transaction(reads_only=False)
    rules, now = sign_in_rules.read_rules(), utc_now()
    going_on = _TABLE.c.ended_at.is_(None)
    for reason, passed in (
        (TOO_OLD, _TABLE.c.started_at <= now - rules.longest), (IDLE, _TABLE.c.last_seen_at <= now - rules.idle),
    ):  # fmt: skip
        db.session.execute(update(_TABLE).where(going_on, passed).values(ended_at=now, end_reason=reason))
    db.session.commit()
