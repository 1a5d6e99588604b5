"""Sends what the channels are to be told. Called every few seconds, by any process; a lease keeps others away.

Every channel gets one text of all that is due for it, and all channels are served at the same time, so that one
that does not answer holds no other. No transaction is open meanwhile. A process that dies between sending and
writing it down has sent twice: somebody told twice is better than nobody.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import selectinload

from webapp.clock import utc_now
from webapp.decide.quiet import next_try
from webapp.extensions import db
from webapp.models import Alert, AlertMessage, Channel, Run
from webapp.models.run import STAGED
from webapp.services import approval_links
from webapp.services.alert_messages import OPENED, told_at
from webapp.services.alert_texts import Told, write
from webapp.services.alerts import WARN, raise_alert
from webapp.services.channel_plugins import DEADLINE_S, Sending, Sent
from webapp.services.channel_state import FAILED_ALERT, address_of, note_outcome
from webapp.services.transactions import begin

LEASE = timedelta(seconds=DEADLINE_S * 3)
MOST = 500
# A message about a batch that waits for a person carries a link for whoever the channel belongs to.
WITH_LINK = frozenset(("run_staged", "batch_expiring"))
_MESSAGE = AlertMessage.__table__
_PLAIN = {"synchronize_session": False}
log = structlog.get_logger()


@dataclass
class _Parcel:
    """What one channel is told at once. ``tries``: by message, how often it was tried before."""

    channel_id: int
    description: str
    address: str | None
    tries: dict[int, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


def send_due(now: datetime) -> int:
    """Send what is due, and write down how it ended; returns how many messages went.

    Waits as long as the slowest channel, at most 25 s.
    """
    lease_until = now + LEASE
    parcels = _claim(now, lease_until)
    sendings = [_begin(parcel) for parcel in parcels]
    ends = [Sent("channel_sealed_shut") if sending is None else sending.result() for sending in sendings]
    for parcel, sent in zip(parcels, ends, strict=True):
        _record(parcel, sent, lease_until)
    return sum(len(parcel.tries) for parcel, sent in zip(parcels, ends, strict=True) if sent.ok)


def _begin(parcel: _Parcel) -> Sending | None:
    return None if parcel.address is None else Sending(parcel.channel_id, parcel.address, write(parcel.told))


def _claim(now: datetime, lease_until: datetime) -> list[_Parcel]:
    """Take what is due, with new links where they belong, drop what is not needed any more, and commit."""
    begin(reads_only=True)
    if db.session.scalar(select(_MESSAGE.c.id).where(*_due(now)).limit(1)) is None:
        db.session.rollback()
        return []
    begin(reads_only=False)
    wanted = select(AlertMessage).where(*_due(now)).order_by(AlertMessage.id).limit(MOST)
    together = (selectinload(AlertMessage.alert), selectinload(AlertMessage.channel))
    rows = db.session.scalars(wanted.options(*together).with_for_update(skip_locked=True)).all()
    opened, parcels = _opened_of(rows), dict[int, _Parcel]()
    for row in rows:
        wanted_now, row.due_at = _judge(row, opened.get((row.alert_id, row.channel_id)), now)
        if wanted_now:
            row.lease_until = lease_until
            _pack(parcels, row)
    db.session.commit()
    return list(parcels.values())


def _pack(parcels: dict[int, _Parcel], row: AlertMessage) -> None:
    channel = row.channel
    if channel.id not in parcels:
        parcels[channel.id] = _Parcel(channel.id, channel.description, address_of(channel.id, channel.sealed))
    parcels[channel.id].tries[row.id] = row.tries
    parcels[channel.id].told.append(_told(row, row.alert))


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(_MESSAGE.c.lease_until.is_(None), _MESSAGE.c.lease_until <= now)
    return (_MESSAGE.c.due_at.is_not(None), _MESSAGE.c.due_at <= now, free)


def _judge(row: AlertMessage, opened: Any, now: datetime) -> tuple[bool, datetime | None]:
    """Return whether a message whose time has come is sent now, and else when it is due; None = not any more."""
    if not row.channel.active or (row.kind == OPENED and row.alert.closed_at is not None):
        return False, None
    if row.kind != OPENED and (opened is None or opened.sent_at is None):
        # Nobody was told that it came up; unless that is under way just now.
        waits = opened is not None and opened.due_at is not None and opened.lease_until is not None
        return False, row.due_at if waits else None
    told = told_at(row.channel, row.alert.level, now)
    return told <= now, max(told, now)


def _opened_of(rows: Sequence[AlertMessage]) -> dict[tuple[int, int], Any]:
    """Return by alert and channel the messages that told of the causes whose end these tell of."""
    alert_ids = {row.alert_id for row in rows if row.kind != OPENED}
    if not alert_ids:
        return {}
    columns = (
        _MESSAGE.c.alert_id,
        _MESSAGE.c.channel_id,
        _MESSAGE.c.sent_at,
        _MESSAGE.c.due_at,
        _MESSAGE.c.lease_until,
    )
    found = db.session.execute(select(*columns).where(_MESSAGE.c.alert_id.in_(alert_ids), _MESSAGE.c.kind == OPENED))
    return {(row.alert_id, row.channel_id): row for row in found}


def _told(row: AlertMessage, alert: Alert) -> Told:
    run = _staged_run(alert) if row.kind == OPENED and alert.code in WITH_LINK else None
    ended_at = None if row.kind == OPENED else max(alert.last_at, alert.closed_at or alert.last_at)
    return Told(
        kind=row.kind, code=alert.code, params=alert.params, level=alert.level, object_type=alert.object_type,
        object_id=alert.object_id, label=alert.label, opened_at=alert.opened_at, ended_at=ended_at,
        radius=run.radius if run is not None else None,
        approval=approval_links.make_link(run.id, row.channel_id) if run is not None else "",
    )  # fmt: skip


def _staged_run(alert: Alert) -> Run | None:
    run_id = alert.params.get("run_id")
    run: Run | None = db.session.get(Run, run_id) if isinstance(run_id, int) else None
    return run if run is not None and run.status == STAGED else None


def _record(parcel: _Parcel, sent: Sent, lease_until: datetime) -> None:
    begin(reads_only=False)
    note_outcome(parcel.channel_id, sent)
    gave_up = [_ended(message_id, tries + 1, sent, lease_until) for message_id, tries in parcel.tries.items()]
    if any(gave_up):
        _tell_of_itself(parcel, sent)
    db.session.commit()
    log.info("channel.told", channel_id=parcel.channel_id, messages=len(parcel.tries), code=sent.code)


def _ended(message_id: int, tries: int, sent: Sent, lease_until: datetime) -> bool:
    """Write the end of one try; tells whether the message is given up. A lease that was lost writes nothing."""
    pause = None if sent.ok else next_try(tries)
    values: dict[str, Any] = {
        "lease_until": None, "tries": tries, "error_code": sent.code or None,
        "due_at": None if pause is None else utc_now() + pause,
    }  # fmt: skip
    if sent.ok:
        values["sent_at"] = utc_now()
    mine = update(_MESSAGE).where(_MESSAGE.c.id == message_id, _MESSAGE.c.lease_until == lease_until)
    written = db.session.execute(mine.values(**values), execution_options=_PLAIN)
    return bool(written.rowcount) and not sent.ok and pause is None  # type: ignore[attr-defined]


def _tell_of_itself(parcel: _Parcel, sent: Sent) -> None:
    """An alert on the page; a channel that does not work is not told of through channels."""
    params = {"channel": parcel.description, "status": sent.status or ""}
    raise_alert(FAILED_ALERT, "channel", parcel.channel_id, parcel.description, params, WARN)


def told_of(alert_ids: Collection[int]) -> dict[int, list[tuple[str, datetime]]]:
    """Return who was told when that these alerts came up: alert -> (channel, when), for the page of alerts."""
    if not alert_ids:
        return {}
    rows = db.session.execute(
        select(_MESSAGE.c.alert_id, Channel.description, _MESSAGE.c.sent_at)
        .join(Channel, Channel.id == _MESSAGE.c.channel_id)
        .where(_MESSAGE.c.alert_id.in_(alert_ids), _MESSAGE.c.kind == OPENED, _MESSAGE.c.sent_at.is_not(None))
        .order_by(_MESSAGE.c.sent_at)
    )
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for alert_id, description, sent_at in rows:
        found[alert_id].append((description, sent_at))
    return found
