"""The lines of jobs: what became of each row, in codes and values that name nobody."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.models import BulkJob, BulkLine
from webapp.models.desk import LINE_DONE, LINE_FAILED
from webapp.services.bulk_jobs.contract import LeftOut, failed
from webapp.services.errors import Invalid, NotFound, ServiceError

# Values of messages that tell a person: the page takes them from the row itself, and forgets them with it.
PERSONAL = frozenset({
    "login", "email", "document", "phone", "name", "value", "customer", "service", "code", "other", "owner", "holder",
})  # fmt: skip
NOBODY = "–"


def plain_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a message that may be kept with a line: what tells a person is left out."""
    return {name: str(value) for name, value in params.items() if name not in PERSONAL}


def with_row(params: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a line's message, with those that the row tells today."""
    return {**dict.fromkeys(PERSONAL, NOBODY), **known, **params}


def of_error(error: Exception) -> LeftOut:
    """Return what a refusal of a use case means for a row."""
    if isinstance(error, Invalid):
        first = error.problems[0]
        return failed(first.code, first.params)
    if isinstance(error, NotFound):
        return LeftOut(error.code, error.params)
    if isinstance(error, ServiceError):
        return failed(error.code, error.params)
    return failed("exists_already" if isinstance(error, IntegrityError) else "stale", {})


def befores(job_id: int, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return what an undo puts back, by row."""
    wanted = select(BulkLine.subject_id, BulkLine.before).where(
        BulkLine.bulk_job_id == job_id, BulkLine.outcome == LINE_DONE, BulkLine.subject_id.in_(ids)
    )
    return {row.subject_id: dict(row.before) for row in db.session.execute(wanted)}


def with_failed(job_id: int) -> tuple[BulkJob, list[int]]:
    """Return a job and the rows that it could not do, in one query.

    Raises:
        NotFound: no such job, or its time is over; answer 404.
    """
    mine = (BulkLine.bulk_job_id == BulkJob.id) & (BulkLine.outcome == LINE_FAILED)
    wanted = select(BulkJob, BulkLine.subject_id).outerjoin(BulkLine, mine).where(BulkJob.id == job_id)
    rows = db.session.execute(wanted.order_by(BulkLine.subject_id), execution_options={"populate_existing": True}).all()
    if not rows:
        raise NotFound("bulk_job_unknown", {"id": job_id})
    return rows[0][0], [row[1] for row in rows if row[1] is not None]


def undoable(job_id: int) -> dict[int, dict[str, Any]]:
    """Return the rows that a job changed in a way that can be put back, and were not put back by now, with what to."""
    undo = select(BulkJob.id).where(BulkJob.undo_of_id == job_id)
    back = aliased(BulkLine)
    undone = exists().where(
        back.bulk_job_id.in_(undo), back.outcome == LINE_DONE, back.subject_id == BulkLine.subject_id
    )  # fmt: skip
    wanted = select(BulkLine.subject_id, BulkLine.before).where(
        BulkLine.bulk_job_id == job_id, BulkLine.outcome == LINE_DONE, ~undone
    )
    rows = db.session.execute(wanted.order_by(BulkLine.subject_id))
    return {row.subject_id: dict(row.before) for row in rows if row.before}
