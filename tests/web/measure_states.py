"""Measures as charts show them: a week of two platforms, with a night of which nobody knows anything."""

from datetime import datetime, timedelta

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Measure


def build(integration_id: int, other_id: int, hours: int = 60) -> None:
    """Add one measure for each of the last hours but some."""
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    for back in range(hours):
        if back not in range(20, 32):
            add(integration_id, now - timedelta(hours=back), active=1_240 - back, suspended=30 + back % 5)
    add(other_id, now, active=7, compared=None, differing=None, calls=0, calls_ok=0)
    db.session.commit()


def grow(integration_id: int, count: int) -> None:
    """Add so many older ones."""
    first = utc_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=100)
    for back in range(count):
        add(integration_id, first - timedelta(hours=back))
    db.session.commit()


def add(integration_id: int, at: datetime, **values: int | None) -> None:
    """Add one measure."""
    known = {"active": 100, "suspended": 3, "oldest_due_s": 90, "calls": 50, "calls_ok": 49, "compared": 100,
             "differing": 2}  # fmt: skip
    db.session.add(Measure(integration_id=integration_id, at=at, **{**known, **values}))
