"""Watches what waits to be sent: a queue that stands although nothing holds it, and people who paid."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from webapp.decide.breaker import load_breaker
from webapp.extensions import db
from webapp.models import Account, Attempt, Integration
from webapp.models.account import BLOCKED, PARKED, PENDING
from webapp.services.accounts import PAID_NOW
from webapp.services.alerts import FAIL
from webapp.services.epoch.observing import observing
from webapp.services.watchdogs.finding import Check, Finding

QUEUE_OLD, PAID_WAITING = "queue_old", "paid_waiting"
UNDONE = (PENDING, BLOCKED, PARKED)
QUEUE_PATIENCE, PAID_PATIENCE = timedelta(minutes=30), timedelta(minutes=60)


def minutes_since(moment: datetime, now: datetime) -> int:
    """Return whole minutes between two moments, never below nothing."""
    return max(0, int((now - moment).total_seconds() // 60))


def _look_queue(now: datetime) -> Iterable[Finding]:
    if observing() is not None:
        return
    oldest = func.min(Account.due_at)
    rows = db.session.execute(
        select(Integration.id, Integration.description, Integration.breaker, func.count().label("due"),
               oldest.label("oldest"))
        .join(Account, Account.integration_id == Integration.id)
        .where(Integration.active, Integration.paused_code.is_(None), Account.due_at <= now - QUEUE_PATIENCE)
        .group_by(Integration.id)
    )  # fmt: skip
    for row in rows:
        if not load_breaker(row.breaker).is_open:
            params = {"count": row.due, "minutes": minutes_since(row.oldest, now)}
            yield Finding(QUEUE_OLD, row.id, row.description, params, FAIL)


def _look_paid(now: datetime) -> Iterable[Finding]:
    active = select(Integration.id, Integration.description).where(Integration.active)
    labels = {row.id: row.description for row in db.session.execute(active)}
    waiting: dict[int, dict[str, Any]] = {}
    for row in db.session.execute(_unserved(labels)):
        since = waits_since(row.first, row.due_at, row.error_at)
        if since is None or now - since < PAID_PATIENCE:
            continue
        one = waiting.setdefault(row.integration_id, {"label": labels[row.integration_id], "count": 0, "minutes": 0})
        one["count"] += 1
        one["minutes"] = max(one["minutes"], minutes_since(since, now))
    return [_paid(integration_id, one) for integration_id, one in waiting.items()]


def _unserved(integration_ids: Collection[int]) -> Select[Any]:
    """Ask by integration and status, as the index has them: joined and grouped, every account would be read."""
    first = select(func.min(Attempt.started_at)).where(
        Attempt.account_id == Account.id, Attempt.generation == Account.generation
    )
    moments: tuple[Any, ...] = (Account.due_at, Account.error_at, first.scalar_subquery().label("first"))
    return select(Account.integration_id, *moments).where(
        Account.integration_id.in_(integration_ids), Account.status.in_(UNDONE), Account.priority == PAID_NOW,
        Account.generation != Account.applied_generation,
    )  # fmt: skip


def waits_since(*moments: datetime | None) -> datetime | None:
    """Return since when somebody waits: the first thing that is known of it."""
    return min((moment for moment in moments if moment is not None), default=None)


def _paid(integration_id: int, one: Mapping[str, Any]) -> Finding:
    params = {"count": one["count"], "minutes": one["minutes"]}
    return Finding(PAID_WAITING, integration_id, one["label"], params, FAIL)


CHECKS = (Check(frozenset({QUEUE_OLD}), _look_queue), Check(frozenset({PAID_WAITING}), _look_paid))
