"""What is kept of a channel beside what people typed: its sealed address, and how its last message ended."""

from sqlalchemy import update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Channel
from webapp.services.alerts import clear_alert
from webapp.services.channel_plugins import Sent
from webapp.services.hub import current_hub
from webapp.vault import VaultError

FAILED_ALERT = "channel_failed"
_CHANNEL = Channel.__table__


def note_outcome(channel_id: int, sent: Sent) -> None:
    """Write down on the channel how the last message ended, in the caller's transaction."""
    now = utc_now()
    values = {"sent_at": now, "error_code": None} if sent.ok else {"error_at": now, "error_code": sent.code}
    # Neither the version nor the time of the last change: a message is no edit.
    change = update(_CHANNEL).where(_CHANNEL.c.id == channel_id).values(**values, updated_at=_CHANNEL.c.updated_at)
    db.session.execute(change)
    if sent.ok:
        clear_alert(FAILED_ALERT, "channel", channel_id)


def address_of(channel_id: int, sealed: str) -> str | None:
    """Return the address, for sending only; None where it cannot be opened: ask for it anew."""
    try:
        return str(current_hub().vault.open(sealed, address_place(channel_id)))
    except VaultError:
        return None


def seal_address(channel_id: int, address: str) -> str:
    """Return the address as it is kept."""
    return current_hub().vault.seal(address, address_place(channel_id))


def address_place(channel_id: int) -> str:
    """Return where the address of a channel is sealed."""
    return f"channel:sealed:{channel_id}"
