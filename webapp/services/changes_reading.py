"""Between two readings of everything: reads what changed on a platform lately, where it can tell."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.compare import NO_STATE, Difference, Situation
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Observed, Operation, Traits
from webapp.gateways.errors import GatewayError
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import Integration, Setting
from webapp.models.run import CHANGES
from webapp.services import lookup_marks
from webapp.services.connections import open_connection
from webapp.services.runs.believed import compare_all, load_believed
from webapp.services.runs.parts import record_part
from webapp.vault import VaultError

TRIGGER = "changes"
PREFIX = "changes:"
WHOLE = "listing_changes_only"
FIRST = timedelta(days=1)
# Clocks differ, and a change may show up late: what was read already is read once more.
OVERLAP = timedelta(minutes=5)
log = structlog.get_logger()


def read_changes() -> None:
    """Read the changes of every integration that can tell them; one that fails holds no other."""
    rows = db.session.execute(
        select(Integration.id, Integration.gateway).where(Integration.active, Integration.paused_code.is_(None))
    ).all()
    for row in rows:
        try:
            if _tells_changes(row.gateway):
                read_changes_of(row.id)
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("changes.failed", integration_id=row.id)
            db.session.rollback()


def read_changes_of(integration_id: int) -> None:
    """Compare what changed since the last time with what we believe, and mend what differs, within the limits.

    Nothing follows from who is not shown. When the platform breaks off, what it showed counts, and the
    same time is read again.

    Raises:
        NotFound: no such integration.
    """
    try:
        gateway, connection = open_connection(integration_id)
    except (UnknownGateway, VaultError):
        return
    started_at = utc_now()
    since = _since(integration_id, started_at) - OVERLAP - timedelta(seconds=gateway.traits.limits.read_lag_s)
    db.session.rollback()
    observed, whole = _read(gateway, connection, since)
    found = _differing(integration_id, gateway.traits, observed, started_at) if observed else []
    if whole:
        db.session.merge(Setting(name=f"{PREFIX}{integration_id}", value=started_at.isoformat()))
    db.session.commit()
    record_part(integration_id, found, CHANGES, TRIGGER, started_at)


def _differing(
    integration_id: int, traits: Traits, observed: list[Observed], started_at: datetime
) -> list[Difference]:  # fmt: skip
    believed = load_believed(integration_id, traits, started_at)
    found = compare_all(traits, believed, observed, NO_STATE)
    # Who changed twice is shown twice, and nobody says which word is the last.
    twice = {item.account_id for item in found if item.situation is Situation.DUPLICATE and item.account_id is not None}
    if twice and traits.can(Operation.FIND):
        lookup_marks.mark(integration_id, twice)
    # Strangers are told by the reading of everything, once.
    return [item for item in found if item.account_id is not None and item.account_id not in twice]


def _tells_changes(key: str) -> bool:
    try:
        return get_gateway(key).traits.can(Operation.LIST_CHANGES)
    except UnknownGateway:
        return False


def _read(gateway: Gateway, connection: Connection, since: datetime) -> tuple[list[Observed], bool]:
    """Return whom the platform showed, what is the same only once, and whether that was all."""
    observed: list[Observed] = []
    seen: set[str] = set()
    try:
        listing = gateway.list(connection, since)
        for one in listing:
            if repr(one) not in seen:
                seen.add(repr(one))
                observed.append(one)
    except GatewayError as error:
        log.warning("changes.unread", integration_id=connection.integration_id, code=error.code)
        return observed, False
    if listing.reason != WHOLE:
        log.warning("changes.incomplete", integration_id=connection.integration_id, code=listing.reason)
    return observed, listing.reason == WHOLE


def _since(integration_id: int, now: datetime) -> datetime:
    kept = db.session.get(Setting, f"{PREFIX}{integration_id}")
    return datetime.fromisoformat(kept.value) if kept is not None else now - FIRST
