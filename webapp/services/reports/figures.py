"""What the page of reports shows: months that are over as they were written, the running one as it stands now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Integer, Select, cast, func, literal, select, union_all

from webapp.decide.reports import (
    DIMENSIONS,
    MOST_MONTHS,
    Figures,
    Part,
    by_key,
    by_month,
    first_of,
    months_back,
    over_time,
)
from webapp.extensions import db
from webapp.models import Integration, MonthFigure, Package, Plan
from webapp.services.hub import current_hub
from webapp.services.reports.months import Kept, read_kept
from webapp.services.reports.tally import Cell, Days, tally

PLATFORM, PACKAGE, PLAN, CITY = DIMENSIONS
USUAL_MONTHS = 12
_COUNTS = ("at_start", "added", "ended", "cancelled", "at_end", "revenue", "cost")


@dataclass(frozen=True)
class Wanted:
    """What is asked for; None asks for all.

    Attributes:
        first, last: months, both included.
        by: what it is divided by, one of ``DIMENSIONS``.
    """

    first: date
    last: date
    by: str = PACKAGE
    platform: int | None = None
    package: int | None = None
    plan: int | None = None
    city: str | None = None


@dataclass(frozen=True)
class Names:
    """Names of platforms, packages and plans by id, and of which platform a package is."""

    platform: Mapping[int, str]
    package: Mapping[int, str]
    plan: Mapping[int, str]
    platform_of: Mapping[int, int | None]

    def of(self, by: str, key: int | str | None) -> str:
        """Return a name; empty where there is none."""
        if by == CITY:
            return str(key or "")
        return getattr(self, by).get(key, "") if key is not None else ""


@dataclass(frozen=True)
class Report:
    """Figures of a period.

    Attributes:
        months: of each month, the earliest first.
        parts: over the period, by name of what it is divided by.
        rows: each month by name.
        running: the month that is not over; None = it is not asked for.
        rebuilt_before: months before this one are read from the sales as they stand now.
    """

    wanted: Wanted
    names: Names
    months: Mapping[date, Figures]
    total: Figures
    parts: Sequence[tuple[str, Figures]]
    rows: Sequence[tuple[date, str, Figures]] = field(default_factory=tuple)
    running: date | None = None
    rebuilt_before: date | None = None

    @property
    def is_rebuilt(self) -> bool:
        """Tell whether some of it was not written when its month was over."""
        return self.rebuilt_before is not None and any(month < self.rebuilt_before for month in self.months)


def usual(**asked: Any) -> Wanted:
    """Return what is asked for, the last twelve months unless said otherwise; what makes no sense is put right."""
    running = first_of(current_hub().today())
    last = min(asked.pop("last", None) or running, running)
    first = min(asked.pop("first", None) or months_back(last, USUAL_MONTHS), last)
    by = asked.pop("by", "")
    first = max(first, months_back(last, MOST_MONTHS))
    return Wanted(first, last, by if by in DIMENSIONS else PACKAGE, **asked)


def read_report(wanted: Wanted) -> Report:
    """Return the figures of a period, in the caller's transaction; at most six questions."""
    names, kept, running = read_names(), read_kept(), first_of(current_hub().today())
    parts = list(_written(wanted, kept))
    if wanted.last >= running:
        parts += _running(wanted, names, running)
    months = by_month(parts)
    keyed = by_key(parts, wanted.first, wanted.last)
    return Report(
        wanted, names, months, over_time(months), _named(keyed, names, wanted.by), _rows(parts, names, wanted.by),
        running if wanted.last >= running else None, kept.begun_on if kept else running,
    )  # fmt: skip


def read_names() -> Names:
    """Return all names that figures are kept by, in one question."""
    none = cast(literal(None), Integer)
    kinds = (
        select(literal(PLATFORM), Integration.id, Integration.description, none),
        select(literal(PACKAGE), Package.id, Package.description, Package.integration_id),
        select(literal(PLAN), Plan.id, Plan.description, none),
    )
    found: dict[str, dict[int, str]] = {PLATFORM: {}, PACKAGE: {}, PLAN: {}}
    platform_of: dict[int, int | None] = {}
    rows: Iterable[Any] = db.session.execute(union_all(*kinds))
    for kind, row_id, name, platform in rows:
        found[kind][row_id] = name
        if kind == PACKAGE:
            platform_of[row_id] = platform
    ordered = {kind: dict(sorted(found[kind].items(), key=lambda item: item[1].casefold())) for kind in found}
    return Names(ordered[PLATFORM], ordered[PACKAGE], ordered[PLAN], platform_of)


def _written(wanted: Wanted, kept: Kept | None) -> Iterator[Part]:
    if kept is None:
        return
    for row in db.session.execute(_statement(wanted)):
        yield Part(row.month, row.key, Figures(*(getattr(row, name) for name in _COUNTS)))


def _statement(wanted: Wanted) -> Select[Any]:
    keys: Mapping[str, Any] = {
        PLATFORM: Package.integration_id, PACKAGE: MonthFigure.package_id, PLAN: MonthFigure.plan_id,
        CITY: MonthFigure.city,
    }  # fmt: skip
    sums = (func.sum(getattr(MonthFigure, name)).label(name) for name in _COUNTS)
    key = keys[wanted.by].label("key")
    asked = {name: getattr(wanted, name) for name in DIMENSIONS if getattr(wanted, name) is not None}
    return (
        select(MonthFigure.month, key, *sums)
        .join(Package, Package.id == MonthFigure.package_id)
        .where(MonthFigure.month.between(wanted.first, wanted.last), *(keys[name] == asked[name] for name in asked))
        .group_by(MonthFigure.month, key)
    )


def _running(wanted: Wanted, names: Names, month: date) -> Iterator[Part]:
    today = current_hub().today()
    together: dict[int | str | None, Figures] = {}
    for cell, figures in tally(Days(month, today + timedelta(days=1))).items():
        keys = _keys(cell, names)
        if all(getattr(wanted, name) in (None, keys[name]) for name in DIMENSIONS):
            key = keys[wanted.by]
            together[key] = together[key] + figures if key in together else figures
    yield from (Part(month, key, figures) for key, figures in together.items())


def _keys(cell: Cell, names: Names) -> dict[str, int | str | None]:
    platform = names.platform_of.get(cell.package_id)
    return {PLATFORM: platform, PACKAGE: cell.package_id, PLAN: cell.plan_id, CITY: cell.city}


def _named(
    keyed: Mapping[int | str | None, Figures], names: Names, by: str
) -> list[tuple[str, Figures]]:  # fmt: skip
    return [(names.of(by, key), figures) for key, figures in keyed.items()]


def _rows(parts: Sequence[Part], names: Names, by: str) -> list[tuple[date, str, Figures]]:
    together: dict[tuple[date, str], Figures] = {}
    for part in parts:
        place = part.month, names.of(by, part.key)
        together[place] = together.get(place, Figures()) + part.figures
    return [(month, name, together[month, name]) for month, name in sorted(together)]
