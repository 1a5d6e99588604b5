"""Tokens in every state that a page can show."""

from datetime import timedelta

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken
from webapp.services.tokens import create_token, revoke_token


def build(integration_id: int) -> dict[str, int]:
    """Make one of each scope, one that expired and one that was revoked; return ids for addresses."""
    narrow, _text = create_token("plataforma", "subscribers", integration_id=integration_id)
    erp, _text = create_token("erp", "write", utc_now() + timedelta(days=30), ["203.0.113.7", "2001:db8::/32"])
    old, _text = create_token("old-erp", "read")
    revoked, _text = create_token("lost", "admin")
    revoke_token(revoked.id, reason="Notebook perdido")
    old.expires_at, erp.last_used_at = utc_now() - timedelta(days=1), utc_now()
    db.session.commit()
    return {"token_id": erp.id, "narrow_token_id": narrow.id, "revoked_token_id": revoked.id}


def grow(count: int) -> None:
    """Add so many tokens."""
    now = utc_now()
    db.session.add_all(
        ApiToken(name=f"more-{now.timestamp()}-{number}", scope="read", token_hash=f"{now.timestamp()}-{number}")
        for number in range(count)
    )
    db.session.commit()
