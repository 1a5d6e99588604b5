"""What time brings: scheduled readings, runs that wait for a worker, batches that nobody decided on."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration, Run
from webapp.models.run import EXPIRED, HELD, LAPSED, STAGED
from webapp.services.audit import record
from webapp.services.errors import ServiceError
from webapp.services.runs import leases, rows
from webapp.services.runs.requests import SCHEDULE, get_run, label_of, request_run
from webapp.services.runs.telling import clear_decided, tell_expiring
from webapp.services.transactions import begin

# A person is reminded this long before a batch lapses, or when a quarter of its time is left.
REMIND = timedelta(hours=12)
EXPIRED_CODE = "run_expired"
log = structlog.get_logger()


def due_work(now: datetime) -> list[tuple[int, int]]:
    """Return run and integration of what waits for a worker, the oldest first; leaves no transaction open."""
    return leases.waiting(now)


def request_due(now: datetime) -> None:
    """Ask for the run of every integration whose time has come; one that fails does not hold the others."""
    for integration_id in _due_integrations(now):
        try:
            request_run(integration_id, "apply", trigger=SCHEDULE)
        except ServiceError as error:
            db.session.rollback()
            log.info("run.not_due", integration_id=integration_id, code=error.code)


def expire_due(now: datetime) -> None:
    """Close the batches that nobody decided on in time, and remind of those that soon lapse."""
    begin(reads_only=True)
    staged = db.session.execute(
        select(Run.id, Run.expires_at, Run.started_at).where(Run.status == STAGED, Run.expires_at.is_not(None))
    ).all()
    db.session.rollback()
    for row in staged:
        if row.expires_at <= now:
            _expire(row.id, now)
        elif row.expires_at - now <= min(REMIND, (row.expires_at - row.started_at) / 4):
            _remind(row.id)


def _due_integrations(now: datetime) -> list[int]:
    begin(reads_only=True)
    statement = select(Integration.id).where(
        Integration.active, Integration.paused_code.is_(None), Integration.reconcile_due_at <= now
    )
    found = list(db.session.scalars(statement.order_by(Integration.reconcile_due_at)))
    db.session.rollback()
    return found


def _expire(run_id: int, now: datetime) -> None:
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    if run.status != STAGED or run.expires_at is None or run.expires_at > now:
        # Somebody decided in this moment.
        db.session.rollback()
        return
    count = rows.turn(run_id, HELD, LAPSED, rows.TAKING, values={"ended_at": utc_now(), "error_code": EXPIRED_CODE})
    run.status, run.finished_at = EXPIRED, utc_now()
    run.counts = {**run.counts, "staged": 0, LAPSED: run.counts.get(LAPSED, 0) + count}
    clear_decided(run)
    record("run.expired", "run", run.id, label_of(run), after={"count": count})
    db.session.commit()


def _remind(run_id: int) -> None:
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    if run.status == STAGED:
        tell_expiring(run)
    db.session.commit()
