"""A hub that was off for long looks at its platforms before it acts: each that shows nothing unknown goes on."""

from datetime import timedelta

import structlog
from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.decide.epoch import SLEPT
from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import FULL
from webapp.services import epoch
from webapp.services.alerts import raise_alert
from webapp.services.epoch.observing import HUB, HUB_ID
from webapp.services.errors import ServiceError
from webapp.services.runs.requests import request_run

TRIGGER = "slept"
# A platform that could not be read is asked again after so long; a person is told when it lasts.
AGAIN, TOLD_AFTER = timedelta(minutes=5), timedelta(minutes=15)
log = structlog.get_logger()


def look_at_held() -> None:
    """Have platforms read that are held back only because the hub was off; ``epoch.notice`` sets them free."""
    found = epoch.observing()
    if found is None or found.cause != SLEPT:
        return
    for integration_id in sorted(found.held):
        if _asked_lately(integration_id):
            continue
        try:
            request_run(integration_id, "plan", FULL, TRIGGER)
        except ServiceError as error:
            log.info("adoption.not_read", integration_id=integration_id, code=error.code)
        db.session.rollback()
    if utc_now() - found.since > TOLD_AFTER:
        raise_alert(found.code, HUB, HUB_ID, params={"count": len(found.held)})
        db.session.commit()


def _asked_lately(integration_id: int) -> bool:
    latest = select(func.max(Run.started_at)).where(Run.integration_id == integration_id, Run.trigger == TRIGGER)
    at = db.session.scalar(latest)
    db.session.rollback()
    return at is not None and utc_now() - at < AGAIN
