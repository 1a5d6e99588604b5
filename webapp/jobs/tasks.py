"""The periodic work itself; each task is callable from a test."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, select

from webapp.clock import local_today, utc_now
from webapp.extensions import db
from webapp.models import Account, IdempotencyRecord
from webapp.services.accounts import mark_services
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.services.reconciliation import due_integrations, start_run

IDEMPOTENCY_KEPT = timedelta(hours=24)
log = structlog.get_logger()


def reconcile_due() -> None:
    """Reconcile every integration whose time has come; one that fails does not hold the others."""
    for integration_id in due_integrations(utc_now()):
        try:
            start_run(integration_id, "apply", trigger="schedule")
        except ServiceError as error:
            log.warning("reconcile.refused", integration_id=integration_id, code=error.code)
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("reconcile.failed", integration_id=integration_id)
            db.session.rollback()


def mark_dated() -> None:
    """Mark accounts whose dated inputs turn today: an end, a start, a holiday, an exemption."""
    today = local_today(current_hub().settings.timezone)
    statement = select(Account.service_id).where(Account.recheck_on <= today).limit(5_000)
    service_ids = db.session.scalars(statement).all()
    if service_ids:
        mark_services(service_ids)
        db.session.query(Account).filter(Account.recheck_on <= today, Account.service_id.in_(service_ids)).update(
            {"recheck_on": None}, synchronize_session=False
        )
        db.session.commit()


def tidy() -> None:
    """Remove what has served its time."""
    db.session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at < utc_now() - IDEMPOTENCY_KEPT))
    db.session.commit()
