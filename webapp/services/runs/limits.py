"""How many may lose content on an integration: its limits, what was taken lately, what others would have done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, case, cast, func, literal, or_, select, union_all

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE
from webapp.decide.plan import DEFAULT_LIMITS, LimitHit, Limits, Spent, limit_hit
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.models import Account, Attempt, Integration, Run, RunItem
from webapp.models.run import OPEN, PROVEN, SENT, UNPROVEN

DAY = timedelta(hours=24)
_TAKING = (str(Operation.SUSPEND), str(Operation.CANCEL))
_NEGATIVE = tuple(sorted(map(str, NEGATIVE)))
_CANCEL = str(Operation.CANCEL)
# What took away, or may have: an answer that did not come, or could not be read, counts.
_TAKEN = ("ok", "already", "gone", "pending_user", "in_progress", "unknown", "contract", "internal")
_ENDED = (PROVEN, SENT, UNPROVEN)
ORPHAN = "orphan:"
_RUN, _ITEM, _ATTEMPT = Run.__table__, RunItem.__table__, Attempt.__table__
# A page has no use for more; the newest are shown.
MOST_RUNS = 50


@dataclass(frozen=True)
class WhatIf:
    """One run of the past, measured by other limits.

    Attributes:
        negatives: subscribers that it took, or wanted to take, content from; ``cancels`` are among them.
        base: live accounts then.
        hit: the limit that would hold it back; None = it would go.
        was_held: it did wait for a person.
    """

    run_id: int
    started_at: datetime
    mode: str
    reading: str
    status: str
    negatives: int
    cancels: int
    base: int
    spent: Spent
    hit: LimitHit | None
    was_held: bool


def limits_of(integration: Integration) -> Limits:
    """Return an integration's own limits; what it does not say is the product's default."""
    return limits_from(integration.limit_floor, integration.limit_run_percent, integration.limit_day_percent)


def limits_from(floor: int | None, run: float | None, day: float | None) -> Limits:
    """Return limits of which None is the product's default; ``run`` and ``day`` in per cent."""
    return Limits(
        DEFAULT_LIMITS.floor if floor is None else floor,
        DEFAULT_LIMITS.run_ratio if run is None else run / 100,
        DEFAULT_LIMITS.day_ratio if day is None else day / 100,
    )


def live_accounts(integration_id: int) -> int:
    """Return how many subscribers have something there: the base of the ratios."""
    return db.session.scalar(_live(integration_id)) or 0


def spent_today(integration_id: int) -> Spent:
    """Return from how many subscribers content was taken in the last 24 hours, by whatever door, or is about to be.

    Calls count (by status, by hand, by a run, of orphans), and lines of runs that are under way. Each subscriber
    counts once.
    """
    return bases_of([integration_id])[integration_id].spent


@dataclass(frozen=True)
class Base:
    """What the limits of one integration are measured by, as ``live_accounts`` and ``spent_today`` tell it."""

    live: int
    spent: Spent


def bases_of(integration_ids: Collection[int]) -> dict[int, Base]:
    """Return the same for many integrations, in one query."""
    if not integration_ids:
        return {}
    since = utc_now() - DAY
    rows = db.session.execute(union_all(*(_measures(one, since) for one in integration_ids)))
    return {row.integration_id: Base(row.live, Spent(int(row.taken), int(row.cancels))) for row in rows}


def _measures(integration_id: int, since: datetime) -> Select[Any]:
    taken = union_all(_calls(integration_id, since), _lines(integration_id, since)).subquery()
    each = select(taken.c.whose, func.max(taken.c.cancel).label("cancel")).group_by(taken.c.whose).subquery()
    return select(
        literal(integration_id).label("integration_id"), _live(integration_id).scalar_subquery().label("live"),
        func.count().label("taken"), func.coalesce(func.sum(each.c.cancel), 0).label("cancels"),
    ).select_from(each)  # fmt: skip


def _live(integration_id: int) -> Select[Any]:
    return select(func.count()).where(
        Account.integration_id == integration_id, Account.status.in_(("active", "suspended"))
    )


