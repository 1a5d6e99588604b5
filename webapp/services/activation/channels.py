"""The channels by which subscribers are told: register, change, order, try out, switch, remove."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from pydantic import StringConstraints
from sqlalchemy import func, select, update

from webapp.clock import utc_now
from webapp.decide.activation import address_for, masked
from webapp.extensions import db
from webapp.models import CustomerChannel
from webapp.services import audit
from webapp.services.activation.addresses import filled, judged, opened_address, seal_address
from webapp.services.alerts import clear_alert
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.channel_plugins import Sending, Sent, Text
from webapp.services.errors import Problem
from webapp.services.inputs import Input, Name
from webapp.services.transactions import begin

OBJECT = "customer_channel"
FAILED_ALERT = "messages_channel_failed"
FIELDS = ("description", "password_allowed")
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
To = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
# Of its own kind of numbers, so that no alert waits for a message to a subscriber.
_NUMBERS_FROM = 1_000_000_000
_CHANNEL = CustomerChannel.__table__


class CustomerChannelInput(Input):
    """A customer channel. ``address`` None keeps the former one; ``password_allowed``: a password may go by it."""

    kind: Literal["email", "whatsapp", "sms"]
    description: Name
    address: Address | None = None
    password_allowed: bool = False


def create_customer_channel(data: CustomerChannelInput) -> CustomerChannel:
    """Register a channel behind the others; nothing is sent yet.

    Raises:
        Invalid: the address is missing or cannot be used; ask again.
    """
    scheme = _judged(data.kind, data.address, needed=True)
    begin(reads_only=False)
    last = db.session.scalar(select(func.max(_CHANNEL.c.position)))
    channel = CustomerChannel(**_values(data), kind=data.kind, sealed="", scheme=scheme, position=(last or 0) + 1)
    db.session.add(channel)
    db.session.flush()
    channel.sealed = seal_address(channel.id, data.address or "")
    audit.record("customer_channel.create", OBJECT, channel.id, channel.description, after=_seen(channel))
    commit()
    return channel


def change_customer_channel(channel_id: int, data: CustomerChannelInput, version: int | None = None) -> CustomerChannel:
    """Change a channel; its kind stays.

    Raises:
        NotFound: no such channel.
        Conflict: somebody changed it meanwhile; show both and ask again.
        Invalid: as ``create_customer_channel``.
    """
    scheme = _judged(get_customer_channel(channel_id).kind, data.address, needed=False)
    begin(reads_only=False)
    channel = get_customer_channel(channel_id)
    check_version(channel, version)
    before = _seen(channel)
    changed = assign(channel, _values(data))
    if data.address is not None:
        channel.sealed, channel.scheme = seal_address(channel.id, data.address), scheme
        channel.error_code = channel.error_at = None
        before = {**before, "address": f"{audit.MASK} (old)"}
    if changed or data.address is not None:
        after = _seen(channel)
        audit.record("customer_channel.update", OBJECT, channel.id, channel.description, before=before, after=after)
    commit()
    return channel


def set_customer_channel_active(channel_id: int, active: bool, reason: str = "") -> CustomerChannel:
    """Switch a channel on or off; off, nobody is told by it.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=False)
    channel = get_customer_channel(channel_id)
    if channel.active != active:
        channel.active = active
        action = "customer_channel.activate" if active else "customer_channel.deactivate"
        audit.record(action, OBJECT, channel.id, channel.description, reason=reason)
        clear_alert(FAILED_ALERT, OBJECT, channel.id)
    commit()
    return channel


