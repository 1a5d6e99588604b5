"""Transmissions: the calls that were made to platforms, masked."""

from sqlalchemy import Select, select

from webapp.api.accounts import find
from webapp.api.auth import READ, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.schemas.accounts import (
    ATTEMPT,
    AllAttemptsQuery,
    AttemptOut,
    AttemptPage,
    AttemptQuery,
)
from webapp.api.schemas.common import failure
from webapp.models import Attempt
from webapp.services.pages_transmissions import view_attempt


@bp.get("/accounts/<int:account_id>/attempts")
@needs(READ)
@bp.input(AttemptQuery, location="query")
@bp.output(AttemptPage, example={"items": [ATTEMPT], "next_cursor": None})
def list_attempts(account_id: int, query_data: AttemptQuery) -> AttemptPage:
    """List the calls made for an account, newest first."""
    find(account_id)
    return _page(select(Attempt).where(Attempt.account_id == account_id), query_data)


@bp.get("/attempts")
@needs(READ)
@bp.input(AllAttemptsQuery, location="query")
@bp.output(AttemptPage, example={"items": [ATTEMPT], "next_cursor": None})
def list_all_attempts(query_data: AllAttemptsQuery) -> AttemptPage:
    """List the calls made to all platforms, newest first."""
    wanted = select(Attempt)
    if query_data.integration_id is not None:
        wanted = wanted.where(Attempt.integration_id == query_data.integration_id)
    if query_data.account_id is not None:
        wanted = wanted.where(Attempt.account_id == query_data.account_id)
    return _page(wanted, query_data)


@bp.get("/attempts/<int:attempt_id>")
@needs(READ)
@bp.output(AttemptOut, example=ATTEMPT)
def read_attempt(attempt_id: int) -> Answer:
    """Read one call: what was sent and what came back, without secrets."""
    return tagged(show(view_attempt(attempt_id)))


def show(row: Attempt) -> AttemptOut:
    """Return a call as it is given out."""
    return AttemptOut(
        id=row.id,
        integration_id=row.integration_id,
        account_id=row.account_id,
        operation=row.operation,
        unit=row.unit,
        key=row.key,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        http_status=row.http_status,
        latency_ms=row.latency_ms,
        request=row.request,
        response=row.response,
        error=failure(row.error_code, row.error_params),
    )


def _page(wanted: Select[Attempt], query: AttemptQuery) -> AttemptPage:
    for name in ("outcome", "operation"):
        value = getattr(query, name)
        if value is not None:
            wanted = wanted.where(getattr(Attempt, name) == value)
    if query.since is not None:
        wanted = wanted.where(Attempt.started_at >= query.since)
    if query.until is not None:
        wanted = wanted.where(Attempt.started_at < query.until)
    rows, following = page(wanted, Attempt.id, query, newest_first=True)
    return AttemptPage(items=[show(row) for row in rows], next_cursor=following)
