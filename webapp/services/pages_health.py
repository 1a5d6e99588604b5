"""Signs of life, for machines that watch the hub."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text

from webapp.database.trouble import standing
from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.services.life import LIFE, WEB

# In the database each part shows life every five seconds, and a busy one may miss a few.
STALE_AFTER = timedelta(seconds=20)
# In memory it costs nothing, so a part of this very process is missed sooner.
SILENT_AFTER_S = 12.0
PARTS = ("scheduler", "engine")


@dataclass(frozen=True)
class Readiness:
    """Whether this process can do its part.

    Attributes:
        stale: what it needs and does not show life.
        elsewhere: what other processes should do and does not show life; no reason to send nobody here.
    """

    role: str
    stale: list[str]
    elsewhere: list[str]


def database_trouble() -> str:
    """Return the code of what keeps changes from being stored now: the file, the disk, a failure not yet over."""
    return standing(db.engine)


def database_answers() -> bool:
    """Ask the database for the least; raises whatever it raises."""
    return db.session.execute(text("select 1")).scalar() == 1


def readiness(now: datetime) -> Readiness:
    """Return who is silent: by memory in a process that serves, by the database in one that does not."""
    if not LIFE.role:
        return Readiness("", stale_parts(now), [])
    elsewhere = stale_parts(now) if LIFE.role == WEB else []
    return Readiness(LIFE.role, LIFE.silent(SILENT_AFTER_S), elsewhere)


def stale_parts(now: datetime) -> list[str]:
    """Return the parts of the hub that showed no sign of life lately."""
    seen = {row.name: row.at for row in db.session.scalars(select(Heartbeat).where(Heartbeat.name.in_(PARTS)))}
    return [name for name in PARTS if name not in seen or abs(now - seen[name]) > STALE_AFTER]
