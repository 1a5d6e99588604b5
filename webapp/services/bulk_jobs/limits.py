"""How many may lose content by a person's hand before an administrator says their number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, select

from webapp.clock import utc_now
from webapp.decide.plan import DEFAULT_LIMITS, LimitHit, Spent, limit_hit
from webapp.decide.policy import ENDED
from webapp.decide.radius import Radius
from webapp.extensions import db
from webapp.models import BulkJob, Integration, Service
from webapp.services.bulk_jobs.contract import Loss
from webapp.services.runs.limits import bases_of, limits_of

DAY = timedelta(hours=24)
# Kept with a job: it takes away, for good.
TAKES, CANCELS = "takes", "cancels"


@dataclass(frozen=True)
class Hit:
    """A limit that was passed. ``integration``: of a platform; empty = of all services."""

    limit: LimitHit
    integration: str = ""


@dataclass
class Tally:
    """Counts losses row by row, so that many need no more room than a few.

    Attributes:
        rows: how many lose something; ``cancels`` of them for good.
    """

    rows: int = 0
    cancels: int = 0
    radius: Radius = field(default_factory=Radius)
    _losing: dict[int, set[int]] = field(default_factory=dict)
    _ending: dict[int, set[int]] = field(default_factory=dict)

    def add(self, losses: Sequence[Loss]) -> None:
        """Count the losses of one row that would be done."""
        self.rows += 1
        ends = [one for one in losses if one.action == "cancel"]
        self.cancels += bool(ends)
        for one in losses:
            self.radius.add(one)
            # Who has no account there loses nothing there.
            if one.account_id is not None:
                self._losing.setdefault(one.integration_id, set()).add(one.account_id)
        for one in ends:
            if one.account_id is not None:
                self._ending.setdefault(one.integration_id, set()).add(one.account_id)

    def hits(self, platforms: Mapping[int, Integration]) -> list[Hit]:
        """Return the limits that are passed: of all services, and of each platform.

        Args:
            platforms: all of them, by id.
        """
        found = [Hit(hit)] if (hit := self._of_all()) is not None else []
        bases = bases_of(sorted(self._losing))
        for integration_id, losing in sorted(self._losing.items()):
            integration, base = platforms[integration_id], bases[integration_id]
            ending = len(self._ending.get(integration_id, ()))
            hit = limit_hit(len(losing), ending, base.live, base.spent, limits_of(integration))
            found += [Hit(hit, integration.description)] if hit is not None else []
        return found

    def _of_all(self) -> LimitHit | None:
        live, spent = _living_and_spent()
        return limit_hit(self.rows, self.cancels, live, spent, DEFAULT_LIMITS)


def _living_and_spent() -> tuple[int, Spent]:
    """Return how many services have not ended, and from how many jobs took something in the last 24 hours."""
    live = select(func.count()).select_from(Service).where(Service.status.not_in(ENDED)).scalar_subquery()
    lately = and_(BulkJob.created_at > utc_now() - DAY, BulkJob.done > 0)
    # One row without a job, where there was none, still tells the number of services.
    one = select(live.label("live")).subquery()
    rows = db.session.execute(
        select(one.c.live, BulkJob.params, BulkJob.done).outerjoin_from(one, BulkJob, lately)
    ).all()
    taken: list[tuple[dict[str, Any], int]] = [(row.params or {}, row.done or 0) for row in rows]
    spent = Spent(
        sum(done for params, done in taken if params.get(TAKES)),
        sum(done for params, done in taken if params.get(CANCELS)),
    )
    return int(rows[0].live), spent
