"""Which channel is told of which alert, and when: rows in the transaction in which the alert comes up or ends.

Nothing is sent in here (``services/notify.py`` does). One row for each alert, channel and kind, so that nobody is
told twice of one cause. A row that is not needed any more when its time comes is dropped there.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from webapp.clock import utc_now
from webapp.decide.quiet import FLAP, after_flap, fits, quiet_end
from webapp.extensions import db
from webapp.models import Alert, AlertMessage, Channel
from webapp.services.hub import current_hub
from webapp.services.transactions import insert_once

OPENED, OVER = "opened", "over"
FAIL = "fail"
# A channel that does not work cannot tell of itself.
ONLY_SHOWN = frozenset(("channel_failed",))
_ALERT, _MESSAGE, _CHANNEL = Alert.__table__, AlertMessage.__table__, Channel.__table__


@dataclass(frozen=True)
class Cause:
    """What is told of: the alert, and the level at which it comes up."""

    alert_id: int
    code: str
    object_type: str
    object_id: int
    level: str
    params: Mapping[str, Any]


def batch_of(params: Mapping[str, Any]) -> str:
    """Return which batch an alert is about; another batch is another cause. Empty for all other alerts."""
    return str(params.get("checksum") or "")


def tell_opened(cause: Cause) -> None:
    """Tell each channel that fits, and that was not told of this alert yet, in the caller's transaction."""
    if cause.code in ONLY_SHOWN:
        return
    channels = [row for row in _active_channels() if fits(row.level, cause.level)]
    if not channels:
        return
    now, told, known = utc_now(), _told_lately(cause), _channels_of(cause.alert_id)
    for row in channels:
        if row.id in known:
            continue
        wanted = after_flap(now, cause.level, *told.get(row.id, (None, cause.level)))
        _add(cause.alert_id, row.id, OPENED, told_at(row, cause.level, wanted))


def tell_over(alert_ids: Collection[int]) -> None:
    """Tell those who were told, or are about to be, that these causes are over; in the caller's transaction."""
    if not alert_ids:
        return
    now = utc_now()
    for row in _listeners(alert_ids):
        _add(row.alert_id, row.channel_id, OVER, told_at(row, row.alert_level, now))


def told_at(channel: Any, level: str, wanted: datetime) -> datetime:
    """Return when a channel may be told: what does not work at all knows no quiet hours, unless the channel says so.

    Args:
        channel: with ``quiet_from``, ``quiet_until`` and ``quiet_fail``.
    """
    if level == FAIL and not channel.quiet_fail:
        return wanted
    return quiet_end(wanted, channel.quiet_from, channel.quiet_until, current_hub().settings.timezone)


def _active_channels() -> Iterator[Any]:
    columns = (_CHANNEL.c.id, _CHANNEL.c.level, _CHANNEL.c.quiet_from, _CHANNEL.c.quiet_until, _CHANNEL.c.quiet_fail)
    return iter(db.session.execute(select(*columns).where(_CHANNEL.c.active).order_by(_CHANNEL.c.id)).all())


def _channels_of(alert_id: int) -> set[int]:
    known = select(_MESSAGE.c.channel_id).where(_MESSAGE.c.alert_id == alert_id, _MESSAGE.c.kind == OPENED)
    return set(db.session.scalars(known))


def _told_lately(cause: Cause) -> dict[int, tuple[datetime, str]]:
    """Return channel -> when it was told last that the same cause came up, and with which level."""
    same = (_ALERT.c.code == cause.code, _ALERT.c.object_type == cause.object_type,
            _ALERT.c.object_id == cause.object_id, _ALERT.c.id != cause.alert_id)  # fmt: skip
    lately = (_MESSAGE.c.kind == OPENED, _MESSAGE.c.sent_at > utc_now() - FLAP)
    columns = (_MESSAGE.c.channel_id, _MESSAGE.c.sent_at, _ALERT.c.level, _ALERT.c.params)
    rows = db.session.execute(
        select(*columns).join(_ALERT, _MESSAGE.c.alert_id == _ALERT.c.id).where(*same, *lately).order_by(_MESSAGE.c.id)
    )
    mine = batch_of(cause.params)
    return {row.channel_id: (row.sent_at, row.level) for row in rows if batch_of(row.params) == mine}


def _listeners(alert_ids: Collection[int]) -> Iterator[Any]:
    """Yield who was told that these came up, or still is to be, and hears of ends; not who knows of the end."""
    other = _MESSAGE.alias()
    known = select(other.c.id).where(
        other.c.alert_id == _MESSAGE.c.alert_id, other.c.channel_id == _MESSAGE.c.channel_id, other.c.kind == OVER
    )
    columns = (_MESSAGE.c.alert_id, _MESSAGE.c.channel_id, _ALERT.c.level.label("alert_level"),
               _CHANNEL.c.quiet_from, _CHANNEL.c.quiet_until, _CHANNEL.c.quiet_fail)  # fmt: skip
    wanted = select(*columns).join(_ALERT, _MESSAGE.c.alert_id == _ALERT.c.id)
    wanted = wanted.join(_CHANNEL, _MESSAGE.c.channel_id == _CHANNEL.c.id)
    concerned = _MESSAGE.c.sent_at.is_not(None) | _MESSAGE.c.due_at.is_not(None)
    return iter(
        db.session.execute(
            wanted.where(
                _MESSAGE.c.alert_id.in_(alert_ids), _MESSAGE.c.kind == OPENED, concerned, _CHANNEL.c.active,
                _CHANNEL.c.recoveries, ~known.exists(),
            ).order_by(_MESSAGE.c.id)
        ).all()
    )  # fmt: skip


def _add(alert_id: int, channel_id: int, kind: str, due_at: datetime) -> None:
    row = {"alert_id": alert_id, "channel_id": channel_id, "kind": kind, "due_at": due_at, "tries": 0}
    # When another process was quicker, its message is enough.
    insert_once(db.session.connection(), insert(_MESSAGE).values(**row))