def move_up(channel_id: int) -> None:
    """Let a channel change places with the one before it.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=False)
    channel = get_customer_channel(channel_id)
    order = [one.id for one in list_customer_channels()]
    place = order.index(channel.id)
    if place:
        order[place - 1], order[place] = order[place], order[place - 1]
        for position, one in enumerate(order, 1):
            db.session.get_one(CustomerChannel, one).position = position
        audit.record("customer_channel.order", OBJECT, channel.id, channel.description, after={"position": place})
    commit()


def delete_customer_channel(channel_id: int, reason: str = "") -> None:
    """Remove a channel with its address; messages that went by it stay in their list.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=False)
    channel = get_customer_channel(channel_id)
    seen = _seen(channel)
    audit.record("customer_channel.delete", OBJECT, channel.id, channel.description, before=seen, reason=reason)
    clear_alert(FAILED_ALERT, OBJECT, channel.id)
    db.session.delete(channel)
    commit()


def test_customer_channel(channel_id: int, to: str) -> Sent:
    """Send a test message to an address that somebody typed; no transaction is open meanwhile.

    Args:
        to: e-mail, or mobile number with its area.

    Returns:
        How it ended; waits up to 25 s. Show the message of its ``code``.

    Raises:
        NotFound: no such channel.
        Invalid: nothing can be sent to this address.
    """
    begin(reads_only=True)
    channel = get_customer_channel(channel_id)
    target = address_for(channel.kind, to, to)
    refuse_if([] if target else [Problem("to", "customer_channel_to_unfit")])
    address, text = opened_address(channel.id, channel.sealed), _test_text(channel)
    kind = channel.kind
    db.session.rollback()
    sent = send(channel_id, filled(address, kind, target), text) if address else Sent("channel_sealed_shut")
    begin(reads_only=False)
    channel = get_customer_channel(channel_id)
    note_outcome(channel_id, sent)
    said = {"ok": sent.ok, "error": sent.code, "status": sent.status, "to": masked(target)}
    audit.record("customer_channel.test", OBJECT, channel_id, channel.description, after=said)
    db.session.commit()
    return sent


def send(channel_id: int, address: str, text: Text) -> Sent:
    """Send one text to one subscriber; waits up to 25 s. No transaction may be open."""
    return Sending(_NUMBERS_FROM + channel_id, address, text).result()


def note_outcome(channel_id: int, sent: Sent) -> None:
    """Write down on the channel how the last message ended, in the caller's transaction."""
    now = utc_now()
    values: dict[str, Any] = (
        {"sent_at": now, "error_code": None} if sent.ok else {"error_at": now, "error_code": sent.code}
    )
    # Neither the version nor the time of the last change: a message is no edit.
    change = update(_CHANNEL).where(_CHANNEL.c.id == channel_id).values(**values, updated_at=_CHANNEL.c.updated_at)
    db.session.execute(change, execution_options={"synchronize_session": False})
    if sent.ok:
        clear_alert(FAILED_ALERT, OBJECT, channel_id)


def get_customer_channel(channel_id: int) -> CustomerChannel:
    """Return a customer channel; its address is sealed.

    Raises:
        NotFound: no such channel.
    """
    return get_or_refuse(CustomerChannel, channel_id, "customer_channel_unknown")


def list_customer_channels() -> Sequence[CustomerChannel]:
    """Return all channels in the order in which they are taken; there are never many."""
    return db.session.scalars(select(CustomerChannel).order_by(CustomerChannel.position, CustomerChannel.id)).all()


def _test_text(channel: CustomerChannel) -> Text:
    title = _("Test message")
    return Text(title, _("This is a test of the channel “%(name)s”.", name=channel.description), "over")


def _judged(kind: str, address: str | None, *, needed: bool) -> str:
    """Return the word of the service of a new address; empty where none is given."""
    db.session.rollback()
    if address is None:
        refuse_if([Problem("address", "channel_address_missing")] if needed else [])
        return ""
    scheme, problems = judged(kind, address)
    refuse_if(problems)
    return scheme


def _values(data: CustomerChannelInput) -> dict[str, Any]:
    return {name: getattr(data, name) for name in FIELDS}


def _seen(channel: CustomerChannel) -> Mapping[str, Any]:
    known = snapshot(channel, (*FIELDS, "kind", "scheme"))
    return {**known, "address": audit.MASK}
