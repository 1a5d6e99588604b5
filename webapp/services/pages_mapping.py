"""The mapping of a source as its page shows it: every word, what it means, what it probably means, what to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from webapp.decide.policy import STATUSES
from webapp.extensions import db
from webapp.models import Package, Plan, Source, SourceMapping
from webapp.services.documents import fold
from webapp.services.pages_sources import find_traits, status_table
from webapp.services.source_mapping import PACKAGE, PLAN, STATUS, state_of
from webapp.services.source_suggestions import Suggestion, suggest, suggested_statuses
from webapp.services.source_words import MOST_WORDS

# More than that many entries in all selects of one kind, and plans are typed, with one list for all of them.
MOST_ENTRIES = 3000


@dataclass(frozen=True)
class WordLine:
    """One word of the source.

    Attributes:
        state: what a person decided; empty for nothing.
        table: what the kind's own table says, for a status.
        suggestion: what it probably means, while nothing else is known.
    """

    row: SourceMapping
    state: str
    table: str
    suggestion: Suggestion | None

    @property
    def undecided(self) -> bool:
        """Whether the word means nothing here yet."""
        return not self.state and not self.table

    @property
    def waits(self) -> bool:
        """Whether records are waiting for a decision."""
        return self.undecided and self.row.seen_count > 0

    @property
    def shown(self) -> str:
        """What the page proposes to choose."""
        return self.state or self.table or (self.suggestion.target if self.suggestion else "")


@dataclass(frozen=True)
class WordGroup:
    """The words of one kind, those that wait for a decision first.

    Attributes:
        choices: target and name of what they can mean; a status is named by the page.
        typed: there are too many plans for a select in every line.
    """

    kind: str
    lines: Sequence[WordLine]
    choices: Sequence[tuple[str, str]]
    typed: bool = False

    @property
    def waiting(self) -> Sequence[WordLine]:
        """Those that records wait for."""
        return [line for line in self.lines if line.waits]

    @property
    def records(self) -> int:
        """In how many records of the last whole reading an undecided word stood."""
        return sum(line.row.seen_count for line in self.waiting)

    @property
    def too_many(self) -> bool:
        """Whether there are more words than are kept, which no provider has."""
        return len(self.lines) >= MOST_WORDS

    @property
    def names(self) -> Mapping[str, str]:
        """What each target is called."""
        return dict(self.choices)


@dataclass(frozen=True)
class MappingView:
    """All words of a source."""

    source: Source
    label: str
    groups: Sequence[WordGroup]

    @property
    def waiting(self) -> int:
        """How many words wait for a decision."""
        return sum(len(group.waiting) for group in self.groups)

    @property
    def suggested(self) -> int:
        """How many words nobody decided have a suggestion."""
        return sum(1 for group in self.groups for line in group.lines if line.undecided and line.suggestion)

    @property
    def missing_plans(self) -> int:
        """How many plans of the source are undecided and like none of ours."""
        plans = [line for group in self.groups if group.kind == PLAN for line in group.lines]
        return sum(1 for line in plans if line.undecided and not line.suggestion)


def view_mapping(source: Source) -> MappingView:
    """Return the words of a source with everything that can be chosen; four queries, however many words."""
    rows = db.session.scalars(select(SourceMapping).where(SourceMapping.source_id == source.id)).all()
    traits, plans, packages = find_traits(source.kind), _plans(rows), _packages(rows)
    open_rows = [row for row in rows if not row.confirmed]
    guesses = suggest(
        open_rows, suggested_statuses(source.kind), [(row.id, row.description) for row in plans if row.active],
        [(row.id, row.code or "", row.description) for row in packages if row.active],
    )  # fmt: skip
    table = status_table(source.kind)
    lines = {kind: [_line(row, table, guesses) for row in rows if row.kind == kind] for kind in (STATUS, PLAN, PACKAGE)}
    choices = {
        STATUS: [(status, status) for status in STATUSES],
        PLAN: [(str(row.id), row.description) for row in plans],
        PACKAGE: [(str(row.id), row.description) for row in packages],
    }
    groups = [_group(kind, found, choices[kind]) for kind, found in lines.items() if found]
    # What waits for a person stands first: the statuses, usually all known, would fill a screen above it.
    groups.sort(key=lambda group: not group.waiting)
    return MappingView(source, traits.label if traits else source.kind, groups)


def _line(row: SourceMapping, table: Mapping[str, str], guesses: Mapping[tuple[str, str], Suggestion]) -> WordLine:
    known = table.get(fold(row.external), "") if row.kind == STATUS else ""
    return WordLine(row, state_of(row), known, None if known else guesses.get((row.kind, row.external)))


def _group(kind: str, lines: list[WordLine], choices: Sequence[tuple[str, str]]) -> WordGroup:
    lines.sort(key=lambda line: (not line.waits, -line.row.seen_count, line.row.label or line.row.external))
    return WordGroup(kind, lines, choices, typed=kind == PLAN and len(lines) * len(choices) > MOST_ENTRIES)


def _plans(rows: Sequence[SourceMapping]) -> Sequence[Plan]:
    there = or_(Plan.active, Plan.id.in_(_targets(rows, PLAN)))
    return db.session.scalars(select(Plan).where(there).order_by(Plan.description, Plan.id)).all()


def _packages(rows: Sequence[SourceMapping]) -> Sequence[Package]:
    there = or_(Package.active, Package.id.in_(_targets(rows, PACKAGE)))
    return db.session.scalars(select(Package).where(there).order_by(Package.description, Package.id)).all()


def _targets(rows: Sequence[SourceMapping], kind: str) -> list[int]:
    return [int(row.target) for row in rows if row.kind == kind and row.target.isdecimal()]
