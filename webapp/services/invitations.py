"""Links, good once and for some hours, by which a person sets the own password. Only a hash is kept of each.

Wrong, used, withdrawn and expired links are told apart for nobody: each is simply none.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Invitation, Operator
from webapp.models.people import JOIN, RESET
from webapp.services import audit, operators, passwords
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, NotFound
from webapp.services.one_way import token_hash
from webapp.services.operators import NewOperator
from webapp.services.transactions import begin

GOOD_FOR = {JOIN: timedelta(hours=72), RESET: timedelta(hours=2)}
_TABLE = Invitation.__table__


def invite(email: str, role: str, name: str = "") -> tuple[Invitation, str]:
    """Invite somebody who has no access yet; an older invitation of the same address is withdrawn.

    Returns:
        The invitation and its token, which cannot be read again.

    Raises:
        Invalid: show every problem beside its field (``email``, ``role``, ``name``).
        Conflict: an operator with this e-mail exists; nothing was changed.
        NotAllowed: whoever asks is no administrator any more.
    """
    refuse_if(operators.person_problems(email, role, name))
    address = operators.normal_email(email)
    operators.lock_access()
    if operators.find_by_email(address) is not None:
        db.session.rollback()
        raise Conflict("operator_exists", {"email": address})
    _withdraw(_TABLE.c.kind == JOIN, _TABLE.c.email == address)
    row, token = _made(Invitation(kind=JOIN, email=address, name=name.strip(), role=role))
    after = {"email": address, "role": role, "expires_at": row.expires_at.isoformat()}
    audit.record("invitation.create", "invitation", row.id, address, after=after)
    commit()
    return row, token


def invite_to_reset(operator_id: int) -> tuple[Invitation, str]:
    """Make a link by which an operator sets a new password; an older one is withdrawn.

    Returns:
        The invitation and its token, which cannot be read again.

    Raises:
        NotFound: no such operator.
        NotAllowed: it is oneself, who has a page for it, or whoever asks is no administrator any more.
        Conflict: the person is deactivated; reactivate first.
    """
    operators.lock_access()
    operator = operators.get_operator(operator_id)
    operators.refuse_losing_oneself(operator)
    email = str(operator.email)
    if not operator.active:
        db.session.rollback()
        raise Conflict("operator_inactive", {"email": email})
    _withdraw(_TABLE.c.kind == RESET, _TABLE.c.operator_id == operator_id)
    row, token = _made(Invitation(kind=RESET, email=email, name=operator.name, operator_id=operator_id))
    after = {"expires_at": row.expires_at.isoformat()}
    audit.record("operator.reset_link", "operator", operator_id, email, after=after)
    commit()
    return row, token


def find(token: str) -> Invitation:
    """Return the invitation of a token that would be accepted now.

    Raises:
        NotFound: there is none, for whatever reason; say how to get another one and nothing else.
    """
    found: Invitation | None = db.session.scalar(
        select(Invitation).where(_TABLE.c.token_hash == token_hash(token), *_open(utc_now()))
    )
    if found is None:
        raise NotFound("invitation_invalid")
    return found


def accept(token: str, password: str, name: str = "") -> Operator:
    """Use an invitation up: register the person, or set the new password and end all former sessions.

    Args:
        name: how a new person wants to be shown; empty keeps the name of the invitation.

    Raises:
        NotFound: as ``find``; somebody else may have been faster.
        Invalid: the password or the name cannot be taken; the link still works.
        Conflict: an operator with this e-mail was registered meanwhile; nothing was changed.
        Busy: of ``services/passwords.py``; ask to try again in a few seconds.
    """
    invitation = find(token)
    kind, email, role, known = invitation.kind, invitation.email, invitation.role, name.strip() or invitation.name
    # Hashing takes its time: nobody may wait for a lock meanwhile.
    db.session.rollback()
    if kind == JOIN:
        new = operators.prepare(email, password, role, known)
    else:
        passwords.check_password(password, (email, known))
        new = NewOperator(email, known, role, passwords.hash_new(password))
    with audit.acting_as(email):
        return _accepted(token, kind, new)


def revoke(invitation_id: int) -> Invitation:
    """Withdraw an invitation; its link leads nowhere from now on. A second time changes nothing.

    Raises:
        NotFound: no such invitation.
        Conflict: it was used already; deactivate the person instead.
    """
    begin(reads_only=False)
    row = get_or_refuse(Invitation, invitation_id, "invitation_unknown")
    if row.used_at is not None:
        db.session.rollback()
        raise Conflict("invitation_used", {"email": row.email})
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        audit.record("invitation.revoke", "invitation", row.id, row.email, after={"email": row.email})
    commit()
    return row


def _made(row: Invitation) -> tuple[Invitation, str]:
    """Give a row its token and its end, in the caller's transaction."""
    token, now = secrets.token_urlsafe(32), utc_now()
    row.token_hash, row.created_by = token_hash(token), audit.current_actor()
    row.created_at, row.expires_at = now, now + GOOD_FOR[row.kind]
    db.session.add(row)
    db.session.flush()
    return row, token


def _accepted(token: str, kind: str, new: NewOperator) -> Operator:
    """Of two people with the same link, the one whose update finds the row wins."""
    begin(reads_only=False)
    now = utc_now()
    used = update(_TABLE).where(_TABLE.c.token_hash == token_hash(token), *_open(now)).values(used_at=now)
    row = db.session.execute(used.returning(_TABLE.c.id, _TABLE.c.operator_id)).first()
    if row is None:
        db.session.rollback()
        raise NotFound("invitation_invalid")
    if kind == JOIN:
        operator = operators.add_operator(new)
        db.session.execute(update(_TABLE).where(_TABLE.c.id == row.id).values(operator_id=operator.id))
    else:
        operators.set_password(row.operator_id, new.password_hash)
        operator = operators.get_operator(row.operator_id)
    commit()
    return operator


def _withdraw(*which: ColumnElement[bool]) -> None:
    now = utc_now()
    db.session.execute(update(_TABLE).where(*which, *_open(now)).values(revoked_at=now))


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_TABLE.c.used_at.is_(None), _TABLE.c.revoked_at.is_(None), _TABLE.c.expires_at > now)
