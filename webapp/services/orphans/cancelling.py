"""Ends accounts that nobody here made, after people decided so: looked up first, one call at a time, read back.

An orphan has no subscriber, so convergence, which brings accounts to what their services ask for, cannot carry it.
The rest is as there: the intent is recorded before the call with a key that stays, a lease fences, no transaction
is open meanwhile, a failed call is tried again on the integration's schedule, and its pause and breaker hold.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, or_, select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation, Unit
from webapp.models import Attempt, Orphan, Run
from webapp.models.run import FULL
from webapp.services import transactions
from webapp.services.connections import current_connections, effective_limits
from webapp.services.convergence import lanes
from webapp.services.convergence.calling import call
from webapp.services.convergence.work import Lane, Result
from webapp.services.orphans import ended
from webapp.services.orphans.noting import ADOPTED, CANCELLING
from webapp.services.orphans.owners import beside
from webapp.services.orphans.subject import Target, is_gone, job_for, products_of

# In one round, for each integration: what is left comes with the next one.
PER_ROUND = 25
LEASE_MARGIN_S = 15.0
# A platform that cannot be asked about one account is trusted only as far as its latest whole reading.
LOOK_AGAIN = timedelta(minutes=15)
_ORPHAN, _ATTEMPT = Orphan.__table__, Attempt.__table__
log = structlog.get_logger()


def work_due(now: datetime) -> int:
    """Carry on with what was decided to end; returns how many steps were made.

    Calls platforms, so it may take its time: for a task of its own. Several processes may do it at once.
    """
    transactions.begin(reads_only=True)
    due = select(_ORPHAN.c.integration_id).where(_ORPHAN.c.due_at <= now, _ORPHAN.c.status == CANCELLING)
    integration_ids = sorted(set(db.session.scalars(due.distinct())))
    db.session.rollback()
    steps = 0
    for integration_id in integration_ids:
        try:
            steps += _work(integration_id)
        except Exception:
            # A border: the next integration must have its turn; the lease runs out.
            log.exception("orphans.failed", integration_id=integration_id)
            db.session.rollback()
    return steps


def _work(integration_id: int) -> int:
    for step in range(PER_ROUND):
        taken = _take(integration_id)
        if taken is None:
            return step
        lane, target = taken
        if target is not None and not _carry_on(lane, target):
            # The platform is not well; the others need not meet it in this round.
            return step + 1
    return PER_ROUND


def _take(integration_id: int) -> tuple[Lane, Target | None] | None:
    """Lease the next one; None when nothing is due or may be sent. Without a target: it was closed without a call."""
    transactions.begin(reads_only=False)
    now = utc_now()
    lane = lanes.load_lanes(db.session.connection(), current_connections(), [integration_id]).get(integration_id)
    row = _next(integration_id, now) if lane is not None and lanes.slots(lane, 1, 0, now) else None
    if lane is None or row is None:
        db.session.rollback()
        return None
    target = _target(row, lane, now)
    db.session.commit()
    return lane, target


def _next(integration_id: int, now: datetime) -> Orphan | None:
    free = or_(Orphan.lease_until.is_(None), Orphan.lease_until < now)
    wanted = (
        select(Orphan)
        .where(Orphan.integration_id == integration_id, Orphan.status == CANCELLING, Orphan.due_at <= now, free)
        .order_by(Orphan.due_at, Orphan.id)
        .limit(1)
    )
    found: Orphan | None = db.session.scalar(wanted.with_for_update(skip_locked=True))
    return found


def _target(row: Orphan, lane: Lane, now: datetime) -> Target | None:
    traits = lane.gateway.traits
    touched = beside(row.integration_id, [row]).get(row.id, [])
    owner = next((one.account_id for one in touched if one.same), None)
    if owner is not None:
        # Somebody's by now: never ended from here.
        row.status, row.account_id, row.due_at = ADOPTED, owner, None
        return None
    left = row.call.get("left") or products_of(row, traits.unit)
    if not left:
        ended.hold(row, "orphan_product_unknown", {"login": row.login})
        return None
    if not traits.can(Operation.FIND) and not _seen_lately(row):
        row.due_at, row.error_code, row.error_params = now + LOOK_AGAIN, "orphan_waits_reading", {}
        return None
    row.call = {**row.call, "left": left}
    limits = effective_limits(traits, lane.concurrency, lane.rate_per_s)
    # The look before and the call itself, each with the pause before it.
    each_s = limits.total_timeout_s * traits.calls_per_job + (1 / limits.rate_per_s if limits.rate_per_s else 0.0)
    row.lease_until = now + timedelta(seconds=2 * each_s + LEASE_MARGIN_S)
    ours = sum(one.rights for one in touched) if traits.unit is Unit.ENTITLEMENT or traits.shared_users else 0
    return Target(
        row.id, row.integration_id, row.login, row.document, row.reference, dict(row.remote_ids), left[0],
        tuple(left), ours, row.call["key"], row.tries, row.call.get("phase", ended.CANCEL), row.lease_until,
    )  # fmt: skip


def _seen_lately(row: Orphan) -> bool:
    """Tell whether the latest whole reading showed it; a reading that broke off proves nothing."""
    latest = db.session.scalar(
        select(func.max(Run.started_at)).where(
            Run.integration_id == row.integration_id, Run.reading == FULL, Run.complete
        )
    )
    shown = row.call.get("shown_at")
    return latest is not None and shown is not None and datetime.fromisoformat(shown) >= latest


def _carry_on(lane: Lane, target: Target) -> bool:
    """Make the calls of one step; False when the platform gave no answer."""
    if lane.gateway.traits.can(Operation.FIND):
        looked = _call(lane, target, Operation.FIND)
        found = looked.look_up.found if looked.look_up is not None else None
        if looked.error is not None:
            return ended.failed(target, looked)
        if is_gone(found, lane):
            return ended.part_over(target, looked)
        if target.phase == ended.PROVE:
            return ended.still_there(target, looked)
        if found is not None and target.is_another(found):
            return ended.another(target, looked)
        if not ended.looked_up(target, looked):
            return True
    result = _call(lane, target, Operation.CANCEL)
    if result.error is not None:
        return ended.failed(target, result)
    return ended.accepted(target, result)


def _call(lane: Lane, target: Target, operation: Operation) -> Result:
    """Record the intent, then make the call at the platform's pace, without a transaction."""
    transactions.begin(reads_only=False)
    now = utc_now()
    job = job_for(target, lane, operation, 0, now)
    values: dict[str, Any] = {
        "integration_id": target.integration_id, "account_id": None, "operation": str(operation), "unit": target.unit,
        "key": job.intent.key, "generation": 0, "started_at": now, "error_params": {},
    }  # fmt: skip
    attempt_id = db.session.execute(insert(_ATTEMPT).values(values).returning(_ATTEMPT.c.id)).scalar_one()
    db.session.commit()
    rate = effective_limits(lane.gateway.traits, lane.concurrency, lane.rate_per_s).rate_per_s
    if rate:
        lane.connection.sleep(1 / rate)
    return call(job_for(target, lane, operation, attempt_id, now))
