"""Runs: reconciliations of what should be with what is, what people decide about them, and taking them back."""

from typing import Any

from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.common import failure, money
from webapp.api.schemas.runs import (
    RUN,
    RUN_IN,
    RUN_ITEM,
    STARTED,
    ApprovalInput,
    CauseOut,
    FindingOut,
    ReasonInput,
    RunDetailOut,
    RunInput,
    RunItemOut,
    RunItemQuery,
    RunList,
    RunOut,
    RunPage,
    RunQuery,
)
from webapp.models import Run, RunItem
from webapp.services import runs as use
from webapp.services.runs import steering, undo

REASON_IN = {"reason": "The ERP sent wrong dates"}
GOING = {**RUN, "status": "applying", "staged": 0, "expires_at": None, "approved_by": "token:erp"}
UNDO = {**GOING, "id": 62, "reading": "none", "trigger": "undo", "undo_of_id": 61, "checksum": "", "radius": {}}


@bp.get("/runs")
@needs(READ)
@bp.input(RunQuery, location="query")
@bp.output(RunPage, example={"items": [RUN], "next_cursor": None})
def list_runs(query_data: RunQuery) -> RunPage:
    """List reconciliations, newest first."""
    wanted = select(Run)
    for name in ("integration_id", "status", "mode", "reading"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Run, name) == value)
    rows, following = page(wanted, Run.id, query_data, newest_first=True)
    return RunPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/runs")
@needs(ADMIN_SCOPE)
@bp.input(RunInput, example=RUN_IN)
@bp.output(RunOut, status_code=201, example=STARTED)
def start_run(json_data: RunInput) -> Answer:
    """Reconcile one integration: only compare, or mend too, within the limits. It begins at once; read it to follow."""
    wanted = json_data
    made = use.request_run(wanted.integration_id, wanted.mode, wanted.reading, count=wanted.count)
    return tagged(show(made), 201, f"{PREFIX}/runs/{made.id}")


@bp.get("/runs/<int:run_id>")
@needs(READ)
@bp.input(RunItemQuery, location="query")
@bp.output(RunDetailOut, example={**RUN, "items": [RUN_ITEM], "next_cursor": None})
def read_run(run_id: int, query_data: RunItemQuery) -> Answer:
    """Read one reconciliation with its lines, page by page."""
    run = use.get_run(run_id)
    wanted = select(RunItem).where(RunItem.run_id == run.id)
    for name in ("outcome", "action", "situation"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(RunItem, name) == value)
    rows, following = page(wanted, RunItem.id, query_data)
    return tagged(RunDetailOut(**_facts(run), items=[_item(row) for row in rows], next_cursor=following))


@bp.post("/runs/<int:run_id>/approve")
@needs(ADMIN_SCOPE)
@bp.input(ApprovalInput, example={"checksum": "c0ffee"})
@bp.output(RunOut, example=GOING)
def approve_run(run_id: int, json_data: ApprovalInput) -> Answer:
    """Let go what a reconciliation held back, or some lines of it, provided that it is still what was read.

    The first accounts go first and are read back; only then the rest. Cancels need another person than who asked.
    """
    return tagged(show(use.approve_run(run_id, json_data.checksum, json_data.item_ids)))


@bp.post("/runs/<int:run_id>/reject")
@needs(ADMIN_SCOPE)
@bp.input(ReasonInput, example=REASON_IN)
@bp.output(RunOut, example={**RUN, "status": "rejected", "staged": 0, "expires_at": None})
def reject_run(run_id: int, json_data: ReasonInput) -> Answer:
    """Refuse what a reconciliation held back; the same is not brought up again for a day."""
    return tagged(show(use.reject_run(run_id, json_data.reason)))


@bp.post("/runs/<int:run_id>/accept")
@needs(ADMIN_SCOPE)
@bp.output(RunOut, example={**RUN, "status": "done", "staged": 0, "expires_at": None})
def accept_run_reading(run_id: int) -> Answer:
    """Take what a held reading showed as the new normal; the next one is measured by it. Nothing is applied."""
    return tagged(show(use.accept_reading(run_id)))


