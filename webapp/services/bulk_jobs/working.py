"""Works on a job in the caller's thread: a few rows at a time, each with its line in one commit.

No platform is asked here: what the rows change is desired state, and convergence does the rest.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import BulkJob, BulkLine
from webapp.models.desk import DONE, FAILED, LINE_DONE, LINE_FAILED, LINE_SKIPPED, RUNNING, STOPPED
from webapp.services import accounts
from webapp.services.audit import acting_as, record
from webapp.services.bulk_jobs import ids as job_ids
from webapp.services.bulk_jobs.contract import Effect, Kind, LeftOut, Refused, failed
from webapp.services.bulk_jobs.kinds import KINDS
from webapp.services.bulk_jobs.leases import Lease, take
from webapp.services.bulk_jobs.lines import befores, of_error, plain_params
from webapp.services.errors import Conflict, ServiceError
from webapp.services.leases import Interrupted, LeaseLost, StopRequested
from webapp.services.transactions import begin

# So many rows, or so long, to a commit: whoever wants to write meanwhile waits no longer.
ROWS, CHUNK_S = 50, 0.25
# Where rows are handed over to is full: look again after that.
FULL_S = 1.0
# SQLite has one writer and no queue: who works on many rows rests as long as he worked, so that others come to write.
REST, SHORTEST_REST_S = 1.0, 0.01
log = structlog.get_logger()


class _Exceeded(Exception):
    """More rows would lose content than the person saw: the job ends here."""


@dataclass
class _Work:
    """A job as its worker needs it, read once.

    Attributes:
        most: so many may be done; None = all.
    """

    id: int
    kind: Kind
    params: dict[str, Any]
    reason: str
    ids: list[int]
    undo_of_id: int | None
    most: int | None
    cursor: int
    done: int
    skipped: int
    failed: int


@dataclass
class _Chunk:
    """What became of a few rows."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(line["outcome"] == outcome for line in self.lines)


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
    except _Exceeded:
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


def _begin(lease: Lease) -> _Work | None:
    begin(reads_only=False)
    job = db.session.get_one(BulkJob, lease.row_id, populate_existing=True)
    lease.keep(status=RUNNING, started_at=job.started_at or utc_now())
    kind = KINDS.get(job.kind)
    found = None if kind is None else _Work(
        job.id, kind, dict(job.params), job.reason, job_ids.read(job.id), job.undo_of_id, job.params.get("most"),
        job.cursor, job.done, job.skipped, job.failed,
    )  # fmt: skip
    db.session.commit()
    return found


def _room(found: _Work) -> int:
    begin(reads_only=True)
    room = found.kind.room()
    db.session.rollback()
    return room


def _some_rows(lease: Lease, found: _Work, ids: Sequence[int]) -> _Chunk:
    """Do some rows; their changes, their lines and how far the job is are one commit."""
    begin(reads_only=False)
    rows, chunk = found.kind.load(ids, lock=True), _Chunk()
    deadline_s = monotonic_s() + CHUNK_S
    put_back = befores(found.undo_of_id, ids) if found.undo_of_id else None
    for subject_id in ids:
        effect, left_out = _row(found, rows.get(subject_id), None if put_back is None else put_back.get(subject_id, {}))
        chunk.lines.append(_line(found.id, subject_id, effect, left_out))
        if effect is not None:
            chunk.effects.append(effect)
            if found.most is not None and found.done + len(chunk.effects) > found.most:
                raise _Exceeded
        if monotonic_s() >= deadline_s:
            break
    _mark(chunk.effects)
    db.session.execute(insert(BulkLine.__table__), chunk.lines)
    then = _counted(found, chunk)
    lease.keep(**then)
    db.session.commit()
    for name, value in then.items():
        setattr(found, name, value)
    return chunk


def _counted(found: _Work, chunk: _Chunk) -> dict[str, int]:
    return {
        "cursor": chunk.lines[-1]["subject_id"], "done": found.done + chunk.count(LINE_DONE),
        "skipped": found.skipped + chunk.count(LINE_SKIPPED), "failed": found.failed + chunk.count(LINE_FAILED),
    }  # fmt: skip


def _row(found: _Work, row: Any, before: dict[str, Any] | None) -> tuple[Effect | None, LeftOut | None]:
    """Do one row within a savepoint: what keeps it from being done keeps no other."""
    if row is None:
        return None, LeftOut("bulk_row_gone")
    savepoint = db.session.begin_nested()
    try:
        effect = _done(found, row, before)
        savepoint.commit()
    except Refused as refused:
        savepoint.rollback()
        return None, refused.left_out
    except (ServiceError, StaleDataError, IntegrityError) as error:
        savepoint.rollback()
        return None, of_error(error)
    except DBAPIError:
        raise
    except Exception as error:
        # A border: one row that nobody foresaw must not hold the others for ever.
        savepoint.rollback()
        log.exception("bulk.row", job_id=found.id)
        return None, failed("bulk_row_broke", {"type": type(error).__name__})
    return effect, None


def _done(found: _Work, row: Any, before: dict[str, Any] | None) -> Effect:
    kind = found.kind
    left_out = kind.judge(row, found.params) if before is None else kind.judge_undo(row, before, found.params)
    if left_out is not None:
        raise Refused(left_out)
    return kind.apply(row, found.params, found.reason) if before is None else kind.undo(row, before, found.reason)


def _mark(effects: Sequence[Effect]) -> None:
    """Mark what follows from some rows, together; who is named twice counts as the more urgent."""
    marks: dict[int, int] = {}
    for effect in effects:
        for service_id, priority in effect.marks.items():
            marks[service_id] = min(priority, marks.get(service_id, priority))
    for priority in sorted(set(marks.values())):
        accounts.mark_services([key for key, value in marks.items() if value == priority], priority)
    db.session.flush()


def _line(job_id: int, subject_id: int, effect: Effect | None, left_out: LeftOut | None) -> dict[str, Any]:
    return {
        "bulk_job_id": job_id, "subject_id": subject_id, "outcome": left_out.outcome if left_out else LINE_DONE,
        "code": left_out.code if left_out else "", "params": plain_params(left_out.params) if left_out else {},
        "before": dict(effect.before) if effect else {},
    }  # fmt: skip


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
