"""Sources as pages show them: the list, what is to be done next, and where a service came from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from webapp.extensions import db
from webapp.models import Alert, Source, SourceLink, SourceMapping, SourcePull
from webapp.services.documents import fold
from webapp.services.source_reports import last_test
from webapp.services.source_words import STATUS
from webapp.sources.contract import SourceAbility, SourceTraits
from webapp.sources.registry import UnknownSource, get_source

__all__ = [
    "Origin", "SourceAbility", "SourceLine", "SourceTraits", "Step", "find_traits", "guide", "kind_label",
    "newest_pull", "status_table", "undecided_words",
]  # fmt: skip

# A real pull that got so far has written something.
WROTE = ("done", "held", "staged")


@dataclass(frozen=True)
class SourceLine:
    """One source in the list.

    Attributes:
        kind: how people call it; the bare key when this version does not know it.
        last: the newest pull, if any.
        services: how many services here came from it.
        undecided: words in use that nobody has mapped.
    """

    source: Source
    kind: str
    traits: SourceTraits | None
    last: SourcePull | None
    services: int
    alerts: int
    undecided: int

    @property
    def next_at(self) -> datetime | None:
        """When it is read next by itself; None = only by hand."""
        due = [at for at in (self.source.full_due_at, self.source.light_due_at) if at is not None]
        return min(due) if due and self.source.active and not self.source.paused_code else None


@dataclass(frozen=True)
class Step:
    """One thing to do on the way to the first pull; ``now`` = it is the next."""

    name: str
    done: bool
    now: bool = False


@dataclass(frozen=True)
class Origin:
    """Which source brought a service, when it was seen there last, and since when it is not."""

    source_id: int
    source: str
    seen_at: datetime
    missing_since: datetime | None


def find_traits(key: str) -> SourceTraits | None:
    """Return what a kind declares; None when this version does not have it."""
    try:
        return get_source(key).traits
    except UnknownSource:
        return None


def kind_label(key: str) -> str:
    """Return how people call a kind."""
    traits = find_traits(key)
    return traits.label if traits else key


def source_lines(sources: Sequence[Source]) -> list[SourceLine]:
    """Return sources with what a person looks at first."""
    ids = [source.id for source in sources]
    last, services, alerts = _last_pulls(ids), _counts(_services_of(ids)), _counts(_alerts_of(ids))
    undecided = undecided_words(sources)
    return [
        SourceLine(
            source, kind_label(source.kind), find_traits(source.kind), last.get(source.id),
            services.get(source.id, 0), alerts.get(source.id, 0), undecided.get(source.id, 0),
        )
        for source in sources
    ]  # fmt: skip


def undecided_words(sources: Collection[Source]) -> dict[int, int]:
    """Return how many words in use nobody has mapped, by source; a status of the kind's own table is mapped."""
    rows = db.session.execute(
        select(SourceMapping.source_id, SourceMapping.kind, SourceMapping.external).where(
            SourceMapping.source_id.in_([source.id for source in sources]),
            SourceMapping.confirmed.is_(False),
            SourceMapping.seen_count > 0,
        )
    ).all()
    tables = {source.id: status_table(source.kind) for source in sources}
    found: dict[int, int] = {}
    for row in rows:
        if row.kind != STATUS or fold(row.external) not in tables[row.source_id]:
            found[row.source_id] = found.get(row.source_id, 0) + 1
    return found


def status_table(kind: str) -> Mapping[str, str]:
    """Return the kind's own table of statuses by folded word."""
    traits = find_traits(kind)
    return {fold(external): status for external, status in traits.statuses.items()} if traits else {}


def guide(source: Source) -> list[Step]:
    """Return what is to be done until the source feeds the hub, with what is done already."""
    traits = find_traits(source.kind)
    if traits is None:
        return []
    dry, wrote, seen = _progress(source.id)
    mapped = seen and not undecided_words([source])
    if traits.can(SourceAbility.FULL):
        test = last_test(source.id)
        tested = bool(test and test.after and test.after.get("ok"))
        steps = [("test", tested or wrote), ("dry", dry or wrote), ("mapping", mapped), ("pull", wrote)]
    else:
        steps = [("file", seen or wrote), ("mapping", mapped), ("confirm", wrote)]
    current = next((name for name, done in steps if not done), "")
    return [Step(name, done, name == current) for name, done in steps]


def newest_pull(source_id: int) -> SourcePull | None:
    """Return the pull of a source that began last."""
    return db.session.scalars(
        select(SourcePull).where(SourcePull.source_id == source_id).order_by(SourcePull.id.desc()).limit(1)
    ).one_or_none()


def _progress(source_id: int) -> tuple[bool, bool, bool]:
    """Tell whether there was a dry run, a pull that wrote, and any word in a record; one query."""
    of_source = SourcePull.source_id == source_id
    dry = exists().where(of_source, SourcePull.dry_run, SourcePull.status == "ready")
    wrote = exists().where(of_source, SourcePull.dry_run.is_(False), SourcePull.status.in_(WROTE))
    seen = exists().where(SourceMapping.source_id == source_id, SourceMapping.seen_count > 0)
    row = db.session.execute(select(dry, wrote, seen)).one()
    return bool(row[0]), bool(row[1]), bool(row[2])


def _last_pulls(ids: Sequence[int]) -> dict[int, SourcePull]:
    newest = select(func.max(SourcePull.id)).where(SourcePull.source_id.in_(ids)).group_by(SourcePull.source_id)
    rows = db.session.scalars(select(SourcePull).where(SourcePull.id.in_(newest)))
    return {pull.source_id: pull for pull in rows}


def _counts(statement: Any) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(statement)}


def _services_of(ids: Sequence[int]) -> Any:
    of_service = (SourceLink.kind == "service", SourceLink.source_id.in_(ids))
    return select(SourceLink.source_id, func.count()).where(*of_service).group_by(SourceLink.source_id)


def _alerts_of(ids: Sequence[int]) -> Any:
    opened = (Alert.object_type == "source", Alert.object_id.in_(ids), Alert.closed_at.is_(None))
    return select(Alert.object_id, func.count()).where(*opened).group_by(Alert.object_id)
