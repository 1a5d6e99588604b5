"""What a reading tells of the hub itself: whether its database is older than the platform, and who else writes."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from webapp.clock import utc_now
from webapp.decide.epoch import OLDER_DATABASE, SLEPT
from webapp.extensions import db
from webapp.models import Integration, Run, RunItem
from webapp.models.run import PROVEN, QUEUED, SENT
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.epoch.observing import begin_observing, observing, release, settle_marks

ANOTHER_HUB, UNDONE = "another_hub", "writes_undone"
INTEGRATION = "integration"
# So many accounts, mended so often each in so short a time, are no accident: somebody else sets them back.
FLIPPED, OFTEN, LATELY = 3, 2, timedelta(hours=6)
MOST_NAMED = 3


def notice(integration_id: int, foreign: Collection[str], unknown_own: int) -> None:
    """Take in what a complete reading of a platform showed of hubs, and commit.

    Args:
        foreign: marks of other hubs, in references that the platform keeps.
        unknown_own: references with our newest mark and an account id that was never given out here: this database
            is older than what stands there, so from now on the hub only observes.
    """
    if unknown_own:
        begin_observing(OLDER_DATABASE, {"count": unknown_own, "integration_id": integration_id})
    else:
        _wake(integration_id)
    label = db.session.scalar(select(Integration.description).where(Integration.id == integration_id)) or ""
    _tell(ANOTHER_HUB, integration_id, label, sorted(foreign))
    flipped = _flipped(integration_id)
    if flipped >= FLIPPED:
        raise_alert(UNDONE, INTEGRATION, integration_id, label, {"count": flipped})
    else:
        clear_alert(UNDONE, INTEGRATION, integration_id)
    db.session.commit()


def _wake(integration_id: int) -> None:
    """Let a platform go on that was only held because nobody had looked for long: nothing there is unknown."""
    found = observing(integration_id)
    if found is not None and found.cause == SLEPT:
        release([integration_id])
        db.session.commit()
        settle_marks()


def _tell(code: str, integration_id: int, label: str, foreign: Collection[str]) -> None:
    if not foreign:
        clear_alert(code, INTEGRATION, integration_id)
        return
    params = {"marks": ", ".join(list(foreign)[:MOST_NAMED]), "count": len(foreign)}
    raise_alert(code, INTEGRATION, integration_id, label, params)


def _flipped(integration_id: int) -> int:
    """Return how many accounts had to be set right again and again lately."""
    often = (
        select(RunItem.account_id)
        .join(Run, Run.id == RunItem.run_id)
        .where(Run.integration_id == integration_id, Run.started_at > utc_now() - LATELY)
        .where(RunItem.situation == "state", RunItem.action.in_(("enable", "suspend")))
        .where(RunItem.outcome.in_((QUEUED, PROVEN, SENT)), RunItem.account_id.is_not(None))
        .group_by(RunItem.account_id)
        .having(func.count() >= OFTEN)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(often)) or 0
