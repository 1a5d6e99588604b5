"""Tokens with which programs sign in to the API. Only a hash is kept; the token is shown once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken, Event, Integration
from webapp.models.operator import SCOPES, SUBSCRIBERS
from webapp.services import audit
from webapp.services.changes import commit
from webapp.services.errors import Invalid, NotAllowed, NotFound, Problem
from webapp.services.hub import current_hub
from webapp.services.one_way import token_hash
from webapp.services.persons import TOKEN
from webapp.services.transactions import begin

PREFIX = "sin_"
NAME_LENGTH = 120
MOST_ADDRESSES = 50
ALL_SCOPES = (*SCOPES, SUBSCRIBERS)
# A write for every request would make reading as dear as writing.
USE_NOTED_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Wanted:
    name: str
    scope: str
    expires_at: datetime | None
    allowed_addresses: tuple[str, ...]
    integration_id: int | None


def create_token(
    name: str, scope: str, expires_at: datetime | None = None, allowed_addresses: Sequence[str] = (),
    integration_id: int | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Make a token and return it with its text, which cannot be read again.

    Args:
        scope: ``read``, ``write`` (reads too), ``admin`` (everything), or ``subscribers``: only who has which
            product of one integration, for a platform that pulls.
        expires_at: aware; None = until revoked.
        allowed_addresses: IPv4 and IPv6 addresses or networks (CIDR) from which it may be used; empty = from all.
        integration_id: of the scope ``subscribers``, and of no other.

    Raises:
        Invalid: the name is empty, too long or taken, the scope unknown, the end has passed, an address is none,
            or the integration is missing, unknown or too much; ask again.
    """
    wanted = _Wanted(name.strip(), scope, expires_at, tuple(map(str.strip, allowed_addresses)), integration_id)
    problems = _problems(wanted)
    if problems:
        raise Invalid(problems)
    text = PREFIX + secrets.token_urlsafe(32)
    networks = list(dict.fromkeys(str(ip_network(each)) for each in wanted.allowed_addresses))
    token = ApiToken(
        name=wanted.name, scope=scope, token_hash=token_hash(text), expires_at=expires_at, allowed_addresses=networks,
        integration_id=integration_id,
    )  # fmt: skip
    db.session.add(token)
    db.session.flush()
    audit.record("token.create", "token", token.id, wanted.name, after=_seen(token))
    commit()
    return token, text


