"""Alert channels as they are given out: never with their address."""

from datetime import datetime
from typing import Any, Literal

from webapp.api.schemas.common import AT, Out

CHANNEL: dict[str, Any] = {
    "id": 3,
    "description": "Plantão",
    "service": "tgram",
    "level": "warn",
    "active": True,
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "quiet_fail": False,
    "recoveries": True,
    "belongs_to": "admin@example.com",
    "sent_at": AT,
    "error_code": None,
    "error_at": None,
}
TEST: dict[str, Any] = {
    "ok": False,
    "code": "channel_status",
    "status": 401,
    "cause": "The service refused the message.",
    "remedy": "Check token, password and recipient of the address, and that the service still accepts them.",
}


class ChannelOut(Out):
    """A channel. ``service``: the word of its kind of address; ``level`` fail = only what does not work."""

    id: int
    description: str
    service: str
    level: Literal["warn", "fail"]
    active: bool
    quiet_from: str | None
    quiet_until: str | None
    quiet_fail: bool
    recoveries: bool
    belongs_to: str | None
    sent_at: datetime | None
    error_code: str | None
    error_at: datetime | None


class ChannelPage(Out):
    """A page of channels."""

    items: list[ChannelOut]
    next_cursor: str | None


class ChannelTestOut(Out):
    """How a test message ended. ``status``: of HTTP, where the service gave one."""

    ok: bool
    code: str
    status: int | None
    cause: str
    remedy: str
