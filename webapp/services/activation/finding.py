"""Finds whom there is something to tell: new entries of the history become messages that wait.

Called every few seconds. Only entries behind a kept cursor are read, by their ids; nothing else of the history.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from webapp.decide.activation import CREATED, ENABLED, ENABLED_ONCE, HELD_UNTIL, Happened, is_wave, kind_of
from webapp.extensions import db
from webapp.models import Account, Customer, CustomerMessage, Event, Integration, Service
from webapp.models.account import CANCELLED
from webapp.models.activation import SKIPPED, WAITING
from webapp.services import epoch
from webapp.services.activation.switch import (
    HELD_ALERT,
    OBJECT,
    cursor,
    drop_waiting,
    move_cursor,
    newest_event,
    waiting,
)
from webapp.services.alerts import raise_alert
from webapp.services.transactions import begin

BATCH = 2000
MOST_BATCHES = 20
# On PostgreSQL a smaller id may be committed later than a larger one; this long nobody takes.
SETTLED_AFTER = timedelta(seconds=10)
# Nothing of it is real, so nobody is told.
PRACTICE = "practice"
_SERVICE_CHANGED = "service.update"
_EVENT, _ACCOUNT, _MESSAGE = Event.__table__, Account.__table__, CustomerMessage.__table__
_SERVICE, _CUSTOMER, _INTEGRATION = Service.__table__, Customer.__table__, Integration.__table__


def find_new(now: datetime) -> int:
    """Make messages of what happened since the last time, and commit; returns how many.

    While the hub only observes, a copy of an older database would tell people again what they know: what waits is
    given up then, and what happened is passed over.
    """
    if epoch.observing() is not None:
        _pass_over()
        return 0
    made = 0
    for _batch in range(MOST_BATCHES):
        count, more = _find_batch(now)
        made += count
        if not more:
            break
    return made


def _find_batch(now: datetime) -> tuple[int, bool]:
    begin(reads_only=True)
    since = cursor()
    rows = _entries(since, now) if since is not None else []
    if not rows:
        db.session.rollback()
        return 0, False
    wanted = _wanted(_happened(rows))
    begin(reads_only=False)
    fresh = _messages(wanted, now) if wanted else []
    if fresh:
        db.session.execute(insert(_MESSAGE), fresh)
    move_cursor(rows[-1].id)
    db.session.commit()
    return len(fresh), len(rows) == BATCH


def _pass_over() -> None:
    begin(reads_only=True)
    since, newest = cursor(), newest_event()
    if since is None or (since == newest and not waiting().due and not waiting().held):
        db.session.rollback()
        return
    begin(reads_only=False)
    drop_waiting("message_observing")
    move_cursor(newest)
    db.session.commit()


def _entries(since: int, now: datetime) -> list[Any]:
    columns = (_EVENT.c.id, _EVENT.c.at, _EVENT.c.action, _EVENT.c.object_id)
    rows = db.session.execute(select(*columns).where(_EVENT.c.id > since).order_by(_EVENT.c.id).limit(BATCH)).all()
    unsettled = (place for place, row in enumerate(rows) if now - SETTLED_AFTER < row.at <= now)
    return list(rows[: next(unsettled, len(rows))])


def _happened(rows: Sequence[Any]) -> list[Happened]:
    changed = [row.id for row in rows if row.action == _SERVICE_CHANGED]
    told = _with_password(changed)
    return [
        Happened(row.id, row.action, row.object_id, row.id in told) for row in rows if row.object_id is not None
    ]  # fmt: skip


def _with_password(event_ids: Collection[int]) -> set[int]:
    """Return those of the entries that say that a service got another password."""
    if not event_ids:
        return set()
    rows = db.session.execute(select(_EVENT.c.id, _EVENT.c.after).where(_EVENT.c.id.in_(event_ids)))
    return {row.id for row in rows if "password" in (row.after or {})}


def _wanted(entries: Iterable[Happened]) -> dict[tuple[int, str], str]:
    """Return account and kind -> cause; what is empty is filled in with the account's generation."""
    by_service: dict[int, int] = {}
    found: dict[tuple[int, str], str] = {}
    for one in entries:
        kind = kind_of(one)
        if one.password_changed:
            by_service[one.object_id] = one.event_id
        elif kind:
            found[one.object_id, kind] = ""
    for account_id, service_id in _accounts_of(by_service):
        found[account_id, kind_of(Happened(0, "", 0, True))] = f"event {by_service[service_id]}"
    return {key: cause for key, cause in found.items() if key[1] == CREATED or (key[0], CREATED) not in found}


