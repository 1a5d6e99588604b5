"""Work on many rows in the background: look at it, begin it, follow it, stop it, take it back."""

from typing import Any

from flask import g
from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, READ, WRITE, may_administer, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.bulk_jobs import (
    JOB,
    JOB_IN,
    LINE,
    PREVIEW,
    START_IN,
    AgainInput,
    BulkJobDetailOut,
    BulkJobInput,
    BulkJobOut,
    BulkJobPage,
    BulkJobQuery,
    BulkLineJobOut,
    BulkLineQuery,
    BulkPreviewOut,
    BulkStartInput,
    CallsOut,
    LeftOutOut,
)
from webapp.api.schemas.common import FailureOut, failure
from webapp.models import BulkJob, BulkLine
from webapp.models.operator import ATTENDANT
from webapp.services import bulk_jobs as use
from webapp.services.bulk_jobs.judging import Listed
from webapp.services.bulk_jobs.lines import with_row
from webapp.services.errors import NotAllowed

FOLLOWED = {**JOB, "items": [LINE], "next_cursor": None}
ENDED = {**JOB, "status": "stopped", "finished_at": JOB["created_at"]}
AGAIN = {**JOB, "id": 13, "status": "waiting", "total": 2, "done": 0, "failed": 0, "started_at": None}
OWN = ("retry_of", "most", "takes", "cancels")


@bp.get("/bulk-jobs")
@needs(READ)
@bp.input(BulkJobQuery, location="query")
@bp.output(BulkJobPage, example={"items": [JOB], "next_cursor": None})
def list_bulk_jobs(query_data: BulkJobQuery) -> BulkJobPage:
    """List work on many rows, newest first."""
    wanted = select(BulkJob)
    for name in ("status", "kind"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(BulkJob, name) == value)
    rows, following = page(wanted, BulkJob.id, query_data, newest_first=True)
    return BulkJobPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/bulk-jobs/preview")
@needs(WRITE)
@bp.input(BulkJobInput, example=JOB_IN)
@bp.output(BulkPreviewOut, example=PREVIEW)
def preview_bulk_job(json_data: BulkJobInput) -> BulkPreviewOut:
    """Say what an action would do: with how many rows, which cannot be done and why, who would lose content.

    Every row is judged; nothing is changed and no platform is asked.
    """
    return _previewed(use.preview(_order(json_data)))


@bp.post("/bulk-jobs")
@needs(WRITE)
@bp.input(BulkStartInput, example=START_IN)
@bp.output(BulkJobOut, status_code=201, example=AGAIN)
def start_bulk_job(json_data: BulkStartInput) -> Answer:
    """Begin an action on many rows; it is carried out in the background, row by row. Read it to follow.

    What is not ready is left out with its reason, or with ``on_bad: refuse`` nothing is begun. Above the limits by
    which subscribers may lose content, ``confirm_negatives`` must be their number, and the scope ``admin``.
    """
    order = _order(json_data)
    job = use.start(
        order, json_data.stamp, refuse_bad=json_data.on_bad == "refuse", confirm=json_data.confirm_negatives,
        may_exceed=may_administer(),
    )  # fmt: skip
    return _made(job)


@bp.get("/bulk-jobs/<int:job_id>")
@needs(READ)
@bp.input(BulkLineQuery, location="query")
@bp.output(BulkJobDetailOut, example=FOLLOWED)
def read_bulk_job(job_id: int, query_data: BulkLineQuery) -> Answer:
    """Read one job with what became of its rows, page by page."""
    job = use.get_job(job_id)
    wanted = select(BulkLine).where(BulkLine.bulk_job_id == job_id)
    if query_data.outcome is not None:
        wanted = wanted.where(BulkLine.outcome == query_data.outcome)
    rows, following = page(wanted, BulkLine.id, query_data)
    return tagged(BulkJobDetailOut(**_facts(job), items=[_line(row) for row in rows], next_cursor=following))


@bp.post("/bulk-jobs/<int:job_id>/stop")
@needs(WRITE)
@bp.output(BulkJobOut, example=ENDED)
def stop_bulk_job(job_id: int) -> Answer:
    """Stop a job between two rows; what was done stays."""
    _permit(use.get_job(job_id).kind)
    return tagged(show(use.request_stop(job_id)))


