"""Watches the way to each platform: nobody answers there, or nothing is sent until something is put right."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.decide.breaker import Breaker, load_breaker
from webapp.extensions import db
from webapp.models import Event, Integration
from webapp.services.alerts import FAIL
from webapp.services.watchdogs.finding import Check, Finding

UNREACHABLE, PAUSED = "integration_unreachable", "integration_paused"
# A short fault mends itself; nobody is called for it.
PATIENCE = timedelta(minutes=5)


def lasts(since: datetime | None, now: datetime) -> bool:
    """Tell whether a trouble that began then has lasted long enough to tell a person."""
    return since is not None and now - since >= PATIENCE


def is_away(breaker: Breaker) -> bool:
    """Tell whether calls failed until none was made any more; a pause that the platform asked for is no failure."""
    return breaker.is_open and breaker.openings > 0


def _look_paused(now: datetime) -> Iterable[Finding]:
    rows = db.session.execute(
        select(Integration.id, Integration.description, Integration.paused_at).where(
            Integration.active, Integration.paused_code.is_not(None)
        )
    )
    for row in rows:
        if lasts(row.paused_at, now):
            yield Finding(PAUSED, row.id, row.description, {"integration": row.description}, FAIL)


def _look_unreachable(now: datetime) -> Iterable[Finding]:
    rows = db.session.execute(
        select(Integration.id, Integration.description, Integration.breaker)
        .where(Integration.active, Integration.paused_code.is_(None))
    )  # fmt: skip
    away = {row.id: row.description for row in rows if is_away(load_breaker(row.breaker))}
    since = _since(away) if away else {}
    for integration_id, description in away.items():
        if lasts(since.get(integration_id), now):
            yield Finding(UNREACHABLE, integration_id, description, {"integration": description}, FAIL)


def _since(integration_ids: Iterable[int]) -> Mapping[int, datetime]:
    """Return when each was last found to be away: the history says it once for each time."""
    rows = db.session.execute(
        select(Event.object_id, func.max(Event.at))
        .where(Event.object_type == "integration", Event.object_id.in_(list(integration_ids)))
        .where(Event.action == "integration.unreachable")
        .group_by(Event.object_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


CHECKS = (Check(frozenset({PAUSED}), _look_paused), Check(frozenset({UNREACHABLE}), _look_unreachable))
