"""A hub that only observes, as its page shows it: why, what the platforms would bring, and what is the next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Integration, Run, Source, SourcePull
from webapp.models.run import DONE, RUNNING
from webapp.services import epoch
from webapp.services.adoption.planning import COUNTED
from webapp.services.adoption.requests import APPLY, PLAN, TRIGGER
from webapp.services.epoch import Observing
from webapp.services.pages_sources import WROTE, find_traits
from webapp.services.source_files import KIND as UPLOADED
from webapp.sources.contract import SourceAbility

# How a platform stands: nobody asked, it is being read, its plan waits, it is being taken over, it could not be read.
UNREAD, READING, READY, WRITING, TROUBLE = STATES = ("unread", "reading", "ready", "writing", "trouble")


@dataclass(frozen=True)
class PlatformLine:
    """One platform that nothing is sent to.

    Attributes:
        plan: the latest one of this observing; ``state`` is one of ``STATES``.
        counts: name -> how many, of ``planning.COUNTED``; only those that are not 0.
    """

    integration: Integration
    plan: Run | None
    state: str

    @property
    def counts(self) -> list[tuple[str, int]]:
        counts = self.plan.counts if self.plan is not None else {}
        return [(name, counts[name]) for name in COUNTED if counts.get(name)]


@dataclass(frozen=True)
class SourceLine:
    """One source, and when it was last read whole.

    Attributes:
        readable: the hub can read it by itself; ``uploads``: a person brings a file.
    """

    source: Source
    read_at: datetime | None
    readable: bool
    uploads: bool


@dataclass(frozen=True)
class ObservingView:
    """What the page shows; ``found`` is None when the hub acts."""

    found: Observing | None
    platforms: Sequence[PlatformLine] = ()
    sources: Sequence[SourceLine] = ()

    @property
    def works(self) -> bool:
        """Something goes on, so that the page looks again by itself."""
        return any(line.state in (READING, WRITING) for line in self.platforms)

    @property
    def ready(self) -> list[Run]:
        """The plans that can be approved now."""
        return [line.plan for line in self.platforms if line.state == READY and line.plan is not None]


def view_observing() -> ObservingView:
    """Return why the hub observes, its platforms and its sources."""
    found = epoch.observing_afresh()
    if found is None:
        return ObservingView(None)
    integrations = db.session.scalars(
        select(Integration).where(Integration.id.in_(found.held)).order_by(Integration.description, Integration.id)
    ).all()
    runs = _latest_runs(found)
    return ObservingView(found, [_platform(one, runs) for one in integrations], _sources())


def _latest_runs(found: Observing) -> dict[tuple[int, str], Run]:
    """Return the latest adoption run of each integration, by mode."""
    latest = (
        select(func.max(Run.id))
        .where(Run.integration_id.in_(found.held), Run.trigger == TRIGGER, Run.started_at >= found.since)
        .group_by(Run.integration_id, Run.mode)
    )
    return {(run.integration_id, run.mode): run for run in db.session.scalars(select(Run).where(Run.id.in_(latest)))}


def _platform(integration: Integration, runs: dict[tuple[int, str], Run]) -> PlatformLine:
    plan, carried = runs.get((integration.id, PLAN)), runs.get((integration.id, APPLY))
    if plan is None:
        return PlatformLine(integration, None, UNREAD)
    if carried is not None and carried.status == RUNNING:
        return PlatformLine(integration, plan, WRITING)
    if plan.status == RUNNING:
        return PlatformLine(integration, plan, READING)
    ready = plan.status == DONE and plan.superseded_by_id is None
    return PlatformLine(integration, plan, READY if ready else TROUBLE)


def _sources() -> list[SourceLine]:
    read = (
        select(SourcePull.source_id, func.max(SourcePull.finished_at).label("at"))
        .where(SourcePull.mode.in_(("full", "file")), SourcePull.status.in_(WROTE), SourcePull.dry_run.is_(False))
        .group_by(SourcePull.source_id)
        .subquery()
    )
    wanted = select(Source, read.c.at).join(read, read.c.source_id == Source.id, isouter=True).where(Source.active)
    rows = db.session.execute(wanted.order_by(Source.description, Source.id)).all()
    return [SourceLine(row[0], row[1], _readable(row[0]), row[0].kind == UPLOADED) for row in rows]


def _readable(source: Source) -> bool:
    traits = find_traits(source.kind)
    return traits is not None and traits.can(SourceAbility.FULL) and source.paused_code is None
