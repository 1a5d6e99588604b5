"""Tokens as their page shows them: who made each, for what, and whether it still works."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, or_, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken, Event, Integration
from webapp.services.pages import ACTIVE_FILTERS

USABLE, EXPIRED, REVOKED = "usable", "expired", "revoked"


@dataclass(frozen=True)
class TokenRow:
    """One line of the list.

    Attributes:
        made_by: as the history tells it; empty where it says nothing.
        integration: description of the one that it belongs to; empty for a token of everything.
        state: ``usable``, ``expired`` or ``revoked``.
    """

    token: ApiToken
    made_by: str
    integration: str
    state: str


def token_rows(found: Sequence[ApiToken]) -> list[TokenRow]:
    """Return tokens with who made each and whether it works."""
    now = utc_now()
    makers = _makers([token.id for token in found])
    names = _integrations({token.integration_id for token in found if token.integration_id})
    return [
        TokenRow(token, makers.get(token.id, ""), names.get(token.integration_id or 0, ""), state_of(token, now))
        for token in found
    ]


def state_of(token: ApiToken, now: datetime) -> str:
    """Return whether a token works."""
    if token.revoked_at is not None:
        return REVOKED
    return EXPIRED if token.expires_at is not None and token.expires_at <= now else USABLE


def works(choice: str, now: datetime) -> list[ColumnElement[bool]]:
    """Return the condition of the filter Ativo: tokens that work, those that do not any more, or all."""
    wanted = ACTIVE_FILTERS.get(choice, True)
    works = and_(ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))
    return [] if wanted is None else [works if wanted else not_(works)]


def _makers(ids: Collection[int]) -> Mapping[int, str]:
    made = (Event.object_type == "token", Event.action == "token.create", Event.object_id.in_(ids))
    return {row.object_id: row.actor for row in db.session.execute(select(Event.object_id, Event.actor).where(*made))}


def _integrations(ids: Collection[int]) -> Mapping[int, str]:
    if not ids:
        return {}
    wanted = select(Integration.id, Integration.description).where(Integration.id.in_(ids))
    return {row.id: row.description for row in db.session.execute(wanted)}
