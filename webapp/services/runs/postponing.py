"""Keeps to how often a platform wants to be read whole; only the schedule is bound by it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from webapp.extensions import db
from webapp.models import Run
from webapp.models.run import FULL
from webapp.services.runs.requests import SCHEDULE, due_again

POSTPONED = "reading_postponed"
DAY = timedelta(days=1)
# A run that ended so has not read the platform.
NOT_READ = (POSTPONED, "listing_unsupported", "gateway_missing", "vault_closed")


@dataclass(frozen=True)
class Unread:
    """Why the platform is not read now: message code and its values."""

    code: str
    params: Mapping[str, int] = field(default_factory=dict)


def postponed(run: Run, per_day: int) -> Unread | None:
    """Say when the platform is read next and commit; None = this run may read it now.

    Args:
        per_day: whole readings that the platform wants to see in 24 hours at most; 0 = it does not say.
    """
    if not per_day:
        return None
    reads = _reads(run)
    if run.trigger != SCHEDULE or len(reads) < per_day:
        interval_s = max(run.integration.reconcile_interval_s, DAY.total_seconds() / per_day)
        due_again(run.integration_id, run.started_at + timedelta(seconds=interval_s))
        db.session.commit()
        return None
    free_at = reads[per_day - 1] + DAY
    due_again(run.integration_id, free_at)
    hours = math.ceil((free_at - run.started_at).total_seconds() / 3600)
    db.session.commit()
    return Unread(POSTPONED, {"limit": per_day, "hours": hours})


def _reads(run: Run) -> list[datetime]:
    """Return when the platform was read whole in the 24 hours before, the latest first."""
    earlier = select(Run.started_at).where(
        Run.integration_id == run.integration_id, Run.id != run.id, Run.started_at > run.started_at - DAY,
        Run.reading == FULL, or_(Run.error_code.is_(None), Run.error_code.not_in(NOT_READ)),
    )  # fmt: skip
    return sorted(db.session.scalars(earlier), reverse=True)