@bp.post("/bulk-jobs/<int:job_id>/retry")
@needs(WRITE)
@bp.input(AgainInput, example={"reason": ""})
@bp.output(BulkJobOut, status_code=201, example={**AGAIN, "retry_of_id": 12})
def retry_bulk_job(job_id: int, json_data: AgainInput) -> Answer:
    """Try again, as a new job, the rows that failed."""
    return _again(use.again(job_id, json_data.reason), json_data)


@bp.post("/bulk-jobs/<int:job_id>/undo")
@needs(WRITE)
@bp.input(AgainInput, example={"reason": "Wrong campaign"})
@bp.output(BulkJobOut, status_code=201, example={**AGAIN, "undo_of_id": 12})
def undo_bulk_job(job_id: int, json_data: AgainInput) -> Answer:
    """Take back, as a new job, what a job changed; rows that somebody changed since are left alone."""
    return _again(use.back(job_id, json_data.reason), json_data)


def show(job: BulkJob) -> BulkJobOut:
    """Return a job as it is given out."""
    return BulkJobOut(**_facts(job))


def _order(data: BulkJobInput) -> use.Order:
    _permit(data.kind)
    ids = tuple(sorted(set(data.ids))) if data.ids is not None else None
    return use.Order(data.kind, data.table, dict(data.filters), ids, dict(data.params), data.reason)


def _again(order: use.Order, data: AgainInput) -> Answer:
    _permit(order.kind)
    return _made(use.start(order, confirm=data.confirm_negatives, may_exceed=may_administer()))


def _permit(kind: str) -> None:
    """What only administrators may do on the pages, only tokens of the scope admin may do here."""
    found = use.KINDS.get(kind)
    if found is not None and ATTENDANT not in found.roles and not may_administer():
        raise NotAllowed("scope_missing", {"needed": ADMIN_SCOPE, "has": g.caller.scope})


def _made(job: BulkJob) -> Answer:
    return tagged(show(job), 201, f"{PREFIX}/bulk-jobs/{job.id}")


def _facts(job: BulkJob) -> dict[str, Any]:
    plain = (
        "id", "kind", "status", "total", "done", "skipped", "failed", "reason", "requested_by", "created_at",
        "started_at", "finished_at", "undo_of_id",
    )  # fmt: skip
    kind = use.KINDS.get(job.kind)
    return {
        **{name: getattr(job, name) for name in plain},
        "table": job.table_name,
        "subject": kind.subject if kind is not None else "",
        "filters": dict(job.filters),
        "params": {name: str(value) for name, value in job.params.items() if name not in OWN},
        "stopping": bool(job.control),
        "error": failure(job.error_code or None, job.error_params),
        "retry_of_id": job.params.get("retry_of"),
    }


def _line(row: BulkLine) -> BulkLineJobOut:
    error = failure(row.code or None, with_row(row.params, {}))
    return BulkLineJobOut(id=row.id, subject_id=row.subject_id, outcome=row.outcome, error=error)  # type: ignore[arg-type]


def _previewed(seen: use.Preview) -> BulkPreviewOut:
    use.refuse_problems(seen)
    return BulkPreviewOut(
        total=len(seen.ids), ready=seen.ready, idle=seen.idle, bad=seen.bad,
        left_out=[_left_out(one) for group in seen.groups for one in group.rows],
        losing=seen.losing, cancels=seen.cancels, value=str(seen.radius.get("value", "0.00")),
        calls=[CallsOut(integration=one.integration, count=one.count, minutes=one.minutes) for one in seen.calls],
        needs_confirmation=bool(seen.hits), stamp=seen.stamp,
    )  # fmt: skip


def _left_out(one: Listed) -> LeftOutOut:
    left_out = one.left_out
    said = words(left_out.code, left_out.params)
    return LeftOutOut(
        subject_id=one.subject_id,
        outcome=left_out.outcome,  # type: ignore[arg-type]
        bad=left_out.bad,
        error=FailureOut(code=left_out.code, cause=said.cause, remedy=said.remedy),
    )
