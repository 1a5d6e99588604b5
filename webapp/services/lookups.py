"""Asks platforms about single accounts that something was hinted of, and mends what differs, in both directions."""

from collections.abc import Collection

import structlog

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Operation
from webapp.gateways.registry import UnknownGateway
from webapp.models import Integration
from webapp.models.run import LOOK
from webapp.services import lookup_marks
from webapp.services.asking import Asking, write_down
from webapp.services.connections import effective_limits, open_connection
from webapp.services.lookup_marks import Mark
from webapp.services.runs.believed import load_believed
from webapp.services.runs.parts import record_part
from webapp.services.subjects import load_subjects
from webapp.vault import VaultError

TRIGGER = "event"
PER_TICK = 20
log = structlog.get_logger()


def look_up_marked() -> None:
    """Ask about the accounts that are noted, a few of each integration at a time; one that fails holds no other."""
    by_integration: dict[int, list[Mark]] = {}
    for mark in lookup_marks.waiting():
        by_integration.setdefault(mark.integration_id, []).append(mark)
    for integration_id, marks in by_integration.items():
        try:
            lookup_marks.clear(_stale(marks) | _look_up(integration_id, marks[:PER_TICK]))
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("lookup.failed", integration_id=integration_id)
            db.session.rollback()


def _stale(marks: Collection[Mark]) -> set[Mark]:
    """What could not be asked for so long is left to the next reading of everything."""
    since = utc_now() - lookup_marks.KEPT
    return {mark for mark in marks if mark.at < since}


def _look_up(integration_id: int, marks: Collection[Mark]) -> set[Mark]:
    """Return the marks that are done with."""
    integration = db.session.get(Integration, integration_id)
    if integration is None:
        return set(marks)
    if not integration.active or integration.paused_code is not None:
        return set()
    try:
        gateway, connection = open_connection(integration_id)
    except (UnknownGateway, VaultError):
        return set()
    if not gateway.traits.can(Operation.FIND):
        return set(marks)
    limits = effective_limits(gateway.traits, integration.concurrency, integration.rate_per_s)
    started_at = utc_now()
    believed = load_believed(integration_id, gateway.traits, started_at, [mark.account_id for mark in marks])
    subjects = load_subjects(integration, gateway.traits, connection, [mark.account_id for mark in marks])
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    asking = Asking(gateway, connection, subjects, limits.rate_per_s)
    asked = asking.about(believed)
    write_down(asking.looked, started_at)
    db.session.commit()
    record_part(integration_id, asking.differences, LOOK, TRIGGER, started_at)
    there = {one.account_id for one in believed}
    return {mark for mark in marks if mark.account_id in asked or mark.account_id not in there}
