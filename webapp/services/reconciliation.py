"""Reconciliation: read the platform, compare, plan, check limits, hand to convergence.

Nothing is sent from here: what differs is written into our belief, and convergence mends it.
No transaction is open while the platform is read.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, or_, select, update

from webapp.clock import utc_now
from webapp.decide.compare import EVERY_STATE, NEGATIVE, Action, Difference, Situation
from webapp.decide.plan import Plan, counts, make_plan
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Observed, Operation, RemoteState, Traits
from webapp.gateways.errors import GatewayError
from webapp.gateways.registry import UnknownGateway
from webapp.models import Account, Integration, Run, RunItem
from webapp.services import drift, lookup_marks
from webapp.services.audit import current_actor, record
from webapp.services.connections import open_connection
from webapp.services.errors import Conflict, NotFound
from webapp.services.integrations import get_integration
from webapp.vault import VaultError

MODES = ("plan", "apply")
SHOW_EVERY = 500
SCHEDULE = "schedule"
POSTPONED = "reading_postponed"
DAY = timedelta(days=1)
# A run that ended so has not read the platform.
_UNREAD = (POSTPONED, "listing_unsupported", "gateway_missing", "vault_closed")
# Runs that look at some accounts only.
PART_TRIGGERS = ("event", "changes")
log = structlog.get_logger()


@dataclass(frozen=True)
class Reading:
    """What a platform showed, and whether it may be trusted."""

    accounts: tuple[Observed, ...]
    pages: int = 0
    refused: str = ""
    refused_params: Mapping[str, Any] = field(default_factory=dict)
    error: GatewayError | None = None
    covers: frozenset[RemoteState] = EVERY_STATE


def start_run(
    integration_id: int,
    mode: str,
    trigger: str = "manual",
    progress: Callable[[int], None] = lambda read: None,
) -> Run:
    """Compare one integration now; with ``apply``, mend what differs within the limits.

    An answer that is partial, empty or broken leads to no action of any kind.

    Args:
        progress: called with how many accounts of the platform were read, now and then.

    Returns:
        The finished run: done, staged (approve it), refused or failed (its message says why).

    Raises:
        NotFound: no such integration.
        Conflict: it is inactive, or another run of it is under way.
    """
    run = _open_run(get_integration(integration_id), mode, trigger)
    try:
        gateway, connection = open_connection(integration_id)
    except UnknownGateway as error:
        return _close(run, "failed", code="gateway_missing", params={"gateway": error.args[0]})
    except VaultError:
        return _close(run, "failed", code="vault_closed")
    if not gateway.traits.can(Operation.LIST):
        drift.requeue_stuck(integration_id)
        return _close(run, "done", code="listing_unsupported")
    postponed = _postpone(run, gateway.traits.limits.full_reads_per_day)
    if postponed is not None:
        drift.requeue_stuck(integration_id)
        return postponed
    started_at = utc_now()
    reading = read(gateway, connection, progress)
    return _conclude(run, gateway, reading, started_at)


def approve_run(run_id: int, checksum: str) -> Run:
    """Release the staged actions of a run.

    Args:
        checksum: of the plan that the operator saw.

    Raises:
        NotFound: no such run.
        Conflict: nothing is staged, the plan changed (look again), or cancels need a second person.
    """
    run = get_run(run_id)
    if run.status != "staged":
        raise Conflict("run_not_staged", {"id": run_id})
    if run.checksum != checksum:
        raise Conflict("plan_changed", {"id": run_id})
    staged = [item for item in run.items if item.outcome == "staged"]
    cancels = any(item.action == "cancel" for item in staged)
    if cancels and run.requested_by == current_actor():
        raise Conflict("second_operator_needed", {"id": run_id})
    drift.check_unchanged(run, staged)
    drift.mend(run, staged)
    run.status, run.approved_by, run.approved_at = "done", current_actor(), utc_now()
    record("run.approve", "run", run.id, after={"staged": len(staged), "checksum": checksum})
    db.session.commit()
    return run


def get_run(run_id: int) -> Run:
    """Return a run.

    Raises:
        NotFound: no such run.
    """
    run = db.session.get(Run, run_id)
    if run is None:
        raise NotFound("run_not_found", {"id": run_id})
    return run


def due_integrations(now: datetime) -> list[int]:
    """Return integrations whose periodic reconciliation is due."""
    statement = select(Integration.id).where(
        Integration.active, Integration.paused_code.is_(None), Integration.reconcile_due_at <= now
    )
    return list(db.session.scalars(statement))


def read(gateway: Gateway, connection: Connection, progress: Callable[[int], None]) -> Reading:
    """Read all accounts of a platform; a failure is a value, for a run records it."""
    accounts: list[Observed] = []
    try:
        listing = gateway.list(connection)
        for account in listing:
            accounts.append(account)
            if len(accounts) % SHOW_EVERY == 0:
                progress(len(accounts))
    except GatewayError as error:
        return Reading((), error=error)
    if not listing.complete:
        return Reading(tuple(accounts), listing.pages, listing.reason or "listing_incomplete", listing.reason_params)
    return Reading(tuple(accounts), listing.pages, covers=listing.covers)


def record_part(
    integration_id: int, differences: Sequence[Difference], trigger: str, started_at: datetime
) -> Run | None:
    """Record and mend what a look at some accounts showed, within the same limits; None when nothing differs.

    Args:
        trigger: one of ``PART_TRIGGERS``.
        started_at: when the platform was first asked; what moved on since then is left alone.
    """
    if not differences:
        return None
    run = Run(
        integration_id=integration_id, mode="apply", trigger=trigger, started_at=started_at,
        requested_by=current_actor(),
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    expected = _live_accounts(integration_id)
    plan = make_plan(differences, expected, _negatives_today(integration_id))
    run.checksum = plan.checksum
    run.counts = {"planned": len(plan.apply), "staged": len(plan.staged), "reported": len(plan.report),
                  **counts(differences)}  # fmt: skip
    return _carry_out(run, plan)


def _open_run(integration: Integration, mode: str, trigger: str) -> Run:
    if not integration.active:
        raise Conflict("integration_inactive", {"description": integration.description})
    now = utc_now()
    patience = now - timedelta(hours=1)
    running = select(Run.id).where(
        Run.integration_id == integration.id, Run.status == "running", Run.started_at > patience
    )
    if db.session.scalar(running) is not None:
        raise Conflict("run_under_way", {"description": integration.description})
    run = Run(integration_id=integration.id, mode=mode, trigger=trigger, started_at=now, requested_by=current_actor())
    db.session.add(run)
    _due_again(integration.id, now + timedelta(seconds=integration.reconcile_interval_s))
    return run


def _postpone(run: Run, per_day: int) -> Run | None:
    """Keep to how often the platform wants to be read whole; only the schedule is bound by it."""
    if not per_day:
        return None
    earlier = select(Run.started_at).where(
        Run.integration_id == run.integration_id, Run.id != run.id, Run.started_at > run.started_at - DAY,
        Run.trigger.not_in(PART_TRIGGERS), or_(Run.error_code.is_(None), Run.error_code.not_in(_UNREAD)),
    )  # fmt: skip
    reads = sorted(db.session.scalars(earlier), reverse=True)
    if run.trigger != SCHEDULE or len(reads) < per_day:
        interval_s = max(run.integration.reconcile_interval_s, DAY.total_seconds() / per_day)
        _due_again(run.integration_id, run.started_at + timedelta(seconds=interval_s))
        return None
    free_at = reads[per_day - 1] + DAY
    _due_again(run.integration_id, free_at)
    hours = math.ceil((free_at - run.started_at).total_seconds() / 3600)
    return _close(run, "done", code=POSTPONED, params={"limit": per_day, "hours": hours})


def _due_again(integration_id: int, due_at: datetime) -> None:
    # Not through the ORM: a run must not count as an edit of the integration.
    table = Integration.__table__
    db.session.execute(update(table).where(table.c.id == integration_id).values(reconcile_due_at=due_at))
    db.session.commit()


def _live_accounts(integration_id: int) -> int:
    statement = select(func.count()).where(
        Account.integration_id == integration_id, Account.status.in_(("active", "suspended"))
    )
    return db.session.scalar(statement) or 0


def _conclude(run: Run, gateway: Gateway, reading: Reading, started_at: datetime) -> Run:
    if reading.error is not None:
        return _close(run, "failed", code=reading.error.code, params=reading.error.params)
    if reading.refused:
        run.counts = {"listed": len(reading.accounts), "pages": reading.pages}
        return _close(run, "refused", code=reading.refused, params=dict(reading.refused_params))
    believed = drift.load_believed(run.integration_id, gateway.traits, started_at)
    shown = {state.value for state in reading.covers & {RemoteState.ACTIVE, RemoteState.SUSPENDED}}
    expected = sum(one.state in shown for one in believed)
    if not reading.accounts and expected:
        run.counts = {"listed": 0, "expected": expected}
        return _close(run, "refused", code="listing_empty", params={"expected": expected})
    differences = drift.compare_all(gateway.traits, believed, reading.accounts, reading.covers)
    plan = make_plan(differences, expected, _negatives_today(run.integration_id))
    run.complete, run.checksum = True, plan.checksum
    run.counts = _counts(reading, differences, plan, expected)
    if run.mode == "apply":
        _have_looked_up(run.integration_id, gateway.traits, differences)
        drift.requeue_stuck(run.integration_id)
    return _carry_out(run, plan)


def _have_looked_up(integration_id: int, traits: Traits, differences: Sequence[Difference]) -> None:
    """Whom the listing may have left out for its state is asked about one by one."""
    hidden = {item.account_id for item in differences if item.action is Action.REPORT and not _seen(item)}
    if traits.can(Operation.FIND):
        lookup_marks.mark(integration_id, [account_id for account_id in hidden if account_id is not None])


def _seen(item: Difference) -> bool:
    return item.situation is not Situation.MISSING


def _carry_out(run: Run, plan: Plan) -> Run:
    """Record the plan's lines; hand to convergence what may go."""
    applying = run.mode == "apply"
    lines = [(item, "planned") for item in plan.apply]
    lines += [(item, "staged" if applying else "planned") for item in plan.staged]
    lines += [(item, "reported") for item in plan.report]
    if lines:
        db.session.execute(insert(RunItem), [_line(run.id, item, outcome) for item, outcome in lines])
    if applying:
        planned = select(RunItem).where(RunItem.run_id == run.id, RunItem.outcome == "planned")
        drift.mend(run, list(db.session.scalars(planned)))
    return _close(run, "staged" if applying and plan.staged else "done")