def end_of_day(day: date) -> datetime:
    """Return when a day is over where the provider is: the end of a token whose last day it is."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(current_hub().settings.timezone))
    return midnight.astimezone(UTC)


def get_token(token_id: int) -> ApiToken:
    """Return a token; its text is not in it.

    Raises:
        NotFound: no such token; answer 404.
    """
    token = db.session.get(ApiToken, token_id)
    if token is None:
        raise NotFound("token_unknown", {"id": token_id})
    return token


def list_tokens() -> Sequence[ApiToken]:
    """Return all tokens, the latest first, those that are revoked or expired too."""
    return db.session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def revoke_token(token_id: int, reason: str = "") -> ApiToken:
    """Make a token useless from now on; a second time changes nothing.

    Raises:
        NotFound: no such token.
    """
    token = get_token(token_id)
    if token.revoked_at is None:
        token.revoked_at = utc_now()
        after = {"revoked_at": _text(token.revoked_at)}
        audit.record("token.revoke", "token", token.id, token.name, after=after, reason=reason)
    commit()
    return token


def revoke_made_by(email: str, reason: str = "") -> int:
    """Revoke what somebody made and what still works, in the caller's transaction; what those tokens made, too.

    Returns:
        How many tokens were revoked.
    """
    made = _made_by(email)
    found = db.session.scalars(select(ApiToken).where(ApiToken.id.in_(made), ApiToken.revoked_at.is_(None))).all()
    for token in found:
        token.revoked_at = utc_now()
        after = {"revoked_at": _text(token.revoked_at)}
        audit.record("token.revoke", "token", token.id, token.name, after=after, reason=reason)
    return len(found)


def authenticate(plaintext: str, remote_addr: str | None = None) -> ApiToken | None:
    """Return the token of that text, or None when it is unknown, revoked or expired.

    Call it first in a request: it uses short transactions of its own and leaves none open.
    The token that comes back is detached; read it, do not change it.

    Args:
        remote_addr: of whoever calls, as the proxies that the settings trust tell it; None = not known.

    Raises:
        NotAllowed: the token is good, and may not be used from this address; answer 403.
    """
    begin(reads_only=True)
    token: ApiToken | None = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash(plaintext)))
    if token is not None:
        db.session.expunge(token)
    db.session.rollback()
    now = utc_now()
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if not _allows(token.allowed_addresses, remote_addr):
        raise NotAllowed("token_address_refused", {"address": remote_addr or "?"})
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        _note_use(token.id, now)
    return token


def _made_by(email: str) -> set[int]:
    """Return the ids of the tokens that somebody made, and of all that were made with one of them, and so on."""
    ids: set[int] = set()
    actors = {email}
    while actors:
        made = (Event.object_type == "token", Event.action == "token.create", Event.actor.in_(actors))
        rows = db.session.execute(select(Event.object_id, Event.label).where(*made)).all()
        actors = {f"{TOKEN}{row.label}" for row in rows if row.object_id not in ids}
        ids |= {row.object_id for row in rows}
    return ids


def _allows(networks: Sequence[str], remote_addr: str | None) -> bool:
    if not networks:
        return True
    try:
        address = ip_address((remote_addr or "").partition("%")[0])
    except ValueError:
        return False
    # A server that listens on both families shows IPv4 callers as ::ffff:192.0.2.1.
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(network) for network in networks)


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


def _problems(wanted: _Wanted) -> list[Problem]:
    problems = []
    name, scope = wanted.name, wanted.scope
    if not name:
        problems.append(Problem("name", "token_name_missing"))
    elif len(name) > NAME_LENGTH:
        problems.append(Problem("name", "token_name_too_long", {"maximum": NAME_LENGTH}))
    elif db.session.scalar(select(ApiToken.id).where(ApiToken.name == name)):
        problems.append(Problem("name", "token_name_taken", {"name": name}))
    if scope not in ALL_SCOPES:
        problems.append(Problem("scope", "token_scope_unknown", {"scope": scope, "allowed": ", ".join(ALL_SCOPES)}))
    if wanted.expires_at is not None and wanted.expires_at <= utc_now():
        problems.append(Problem("expires_at", "token_end_passed"))
    return problems + _address_problems(wanted.allowed_addresses) + _integration_problems(wanted)


def _address_problems(addresses: Sequence[str]) -> list[Problem]:
    if len(addresses) > MOST_ADDRESSES:
        return [Problem("allowed_addresses", "token_addresses_too_many", {"maximum": MOST_ADDRESSES})]
    return [
        Problem("allowed_addresses", "token_address_wrong", {"value": each})
        for each in addresses
        if _network(each) is None
    ]


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """Bits behind the mask are refused: whoever writes 10.0.0.7/8 means one of two things."""
    try:
        return ip_network(text)
    except ValueError:
        return None


def _integration_problems(wanted: _Wanted) -> list[Problem]:
    integration_id = wanted.integration_id
    if wanted.scope != SUBSCRIBERS:
        return [] if integration_id is None else [Problem("integration_id", "token_integration_too_much")]
    if integration_id is None:
        return [Problem("integration_id", "token_integration_missing")]
    if db.session.get(Integration, integration_id) is None:
        return [Problem("integration_id", "integration_not_found")]
    return []


def _seen(token: ApiToken) -> dict[str, object]:
    seen: dict[str, object] = {"scope": token.scope, "expires_at": _text(token.expires_at)}
    if token.allowed_addresses:
        seen["allowed_addresses"] = token.allowed_addresses
    return seen if token.integration_id is None else {**seen, "integration_id": token.integration_id}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
