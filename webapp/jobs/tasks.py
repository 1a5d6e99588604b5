"""The periodic work itself; each task is callable from a test."""

import structlog

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.services import changes_reading, lookups, upkeep
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.services.reconciliation import due_integrations, start_run

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


def look_up() -> None:
    """Ask about single accounts that a platform hinted at, or that a listing may have left out."""
    lookups.look_up_marked()


def read_changes() -> None:
    """Read what changed lately on platforms that can tell."""
    changes_reading.read_changes()


def mark_dated() -> None:
    """Mark accounts whose dated inputs turn today."""
    upkeep.mark_dated(current_hub().today())


def tidy() -> None:
    """Remove what has served its time."""
    upkeep.tidy()
