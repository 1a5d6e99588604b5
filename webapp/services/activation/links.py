"""Links by which a subscriber sees log-in and password once, without signing in anywhere.

Only a hash of what stands in the address is kept. Looking at the page uses nothing up, since programs that preview
links look at it too; only its button does. The password is opened in that moment, and kept nowhere.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import delete, select, update

from webapp.clock import utc_now
from webapp.decide.activation import LINK_GOOD_FOR
from webapp.extensions import db
from webapp.models import Account, PasswordLink
from webapp.models.account import CANCELLED
from webapp.services import audit
from webapp.services.activation.subject import find_account, provider_name, subject_of
from webapp.services.errors import Conflict, NotFound
from webapp.services.hub import current_hub
from webapp.services.one_way import token_hash
from webapp.services.transactions import begin

ENDPOINT = "password_link.show"
OPEN, OPENED, UNKNOWN = "open", "opened", "unknown"
_LINK = PasswordLink.__table__
_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class LinkView:
    """What a link's page tells. ``state``: open, opened (at ``opened_at``), unknown (also expired)."""

    state: str
    provider: str
    opened_at: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """What a subscriber sees once. ``password`` is empty where the hub does not know it."""

    provider: str
    platform: str
    package: str
    login: str
    password: str


def make_link(account: Account, message_id: int | None = None) -> str:
    """Return the address of a new link, in the caller's transaction.

    Raises:
        Conflict: the settings do not say how the hub is reached.
    """
    base, now, token = current_hub().settings.base_url, utc_now(), secrets.token_urlsafe(24)
    if not base:
        raise Conflict("activation_no_address")
    db.session.add(
        PasswordLink(
            account_id=account.id, message_id=message_id, token_hash=token_hash(token), created_at=now,
            expires_at=now + LINK_GOOD_FOR, created_by=audit.current_actor(),
        )
    )  # fmt: skip
    return base + current_app.url_map.bind("hub").build(ENDPOINT, {"token": token})


def hand_out(account_id: int) -> str:
    """Return a new link for a person to pass on, and commit; former links of the account that nobody opened end.

    Raises:
        NotFound: no such account.
        Conflict: the account was ended, its subscriber erased, or no link would work.
    """
    begin(reads_only=False)
    account = find_account(account_id)
    if account is None:
        raise NotFound("account_not_found", {"id": account_id})
    if account.status == CANCELLED or account.service.customer.erased_at is not None:
        raise Conflict("password_link_ended")
    unopened = delete(_LINK).where(_LINK.c.account_id == account_id, _LINK.c.opened_at.is_(None))
    db.session.execute(unopened, execution_options=_PLAIN)
    address = make_link(account)
    audit.record("account.password_link", "account", account.id, account.login)
    db.session.commit()
    return address


def view_link(token: str) -> LinkView:
    """Return what became of a link; changes nothing. Unknown and expired are the same to whoever asks."""
    begin(reads_only=True)
    found = db.session.execute(
        select(_LINK.c.opened_at, _LINK.c.expires_at).where(_LINK.c.token_hash == token_hash(token))
    ).first()
    return _view(found)


def open_link(token: str) -> Shown | LinkView:
    """Use a link up, and return what it shows; or what became of it, where it shows nothing."""
    begin(reads_only=False)
    now = utc_now()
    good = (_LINK.c.token_hash == token_hash(token), _LINK.c.opened_at.is_(None), _LINK.c.expires_at > now)
    used = update(_LINK).where(*good).values(opened_at=now).returning(_LINK.c.account_id)
    account_id = db.session.execute(used, execution_options=_PLAIN).scalar()
    account = find_account(account_id) if account_id is not None else None
    if account is None or account.service.customer.erased_at is not None:
        db.session.rollback()
        return view_link(token)
    shown = _shown(account)
    audit.record("account.password_seen", "account", account.id, account.login)
    db.session.commit()
    return shown


def tidy() -> None:
    """Remove links that ended long ago, and commit."""
    begin(reads_only=False)
    old = delete(_LINK).where(_LINK.c.expires_at < utc_now() - LINK_GOOD_FOR * 15)
    db.session.execute(old, execution_options=_PLAIN)
    db.session.commit()


def _view(found: object) -> LinkView:
    opened_at = getattr(found, "opened_at", None)
    if opened_at is not None:
        return LinkView(OPENED, provider_name(), opened_at)
    expires_at = getattr(found, "expires_at", None)
    good = expires_at is not None and expires_at > utc_now()
    return LinkView(OPEN if good else UNKNOWN, provider_name())


def _shown(account: Account) -> Shown:
    subject = subject_of(account)
    password = str(subject.password) if subject.password is not None else ""
    return Shown(provider_name(), account.integration.description, subject.package, account.login, password)
