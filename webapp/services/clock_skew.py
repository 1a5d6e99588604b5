"""By how much our clock differs from a platform's, as the answers of its last calls told: no call is made for it.

Signed messages carry the time, and a receiver refuses those of a clock that is minutes away from its own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Attempt, Integration

# An answer takes a while to be recorded, and says whole seconds. Receivers of signed messages allow five minutes.
MOST = timedelta(seconds=60)
# What an answer told longer ago says nothing about today.
RECENT = timedelta(days=2)
LOOKED_AT = 5


@dataclass(frozen=True)
class Skew:
    """What the last answer of a platform said about the time.

    Attributes:
        ahead: of our clock; negative = it is behind.
        at: when we noted the answer, by our clock.
    """

    integration: Integration
    ahead: timedelta
    at: datetime

    @property
    def wrong(self) -> bool:
        return abs(self.ahead) > MOST

    @property
    def code(self) -> str:
        return "platform_clock_behind" if self.ahead > timedelta(0) else "platform_clock_ahead"

    @property
    def params(self) -> dict[str, Any]:
        seconds = int(abs(self.ahead).total_seconds())
        return {"id": self.integration.id, "integration": self.integration.description, "seconds": seconds}


def skew_of(integration: Integration) -> Skew | None:
    """Return what the last answers of a platform say; None = none of them tells the time. Reads a few rows."""
    rows = db.session.execute(
        select(Attempt.finished_at, Attempt.response)
        .where(Attempt.integration_id == integration.id)
        .order_by(Attempt.id.desc())
        .limit(LOOKED_AT)
    )
    for at, response in rows:
        theirs = _told(response) if at is not None and utc_now() - at < RECENT else None
        if theirs is not None:
            return Skew(integration, at - theirs, at)
    return None


def _told(response: dict[str, Any] | None) -> datetime | None:
    headers: dict[str, Any] = (response or {}).get("headers") or {}
    stated = next((str(value) for name, value in headers.items() if name.lower() == "date"), "")
    try:
        told = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
