"""How many may lose content by a person's hand before an administrator says their number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.decide.plan import DEFAULT_LIMITS, LimitHit, Spent, limit_hit
from webapp.decide.policy import ENDED
from webapp.decide.radius import Radius
from webapp.extensions import db
from webapp.models import BulkJob, Integration, Service
from webapp.services.bulk_jobs.contract import Loss
from webapp.services.runs.limits import limits_of, live_accounts, spent_today

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

    def hits(self) -> list[Hit]:
        """Return the limits that are passed: of all services, and of each platform."""
        found = [Hit(hit)] if (hit := self._of_all()) is not None else []
        for integration_id, losing in sorted(self._losing.items()):
            integration = db.session.get_one(Integration, integration_id)
            ending, base = len(self._ending.get(integration_id, ())), live_accounts(integration_id)
            hit = limit_hit(len(losing), ending, base, spent_today(integration_id), limits_of(integration))
            found += [Hit(hit, integration.description)] if hit is not None else []
        return found

    def _of_all(self) -> LimitHit | None:
        live = select(func.count()).select_from(Service).where(Service.status.not_in(ENDED))
        return limit_hit(self.rows, self.cancels, db.session.scalar(live) or 0, _spent(), DEFAULT_LIMITS)


def _spent() -> Spent:
    """Return how many rows jobs took something from in the last 24 hours."""
    wanted = select(BulkJob.params, BulkJob.done).where(BulkJob.created_at > utc_now() - DAY, BulkJob.done > 0)
    taken: list[tuple[dict[str, Any], int]] = [(row.params, row.done) for row in db.session.execute(wanted)]
    return Spent(
        sum(done for params, done in taken if params.get(TAKES)),
        sum(done for params, done in taken if params.get(CANCELS)),
    )
