"""What the worker has to do: hints first, then looks at recent changes, pulls that were asked for, scheduled ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Source, SourceHint, SourcePull
from webapp.services.errors import ServiceError
from webapp.services.source_pulls.leases import WORKABLE
from webapp.services.source_pulls.requests import HINTED, NEEDS, SCHEDULE, request_pull, under_way
from webapp.services.transactions import begin
from webapp.sources.contract import SourceTraits
from webapp.sources.registry import UnknownSource
from webapp.sources.registry import get_source as get_kind

DAY = timedelta(hours=24)
# An administrator may ask for looks more often than the kind advises, but the ERP must breathe.
LEAST_LIGHT = timedelta(seconds=15)
_SOURCE = Source.__table__
log = structlog.get_logger()


@dataclass(frozen=True)
class Due:
    """One thing to do.

    Attributes:
        mode: of the pull; one of a mode and source at a time (a file counts as a whole pull).
        pull_id: of one that waits; None = to be made when it is begun.
    """

    source_id: int
    mode: str
    pull_id: int | None = None

    @property
    def lane(self) -> tuple[int, str]:
        """Return what may run only once at a time in this process."""
        return self.source_id, "full" if self.mode == "file" else self.mode


def due_work(now: datetime) -> list[Due]:
    """Return what is due, most urgent first; leaves no transaction open."""
    begin(reads_only=True)
    waiting = _waiting(now)
    sources = _open_sources()
    found = _hinted(sources, now)
    found += [one for one in waiting if one.mode in ("hint", "light")]
    found += _lights(sources, now)
    found += [one for one in waiting if one.mode not in ("hint", "light")]
    found += _fulls(sources, now)
    db.session.rollback()
    return found


def begin_due(due: Due) -> int | None:
    """Return the pull to work on, made now if need be; None when it is not due any more. Commits."""
    if due.pull_id is not None:
        return due.pull_id
    if not _schedule_next(due):
        return None
    try:
        return request_pull(due.source_id, due.mode, trigger=HINTED if due.mode == "hint" else SCHEDULE).id
    except ServiceError as error:
        # Somebody else was quicker, or it was switched off in this moment.
        db.session.rollback()
        log.info("pull.not_begun", source_id=due.source_id, mode=due.mode, code=error.code)
        return None


def _waiting(now: datetime) -> list[Due]:
    """Return pulls that were asked for, and those whose worker died."""
    free = or_(SourcePull.lease_until.is_(None), SourcePull.lease_until <= now)
    statement = (
        select(SourcePull.source_id, SourcePull.mode, SourcePull.id)
        .where(SourcePull.status.in_(WORKABLE), free)
        .order_by(SourcePull.id)
    )
    return [Due(*row) for row in db.session.execute(statement)]


def _open_sources() -> Sequence[Source]:
    """Return the sources that may be read by themselves."""
    return db.session.scalars(
        select(Source).where(Source.active, Source.paused_code.is_(None)).order_by(Source.id)
    ).all()


def _hinted(sources: Sequence[Source], now: datetime) -> list[Due]:
    statement = select(SourceHint.source_id).where(SourceHint.done_at.is_(None), SourceHint.due_at <= now).distinct()
    hinted = set(db.session.scalars(statement))
    return [Due(one.id, "hint") for one in sources if one.id in hinted and _can(one, "hint")]


def _lights(sources: Sequence[Source], now: datetime) -> list[Due]:
    return [
        Due(one.id, "light")
        for one in sources
        if one.light_interval_s is not None and one.light_due_at is not None and one.light_due_at <= now
        and _can(one, "light")
    ]  # fmt: skip


def _fulls(sources: Sequence[Source], now: datetime) -> list[Due]:
    return [
        Due(one.id, "full")
        for one in sources
        if one.full_due_at is not None and one.full_due_at <= now and _can(one, "full")
    ]


def _can(source: Source, mode: str) -> bool:
    traits = _traits(source.kind)
    able = traits is not None and all(traits.can(ability) for ability in NEEDS[mode])
    return able and under_way(source.id, mode) is None


def _traits(kind: str) -> SourceTraits | None:
    try:
        return get_kind(kind).traits
    except UnknownSource:
        return None


def _schedule_next(due: Due) -> bool:
    """Say when it comes next, and whether it may begin now: of several processes only one gets True."""
    if due.mode == "hint":
        return True
    now = utc_now()
    begin(reads_only=False)
    source = db.session.execute(select(_SOURCE).where(_SOURCE.c.id == due.source_id).with_for_update()).one_or_none()
    column = "full_due_at" if due.mode == "full" else "light_due_at"
    due_at = None if source is None else getattr(source, column)
    if source is None or due_at is None or due_at > now:
        db.session.rollback()
        return False
    next_at, may = _next_full(source.id, source.kind, source.full_interval_s, now) if due.mode == "full" else (
        now + max(timedelta(seconds=source.light_interval_s or 0), LEAST_LIGHT), True
    )  # fmt: skip
    db.session.execute(update(_SOURCE).where(_SOURCE.c.id == due.source_id).values(**{column: next_at}))
    db.session.commit()
    return may


def _next_full(source_id: int, kind: str, interval_s: int, now: datetime) -> tuple[datetime, bool]:
    """Keep to how often the ERP wants to be read whole; only the schedule is bound by it."""
    traits = _traits(kind)
    per_day = traits.limits.full_per_day if traits is not None else 0
    next_at = now + timedelta(seconds=interval_s)
    if not per_day:
        return next_at, True
    # Those that the ERP did not answer cost it nothing.
    read = func.coalesce(SourcePull.records, 0) > 0
    reads = db.session.scalars(
        select(SourcePull.started_at)
        .where(SourcePull.source_id == source_id, SourcePull.mode == "full", read)
        .where(SourcePull.started_at > now - DAY)
        .order_by(SourcePull.started_at.desc())
    ).all()
    if len(reads) < per_day:
        return next_at, True
    log.info("pull.postponed", source_id=source_id, per_day=per_day)
    return reads[per_day - 1] + DAY, False
