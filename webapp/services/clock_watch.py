"""Notices that somebody set the machine's clock, and holds what goes by the date until it is sure what day it is.

Beside the clock that can be set runs one that cannot. When they part by minutes, one of the two days is wrong: until
it is known which, nobody is suspended or cancelled and nothing is thrown away. It ends by itself when the clock is put
back, or when an answer of a platform shows the same time; or when a person says that it is right.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Engine, delete, func, insert, select, update

from webapp import clock
from webapp.decide.breaker import dump_breaker, load_breaker
from webapp.extensions import db
from webapp.gateways.second_opinion import time_elsewhere
from webapp.models import Account, Integration, Setting, Source, Tick
from webapp.services.alerts import FAIL, clear_alert, raise_alert
from webapp.services.audit import record
from webapp.services.transactions import begin, insert_once

DOUBT, HUB, HUB_ID, ALERT = "clock_doubt", "hub", 0, "clock_leapt"
# NTP slews what is less.
FAR = timedelta(minutes=10)
# An answer shows the same time when it is not further off than this: an answer takes a while.
NEAR = timedelta(minutes=2)
# What is planned further ahead was planned by a wrong clock.
FURTHEST = timedelta(days=60)
log = structlog.get_logger()


@dataclass
class _Watch:
    """What one process knows.

    Attributes:
        base: how far the clock was ahead of the steady one when all was well.
        held: in doubt, as the database says, too.
        leapt_s: steady seconds at which the doubt began; answers from before count for nothing.
    """

    base: timedelta
    held: bool = False
    leapt_s: float = 0.0


_watches: WeakKeyDictionary[Engine, _Watch] = WeakKeyDictionary()


def in_doubt(database: Engine) -> bool:
    """Tell whether the date may be wrong now; costs two looks at a clock, and needs no application context."""
    watch = _watch(database)
    return watch.held or abs(_ahead() - watch.base) > FAR


def begin_watch() -> None:
    """Take the clock as it is for right, unless a former process was in doubt; call it when serving begins."""
    watch = _watches[db.engine] = _Watch(_ahead())
    watch.held, watch.leapt_s = stands(), clock.monotonic_s()


def look() -> timedelta | None:
    """Begin a doubt, end one, or do nothing; commits. Called every few seconds, on a time that cannot be set.

    Returns:
        by how much the clock was set since the last look; None = not. Whoever waits for a time of day counts anew.
    """
    watch, leapt = _watch(db.engine), None
    by = _ahead() - watch.base
    if abs(by) > FAR:
        leapt = by
        _begin(watch, by)
    elif watch.held and (not stands() or _agreed(watch)):
        _end(watch)
    return leapt


def stands() -> bool:
    """Tell whether the database says that the clock is in doubt; what was open in the session is rolled back."""
    begin(reads_only=True)
    found = db.session.scalar(select(func.count()).select_from(Setting).where(Setting.name == DOUBT))
    db.session.rollback()
    return bool(found)


def confirm() -> bool:
    """Say that the clock is right, as a person; the serving process goes on within seconds. Commits.

    Returns:
        False when nothing was in doubt.
    """
    begin(reads_only=False)
    gone = db.session.execute(delete(Setting).where(Setting.name == DOUBT)).rowcount  # type: ignore[attr-defined]
    if gone:
        record("hub.clock_confirmed", HUB, HUB_ID)
        clear_alert(ALERT, HUB, HUB_ID)
    db.session.commit()
    return bool(gone)


def _begin(watch: _Watch, by: timedelta) -> None:
    begin(reads_only=False)
    total = by + _undone()
    log.error("clock.leapt", seconds=int(by.total_seconds()), off_by_s=int(total.total_seconds()))
    _plan_anew(clock.utc_now(), by)
    if watch.held and abs(total) <= FAR:
        _clear()
    else:
        _write(total)
    db.session.commit()
    # Only what is on record counts as noticed; until then the next look sees the same.
    watch.base, watch.held, watch.leapt_s = watch.base + by, not (watch.held and abs(total) <= FAR), clock.monotonic_s()


def _write(total: timedelta) -> None:
    value = json.dumps({"by_s": total.total_seconds()})
    same = update(Setting).where(Setting.name == DOUBT).values(value=value)
    if not db.session.execute(same).rowcount:  # type: ignore[attr-defined]
        insert_once(db.session.connection(), insert(Setting.__table__).values(name=DOUBT, value=value))
    raise_alert(ALERT, HUB, HUB_ID, params={"minutes": int(total.total_seconds() // 60)}, level=FAIL)


def _end(watch: _Watch) -> None:
    begin(reads_only=False)
    _clear()
    db.session.commit()
    watch.held = False
    log.warning("clock.trusted")


def _clear() -> None:
    db.session.execute(delete(Setting).where(Setting.name == DOUBT))
    clear_alert(ALERT, HUB, HUB_ID)


def _plan_anew(now: datetime, by: timedelta) -> None:
    """Bring forward what was planned by a clock that was ahead: it would come too late by as much."""
    # A tick of a time that has not come yet would keep its task from running then.
    db.session.execute(delete(Tick).where(Tick.scheduled_at > now))
    for integration in db.session.scalars(select(Integration)):
        _shift_pauses(integration, by)
    if by > timedelta(0):
        return
    plans = (
        update(Account).where(Account.due_at > now, Account.error_kind.is_not(None)).values(due_at=now),
        update(Account).where(Account.due_at > now + FURTHEST).values(due_at=now),
        update(Integration).where(Integration.reconcile_due_at > now - by).values(reconcile_due_at=now),
        update(Source).where(Source.full_due_at > now - by).values(full_due_at=now),
        update(Source).where(Source.light_due_at > now - by).values(light_due_at=now),
    )
    for plan in plans:
        db.session.execute(plan, execution_options={"synchronize_session": False})


def _shift_pauses(integration: Integration, by: timedelta) -> None:
    """A pause lasts as long as it was meant to, on either clock."""
    breaker = load_breaker(integration.breaker)
    if breaker.open_until:
        integration.breaker = dump_breaker(breaker.shifted(by))
    if integration.paused_until is not None:
        integration.paused_until += by


def _agreed(watch: _Watch) -> bool:
    elsewhere = time_elsewhere(watch.leapt_s, clock.monotonic_s())
    return elsewhere is not None and abs(elsewhere - clock.utc_now()) <= NEAR


def _undone() -> timedelta:
    """Return by how much the clock is off already, as was written down."""
    value = db.session.scalar(select(Setting.value).where(Setting.name == DOUBT))
    return timedelta(seconds=json.loads(value)["by_s"]) if value else timedelta(0)


def _watch(database: Engine) -> _Watch:
    found = _watches.get(database)
    if found is None:
        found = _watches[database] = _Watch(_ahead())
    return found


def _ahead() -> timedelta:
    return clock.utc_now() - clock.steady_now()
