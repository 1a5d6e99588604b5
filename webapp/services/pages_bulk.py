"""Jobs on many rows as pages show them: how far, how fast, what became of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import BulkJob, BulkLine, Package, Plan
from webapp.models.desk import LINE_OUTCOMES, WAITING
from webapp.services.bulk_jobs import KINDS
from webapp.services.bulk_jobs.choosing import get_job
from webapp.services.bulk_jobs.contract import Named
from webapp.services.bulk_jobs.leases import OPEN, STOP
from webapp.services.bulk_jobs.lines import with_row
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of

STOPPING = "stopping"
# The parts of the progress bar, in their order.
OUTCOMES = LINE_OUTCOMES
SHOWN_OPEN = 3
# Before so much is known, a guess at the end would only jump about.
ENOUGH_S = 2.0


@dataclass(frozen=True)
class JobView:
    """One job as its page shows it.

    Attributes:
        state: finer than the row's status: ``stopping`` too.
        per_second: rows, while it works; None = too early to say.
        ends_at: about; None = nobody knows.
        undone_by, tried_by: jobs that took it back, or tried its failed rows again.
        undoable: some of it can be taken back, and was not yet.
    """

    job: BulkJob
    state: str
    per_second: float | None = None
    ends_at: datetime | None = None
    undone_by: Sequence[BulkJob] = ()
    undoable: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """What its rows are; empty for an action that this version does not know."""
        kind = KINDS.get(self.job.kind)
        return kind.subject if kind is not None else ""

    @property
    def works(self) -> bool:
        """It goes on, so that the page looks again by itself."""
        return self.job.status in OPEN

    @property
    def ended(self) -> int:
        """How many rows were dealt with."""
        return self.job.done + self.job.skipped + self.job.failed

    @property
    def percent(self) -> int:
        return 100 * self.ended // self.job.total if self.job.total else 100

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Rows by what became of them, without those that are none."""
        found = [(name, int(getattr(self.job, name))) for name in OUTCOMES]
        return [(name, count) for name, count in found if count]


@dataclass(frozen=True)
class LineView:
    """One row of a job: who it is today, and the values of its message."""

    line: BulkLine
    named: Named | None
    params: Mapping[str, str]


def list_jobs(status: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[JobView]:
    """Return jobs, the latest first."""
    wanted = select(BulkJob)
    if status:
        wanted = wanted.where(BulkJob.status == status)
    before = decode_cursor(cursor, 1)
    if before is not None:
        wanted = wanted.where(BulkJob.id < before[0])
    rows = db.session.scalars(wanted.order_by(BulkJob.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page([_view(row) for row in shown], following)


def open_jobs() -> Sequence[JobView]:
    """Return jobs that wait or work now, the oldest first; for the dashboard."""
    wanted = select(BulkJob).where(BulkJob.status.in_(OPEN)).order_by(BulkJob.id).limit(SHOWN_OPEN)
    return [_view(row) for row in db.session.scalars(wanted)]


def view_job(job_id: int) -> JobView:
    """Return one job.

    Raises:
        NotFound: no such job; answer 404.
    """
    job = get_job(job_id)
    undone_by = db.session.scalars(select(BulkJob).where(BulkJob.undo_of_id == job_id).order_by(BulkJob.id)).all()
    return _view(job, undone_by, _names(job))


def job_lines(job: BulkJob, outcome: str = "", cursor: str = "", size: int = PAGE_SIZE) -> Page[LineView]:
    """Return the rows of a job in their order, with who they are today; a few queries whatever their number."""
    wanted = select(BulkLine).where(BulkLine.bulk_job_id == job.id)
    if outcome:
        wanted = wanted.where(BulkLine.outcome == outcome)
    after = decode_cursor(cursor, 1)
    if after is not None:
        wanted = wanted.where(BulkLine.id > after[0])
    rows = db.session.scalars(wanted.order_by(BulkLine.id).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(_named(job, shown), following)


def packages_on_offer(*, selling: bool) -> Sequence[Package]:
    """Return packages by description. Whoever holds them spares the preview a look at the one that is chosen.

    Args:
        selling: only those that are on offer.
    """
    wanted = select(Package).order_by(func.lower(Package.description), Package.id)
    return db.session.scalars(wanted.where(Package.active) if selling else wanted).all()


def plans_on_offer() -> Sequence[Plan]:
    """Return plans by description, with the packages tied to them; likewise."""
    wanted = select(Plan).options(joinedload(Plan.packages)).order_by(func.lower(Plan.description), Plan.id)
    return db.session.scalars(wanted).unique().all()


def has_failed(job: BulkJob) -> bool:
    """Tell whether rows of a job may be tried again."""
    return job.finished_at is not None and job.failed > 0 and job.kind in KINDS


def _named(job: BulkJob, lines: Sequence[BulkLine]) -> list[LineView]:
    kind = KINDS.get(job.kind)
    names = kind.names([line.subject_id for line in lines]) if kind is not None and lines else {}
    return [_line(line, names.get(line.subject_id)) for line in lines]


def _line(line: BulkLine, named: Named | None) -> LineView:
    return LineView(line, named, with_row(line.params, named.facts if named is not None else {}))


def _view(job: BulkJob, undone_by: Sequence[BulkJob] = (), names: Mapping[str, str] | None = None) -> JobView:
    state = STOPPING if job.control == STOP and job.status in OPEN else job.status
    per_second, ends_at = _speed(job)
    return JobView(job, state, per_second, ends_at, undone_by, _undoable(job, undone_by), names or {})


def _speed(job: BulkJob) -> tuple[float | None, datetime | None]:
    ended = job.done + job.skipped + job.failed
    if job.status not in OPEN or job.status == WAITING or job.started_at is None or not ended:
        return None, None
    now = utc_now()
    passed_s = (now - job.started_at).total_seconds()
    if passed_s < ENOUGH_S:
        return None, None
    per_second = ended / passed_s
    return per_second, now + timedelta(seconds=(job.total - ended) / per_second)


def _undoable(job: BulkJob, undone_by: Sequence[BulkJob]) -> bool:
    kind = KINDS.get(job.kind)
    if kind is None or not kind.undoable or job.undo_of_id is not None or job.finished_at is None:
        return False
    back = sum(one.done for one in undone_by)
    pending = any(one.status in OPEN for one in undone_by)
    return job.done > back and not pending


def _names(job: BulkJob) -> dict[str, str]:
    """Return what a job is about besides its rows, by the name of the param."""
    package = db.session.get(Package, int(job.params["package_id"])) if job.params.get("package_id") else None
    plan = db.session.get(Plan, int(job.params["plan_id"])) if job.params.get("plan_id") else None
    found = {"package_id": package.description if package else "", "plan_id": plan.description if plan else ""}
    return {name: text for name, text in found.items() if text}
