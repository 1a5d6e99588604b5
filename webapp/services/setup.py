"""The first administrator: a link that works once, and only while nobody can sign in."""

import hmac
import secrets

from sqlalchemy import delete

from webapp.extensions import db
from webapp.models import Operator, Setting
from webapp.models.operator import ADMIN
from webapp.services import first_run
from webapp.services.changes import commit
from webapp.services.errors import NotFound
from webapp.services.one_way import token_hash
from webapp.services.operators import add_operator, any_operator, prepare
from webapp.services.transactions import begin

NAME = "setup_token_hash"


def issue_setup_token() -> str | None:
    """Return a fresh token for ``/setup/<token>``; an older one stops working.

    Returns:
        None when an operator exists already: there is nothing to set up.
    """
    if any_operator():
        return None
    token = secrets.token_urlsafe(32)
    db.session.merge(Setting(name=NAME, value=token_hash(token)))
    db.session.commit()
    return token


def is_setup_token(token: str) -> bool:
    """Tell whether this token would be accepted now."""
    kept = db.session.get(Setting, NAME)
    return kept is not None and hmac.compare_digest(kept.value, token_hash(token)) and not any_operator()


def redeem_setup_token(token: str, email: str, password: str) -> Operator:
    """Create the first administrator; the token is used up.

    Raises:
        NotFound: wrong or used token; start the server again for a fresh link.
        Invalid: show every problem; the token still works.
    """
    if not is_setup_token(token):
        raise NotFound("setup_link_invalid")
    # Hashing takes its time: nobody may wait for a lock meanwhile.
    db.session.rollback()
    new = prepare(email, password, ADMIN)
    begin(reads_only=False)
    # Of two people with the same link, the one whose delete finds the row wins.
    spent = delete(Setting).where(Setting.name == NAME, Setting.value == token_hash(token)).returning(Setting.name)
    if db.session.execute(spent).first() is None:
        db.session.rollback()
        raise NotFound("setup_link_invalid")
    operator = add_operator(new)
    first_run.begin()
    commit()
    return operator
