"""Tokens with which programs sign in to the API. Only a hash is kept; the token is shown once."""

import hashlib
import secrets
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken
from webapp.models.operator import SCOPES
from webapp.services import audit
from webapp.services.errors import Invalid, NotFound, Problem
from webapp.services.transactions import begin

PREFIX = "sin_"
NAME_LENGTH = 120
# A write for every request would make reading as dear as writing.
USE_NOTED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def create_token(name: str, scope: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which cannot be read again.

    Args:
        scope: ``read``, ``write`` (reads too) or ``admin`` (everything).
        expires_at: aware; None = until revoked.

    Raises:
        Invalid: the name is empty, too long or taken, the scope unknown, or the end has passed; ask again.
    """
    name = name.strip()
    problems = _problems(name, scope, expires_at)
    if problems:
        raise Invalid(problems)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(name=name, scope=scope, token_hash=_digest(text), expires_at=expires_at)
    db.session.add(token)
    db.session.flush()
    audit.record("token.create", "token", token.id, name, after={"scope": scope, "expires_at": _text(expires_at)})
    db.session.commit()
    return token, text


def revoke_token(token_id: int) -> ApiToken:
    """Make a token useless from now on; a second time changes nothing.

    Raises:
        NotFound: no such token.
    """
    token = db.session.get(ApiToken, token_id)
    if token is None:
        raise NotFound("token_unknown", {"id": token_id})
    if token.revoked_at is None:
        token.revoked_at = utc_now()
        audit.record("token.revoke", "token", token.id, token.name, after={"revoked_at": _text(token.revoked_at)})
    db.session.commit()
    return token


def authenticate(plaintext: str) -> ApiToken | None:
    """Return the token of that text, or None when it is unknown, revoked or expired.

    Call it first in a request: it uses short transactions of its own and leaves none open.
    The token that comes back is detached; read it, do not change it.
    """
    begin(reads_only=True)
    token: ApiToken | None = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == _digest(plaintext)))
    if token is not None:
        db.session.expunge(token)
    db.session.rollback()
    now = utc_now()
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        _note_use(token.id, now)
    return token


def _note_use(token_id: int, now: datetime) -> None:
    unseen = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - USE_NOTED_EVERY)
    change = update(ApiToken).where(ApiToken.id == token_id, unseen)
    try:
        begin(reads_only=False)
        db.session.execute(
            change.values(last_used_at=now, updated_at=ApiToken.updated_at),
            execution_options={"synchronize_session": False},
        )
        db.session.commit()
    except OperationalError:
        # A busy database must not refuse a reader for the sake of a time stamp.
        db.session.rollback()
        log.warning("token_use_not_noted", token_id=token_id)


def _problems(name: str, scope: str, expires_at: datetime | None) -> list[Problem]:
    problems = []
    if not name:
        problems.append(Problem("name", "token_name_missing"))
    elif len(name) > NAME_LENGTH:
        problems.append(Problem("name", "token_name_too_long", {"maximum": NAME_LENGTH}))
    elif db.session.scalar(select(ApiToken.id).where(ApiToken.name == name)):
        problems.append(Problem("name", "token_name_taken", {"name": name}))
    if scope not in SCOPES:
        problems.append(Problem("scope", "token_scope_unknown", {"scope": scope, "allowed": ", ".join(SCOPES)}))
    if expires_at is not None and expires_at <= utc_now():
        problems.append(Problem("expires_at", "token_end_passed"))
    return problems


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
