"""Periodic care of our own rows."""

from datetime import date, timedelta

from sqlalchemy import delete, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, IdempotencyRecord, IntegrationCode, Tick
from webapp.services import alerts, bulk_jobs, guesses
from webapp.services.accounts import mark_services
from webapp.services.source_pulls.pruning import prune

IDEMPOTENCY_KEPT = timedelta(hours=24)
TICKS_KEPT = timedelta(days=2)
BATCH = 5_000


def mark_dated(today: date) -> int:
    """Mark accounts whose dated inputs turn on that day: an end, a start, a holiday, an exemption.

    Returns:
        How many services were marked; call again when it is many.
    """
    due = select(Account.service_id).where(Account.recheck_on <= today).limit(BATCH)
    service_ids = db.session.scalars(due).all()
    if service_ids:
        mark_services(service_ids)
        seen = (Account.recheck_on <= today, Account.service_id.in_(service_ids))
        db.session.execute(
            update(Account).where(*seen).values(recheck_on=None), execution_options={"synchronize_session": False}
        )
    db.session.commit()
    return len(service_ids)


def tidy() -> None:
    """Remove what served its time: answers to repeated posts, ticks, codes, closed alerts, guesses, pulled rows."""
    now = utc_now()
    db.session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at < now - IDEMPOTENCY_KEPT))
    db.session.execute(delete(Tick).where(Tick.fired_at < now - TICKS_KEPT))
    alerts.remove_old()
    guesses.tidy()
    bulk_jobs.tidy(now)
    db.session.execute(delete(IntegrationCode).where(IntegrationCode.expires_at < now))
    prune(now)
    db.session.commit()
