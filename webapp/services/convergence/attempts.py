"""How a call is written down when it ended, and when a failed one is tried again."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, update

from webapp.decide import backoff
from webapp.decide.outcome import Consequence, Retry
from webapp.gateways.contract import Exchange
from webapp.gateways.errors import GatewayError, InProgress, Throttled
from webapp.models import Attempt
from webapp.services.convergence.calling import NotSent
from webapp.services.convergence.work import Result, Row

LATE = "late"
_ATTEMPT = Attempt.__table__
_NAMES = (
    "finished_at", "outcome", "http_status", "latency_ms", "request", "response", "error_code", "error_params",
)  # fmt: skip


def write_ended(db_connection: Connection, ended: Iterable[tuple[Result, bool]], now: datetime) -> None:
    """Complete the rows of calls that ended, in the caller's transaction.

    Args:
        ended: results, and whether each came too late: another try counts.
    """
    values = {name: bindparam(f"v_{name}", type_=_ATTEMPT.c[name].type) for name in _NAMES}
    statement = update(_ATTEMPT).where(_ATTEMPT.c.id == bindparam("b_id")).values(values)
    db_connection.execute(statement, [_row(result, late=late, now=now) for result, late in ended])


def next_try(
    error: GatewayError, consequence: Consequence, tries: int, schedule: list[float] | None, now: datetime
) -> datetime | None:
    """Return when a call that failed is tried again; None = not by itself.

    Args:
        tries: failed ones in a row, from 1.
        schedule: the integration's own, in seconds, or None for the product's.
    """
    if consequence.retry is Retry.NEVER:
        return None
    # Spreading retries needs no unpredictability.
    chance = random.random()
    wait_s = backoff.delay_s(tries, schedule, chance)
    if consequence.retry is Retry.SLOWLY:
        wait_s = backoff.CAPACITY_S * (1 + backoff.JITTER_RATIO * chance)
    if isinstance(error, InProgress) and error.retry_after_s is not None:
        return now + timedelta(seconds=error.retry_after_s)
    if consequence.retry is Retry.ASKED and isinstance(error, Throttled):
        wait_s = backoff.pause_s(error.retry_after_s, wait_s)
    return now + timedelta(seconds=wait_s)


def _row(result: Result, *, late: bool, now: datetime) -> Row:
    exchange, outcome = result.exchange, result.outcome
    return {
        "b_id": result.job.attempt_id, "v_finished_at": now,
        "v_outcome": LATE if late and outcome != NotSent.kind else outcome,
        "v_http_status": exchange.status if exchange else None,
        "v_latency_ms": exchange.latency_ms if exchange else None,
        "v_request": _request(exchange), "v_response": _response(exchange),
        "v_error_code": result.error.code if result.error else None,
        "v_error_params": dict(result.error.params) if result.error else {},
    }  # fmt: skip


def _request(exchange: Exchange | None) -> dict[str, Any] | None:
    if exchange is None:
        return None
    return {
        "method": exchange.method, "url": exchange.url, "headers": dict(exchange.request_headers),
        "body": exchange.request_body,
    }  # fmt: skip


def _response(exchange: Exchange | None) -> dict[str, Any] | None:
    if exchange is None or exchange.status is None:
        return None
    return {"headers": dict(exchange.response_headers), "body": exchange.response_body}
