"""Signs of life, for machines that watch the hub."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from webapp.database.trouble import standing
from webapp.extensions import db
from webapp.models import Attempt, Heartbeat, Integration

# Each part shows life every five seconds; a busy one may miss a few. So a dead one is missed after 20 s, not at once.
STALE_AFTER = timedelta(seconds=20)
PARTS = ("scheduler", "engine")


@dataclass(frozen=True)
class PausedIntegration:
    """Why one integration sends nothing now; ``code`` is empty when it does."""

    id: int
    active: bool
    code: str


def database_trouble() -> str:
    """Return the code of what keeps changes from being stored now: the file, the disk, a failure not yet over."""
    return standing(db.engine)


def database_answers() -> bool:
    """Ask the database for the least; raises whatever it raises."""
    return db.session.execute(text("select 1")).scalar() == 1


def stale_parts(now: datetime) -> list[str]:
    """Return the parts of the hub that showed no sign of life lately."""
    seen = {row.name: row.at for row in db.session.scalars(select(Heartbeat).where(Heartbeat.name.in_(PARTS)))}
    return [name for name in PARTS if name not in seen or abs(now - seen[name]) > STALE_AFTER]


def attempts_since(start: datetime) -> dict[tuple[int, str], int]:
    """Return calls begun since then, by integration and outcome; an open one is ``open``."""
    outcome = func.coalesce(Attempt.outcome, "open")
    rows = db.session.execute(
        select(Attempt.integration_id, outcome, func.count())
        .where(Attempt.started_at >= start)
        .group_by(Attempt.integration_id, outcome)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def pauses() -> list[PausedIntegration]:
    """Return every integration with the reason for its pause."""
    rows = db.session.execute(select(Integration.id, Integration.active, Integration.paused_code))
    return [PausedIntegration(row.id, row.active, row.paused_code or "") for row in rows]
