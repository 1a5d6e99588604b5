"""Runs: reconciliations of what should be with what is."""

from typing import Any

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import ListQuery, page
from webapp.api.schemas.common import failure
from webapp.api.schemas.runs import (
    RUN,
    RUN_IN,
    RUN_ITEM,
    ApprovalInput,
    RunDetailOut,
    RunInput,
    RunItemOut,
    RunOut,
    RunPage,
    RunQuery,
)
from webapp.models import Run, RunItem
from webapp.services import reconciliation as use


@bp.get("/runs")
@needs(READ)
@bp.input(RunQuery, location="query")
@bp.output(RunPage, example={"items": [RUN], "next_cursor": None})
def list_runs(query_data: RunQuery) -> RunPage:
    """List reconciliations, newest first."""
    wanted = select(Run)
    for name in ("integration_id", "status", "mode"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Run, name) == value)
    rows, following = page(wanted, Run.id, query_data, newest_first=True)
    return RunPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/runs")
@needs(ADMIN_SCOPE)
@bp.input(RunInput, example=RUN_IN)
@bp.output(RunOut, status_code=201, example=RUN)
def start_run(json_data: RunInput) -> Answer:
    """Reconcile one integration now: only compare, or mend too, within the limits."""
    made = use.start_run(json_data.integration_id, json_data.mode)
    return tagged(show(made), 201, f"{PREFIX}/runs/{made.id}")


@bp.get("/runs/<int:run_id>")
@needs(READ)
@bp.input(ListQuery, location="query")
@bp.output(RunDetailOut, example={**RUN, "items": [RUN_ITEM], "next_cursor": None})
def read_run(run_id: int, query_data: ListQuery) -> Answer:
    """Read one reconciliation with its lines, page by page."""
    run = use.get_run(run_id)
    rows, following = page(select(RunItem).where(RunItem.run_id == run.id), RunItem.id, query_data)
    return tagged(RunDetailOut(**_facts(run), items=[_item(row) for row in rows], next_cursor=following))


@bp.post("/runs/<int:run_id>/approve")
@needs(ADMIN_SCOPE)
@bp.input(ApprovalInput, example={"checksum": "c0ffee"})
@bp.output(RunOut, example={**RUN, "status": "done", "approved_by": "token:erp"})
def approve_run(run_id: int, json_data: ApprovalInput) -> Answer:
    """Let go what a reconciliation held back, provided that its plan is still the one that was read."""
    return tagged(show(use.approve_run(run_id, json_data.checksum)))


def show(row: Run) -> RunOut:
    """Return a reconciliation as it is given out."""
    return RunOut(**_facts(row))


def _facts(row: Run) -> dict[str, Any]:
    return {
        "id": row.id,
        "integration_id": row.integration_id,
        "mode": row.mode,
        "trigger": row.trigger,
        "status": row.status,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "complete": row.complete,
        "counts": row.counts,
        "staged": row.counts.get("staged", 0),
        "checksum": row.checksum,
        "error": failure(row.error_code, row.error_params),
        "requested_by": row.requested_by,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at,
    }


def _item(row: RunItem) -> RunItemOut:
    return RunItemOut(
        id=row.id,
        account_id=row.account_id,
        login=row.login,
        situation=row.situation,
        action=row.action,
        outcome=row.outcome,
        before=row.before,
        after=row.after,
    )
