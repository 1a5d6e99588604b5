"""Who may come in after a restore: nobody by what was taken away since the backup was made.

A backup brings back tokens that were revoked since, people who left, and passwords that were changed because
somebody knew them. Where the replaced database can still be read, all of that is taken from it; else an alert asks
a person to look. Sessions and links end in any case.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, column, delete, func, select, table, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import db
from webapp.models import ApiToken, ApprovalLink, Invitation, Operator, OperatorSession, Role, WebAuthn
from webapp.models.operator import ADMIN
from webapp.services.errors import ServiceError
from webapp.services.marks import load_marks
from webapp.services.sessions import RESTORED

# The way in of a person: taken over whole, so that password and second factor fit together.
WAY_IN = (
    "password", "password_set_at", "active", "tf_primary_method", "tf_totp_secret", "mf_recovery_codes",
)  # fmt: skip
# Without types: what comes out of one database goes into another of the same kind as it is.
_OPERATOR = table("operator", column("id"), column("email"), *(column(name) for name in WAY_IN))
_TOKEN, _KEY = ApiToken.__table__, WebAuthn.__table__
_ROLES = db.metadata.tables["roles_users"]
_PLAIN = {"synchronize_session": False}
log = structlog.get_logger()


@dataclass(frozen=True)
class Doors:
    """How people and programs came in last.

    Attributes:
        revoked: hashes of tokens, with when they were revoked.
        people: the way in of each operator by id and e-mail.
        roles: (operator, role) pairs.
        passkeys: ids of the credentials that were there.
        instance: name of the installation; of another one nothing can be taken over.
    """

    revoked: Mapping[str, datetime] = field(default_factory=dict)
    people: Mapping[tuple[int, str], Mapping[str, Any]] = field(default_factory=dict)
    roles: frozenset[tuple[int, int]] = frozenset()
    passkeys: frozenset[bytes] = frozenset()
    instance: str = ""


def look(engine: Engine) -> Doors | None:
    """Return how people came into a database; None where it is too damaged, or too old, to tell."""
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            tokens = connection.execute(
                select(_TOKEN.c.token_hash, _TOKEN.c.revoked_at).where(_TOKEN.c.revoked_at.is_not(None))
            ).all()
            people = connection.execute(
                select(_OPERATOR.c.id, _OPERATOR.c.email, *(_OPERATOR.c[name] for name in WAY_IN))
            )
            known = {(row.id, row.email): {name: getattr(row, name) for name in WAY_IN} for row in people}
            roles = frozenset((row.user_id, row.role_id) for row in connection.execute(select(_ROLES)))
            keys = frozenset(connection.execute(select(_KEY.c.credential_id)).scalars())
            name = load_marks(connection).spans[0][1]
            return Doors({row.token_hash: row.revoked_at for row in tokens}, known, roles, keys, name)
    except (SQLAlchemyError, ServiceError, OSError) as error:
        log.warning("restore.former_unread", reason=type(error).__name__)
        return None


def end_all(now: datetime) -> None:
    """End every session and every link that lets somebody in, in the caller's transaction."""
    sessions = update(OperatorSession).where(OperatorSession.ended_at.is_(None))
    _run(sessions.values(ended_at=now, end_reason=RESTORED))
    _run(update(Invitation).where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None)).values(revoked_at=now))
    _run(update(ApprovalLink).where(ApprovalLink.used_at.is_(None)).values(expires_at=now))
    for operator_id in db.session.scalars(select(_OPERATOR.c.id)):
        # What a cookie names its owner by.
        _run(update(Operator).where(Operator.id == operator_id).values(fs_uniquifier=secrets.token_hex(32)))


def take_over(doors: Doors) -> None:
    """Close what was closed in the replaced database, in the caller's transaction."""
    for token_hash, revoked_at in doors.revoked.items():
        _run(update(ApiToken).where(ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None))
             .values(revoked_at=revoked_at))  # fmt: skip
    known = {(row.id, row.email) for row in db.session.execute(select(_OPERATOR.c.id, _OPERATOR.c.email))}
    if not _admin_left(doors, known):
        # Whoever leads now came after the backup: somebody must be able to get in.
        return
    for key in known & doors.people.keys():
        _run(update(_OPERATOR).where(_OPERATOR.c.id == key[0]).values(**doors.people[key]))
        for user_id, role_id in db.session.execute(select(_ROLES).where(_ROLES.c.user_id == key[0])).tuples():
            if (user_id, role_id) not in doors.roles:
                _run(delete(_ROLES).where(_ROLES.c.user_id == user_id, _ROLES.c.role_id == role_id))
    for credential in set(db.session.scalars(select(_KEY.c.credential_id))) - doors.passkeys:
        _run(delete(_KEY).where(_KEY.c.credential_id == credential))


def count_doors() -> dict[str, int]:
    """Return how many people and programs may come in now."""
    tokens = select(func.count()).select_from(_TOKEN).where(_TOKEN.c.revoked_at.is_(None))
    people = select(func.count()).select_from(Operator).where(Operator.__table__.c.active)
    return {"tokens": db.session.scalar(tokens) or 0, "people": db.session.scalar(people) or 0}


def _admin_left(doors: Doors, known: set[tuple[int, str]]) -> bool:
    admin = db.session.scalar(select(Role.id).where(Role.name == ADMIN))
    return any(
        key in known and values["active"] and (key[0], admin) in doors.roles for key, values in doors.people.items()
    )


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options=_PLAIN)
