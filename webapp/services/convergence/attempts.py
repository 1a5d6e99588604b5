"""How a call is written down when it ended, and when a failed one is tried again."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, bindparam, update

from webapp.decide import backoff
from webapp.decide.outcome import Consequence, Retry
from webapp.gateways.contract import Exchange
from webapp.gateways.errors import GatewayError, InProgress, Throttled
from webapp.models import Attempt
from webapp.services.convergence.calling import NotSent
from webapp.services.convergence.work import Result, Row

LATE = "late"
_ATTEMPT = Attempt.__table__
_NAMES = ("finished_at", "outcome", "http_status", "latency_ms", "request", "response")
_ERROR_NAMES = (*_NAMES, "error_code", "error_params")


def write_ended(db_connection: Connection, ended: Iterable[tuple[Result, bool]], now: datetime) -> None:
    """Complete the rows of calls that ended, in the caller's transaction.

    Args:
        ended: results, and whether each came too late: another try counts.
    """
    good: list[Row] = []
    bad: list[Row] = []
    for result, late in ended:
        (good if result.error is None else bad).append(_row(result, late=late, now=now))
    for statement, rows in ((_ENDED, good), (_FAILED, bad)):
        if rows:
            db_connection.execute(statement, rows)


def _statement(names: Iterable[str]) -> Update:
    values = {name: bindparam(f"v_{name}", type_=_ATTEMPT.c[name].type) for name in names}
    return update(_ATTEMPT).where(_ATTEMPT.c.id == bindparam("b_id")).values(values)


_ENDED, _FAILED = _statement(_NAMES), _statement(_ERROR_NAMES)


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
    exchange, outcome, error = result.exchange, result.outcome, result.error
    row = {
        "b_id": result.job.attempt_id, "v_finished_at": now,
        "v_outcome": LATE if late and outcome != NotSent.kind else outcome,
        "v_http_status": exchange.status if exchange else None,
        "v_latency_ms": exchange.latency_ms if exchange else None,
        "v_request": _request(exchange), "v_response": _response(exchange),
    }  # fmt: skip
    return row if error is None else {**row, "v_error_code": error.code, "v_error_params": dict(error.params)}


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
