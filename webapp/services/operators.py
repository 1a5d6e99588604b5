"""Operators: people who sign in. Nobody is ever deleted, for the history names them; who leaves is deactivated."""

from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.clock import utc_now
from webapp.extensions import db, security
from webapp.models import Invitation, Operator, Role
from webapp.models.operator import ADMIN, ROLES
from webapp.services import audit, passwords, sessions, tokens
from webapp.services.changes import commit, get_or_refuse, refuse_if
from webapp.services.errors import Conflict, NotAllowed, Problem
from webapp.services.transactions import begin, insert_once

NAME_LENGTH = 120
_LINK = Invitation.__table__


@dataclass(frozen=True)
class NewOperator:
    """Somebody who may be registered: checked, with the password hashed."""

    email: str
    name: str
    role: str
    password_hash: str


def create_operator(email: str, password: str, role: str, name: str = "") -> Operator:
    """Create a person who may sign in, and commit.

    Raises:
        Invalid: show every problem beside its field (``email``, ``name``, ``password``, ``role``).
        Conflict: an operator with this e-mail exists; nothing was changed.
    """
    operator = add_operator(prepare(email, password, role, name))
    commit()
    return operator


def prepare(email: str, password: str, role: str, name: str = "") -> NewOperator:
    """Check a new operator and hash the password; slow on purpose, so hold no transaction open.

    Raises:
        Invalid: as ``create_operator``.
    """
    problems = person_problems(email, role, name) + passwords.problems(password, (email, name))
    refuse_if(problems)
    return NewOperator(normal_email(email), name.strip(), role, passwords.hash_new(password))


def add_operator(new: NewOperator) -> Operator:
    """Register a person in the caller's transaction; the caller commits.

    Raises:
        Conflict: an operator with this e-mail exists; nothing was changed.
    """
    if find_by_email(new.email) is not None:
        raise Conflict("operator_exists", {"email": new.email})
    made: Any = security.datastore.create_user(
        email=new.email, password=new.password_hash, roles=[_role(new.role)], name=new.name, password_set_at=utc_now()
    )
    operator: Operator = made
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("operator_exists", {"email": new.email}) from error
    record("operator.create", operator, after={"email": new.email, "role": new.role})
    return operator


def any_operator() -> bool:
    """Tell whether anybody can sign in yet."""
    return db.session.query(Operator.id).first() is not None


def get_operator(operator_id: int) -> Operator:
    """Return an operator.

    Raises:
        NotFound: no such operator; answer 404.
    """
    return get_or_refuse(Operator, operator_id, "operator_unknown")


def find_by_email(email: str) -> Operator | None:
    """Return the operator with this address, however it is written; None when there is none."""
    found: Any = security.datastore.find_user(case_insensitive=True, email=email.strip())
    operator: Operator | None = found
    return operator


def role_of(operator: Operator) -> str:
    """Return the one role of an operator; empty where there is none."""
    return next((str(role.name) for role in operator.roles), "")


def change_role(operator_id: int, role: str, *, and_tokens: bool = False) -> Operator:
    """Give an operator another role; all sessions of that person end, for what they showed was the old role's.

    Args:
        and_tokens: also revoke the API tokens which this person made: they may what the old role might.

    Raises:
        NotFound: no such operator.
        Invalid: there is no such role.
        NotAllowed: it is the own role, or whoever asks is no administrator any more.
        Conflict: it is the last administrator who may sign in; make another one first.
    """
    refuse_if(_role_problems(role))
    operator = _locked(operator_id)
    before = role_of(operator)
    if before != role:
        _refuse_losing_the_last(operator)
        operator.roles = [_role(role)]
        sessions.end_all(operator_id, sessions.ROLE)
        # Links that somebody made as an administrator must not let people in after that.
        _withdraw_links(_LINK.c.created_by == str(operator.email))
        revoked = {"tokens": tokens.revoke_made_by(str(operator.email))} if and_tokens else {}
        record("operator.role", operator, before={"role": before}, after={"role": role, **revoked})
    commit()
    return operator


def deactivate(operator_id: int, reason: str = "", *, and_tokens: bool = False) -> int:
    """Let somebody in no more: all sessions end at once. A second time changes nothing.

    Args:
        and_tokens: also revoke the API tokens which this person made and which still work.

    Returns:
        How many tokens were revoked.

    Raises:
        NotFound, NotAllowed, Conflict: as ``change_role``.
    """
    operator = _locked(operator_id)
    revoked = 0
    if operator.active:
        _refuse_losing_the_last(operator)
        operator.active = False
        ended = sessions.end_all(operator_id, sessions.DEACTIVATED)
        _withdraw_links(or_(_LINK.c.created_by == str(operator.email), _LINK.c.operator_id == operator_id))
        revoked = tokens.revoke_made_by(str(operator.email), reason) if and_tokens else 0
        after = {"active": False, "sessions": ended, "tokens": revoked}
        record("operator.deactivate", operator, after=after, reason=reason)
    commit()
    return revoked


