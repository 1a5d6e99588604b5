"""Watches guided moves: one that waits for a person, and one that stands at the same step for too long."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import GuidedMove, Service
from webapp.models.agenda import ENDING, MOVE_OPEN
from webapp.services.alerts import FAIL, WARN
from webapp.services.hub import current_hub
from webapp.services.watchdogs.finding import Check, Finding

HELD, SLOW = "guided_move_held", "guided_move_slow"
PATIENCE = timedelta(hours=1)
# It is told of the service that goes over: whoever is erased takes it along, as all that is told of a service.
SERVICE = "service"


def _look(now: datetime) -> Iterable[Finding]:
    columns = (GuidedMove.id, GuidedMove.on, GuidedMove.status, GuidedMove.steps, GuidedMove.error_code,
               GuidedMove.service_id, Service.code)  # fmt: skip
    begun = (GuidedMove.status.in_(MOVE_OPEN), GuidedMove.on <= current_hub().today())
    for row in db.session.execute(select(*columns).join(Service, GuidedMove.service_id == Service.id).where(*begun)):
        params = {"service": row.code, "move_id": row.id}
        # Once the old service has ended, somebody may be without what was sold.
        level = FAIL if row.status == ENDING else WARN
        if row.error_code:
            yield Finding(HELD, row.service_id, row.code, params, level, SERVICE)
        elif (stood := now - _since(row)) > PATIENCE:
            yield Finding(SLOW, row.service_id, row.code, {**params, "hours": stood // PATIENCE}, level, SERVICE)


def _since(row: Any) -> datetime:
    midnight = datetime.combine(row.on, time(), ZoneInfo(current_hub().settings.timezone))
    return max([midnight, *(datetime.fromisoformat(one["at"]) for one in row.steps)])


CHECKS = (Check(frozenset({HELD, SLOW}), _look),)
