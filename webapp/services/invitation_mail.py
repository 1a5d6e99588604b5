"""Invitations by e-mail: through the mail server of an alert channel, to the person who is invited and nobody else."""

from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Channel
from webapp.models.people import RESET
from webapp.services.channel_plugins import AddressRefused, Sending, Sent, Text, open_address
from webapp.services.channel_state import address_of
from webapp.services.hub import current_hub
from webapp.services.transactions import begin

MAIL = ("mailto", "mailtos")


def can_mail() -> bool:
    """Tell whether a link can be sent: there is a channel by e-mail, and the settings say how the hub is reached."""
    return bool(current_hub().settings.base_url) and _channel() is not None


def mail_link(kind: str, email: str, path: str, expires_at: datetime) -> Sent:
    """Send a link to whom it is for; no transaction is open meanwhile.

    Args:
        kind: of the invitation.
        path: of the link, without the hub's address.
        expires_at: until when it is good.

    Returns:
        How it ended; waits up to 25 s. Show the message of its ``code``, and the link itself in any case.
    """
    sending = begin_mail(email, _text(kind, current_hub().settings.base_url + path, expires_at))
    return sending.result() if isinstance(sending, Sending) else sending


def begin_mail(email: str, text: Text) -> Sending | Sent:
    """Begin to send a text to one person through the channel's mail server; returns at once what is on its way.

    Uses a transaction of its own and leaves none open. What could not be begun is a ``Sent`` with the reason.
    """
    begin(reads_only=True)
    channel = _channel()
    sealed = (channel.id, channel.sealed) if channel is not None else None
    db.session.rollback()
    address = address_of(*sealed) if sealed is not None else None
    if sealed is None or address is None:
        return Sent("channel_sealed_shut")
    try:
        address = _readdressed(address, email)
    except AddressRefused as error:
        return Sent(error.code)
    # A number of its own: an alert of the channel must not wait for a letter to a person.
    return Sending(-sealed[0], address, text)


def _channel() -> Channel | None:
    wanted = select(Channel).where(Channel.active, Channel.scheme.in_(MAIL)).order_by(Channel.id).limit(1)
    found: Channel | None = db.session.scalar(wanted)
    return found


def _readdressed(address: str, email: str) -> str:
    """Return the address of the same mail server with one recipient: whom the channel writes to gets no copy."""
    plugin: Any = open_address(address)
    plugin.targets, plugin.cc, plugin.bcc = [(False, email)], set(), set()
    return str(plugin.url(privacy=False))


def _text(kind: str, link: str, expires_at: datetime) -> Text:
    until = format_datetime(expires_at, "short")
    if kind == RESET:
        title = _("Set a new password for Sintonia")
        told = _(
            "An administrator made a link for you to set a new password. It works once, until %(until)s.", until=until
        )
    else:
        title = _("Your access to Sintonia")
        told = _(
            "You were invited to Sintonia. Open the link and choose a password. It works once, until %(until)s.",
            until=until,
        )
    ignore = _("If you did not expect this message, do nothing and tell an administrator of your provider.")
    return Text(title, f"{told}\n\n{link}\n\n{ignore}")
