"""The last readings of each platform that could be trusted: what measures count and watchdogs compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import FULL, PROBES

# Runs that ended otherwise have not shown how the platform stands.
TRUSTED = ("applying", "paused", "done", "staged", "stopped", "rejected", "expired")
# Looks and changes write runs, too; the last readings of everybody lie within so many rows.
LOOK_BACK = 20_000
_OF_ACCOUNTS = ("missing", "state", "product", "duplicate", "clash")


@dataclass(frozen=True)
class PastReading:
    """One reading of a platform: how many accounts were compared, left out as unsettled, and differed.

    Attributes:
        expected: accounts that it should have shown.
        skipped: lines that were to be mended, of which all had moved on meanwhile; ``planned``: how many there were.
    """

    run_id: int
    at: datetime
    expected: int
    compared: int
    unsettled: int
    differing: int
    skipped: int
    planned: int

    @property
    def share(self) -> float:
        """Return the part of the compared accounts that differed."""
        return min(self.differing / self.compared, 1.0) if self.compared else 0.0


def last_readings(most: int) -> Mapping[int, Sequence[PastReading]]:
    """Return the last trustworthy readings of each integration, the oldest first, in one query."""
    newest = select(func.coalesce(func.max(Run.id), 0)).scalar_subquery()
    place = func.row_number().over(partition_by=Run.integration_id, order_by=Run.id.desc())
    ranked = (
        select(Run.id, Run.integration_id, Run.finished_at, Run.started_at, Run.counts, place.label("place"))
        .where(Run.id > newest - LOOK_BACK, Run.reading.in_((FULL, PROBES)), Run.status.in_(TRUSTED))
        .where(or_(Run.complete, Run.reading == PROBES), Run.error_code.is_(None))
        .subquery()
    )
    rows = db.session.execute(select(ranked).where(ranked.c.place <= most).order_by(ranked.c.id))
    found: dict[int, list[PastReading]] = {}
    for row in rows:
        found.setdefault(row.integration_id, []).append(
            _reading(row.id, row.finished_at or row.started_at, row.counts or {})
        )
    return found


def _reading(run_id: int, at: datetime, counts: Mapping[str, int]) -> PastReading:
    return PastReading(
        run_id, at, counts.get("expected", 0), counts.get("compared", 0), counts.get("unsettled", 0),
        sum(counts.get(name, 0) for name in _OF_ACCOUNTS), counts.get("skipped", 0), counts.get("planned", 0),
    )  # fmt: skip