def reactivate(operator_id: int) -> Operator:
    """Let somebody in again, with the former password and role. Tokens that were revoked stay so.

    Raises:
        NotFound: no such operator.
        NotAllowed: whoever asks is no administrator any more.
    """
    operator = _locked(operator_id)
    if not operator.active:
        operator.active = True
        # Whoever was signing in at the very moment of the deactivation has one that nobody ended.
        sessions.end_all(operator_id, sessions.DEACTIVATED)
        record("operator.reactivate", operator, after={"active": True})
    commit()
    return operator


def set_password(operator_id: int, password_hash: str) -> None:
    """Keep a new password in the caller's transaction, and end all sessions of that person.

    Args:
        password_hash: of ``services/passwords.hash_new``.

    Raises:
        NotFound: no such operator.
    """
    operator: Any = get_operator(operator_id)
    operator.password, operator.password_set_at = password_hash, utc_now()
    # Before the sessions end: who signs in meanwhile with the old password waits here (sign_in.is_current).
    db.session.flush()
    ended = sessions.end_all(operator_id, sessions.PASSWORD)
    _withdraw_links(_LINK.c.operator_id == operator_id)
    record("operator.password", operator, after={"sessions": ended})


def refuse_losing_oneself(operator: Operator) -> None:
    """Refuse who would change the own access.

    Raises:
        NotAllowed: another administrator must do it.
    """
    if audit.current_actor() == operator.email:
        raise NotAllowed("operator_is_oneself")


def normal_email(email: str) -> str:
    """Return an address as it is kept.

    Raises:
        EmailNotValidError: it is none; ``person_problems`` says so beforehand.
    """
    return validate_email(email.strip(), check_deliverability=False).normalized.lower()


def person_problems(email: str, role: str, name: str = "") -> list[Problem]:
    """Return what is wrong with somebody who shall be registered; empty = good."""
    problems = []
    try:
        normal_email(email)
    except EmailNotValidError:
        problems.append(Problem("email", "operator_email_invalid", {"value": email.strip()}))
    return problems + _role_problems(role) + name_problems(name)


def lock_access() -> None:
    """Begin a writing transaction in which nobody else changes who may do what.

    Two administrators who take each other's role away at the same moment come one after the other, on SQLite by
    its write lock, on PostgreSQL by the row of the role; the second one then finds that it is too late.

    Raises:
        NotAllowed: whoever asks is an operator, and no active administrator any more.
    """
    begin(reads_only=False)
    db.session.execute(select(Role.id).where(Role.name == ADMIN).with_for_update())
    asking = find_by_email(audit.current_actor()) if "@" in audit.current_actor() else None
    if asking is not None and not (asking.active and asking.has_role(ADMIN)):
        db.session.rollback()
        raise NotAllowed("operator_no_admin_now")


def _role(name: str) -> Role:
    """Return the row of a role; the first person who has it brings it."""
    wanted = select(Role).where(Role.name == name)
    if db.session.scalar(wanted) is None:
        insert_once(db.session.connection(), insert(Role).values(name=name))
    return db.session.scalars(wanted).one()


def _locked(operator_id: int) -> Operator:
    lock_access()
    operator = get_operator(operator_id)
    refuse_losing_oneself(operator)
    return operator


def _refuse_losing_the_last(operator: Operator) -> None:
    """Keep somebody who can let others in. Call it under ``lock_access``."""
    if not (operator.active and operator.has_role(ADMIN)):
        return
    others = (Role.name == ADMIN, Operator.__table__.c.active, Operator.__table__.c.id != operator.id)
    if db.session.scalar(select(Operator.id).join(Operator.roles).where(*others).limit(1)) is None:
        email = str(operator.email)
        db.session.rollback()
        raise Conflict("operator_last_admin", {"email": email})


def record(action: str, operator: Any, **said: Any) -> None:
    """Add an event about an operator to the caller's transaction, as ``audit.record`` does."""
    audit.record(action, "operator", operator.id, operator.email, **said)


def _withdraw_links(whose: ColumnElement[bool]) -> None:
    unused = (_LINK.c.used_at.is_(None), _LINK.c.revoked_at.is_(None))
    db.session.execute(update(_LINK).where(whose, *unused).values(revoked_at=utc_now()))


def _role_problems(role: str) -> list[Problem]:
    known = role in ROLES
    return [] if known else [Problem("role", "operator_role_unknown", {"value": role, "allowed": ", ".join(ROLES)})]


def name_problems(name: str) -> list[Problem]:
    """Return what is wrong with how somebody shall be shown; empty = good."""
    return [Problem("name", "text_too_long", {"max_length": NAME_LENGTH})] if len(name.strip()) > NAME_LENGTH else []