def _line(run_id: int, item: Difference, outcome: str) -> dict[str, Any]:
    return {
        "run_id": run_id, "account_id": item.account_id, "login": item.login, "situation": str(item.situation),
        "action": str(item.action), "outcome": outcome, "before": dict(item.before), "after": dict(item.after),
    }  # fmt: skip


def _counts(reading: Reading, differences: list[Difference], plan: Plan, expected: int) -> dict[str, int]:
    return {
        "listed": len(reading.accounts), "pages": reading.pages, "expected": expected, "planned": len(plan.apply),
        "staged": len(plan.staged), "reported": len(plan.report), **counts(differences),
    }  # fmt: skip


def _negatives_today(integration_id: int) -> int:
    since = utc_now() - timedelta(hours=24)
    statement = (
        select(func.count())
        .select_from(RunItem)
        .join(Run)
        .where(Run.integration_id == integration_id, Run.started_at > since)
        .where(RunItem.outcome == "queued", RunItem.action.in_([str(action) for action in NEGATIVE]))
    )
    return db.session.scalar(statement) or 0


def _close(run: Run, status: str, *, code: str | None = None, params: dict[str, Any] | None = None) -> Run:
    run.status, run.finished_at = status, utc_now()
    run.error_code, run.error_params = code, dict(params or {})
    if status != "done" or any(run.counts.get(name) for name in ("planned", "staged", "reported")):
        record(f"run.{status}", "run", run.id, after={"code": code, **run.counts})
    db.session.commit()
    log.info("run.finished", run_id=run.id, integration_id=run.integration_id, status=status, code=code)
    return run