def what_if(integration: Integration, limits: Limits, days: int = 30) -> list[WhatIf]:
    """Return the runs of the last days that took something away, measured by these limits; the newest first.

    What had been spent before each is what it really was.
    """
    since = utc_now() - timedelta(days=days)
    found = db.session.execute(_negative_runs(integration.id, since)).all()
    return [_measured(row, limits, limits_of(integration)) for row in found]


def _calls(integration_id: int, since: datetime) -> Select[Any]:
    outcome, account_id = _ATTEMPT.c.outcome, _ATTEMPT.c.account_id
    # An orphan has no account here; its calls name it as their unit.
    whose = case((account_id.is_not(None), cast(account_id, String)), else_=_ATTEMPT.c.unit).label("whose")
    return select(whose, _cancel(_ATTEMPT.c.operation)).where(
        _ATTEMPT.c.started_at > since, _ATTEMPT.c.integration_id == integration_id,
        _ATTEMPT.c.operation.in_(_TAKING), or_(outcome.is_(None), outcome.in_(_TAKEN)),
        or_(account_id.is_not(None), _ATTEMPT.c.unit.startswith(ORPHAN)),
    )  # fmt: skip


def _lines(integration_id: int, since: datetime) -> Select[Any]:
    lately = or_(_ITEM.c.queued_at > since, _ITEM.c.ended_at > since)
    return (
        select(cast(_ITEM.c.account_id, String).label("whose"), _cancel(_ITEM.c.action))
        .join(_RUN, _RUN.c.id == _ITEM.c.run_id)
        .where(_RUN.c.integration_id == integration_id, _open_lately(since), _ITEM.c.action.in_(_NEGATIVE))
        .where(or_(_ITEM.c.outcome.in_(OPEN), _ITEM.c.outcome.in_(_ENDED) & lately))
        .where(_ITEM.c.account_id.is_not(None))
    )


def _open_lately(since: datetime) -> Any:
    """Leave out the runs of former weeks, whose lines would be looked through for nothing."""
    return or_(
        _RUN.c.status.in_(("running", "applying", "paused", "staged")), _RUN.c.started_at > since,
        _RUN.c.finished_at > since, _RUN.c.approved_at > since,
    )  # fmt: skip


def _cancel(action: Any) -> Any:
    return case((action == _CANCEL, 1), else_=0).label("cancel")


def _negative_runs(integration_id: int, since: datetime) -> Select[Any]:
    cancelled = case((_ITEM.c.action == _CANCEL, _ITEM.c.account_id))
    return (
        select(
            _RUN.c.id, _RUN.c.started_at, _RUN.c.mode, _RUN.c.reading, _RUN.c.status, _RUN.c.limits, _RUN.c.counts,
            func.count(_ITEM.c.account_id.distinct()).label("negatives"),
            func.count(cancelled.distinct()).label("cancels"),
        )
        .join(_ITEM, _ITEM.c.run_id == _RUN.c.id)
        .where(_RUN.c.integration_id == integration_id, _RUN.c.started_at > since, _ITEM.c.action.in_(_NEGATIVE))
        .group_by(_RUN.c.id)
        .order_by(_RUN.c.id.desc())
        .limit(MOST_RUNS)
    )  # fmt: skip


def _measured(row: Any, limits: Limits, present: Limits) -> WhatIf:
    told: Mapping[str, Any] = row.limits or {}
    base = int(told.get("base", (row.counts or {}).get("expected", 0)))
    spent = Spent(int(told.get("spent", 0)), int(told.get("spent_cancels", 0)))
    hit = limit_hit(row.negatives, row.cancels, base, spent, limits)
    # A run of a former version did not say which limit it met.
    was = told["hit"] if "hit" in told else limit_hit(row.negatives, row.cancels, base, spent, present)
    return WhatIf(
        row.id, row.started_at, row.mode, row.reading, row.status, row.negatives, row.cancels, base, spent, hit,
        bool(was),
    )  # fmt: skip