@bp.post("/runs/<int:run_id>/pause")
@needs(ADMIN_SCOPE)
@bp.output(RunOut, example={**GOING, "status": "paused"})
def pause_run(run_id: int) -> Answer:
    """Hand over nothing more of a reconciliation until it is resumed; what is being sent right now still ends."""
    return tagged(show(steering.pause_run(run_id)))


@bp.post("/runs/<int:run_id>/resume")
@needs(ADMIN_SCOPE)
@bp.output(RunOut, example=GOING)
def resume_run(run_id: int) -> Answer:
    """Go on with a reconciliation that was paused."""
    return tagged(show(steering.resume_run(run_id)))


@bp.post("/runs/<int:run_id>/stop")
@needs(ADMIN_SCOPE)
@bp.input(ReasonInput, example=REASON_IN)
@bp.output(RunOut, example={**GOING, "status": "stopped", "reason": "The ERP sent wrong dates"})
def stop_run(run_id: int, json_data: ReasonInput) -> Answer:
    """Stop a reconciliation for good; what was not sent is taken back, what was sent stays."""
    return tagged(show(steering.stop_run(run_id, json_data.reason)))


@bp.post("/runs/<int:run_id>/undo")
@needs(ADMIN_SCOPE)
@bp.input(ReasonInput, example=REASON_IN)
@bp.output(RunOut, status_code=201, example=UNDO)
def undo_run(run_id: int, json_data: ReasonInput) -> Answer:
    """Take back what a reconciliation did, as a new one; accounts that changed since are listed, not touched."""
    made = undo.undo_run(run_id, json_data.reason)
    return tagged(show(made), 201, f"{PREFIX}/runs/{made.id}")


@bp.post("/pulls/<int:pull_id>/undo")
@needs(ADMIN_SCOPE)
@bp.input(ReasonInput, example=REASON_IN)
@bp.output(RunList, status_code=201, example={"items": [{**UNDO, "undo_of_id": None, "undo_pull_id": 5}]})
def undo_pull(pull_id: int, json_data: ReasonInput) -> tuple[RunList, int]:
    """Give back what a pull of a source took away: one reconciliation for each integration."""
    return RunList(items=[show(made) for made in undo.undo_pull(pull_id, json_data.reason)]), 201


def show(row: Run) -> RunOut:
    """Return a reconciliation as it is given out."""
    return RunOut(**_facts(row))


def _facts(row: Run) -> dict[str, Any]:
    plain = (
        "id", "integration_id", "mode", "reading", "trigger", "status", "started_at", "finished_at", "expires_at",
        "complete", "counts", "limits", "radius", "checksum", "requested_by", "approved_by", "approved_at", "reason",
        "undo_of_id", "undo_pull_id", "superseded_by_id",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "staged": row.counts.get("staged", 0),
        "findings": [_finding(found) for found in row.certificate.get("findings", ())],
        "error": failure(row.error_code, row.error_params),
    }


def _finding(found: dict[str, Any]) -> FindingOut:
    return FindingOut(code=found["code"], text=str(words(found["code"], found["params"])), effects=found["effects"])


def _item(row: RunItem) -> RunItemOut:
    plain = (
        "id", "account_id", "login", "situation", "action", "outcome", "before", "after", "queued_at", "ended_at",
    )  # fmt: skip
    return RunItemOut(
        **{name: getattr(row, name) for name in plain},
        cause=_cause(row),
        value=None if row.value is None else money(row.value),
        error=failure(row.error_code, row.error_params),
    )


def _cause(row: RunItem) -> CauseOut | None:
    if not row.cause:
        return None
    return CauseOut(code=row.cause, params=row.cause_params, text=words(row.cause, row.cause_params).cause)