def _accounts_of(service_ids: Collection[int]) -> Iterable[tuple[int, int]]:
    if not service_ids:
        return []
    live = (_ACCOUNT.c.service_id.in_(service_ids), _ACCOUNT.c.applied_generation > 0, _ACCOUNT.c.status != CANCELLED)
    return [(row.id, row.service_id) for row in db.session.execute(select(_ACCOUNT).where(*live))]


def _messages(wanted: Mapping[tuple[int, str], str], now: datetime) -> list[dict[str, Any]]:
    people = _people({account_id for account_id, _kind in wanted})
    told = _told({account_id for account_id, _kind in wanted}, now)
    rows = [
        _row(people[account_id], kind, cause or str(people[account_id].generation), now)
        for (account_id, kind), cause in wanted.items()
        if account_id in people
    ]
    fresh = [row for row in rows if not _is_known(row, told[row["account_id"]])]
    _hold_waves(fresh)
    return fresh


def _people(account_ids: Collection[int]) -> dict[int, Any]:
    """Return whose accounts these are; not of who was erased, nor where nothing is real or may be sent."""
    columns = (_ACCOUNT.c.id, _ACCOUNT.c.generation, _ACCOUNT.c.integration_id, _CUSTOMER.c.messages_off_at)
    joined = _ACCOUNT.join(_SERVICE, _SERVICE.c.id == _ACCOUNT.c.service_id)
    joined = joined.join(_CUSTOMER, _CUSTOMER.c.id == _SERVICE.c.customer_id)
    joined = joined.join(_INTEGRATION, _INTEGRATION.c.id == _ACCOUNT.c.integration_id)
    meant = (_ACCOUNT.c.id.in_(account_ids), _CUSTOMER.c.erased_at.is_(None), _INTEGRATION.c.gateway != PRACTICE)
    return {row.id: row for row in db.session.execute(select(*columns).select_from(joined).where(*meant))}


def _told(account_ids: Collection[int], now: datetime) -> Mapping[int, list[Any]]:
    """Return the messages about these accounts that may make a new one needless."""
    columns = (_MESSAGE.c.account_id, _MESSAGE.c.kind, _MESSAGE.c.cause, _MESSAGE.c.status, _MESSAGE.c.created_at)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(select(*columns).where(_MESSAGE.c.account_id.in_(account_ids))):
        lately = row.created_at > now - ENABLED_ONCE
        found[row.account_id].append((row.kind, row.cause, row.status, lately))
    return found


def _is_known(row: Mapping[str, Any], told: Iterable[tuple[str, str, str, bool]]) -> bool:
    """Tell whether the same was told, or is about to be; that an account works again is told once a day."""
    for kind, cause, status, lately in told:
        same = kind == row["kind"]
        if same and (cause == row["cause"] or (kind == ENABLED and lately)):
            return True
        if kind == CREATED and status == WAITING and not same:
            return True
    return False


def _row(person: Any, kind: str, cause: str, now: datetime) -> dict[str, Any]:
    off = person.messages_off_at is not None
    return {
        "account_id": person.id, "kind": kind, "cause": cause, "status": SKIPPED if off else WAITING,
        "due_at": None if off else now, "created_at": now, "tries": 0, "sent_to": "", "params": {},
        "reason": "message_opted_out" if off else "",
    }  # fmt: skip


def _hold_waves(fresh: Sequence[dict[str, Any]]) -> None:
    """Let a wave wait for a person: each kind by itself, so that a sale need not wait behind a mass enable."""
    counts = Counter(row["kind"] for row in fresh if row["due_at"] is not None)
    for kind, count in counts.items():
        wait = select(func.count()).where(_MESSAGE.c.due_at.is_not(None), _MESSAGE.c.kind == kind)
        waits = db.session.scalar(wait) or 0
        if not is_wave(waits, count):
            continue
        for row in fresh:
            if row["kind"] == kind and row["due_at"] is not None:
                row["due_at"] = HELD_UNTIL
        raise_alert(HELD_ALERT, OBJECT, 0, params={"count": waits + count})
