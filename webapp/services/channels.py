"""Channels: where alerts are sent. An address is sealed, and never shown again."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import AlertMessage, Channel, Operator, Role
from webapp.models.operator import ADMIN
from webapp.services import approval_links, audit
from webapp.services.alert_texts import test_text
from webapp.services.alerts import clear_alert
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.channel_plugins import (
    AddressRefused,
    Sending,
    Sent,
    kind_of,
    open_address,
    preview,
    refused_addresses,
    servers,
)
from webapp.services.channel_state import FAILED_ALERT, address_of, note_outcome, seal_address
from webapp.services.errors import Problem
from webapp.services.inputs import Id, Input, Name
from webapp.services.transactions import begin

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
FIELDS = ("description", "level", "quiet_from", "quiet_until", "quiet_fail", "recoveries", "operator_id")
_MESSAGE = AlertMessage.__table__


class ChannelInput(Input):
    """A channel. ``address`` None keeps the former one; quiet hours have both ends or none.

    ``level``: warn = all alerts, fail = only what does not work. ``operator_id``: an administrator, who gets links
    that decide in his name.
    """

    description: Name
    address: Address | None = None
    level: Literal["warn", "fail"] = "warn"
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    quiet_fail: bool = False
    recoveries: bool = True
    operator_id: Id | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> "ChannelInput":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until: give both, or none")
        return self


def create_channel(data: ChannelInput) -> Channel:
    """Register a channel; nothing is sent yet.

    Raises:
        Invalid: the address is missing or cannot be used, or the person is no active administrator; ask again.
    """
    scheme = _judged(data, needed=True)
    begin(reads_only=False)
    refuse_if(_owner_problems(data))
    channel = Channel(**_values(data), sealed="", scheme=scheme)
    db.session.add(channel)
    db.session.flush()
    channel.sealed = seal_address(channel.id, data.address or "")
    audit.record("channel.create", "channel", channel.id, channel.description, after=_seen(channel))
    commit()
    return channel


def change_channel(channel_id: int, data: ChannelInput, version: int | None = None) -> Channel:
    """Change a channel. Links that it sent before are withdrawn where it speaks to somebody else now.

    Raises:
        NotFound: no such channel.
        Conflict: somebody changed it meanwhile; show both and ask again.
        Invalid: as ``create_channel``.
    """
    scheme = _judged(data, needed=False)
    begin(reads_only=False)
    channel = get_channel(channel_id)
    check_version(channel, version)
    refuse_if(_owner_problems(data))
    before, owner = _seen(channel), channel.operator_id
    changed = assign(channel, _values(data))
    if data.address is not None:
        channel.sealed, channel.scheme = seal_address(channel.id, data.address), scheme
        before = {**before, "address": f"{audit.MASK} (old)"}
    if data.address is not None or owner != channel.operator_id:
        approval_links.withdraw(channel.id)
    if changed or data.address is not None:
        after = _seen(channel)
        audit.record("channel.update", "channel", channel.id, channel.description, before=before, after=after)
    commit()
    return channel


def set_channel_active(channel_id: int, active: bool, reason: str = "") -> Channel:
    """Switch a channel on or off. Switched off, it is told of nothing, and its links are withdrawn.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=False)
    channel = get_channel(channel_id)
    if channel.active != active:
        channel.active = active
        action = "channel.activate" if active else "channel.deactivate"
        audit.record(action, "channel", channel.id, channel.description, reason=reason)
        if not active:
            _silence(channel.id)
    commit()
    return channel


def delete_channel(channel_id: int, reason: str = "") -> None:
    """Remove a channel with its address and links; what it was told stays in no list.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=False)
    channel = get_channel(channel_id)
    _silence(channel.id)
    audit.record("channel.delete", "channel", channel.id, channel.description, before=_seen(channel), reason=reason)
    db.session.delete(channel)
    commit()


def test_channel(channel_id: int) -> Sent:
    """Send a test message now, whatever the hours; no transaction is open meanwhile.

    Returns:
        How it ended; waits up to 25 s. Show the message of its ``code``.

    Raises:
        NotFound: no such channel.
    """
    begin(reads_only=True)
    channel = get_channel(channel_id)
    text, address = test_text(channel.description), address_of(channel.id, channel.sealed)
    db.session.rollback()
    sent = Sent("channel_sealed_shut") if address is None else Sending(channel_id, address, text).result()
    begin(reads_only=False)
    channel = get_channel(channel_id)
    note_outcome(channel_id, sent)
    said = {"ok": sent.ok, "error": sent.code, "status": sent.status}
    audit.record("channel.test", "channel", channel_id, channel.description, after=said)
    db.session.commit()
    return sent


def get_channel(channel_id: int) -> Channel:
    """Return a channel; its address is sealed.

    Raises:
        NotFound: no such channel.
    """
    return get_or_refuse(Channel, channel_id, "channel_unknown")


def list_channels() -> Sequence[Channel]:
    """Return all channels by name; there are never many."""
    wanted = select(Channel).options(joinedload(Channel.operator))
    return db.session.scalars(wanted.order_by(Channel.description, Channel.id)).all()


def administrators() -> Sequence[Operator]:
    """Return who may own a channel with links: administrators who may sign in."""
    wanted = (
        select(Operator)
        .join(Operator.roles)
        .where(Role.name == ADMIN, Operator.__table__.c.active)
        .order_by(Operator.email)
    )
    return db.session.scalars(wanted).unique().all()


def preview_of(channel: Channel) -> str:
    """Return what may be shown of its address; empty where the key is gone."""
    address = address_of(channel.id, channel.sealed)
    return preview(address) if address is not None else ""


def _judged(data: ChannelInput, *, needed: bool) -> str:
    """Return the word of the service of the new address; empty where none is given. Asks the name server."""
    db.session.rollback()
    if data.address is None:
        refuse_if([Problem("address", "channel_address_missing")] if needed else [])
        return ""
    try:
        plugin = open_address(data.address)
    except AddressRefused as error:
        refuse_if([Problem("address", error.code, error.params)])
        return ""
    refuse_if([Problem("address", "channel_server_refused")] if refused_addresses(servers(plugin)) else [])
    return kind_of(plugin)[:40]


def _owner_problems(data: ChannelInput) -> list[Problem]:
    if data.operator_id is None:
        return []
    operator = db.session.get(Operator, data.operator_id)
    known = operator is not None and approval_links.is_admin(operator)
    return [] if known else [Problem("operator_id", "channel_operator_unfit")]


def _silence(channel_id: int) -> None:
    """Drop what it was to be told, its links, and the alert about itself, in the caller's transaction."""
    dropped = update(_MESSAGE).where(_MESSAGE.c.channel_id == channel_id, _MESSAGE.c.due_at.is_not(None))
    db.session.execute(dropped.values(due_at=None), execution_options={"synchronize_session": False})
    approval_links.withdraw(channel_id)
    clear_alert(FAILED_ALERT, "channel", channel_id)


def _values(data: ChannelInput) -> dict[str, Any]:
    return {name: getattr(data, name) for name in FIELDS}


def _seen(channel: Channel) -> Mapping[str, Any]:
    return {**snapshot(channel, FIELDS), "scheme": channel.scheme, "address": audit.MASK}
