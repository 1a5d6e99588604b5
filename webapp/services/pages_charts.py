"""What the charts of the dashboard show: the measures of a span of time, of one integration or of all, in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Measure

LATEST = "7d"


@dataclass(frozen=True)
class Span:
    """A span of time, and how far apart its points are; of the measures between two points the last one counts."""

    length: timedelta
    step: timedelta


SPANS: Mapping[str, Span] = {
    "24h": Span(timedelta(days=1), timedelta(hours=1)),
    "7d": Span(timedelta(days=7), timedelta(hours=4)),
    "30d": Span(timedelta(days=30), timedelta(days=1)),
    "1y": Span(timedelta(days=364), timedelta(days=7)),
}


@dataclass(frozen=True)
class Point:
    """How the platforms stood at a moment; ``oldest_due_s`` is the worst since the point before.

    Attributes:
        drift: part of the compared accounts that differed, 0 to 1; None = nothing was compared yet.
        success: part of the calls of 24 hours that ended well, 0 to 1; None = there was no call.
    """

    at: datetime
    active: int
    suspended: int
    oldest_due_s: int
    drift: float | None
    success: float | None


def points(now: datetime, span: Span, integration_id: int | None) -> Sequence[Point]:
    """Return the points of a span that ends now, the oldest first; a time without measures has none."""
    begins = now - span.length
    statement = (
        select(
            Measure.at, func.sum(Measure.active), func.sum(Measure.suspended), func.max(Measure.oldest_due_s),
            func.sum(Measure.compared), func.sum(Measure.differing), func.sum(Measure.calls),
            func.sum(Measure.calls_ok),
        )
        .where(Measure.at > begins)
        .group_by(Measure.at)
        .order_by(Measure.at)
    )  # fmt: skip
    if integration_id is not None:
        statement = statement.where(Measure.integration_id == integration_id)
    found: dict[int, Point] = {}
    for row in db.session.execute(statement):
        point = Point(row[0], int(row[1]), int(row[2]), row[3], _part(row[5], row[4]), _part(row[7], row[6]))
        place = int((point.at - begins) / span.step)
        found[place] = _later(found.get(place), point)
    return list(found.values())


def _later(known: Point | None, point: Point) -> Point:
    return point if known is None else replace(point, oldest_due_s=max(known.oldest_due_s, point.oldest_due_s))


def _part(some: int | None, whole: int | None) -> float | None:
    return min(int(some or 0) / int(whole), 1.0) if whole else None
