"""What people ask of jobs: begin one as it was shown, stop it. The work is the worker's."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import BulkJob, Operator
from webapp.models.desk import STOPPED, WAITING
from webapp.services.audit import MASK, current_actor, record
from webapp.services.bulk_jobs import ids as job_ids
from webapp.services.bulk_jobs.choosing import Order, get_job
from webapp.services.bulk_jobs.judging import Preview, preview
from webapp.services.bulk_jobs.leases import OPEN, STOP, free
from webapp.services.bulk_jobs.limits import CANCELS, TAKES
from webapp.services.changes import refuse_if
from webapp.services.errors import Conflict, NotAllowed, Problem
from webapp.services.signals import BULK
from webapp.services.transactions import begin

LONGEST_REASON = 200
MOST, RETRY_OF = "most", "retry_of"
# What was searched for may be a name: it is not kept.
WORDS = ("q", "query", "search")
_JOB: Table = BulkJob.__table__


def start(
    order: Order, stamp: str = "", *, refuse_bad: bool = False, confirm: int | None = None, may_exceed: bool = False
) -> BulkJob:
    """Begin what was shown, and commit; a worker of any process carries it out.

    Args:
        stamp: ``Preview.stamp`` of what the person saw; empty = do not compare.
        refuse_bad: begin nothing when a row is not as it should be; else such rows are left out.
        confirm: how many lose content, in the person's own words, where that is more than the limits let through.
        may_exceed: whoever asks is an administrator who proved to be one.

    Raises:
        Invalid: a value or the reason is missing, or the number is not the one that was counted; show it.
        Conflict: nothing can be done, rows are bad (``bulk_bad_rows``), or it is not what was shown any more
            (``bulk_look_again``): show it anew. Nothing was begun.
        NotAllowed: above the limits an administrator must do it.
        NotFound: there is no such list.
    """
    begin(reads_only=True)
    seen = preview(replace(order, reason=order.reason.strip()[:LONGEST_REASON]))
    _check(seen, stamp, refuse_bad)
    _check_limits(seen, confirm, may_exceed)
    begin(reads_only=False)
    job = _made(seen, confirm)
    db.session.commit()
    BULK.wake()
    return job


def request_stop(job_id: int) -> BulkJob:
    """Ask a job to stop, and commit; it ends between two rows, what was done stays.

    Raises:
        NotFound: no such job.
        Conflict: it is over.
    """
    begin(reads_only=False)
    job, now = get_job(job_id), utc_now()
    stopped = _set(job_id, now, status=STOPPED, finished_at=now, control="", lease_until=None)
    if stopped:
        # Nobody works on it: it ends at once.
        job_ids.forget(job_id)
    elif not _wish(job_id):
        raise Conflict("bulk_over", {"id": job_id})
    record("bulk.stop", "bulk", job_id, f"#{job_id}", after={"bulk_kind": job.kind})
    db.session.commit()
    BULK.wake()
    return get_job(job_id)


def refuse_problems(seen: Preview) -> None:
    """Refuse an order whose values are wrong, so that nothing of it could be looked at.

    Raises:
        Invalid: show every problem beside its field.
    """
    refuse_if([Problem(f"params.{one.field}", one.code, one.params) for one in seen.problems])


def _check(seen: Preview, stamp: str, refuse_bad: bool) -> None:
    refuse_problems(seen)
    if seen.wants_reason and not seen.order.reason:
        refuse_if([Problem("reason", "bulk_reason_missing")])
    if stamp and stamp != seen.stamp:
        raise Conflict("bulk_look_again")
    if refuse_bad and seen.bad:
        raise Conflict("bulk_bad_rows", {"count": seen.bad})
    if not seen.ready:
        raise Conflict("bulk_nothing")


def _check_limits(seen: Preview, confirm: int | None, may_exceed: bool) -> None:
    if not seen.hits:
        return
    if not may_exceed:
        raise NotAllowed("bulk_administrator_needed", {"count": seen.losing})
    if confirm != seen.losing:
        refuse_if([Problem("confirm", "bulk_confirm_number", {"count": seen.losing})])


def _made(seen: Preview, confirm: int | None) -> BulkJob:
    order, actor = seen.order, current_actor()
    job = BulkJob(
        kind=order.kind, table_name=order.table, filters=_filters(order), params=_params(seen), status=WAITING,
        cursor=0, last_id=seen.ids[-1], total=len(seen.ids), reason=order.reason, requested_by=actor,
        operator_id=db.session.scalar(select(Operator.id).where(Operator.email == actor)), created_at=utc_now(),
        undo_of_id=order.undo_of,
    )  # fmt: skip
    db.session.add(job)
    db.session.flush()
    job_ids.keep(job.id, seen.ids)
    told: dict[str, Any] = {"bulk_kind": order.kind, "count": job.total, "ready": seen.ready}
    told |= (
        {"losing": seen.losing, "confirmed": confirm} if seen.hits else {"losing": seen.losing} if seen.losing else {}
    )
    action = "bulk.undo" if order.undo_of else "bulk.start"
    record(action, "bulk", job.id, f"#{job.id}", after=told, reason=order.reason)
    return job


def _params(seen: Preview) -> dict[str, Any]:
    order = seen.order
    asked = {name: order.params[name] for name in (*order.action.fields, *order.action.asks) if order.params.get(name)}
    found: dict[str, Any] = {**asked, RETRY_OF: order.retry_of} if order.retry_of else asked
    # Whoever would be done beyond what was shown, is not: the job ends there.
    return {**found, TAKES: True, CANCELS: bool(seen.cancels), MOST: seen.ready} if seen.takes else found


def _filters(order: Order) -> dict[str, str]:
    if order.ids is not None:
        return {}
    return {name: MASK if name in WORDS else value for name, value in order.filters.items() if value}


def _set(job_id: int, now: datetime, **values: Any) -> bool:
    waits = update(_JOB).where(_JOB.c.id == job_id, *free(now)).values(**values).returning(_JOB.c.id)
    return db.session.execute(waits).one_or_none() is not None


def _wish(job_id: int) -> bool:
    asked = update(_JOB).where(_JOB.c.id == job_id, _JOB.c.status.in_(OPEN)).values(control=STOP).returning(_JOB.c.id)
    return db.session.execute(asked).one_or_none() is not None
