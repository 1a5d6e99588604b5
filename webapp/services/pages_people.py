"""People as their pages show them: who may sign in, as what, when they last did, and where they are now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Invitation, Operator, OperatorSession, WebAuthn
from webapp.services import sessions
from webapp.services.operators import role_of
from webapp.services.pages import PAGE_SIZE
from webapp.services.sign_in_rules import SignInRules, read_rules

# An invitation that nobody used is worth a line for so long after it expired.
EXPIRED_SHOWN = timedelta(days=30)
OPEN, EXPIRED = "open", "expired"
_OPERATOR = Operator.__table__
_SESSION = OperatorSession.__table__
_LINK = Invitation.__table__


@dataclass(frozen=True)
class PersonRow:
    """One line of the list.

    Attributes:
        last_sign_in: of the sessions that are kept; None = never, or before sessions were kept.
        sessions: how many go on.
        second_factor: whether an app or a passkey is set up.
    """

    operator: Operator
    role: str
    last_sign_in: datetime | None
    sessions: int
    second_factor: bool


@dataclass(frozen=True)
class InvitationRow:
    """An invitation that nobody used. ``state``: ``open`` or ``expired``."""

    invitation: Invitation
    state: str


@dataclass(frozen=True)
class SessionRow:
    """A session. ``state``: why it is over, one of ``sessions.END_REASONS``; empty while it goes on."""

    session: OperatorSession
    state: str
    this_one: bool


def all_people() -> list[PersonRow]:
    """Return everybody who may sign in, or once might, by e-mail."""
    wanted = select(Operator).options(selectinload(Operator.roles)).order_by(_OPERATOR.c.email, _OPERATOR.c.id)
    return person_rows(db.session.scalars(wanted).all())


def list_invitations() -> Sequence[InvitationRow]:
    """Return the invitations that nobody used or withdrew, the latest first; there are never many."""
    now = utc_now()
    unused = (_LINK.c.used_at.is_(None), _LINK.c.revoked_at.is_(None), _LINK.c.expires_at > now - EXPIRED_SHOWN)
    found = db.session.scalars(select(Invitation).where(*unused).order_by(_LINK.c.id.desc()).limit(PAGE_SIZE)).all()
    return [InvitationRow(row, OPEN if row.expires_at > now else EXPIRED) for row in found]


def list_sessions(operator_id: int, this_id: int | None = None) -> Sequence[SessionRow]:
    """Return the sessions of an operator, those that go on first, then the latest.

    Args:
        this_id: of the session from which this is asked.
    """
    rules, now = read_rules(), utc_now()
    rows = [
        SessionRow(row, sessions.state_of(row, rules, now), row.id == this_id)
        for row in sessions.sessions_of(operator_id)
    ]
    return sorted(rows, key=lambda row: (bool(row.state), not row.this_one))


def person_rows(operators: Sequence[Any]) -> list[PersonRow]:
    """Return operators with their role, sessions and second factor."""
    ids = [row.id for row in operators]
    last, going_on, keys = _last_sign_ins(ids), _going_on(ids, read_rules()), _with_passkey(ids)
    return [
        PersonRow(
            row, role_of(row), last.get(row.id), going_on.get(row.id, 0),
            row.tf_primary_method is not None or row.id in keys,
        )
        for row in operators
    ]  # fmt: skip


def _last_sign_ins(ids: Collection[int]) -> Mapping[int, datetime]:
    wanted = select(_SESSION.c.operator_id, func.max(_SESSION.c.started_at).label("at"))
    found = db.session.execute(wanted.where(_SESSION.c.operator_id.in_(ids)).group_by(_SESSION.c.operator_id))
    return {row.operator_id: row.at for row in found}


def _going_on(ids: Collection[int], rules: SignInRules) -> Mapping[int, int]:
    now = utc_now()
    wanted = select(_SESSION.c.operator_id, func.count().label("sessions")).where(
        _SESSION.c.operator_id.in_(ids), _SESSION.c.ended_at.is_(None),
        _SESSION.c.started_at > now - rules.longest, _SESSION.c.last_seen_at > now - rules.idle,
    )  # fmt: skip
    return {row.operator_id: row.sessions for row in db.session.execute(wanted.group_by(_SESSION.c.operator_id))}


def _with_passkey(ids: Collection[int]) -> Collection[int]:
    owner = WebAuthn.__table__.c.user_id
    return set(db.session.scalars(select(owner).where(owner.in_(ids))).all())
