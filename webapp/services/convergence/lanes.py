"""Integrations under way: what each may do now, and what calls teach about the whole of it."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import structlog
from sqlalchemy import Connection, bindparam, insert, select, update

from webapp.clock import monotonic_s
from webapp.decide.backoff import pause_s
from webapp.decide.breaker import Breaker, dump_breaker, load_breaker
from webapp.decide.calendar import load_calendar
from webapp.decide.constraints import NONE
from webapp.decide.outcome import CONSEQUENCES, Brake
from webapp.gateways.errors import GatewayError, Throttled
from webapp.gateways.registry import UnknownGateway
from webapp.models import Account, Event, Integration
from webapp.services import epoch
from webapp.services.connections import Connections
from webapp.services.convergence.calling import NotSent
from webapp.services.convergence.work import Lane, Result, Row
from webapp.vault import VaultError

AUTH_FAILURES_TO_STOP = 3
THROTTLE_S = 5.0
# After a platform was away for days, one call four times a day finds out whether it is back.
PAUSE = {
    Brake.AUTH: timedelta(minutes=30), Brake.PAUSE: timedelta(minutes=15), Brake.FAILURE: timedelta(hours=6),
    Brake.STOP: None,
}  # fmt: skip
PAUSE_CODE = {Brake.AUTH: "auth_stopped", Brake.PAUSE: "contract_paused", Brake.FAILURE: "unreachable_long"}
LONGEST_PAUSE = timedelta(hours=7)
log = structlog.get_logger()

_INTEGRATION, _ACCOUNT = Integration.__table__, Account.__table__


def load_lanes(db_connection: Connection, connections: Connections, only: Collection[int] | None) -> dict[int, Lane]:
    """Return active integrations; one whose recipe or key is missing is left out and logged.

    Args:
        only: these, or None for all.

    So is one that may not be written to until its adoption is approved, see ``services/epoch``.
    """
    statement = select(_INTEGRATION).where(_INTEGRATION.c.active)
    if only is not None:
        statement = statement.where(_INTEGRATION.c.id.in_(only))
    lanes = {}
    rows = db_connection.execute(statement).all()
    held = epoch.held(db_connection, [row.id for row in rows])
    for row in rows:
        if row.id in held:
            continue
        try:
            gateway, connection = connections.get(db_connection, row.id, row.gateway, row.version)
        except (UnknownGateway, VaultError) as error:
            _tell_unusable(row.id, type(error).__name__, monotonic_s() // 60)
            continue
        lanes[row.id] = Lane(
            row.id, gateway, connection, row.follow_status, dict(row.status_rules), row.status_scope,
            row.concurrency or gateway.traits.limits.concurrency, row.rate_per_s, row.retry_schedule,
            load_breaker(row.breaker), row.auth_failures, row.paused_code, row.paused_until,
            connections.timezone, load_calendar(row.no_suspend), row.billing_day, row.billing_lead_h,
        )  # fmt: skip
    return lanes


@lru_cache(maxsize=1_000)
def _tell_unusable(integration_id: int, reason: str, _minute: float) -> None:
    """Log it once a minute: the engine asks many times a second for as long as it lasts."""
    log.error("integration.unusable", integration_id=integration_id, reason=reason)


def slots(lane: Lane, free: int, in_flight: int, now: datetime) -> int:
    """Return how many calls may start: the pause and the breaker let one probe through when it is time.

    Args:
        in_flight: calls of which nothing was learned yet, those that just ended included.
    """
    if lane.paused_code is not None:
        if _pausing(lane, now) or in_flight:
            return 0
        free = min(free, 1)
    return lane.breaker.slots(free, in_flight, now)


def is_delicate(lane: Lane) -> bool:
    """Tell whether only one process at a time may work on it: what each does hangs on what others are about to do.

    Who probes a platform that stumbles is alone; and where accounts of one customer may stand in each other's way,
    those that another process has just taken must be seen.
    """
    traits = lane.gateway.traits
    stumbles = lane.breaker != Breaker() or lane.auth_failures > 0 or lane.paused_code is not None
    return stumbles or traits.shared_users or traits.constraints != NONE


def learn(db_connection: Connection, lane: Lane, results: list[Result], now: datetime) -> None:
    """Update breaker, refusals and pause from these results; tell once when an integration stops or recovers."""
    before = (lane.breaker, lane.auth_failures, lane.paused_code, lane.paused_until)
    was_stopped = lane.breaker.is_open or lane.paused_code is not None
    # A pause that the platform asked for is everyday business, not news.
    was_news = lane.breaker.openings > 0 or lane.paused_code is not None
    for error in _lessons(results):
        _learn_one(db_connection, lane, error, now)
    if (lane.breaker, lane.auth_failures, lane.paused_code, lane.paused_until) == before:
        return
    statement = update(_INTEGRATION).where(_INTEGRATION.c.id == lane.integration_id).values(
        breaker=dump_breaker(lane.breaker), auth_failures=lane.auth_failures, paused_code=lane.paused_code,
        paused_until=lane.paused_until, paused_at=now if lane.paused_code else None,
        updated_at=_INTEGRATION.c.updated_at,
    )  # fmt: skip
    db_connection.execute(statement)
    if lane.breaker.openings and not before[0].openings:
        db_connection.execute(insert(Event.__table__), [_event("integration.unreachable", lane, {}, now)])
    if was_stopped and not lane.breaker.is_open and lane.paused_code is None:
        _bring_forward(db_connection, lane, now)
        if was_news:
            db_connection.execute(insert(Event.__table__), [_event("integration.recovered", lane, {}, now)])


def _lessons(results: list[Result]) -> Iterator[GatewayError | None]:
    """Return what the calls teach; one that carried many subscribers teaches each thing once."""
    known: set[tuple[int, str]] = set()
    for result in results:
        if isinstance(result.error, NotSent):
            continue
        lesson = (result.parcel, result.error.kind if result.error is not None else "")
        if result.parcel and lesson in known:
            continue
        known.add(lesson)
        yield result.error


def _learn_one(db_connection: Connection, lane: Lane, error: GatewayError | None, now: datetime) -> None:
    brake = CONSEQUENCES[error.kind].brake if error is not None else Brake.NONE
    if brake is Brake.FAILURE:
        lane.breaker = lane.breaker.failed(now)
        if error is not None and lane.breaker.given_up(now):
            _pause(db_connection, lane, brake, error, now)
        return
    if isinstance(error, Throttled):
        lane.breaker = lane.breaker.throttled(now, pause_s(error.retry_after_s, THROTTLE_S))
        return
    lane.breaker = lane.breaker.succeeded(now)
    if error is None or brake is Brake.NONE:
        if not _pausing(lane, now):
            lane.auth_failures, lane.paused_code, lane.paused_until = 0, None, None
        return
    if brake is Brake.AUTH:
        lane.auth_failures += 1
        if lane.auth_failures < AUTH_FAILURES_TO_STOP:
            return
    _pause(db_connection, lane, brake, error, now)


def _pausing(lane: Lane, now: datetime) -> bool:
    """Tell whether the pause still runs: what ends well meanwhile had started before it, and proves nothing."""
    if lane.paused_code is None or lane.paused_until is None:
        return lane.paused_code is not None
    # One that would last longer than any was made by a clock that went wrong.
    return now < lane.paused_until <= now + LONGEST_PAUSE


def _pause(db_connection: Connection, lane: Lane, brake: Brake, error: GatewayError, now: datetime) -> None:
    code = PAUSE_CODE.get(brake, error.code)
    pause = PAUSE[brake]
    if lane.paused_code is not None and lane.paused_until is None:
        # Stopped until a person looks; nothing that was still under way makes that milder.
        return
    if lane.paused_code != code:
        after = {"code": code, "error": error.code}
        db_connection.execute(insert(Event.__table__), [_event("integration.paused", lane, after, now)])
    lane.paused_code, lane.paused_until = code, now + pause if pause else None


def _bring_forward(db_connection: Connection, lane: Lane, now: datetime) -> None:
    """Bring forward what failed only because the platform was away."""
    waiting = ("unavailable", "throttled", "unknown", "auth", "contract", "gone_endpoint", "egress")
    statement = (
        update(_ACCOUNT)
        .where(_ACCOUNT.c.integration_id == bindparam("b_integration"), _ACCOUNT.c.due_at > now)
        .where(_ACCOUNT.c.error_kind.in_(waiting))
        .values(due_at=now, updated_at=_ACCOUNT.c.updated_at)
    )
    db_connection.execute(statement, {"b_integration": lane.integration_id})


def _event(action: str, lane: Lane, after: dict[str, str], now: datetime) -> Row:
    return {
        "at": now, "actor": "system", "action": action, "object_type": "integration",
        "object_id": lane.integration_id, "label": "", "before": None, "after": after, "reason": "",
    }  # fmt: skip
