"""Works on a job in the caller's thread: a few rows at a time, each with its line in one commit.

No platform is asked here: what the rows change is desired state, and convergence does the rest.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import BulkJob, BulkLine
from webapp.models.desk import DONE, FAILED, LINE_DONE, LINE_FAILED, LINE_SKIPPED, RUNNING, STOPPED
from webapp.services import accounts
from webapp.services.audit import acting_as, record
from webapp.services.bulk_jobs import ids as job_ids
from webapp.services.bulk_jobs.contract import Effect
from webapp.services.bulk_jobs.doing import Chunk, Exceeded, Work, do_rows
from webapp.services.bulk_jobs.kinds import KINDS
from webapp.services.bulk_jobs.leases import Lease, take
from webapp.services.errors import Conflict
from webapp.services.leases import Interrupted, LeaseLost, StopRequested
from webapp.services.transactions import begin

# So many rows to a commit, or fewer (``doing.CHUNK_S``): whoever wants to write meanwhile waits no longer.
ROWS = 50
# Where rows are handed over to is full: look again after that.
FULL_S = 1.0
# SQLite has one writer and no queue: who works on many rows rests as long as he worked, so that others come to write.
REST, SHORTEST_REST_S = 1.0, 0.01
log = structlog.get_logger()


def work(job_id: int, interrupted: Callable[[], bool] = lambda: False) -> None:
    """Work on a job until it is over, is stopped, or this process ends.

    Args:
        interrupted: tells that this process is about to end: the job is left for the next one.

    Raises:
        Conflict: somebody works on it already, or it is over.
        DBAPIError: the database cannot take it now; what was committed stays, and it is taken up again.
    """
    lease = take(job_id, interrupted)
    if lease is None:
        raise Conflict("bulk_at_work", {"id": job_id})
    begin(reads_only=True)
    requested_by = db.session.scalar(select(BulkJob.requested_by).where(BulkJob.id == job_id)) or "system"
    db.session.rollback()
    with acting_as(requested_by):
        _guarded(lease)


def _guarded(lease: Lease) -> None:
    """A border: whatever happens ends in a state that a person can see, or in one that is taken up again."""
    try:
        _all_rows(lease)
    except (LeaseLost, Interrupted) as left:
        db.session.rollback()
        log.info("bulk.left", job_id=lease.row_id, why=type(left).__name__)
        _leave(lease)
    except StopRequested:
        db.session.rollback()
        _end(lease, STOPPED)
    except Exceeded:
        db.session.rollback()
        _end(lease, FAILED, "bulk_more_than_shown")
    except DBAPIError:
        db.session.rollback()
        _leave(lease)
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("bulk.broke", job_id=lease.row_id)
        _end(lease, FAILED, "bulk_broke", {"type": type(error).__name__})


def _all_rows(lease: Lease) -> None:
    found = _begin(lease)
    if found is None:
        _end(lease, FAILED, "bulk_kind_gone")
        return
    size = ROWS
    while (rest := found.ids[bisect_right(found.ids, found.cursor) :]) != []:
        room = min(_room(found), size)
        if not room:
            lease.renew()
            sleep(FULL_S)
            continue
        started_s = monotonic_s()
        chunk = _some_rows(lease, found, rest[:room])
        found.kind.after_commit(chunk.effects)
        # Reading rows that there is no time for would be done again for nothing.
        size = min(size * 2, ROWS) if len(chunk.lines) == min(room, len(rest)) else max(len(chunk.lines), 1)
        sleep(max((monotonic_s() - started_s) * REST, SHORTEST_REST_S))
    _end(lease, DONE)


def _begin(lease: Lease) -> Work | None:
    begin(reads_only=False)
    job = db.session.get_one(BulkJob, lease.row_id, populate_existing=True)
    lease.keep(status=RUNNING, started_at=job.started_at or utc_now())
    kind = KINDS.get(job.kind)
    found = None if kind is None else Work(
        job.id, kind, dict(job.params), job.reason, job_ids.read(job.id), job.undo_of_id, job.params.get("most"),
        job.cursor, job.done, job.skipped, job.failed,
    )  # fmt: skip
    db.session.commit()
    return found


def _room(found: Work) -> int:
    begin(reads_only=True)
    room = found.kind.room()
    db.session.rollback()
    return room


def _some_rows(lease: Lease, found: Work, ids: Sequence[int]) -> Chunk:
    """Do some rows; their changes, their lines and how far the job is are one commit."""
    begin(reads_only=False)
    chunk = do_rows(found, ids)
    _mark(chunk.effects)
    db.session.execute(insert(BulkLine.__table__), chunk.lines)
    then = _counted(found, chunk)
    lease.keep(**then)
    db.session.commit()
    for name, value in then.items():
        setattr(found, name, value)
    return chunk


def _counted(found: Work, chunk: Chunk) -> dict[str, int]:
    return {
        "cursor": chunk.lines[-1]["subject_id"], "done": found.done + chunk.count(LINE_DONE),
        "skipped": found.skipped + chunk.count(LINE_SKIPPED), "failed": found.failed + chunk.count(LINE_FAILED),
    }  # fmt: skip


def _mark(effects: Sequence[Effect]) -> None:
    """Mark what follows from some rows, together; who is named twice counts as the more urgent."""
    marks: dict[int, int] = {}
    for effect in effects:
        for service_id, priority in effect.marks.items():
            marks[service_id] = min(priority, marks.get(service_id, priority))
    for priority in sorted(set(marks.values())):
        accounts.mark_services([key for key, value in marks.items() if value == priority], priority)
    db.session.flush()


def _leave(lease: Lease) -> None:
    begin(reads_only=False)
    lease.leave()
    db.session.commit()


def _end(lease: Lease, status: str, code: str = "", params: dict[str, Any] | None = None) -> None:
    begin(reads_only=False)
    ended = lease.leave(
        status=status, control="", finished_at=utc_now(), error_code=code, error_params=params or {}
    )  # fmt: skip
    if ended:
        job = db.session.get_one(BulkJob, lease.row_id, populate_existing=True)
        counts = {"bulk_done": job.done, "bulk_skipped": job.skipped, "bulk_failed": job.failed}
        job_ids.forget(job.id)
        record("bulk.end", "bulk", job.id, f"#{job.id}", after={"bulk_kind": job.kind, "bulk_state": status, **counts})
    db.session.commit()
