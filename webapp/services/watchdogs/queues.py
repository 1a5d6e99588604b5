"""Watches what waits to be sent: a queue that stands although nothing holds it, and people who paid."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

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
    rows = db.session.execute(
        select(Integration.id, Integration.description, Account.id.label("account_id"), Account.due_at,
               Account.error_at, func.min(Attempt.started_at).label("first"))
        .join(Account, Account.integration_id == Integration.id)
        .outerjoin(Attempt, (Attempt.account_id == Account.id) & (Attempt.generation == Account.generation))
        .where(Integration.active, Account.status.in_(UNDONE), Account.priority == PAID_NOW)
        .where(Account.generation != Account.applied_generation)
        .group_by(Integration.id, Account.id)
    )  # fmt: skip
    waiting: dict[int, dict[str, Any]] = {}
    for row in rows:
        since = waits_since(row.first, row.due_at, row.error_at)
        if since is None or now - since < PAID_PATIENCE:
            continue
        one = waiting.setdefault(row.id, {"label": row.description, "count": 0, "minutes": 0})
        one["count"] += 1
        one["minutes"] = max(one["minutes"], minutes_since(since, now))
    return [_paid(integration_id, one) for integration_id, one in waiting.items()]


def waits_since(*moments: datetime | None) -> datetime | None:
    """Return since when somebody waits: the first thing that is known of it."""
    return min((moment for moment in moments if moment is not None), default=None)


def _paid(integration_id: int, one: Mapping[str, Any]) -> Finding:
    params = {"count": one["count"], "minutes": one["minutes"]}
    return Finding(PAID_WAITING, integration_id, one["label"], params, FAIL)


CHECKS = (Check(frozenset({QUEUE_OLD}), _look_queue), Check(frozenset({PAID_WAITING}), _look_paid))
