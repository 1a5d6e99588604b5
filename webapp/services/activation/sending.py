"""Sends the messages whose time has come. Called every few seconds, by one process at a time.

A message is taken by moving its time on, so that whoever dies over it leaves it to be tried again: somebody told
twice is better than nobody. No transaction is open while a server is spoken to. Neither the words nor the address
are kept, only whom they reached, masked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update

from webapp.clock import monotonic_s, utc_now
from webapp.decide.activation import (
    CREATED,
    ENABLED,
    PASSWORD,
    address_for,
    masked,
    needs_link,
    next_pause,
    way_of,
)
from webapp.extensions import db
from webapp.models import Account, CustomerChannel, CustomerMessage
from webapp.models.account import ACTIVE, BLOCKED, PARKED, PENDING, WAITING_USER
from webapp.models.activation import FAILED, SENT, SKIPPED, WAITING
from webapp.services import epoch
from webapp.services.activation import links, texts
from webapp.services.activation.addresses import filled, opened_address
from webapp.services.activation.channels import (
    FAILED_ALERT,
    OBJECT,
    list_customer_channels,
    note_outcome,
    send,
)
from webapp.services.activation.subject import Subject, find_account, subject_of
from webapp.services.activation.switch import cursor
from webapp.services.alerts import raise_alert
from webapp.services.channel_plugins import Sent, Text
from webapp.services.transactions import begin

MOST, LONGEST_S = 100, 20.0
LEASE = timedelta(minutes=5)
# The work on an account may take a while; a message about it waits so long, and is given up then.
LOOK_AGAIN, TOO_LATE = timedelta(minutes=1), timedelta(hours=24)
# So many failures one after the other, and none that went: the channel itself is at fault.
FAILURES = 3
ABOUT = {CREATED: (ACTIVE, WAITING_USER), PASSWORD: (ACTIVE, WAITING_USER), ENABLED: (ACTIVE,)}
_UNDER_WAY = (PENDING, BLOCKED, PARKED)
_MESSAGE = CustomerMessage.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class _Parcel:
    """One message on its way."""

    message_id: int
    channel_id: int
    channel: str
    tries: int
    address: str | None
    text: Text


def send_due(now: datetime) -> int:
    """Send what is due, and write down how it ended; returns how many went."""
    begin(reads_only=True)
    ids = _due(now) if cursor() is not None and epoch.observing() is None else []
    db.session.rollback()
    until_s, went = monotonic_s() + LONGEST_S, 0
    failures: dict[int, int] = {}
    for message_id in ids:
        if monotonic_s() > until_s:
            break
        parcel = _taken(message_id, now, {way for way, count in failures.items() if count >= FAILURES})
        if parcel is None:
            continue
        sent = send(parcel.channel_id, parcel.address, parcel.text) if parcel.address else Sent("channel_sealed_shut")
        failures[parcel.channel_id] = 0 if sent.ok else failures.get(parcel.channel_id, 0) + 1
        _record(parcel, sent, failures[parcel.channel_id])
        went += sent.ok
    return went


def _due(now: datetime) -> list[int]:
    due = select(_MESSAGE.c.id).where(_MESSAGE.c.due_at.is_not(None), _MESSAGE.c.due_at <= now)
    return list(db.session.scalars(due.order_by(_MESSAGE.c.due_at, _MESSAGE.c.id).limit(MOST)))


def _taken(message_id: int, now: datetime, silent: set[int]) -> _Parcel | None:
    try:
        return _take(message_id, now, silent)
    except Exception:
        # A border: one message that cannot be made ready must not stand in the way of the others.
        log.exception("message.unready", message_id=message_id)
        begin(reads_only=False)
        later = update(_MESSAGE).where(_MESSAGE.c.id == message_id).values(due_at=now + timedelta(hours=1))
        db.session.execute(later, execution_options={"synchronize_session": False})
        db.session.commit()
        return None


def _take(message_id: int, now: datetime, silent: set[int]) -> _Parcel | None:
    """Take one message, with its link; None where there is nothing to send now. Commits."""
    begin(reads_only=False)
    row = db.session.get(CustomerMessage, message_id, with_for_update={"of": CustomerMessage})
    parcel = None
    if row is not None and row.status == WAITING and row.due_at is not None and row.due_at <= now:
        parcel = _judged(row, now, silent)
    db.session.commit()
    return parcel


def _judged(row: CustomerMessage, now: datetime, silent: set[int]) -> _Parcel | None:
    account = find_account(row.account_id)
    if account is None or (reason := _reason(row, account, now)):
        row.status, row.due_at, row.reason = SKIPPED, None, reason if account is not None else "message_needless"
        return None
    way = _way(row, account)
    if way is None or way.id in silent or _is_under_way(row, account):
        row.due_at = now + LOOK_AGAIN
        return None
    return _packed(row, way, subject_of(account), now)


def _reason(row: CustomerMessage, account: Account, now: datetime) -> str:
    """Return why the message is not sent at all; empty = it is, now or later."""
    customer = account.service.customer
    if customer.messages_off_at is not None:
        return "message_opted_out"
    gone = customer.erased_at is not None or not account.integration.active
    if gone or account.status not in (*ABOUT[row.kind], *_UNDER_WAY):
        return "message_needless"
    if _way(row, account) is None:
        return "message_no_address"
    if not texts.words_for(row.kind, subject_of(account).packages).active:
        return "message_kind_off"
    return "message_late" if _is_under_way(row, account) and now > row.created_at + TOO_LATE else ""


def _packed(row: CustomerMessage, way: CustomerChannel, subject: Subject, now: datetime) -> _Parcel:
    account, may = subject.account, way.password_allowed and subject.password is not None
    words = texts.words_for(row.kind, subject.packages)
    asks = needs_link((words.subject, words.body), password_allowed=may)
    link = links.make_link(account, row.id) if asks else ""
    text = texts.write(words, texts.values_of(subject, password_allowed=may, link=link))
    customer = account.service.customer
    to = address_for(way.kind, customer.email, customer.phone)
    row.tries, row.due_at, row.channel_id, row.sent_to = row.tries + 1, now + LEASE, way.id, masked(to)[:120]
    opened = opened_address(way.id, way.sealed)
    address = filled(opened, way.kind, to) if opened is not None else None
    return _Parcel(row.id, way.id, way.description, row.tries, address, text)


def _way(row: CustomerMessage, account: Account) -> CustomerChannel | None:
    """Return the channel of this try: the first that reaches the subscriber; after a failure the next one."""
    customer = account.service.customer
    ways = {
        one.id: one for one in list_customer_channels()
        if one.active and address_for(one.kind, customer.email, customer.phone)
    }  # fmt: skip
    taken = way_of(list(ways), row.tries)
    return ways[taken] if taken is not None else None


def _is_under_way(row: CustomerMessage, account: Account) -> bool:
    return account.status not in ABOUT[row.kind] or account.applied_generation < account.generation


def _record(parcel: _Parcel, sent: Sent, failures: int) -> None:
    begin(reads_only=False)
    note_outcome(parcel.channel_id, sent)
    pause = None if sent.ok else next_pause(parcel.tries)
    values = _ended(sent, utc_now(), pause)
    mine = update(_MESSAGE).where(_MESSAGE.c.id == parcel.message_id, _MESSAGE.c.tries == parcel.tries)
    db.session.execute(mine.values(**values), execution_options={"synchronize_session": False})
    if not sent.ok and (pause is None or failures >= FAILURES):
        params = {"channel": parcel.channel, "status": sent.status or ""}
        raise_alert(FAILED_ALERT, OBJECT, parcel.channel_id, parcel.channel, params)
    db.session.commit()
    log.info("message.sent", message_id=parcel.message_id, channel_id=parcel.channel_id, code=sent.code)


def _ended(sent: Sent, now: datetime, pause: timedelta | None) -> dict[str, Any]:
    if sent.ok:
        return {"status": SENT, "sent_at": now, "due_at": None, "reason": ""}
    if pause is None:
        return {"status": FAILED, "due_at": None, "reason": sent.code}
    return {"due_at": now + pause, "reason": sent.code}
