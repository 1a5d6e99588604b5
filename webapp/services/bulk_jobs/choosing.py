"""What a person wants done to which rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from webapp.extensions import db
from webapp.models import BulkJob
from webapp.services.bulk_jobs.contract import Kind
from webapp.services.bulk_jobs.kinds import KINDS
from webapp.services.bulk_jobs.lines import undoable, with_failed
from webapp.services.changes import refuse_if
from webapp.services.errors import Conflict, NotFound, Problem
from webapp.services.tables import TABLES, Table


@dataclass(frozen=True)
class Order:
    """An action on many rows.

    Attributes:
        table: the list that they were chosen from.
        filters: as the list's address has them.
        ids: rows that were ticked; None = all that the filters find.
        params: what the action needs besides, as text.
        retry_of, undo_of: a job whose failed rows are tried again, or whose changes are taken back; the rest of the
            order is then that of the job, see ``again`` and ``back``.
        failed: the rows that are tried again.
    """

    kind: str
    table: str
    filters: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[int, ...] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    retry_of: int | None = None
    undo_of: int | None = None
    failed: tuple[int, ...] = ()

    @property
    def action(self) -> Kind:
        """The action itself."""
        return KINDS[self.kind]


def get_job(job_id: int) -> BulkJob:
    """Return a job.

    Raises:
        NotFound: no such job, or its time is over; answer 404.
    """
    job = db.session.get(BulkJob, job_id, populate_existing=True)
    if job is None:
        raise NotFound("bulk_job_unknown", {"id": job_id})
    return job


def again(job_id: int, reason: str = "") -> Order:
    """Return the order that tries again what a job could not do.

    Raises:
        NotFound: no such job.
        Conflict: the job works still, or its action is not there any more.
    """
    job, failed = with_failed(job_id)
    _refuse_unless_over(job)
    params = {name: value for name, value in job.params.items() if name in _asked(KINDS[job.kind])}
    # What an undo could not put back is tried as an undo, too.
    return Order(
        job.kind, job.table_name, {}, None, params, reason or job.reason, job.id, job.undo_of_id, tuple(failed)
    )


def back(job_id: int, reason: str = "") -> Order:
    """Return the order that takes back what a job did.

    Raises:
        NotFound: no such job.
        Conflict: the job works still, or what it did cannot be taken back.
    """
    job = get_job(job_id)
    _refuse_unless_over(job)
    if job.undo_of_id is not None or not KINDS[job.kind].undoable:
        raise Conflict("bulk_not_undoable", {"id": job_id})
    params = {name: value for name, value in job.params.items() if name in _asked(KINDS[job.kind])}
    return Order(job.kind, job.table_name, {}, None, params, reason, undo_of=job.id)


def chosen_ids(order: Order) -> list[int]:
    """Return the ids of what an order is about, ascending.

    Raises:
        NotFound: there is no such list.
        Invalid: the list has no such filter, or not with that value; show it.
        Conflict: they are too many for one job: narrow the filter.
    """
    kind = order.action
    if order.retry_of is not None:
        return list(order.failed)
    if order.undo_of is not None:
        return list(undoable(order.undo_of))
    subjects = kind.subjects(order.table, _rows(order), order.params)
    found = sorted(set(db.session.scalars(subjects.limit(kind.most + 1))))
    if len(found) > kind.most:
        raise Conflict("bulk_too_many", {"most": kind.most})
    return found


def _rows(order: Order) -> Select[Any]:
    table = TABLES.get(order.table)
    if table is None or order.table not in order.action.tables:
        raise NotFound("bulk_table_unknown", {"table": order.table})
    rows = table.rows(table.clean(order.filters))
    model = rows.column_descriptions[0]["entity"]
    if order.ids is not None:
        return select(model.id).where(model.id.in_(order.ids))
    _refuse_unknown(table, order.filters)
    return rows.with_only_columns(model.id).order_by(None)


def _refuse_unknown(table: Table, filters: Mapping[str, str]) -> None:
    """A page shows which filters hold; a program that misspelt one would change every row there is."""
    known = {one.name: one for one in table.filters}
    wrong = [
        name for name, value in filters.items()
        if value.strip() and (name not in known or known[name].clean(value) != value.strip())
    ]  # fmt: skip
    refuse_if([Problem(f"filters.{name}", "bulk_filter_unknown", {"name": name}) for name in wrong])


def _refuse_unless_over(job: BulkJob) -> None:
    if job.kind not in KINDS:
        raise Conflict("bulk_kind_gone", {"id": job.id})
    if job.finished_at is None:
        raise Conflict("bulk_works_still", {"id": job.id})


def _asked(kind: Kind) -> tuple[str, ...]:
    return (*kind.fields, *kind.asks)
