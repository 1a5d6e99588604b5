"""Messages to subscribers as they are given out and taken: channels never with their address."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, Out
from webapp.services.inputs import Id, Input

Kind = Literal["created", "password", "enabled"]
ChannelKind = Literal["email", "whatsapp", "sms"]
CUSTOMER_CHANNEL: dict[str, Any] = {
    "id": 2, "kind": "email", "description": "E-mail", "service": "mailtos", "password_allowed": False, "position": 1,
    "active": True, "sent_at": AT, "error_code": None, "error_at": None,
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "id": 71, "account_id": 41, "kind": "created", "status": "sent", "sent_to": "an***@example.com", "tries": 1,
    "reason": "", "due_at": None, "created_at": AT, "sent_at": AT,
}  # fmt: skip
TEMPLATE: dict[str, Any] = {
    "kind": "created", "package_id": None, "subject": "Seu acesso", "body": "Login: {{ login }}", "active": True,
    "own": True,
}  # fmt: skip
LINK: dict[str, Any] = {"url": "https://hub.example.com/ver/mGlv7wQ2", "hours": 48}
SWITCH: dict[str, Any] = {"on": True, "waiting": 3, "held": 0}
UNUSED: dict[str, Any] = {
    "account_id": 41, "integration_id": 1, "customer_code": "2023", "service_code": "17711", "login": "ana@example.com",
    "status": "waiting_user", "created_at": AT,
}  # fmt: skip


class CustomerChannelOut(Out):
    """A channel. ``service``: the word of its kind of address; the lowest ``position`` is taken first."""

    id: int
    kind: ChannelKind
    description: str
    service: str
    password_allowed: bool
    position: int
    active: bool
    sent_at: datetime | None
    error_code: str | None
    error_at: datetime | None


class CustomerChannelList(Out):
    """All channels."""

    items: list[CustomerChannelOut]


class ChannelActiveInput(Input):
    """Whether the channel is used."""

    active: bool


class ToInput(Input):
    """To whom a test message goes: an e-mail, or a mobile number with its area."""

    to: str = Field(min_length=1, max_length=254)


class TemplateOut(Out):
    """The words of a kind of message. ``own``: somebody wrote them; else they are those of the hub."""

    kind: Kind
    package_id: int | None
    subject: str
    body: str
    active: bool
    own: bool


class TemplateList(Out):
    """The words of all kinds, and those of single packages."""

    items: list[TemplateOut]


class TemplateQuery(Input):
    """Of which package; without it, of all packages."""

    package_id: Id | None = None


class MessageQuery(ListQuery):
    """Filters of messages."""

    status: Literal["waiting", "sent", "failed", "skipped"] | None = None
    account_id: Id | None = None


class MessageOut(Out):
    """One message; its words are not kept. ``reason``: why it failed or was not sent."""

    id: int
    account_id: int
    kind: Kind
    status: Literal["waiting", "sent", "failed", "skipped"]
    sent_to: str
    tries: int
    reason: str
    due_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


class MessagePage(Out):
    """A page of messages."""

    items: list[MessageOut]
    next_cursor: str | None


class MessagesInput(Input):
    """``on``: subscribers are told."""

    on: bool


class SwitchOut(Out):
    """Whether subscribers are told, how many messages wait for their time, and how many for a person."""

    on: bool
    waiting: int
    held: int


class HeldInput(Input):
    """What becomes of the messages that wait for a person."""

    decision: Literal["release", "discard"]
    reason: str = Field(default="", max_length=200)


class LinkOut(Out):
    """A link that shows log-in and password once; it can be read here and nowhere else ever again."""

    url: str
    hours: int


class WantsInput(Input):
    """``on`` False: the subscriber asked for no messages."""

    on: bool


class WantsOut(Out):
    """Whether the subscriber gets messages."""

    on: bool
    since: datetime | None


class UnusedQuery(ListQuery):
    """``days``: sold at least so long ago."""

    integration_id: Id | None = None
    days: int = Field(default=7, ge=0, le=3650)


class UnusedOut(Out):
    """An account that was never used, as far as its platform tells."""

    account_id: int
    integration_id: int
    customer_code: str
    service_code: str
    login: str
    status: str
    created_at: datetime


class UnusedPage(Out):
    """A page of accounts that were never used."""

    items: list[UnusedOut]
    next_cursor: str | None
