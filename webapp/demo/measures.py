"""A month of measures for the demonstration: how its platforms would have stood, up to how they stand now."""

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration
from webapp.services.measures import add_past
from webapp.services.pages_dashboard import account_counts

DAYS = 30
# The afternoon on which one platform did not answer, so many days ago and so many hours long.
OUTAGE, OUTAGE_HOURS = 9, 3
CALLS_A_DAY = 40


def fill_measures(now: datetime | None = None) -> None:
    """Write one measure for each hour of a month, for every integration; hours that are there stay."""
    now = now or utc_now()
    counts = account_counts()
    for number, integration_id in enumerate(db.session.scalars(select(Integration.id).order_by(Integration.id)).all()):
        here = counts.get(integration_id, {})
        add_past(integration_id, [_hour(now, back, here, number) for back in range(DAYS * 24, 0, -1)])


def _hour(now: datetime, back: int, counts: dict[str, int], number: int) -> dict[str, Any]:
    """Return the measure of so many hours ago; it grows towards what is there now."""
    at = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
    grown = 1 - 0.25 * back / (DAYS * 24)
    # Debts mount before the tenth of the month, when most of them are paid.
    owing = 1 + 0.4 * math.sin(2 * math.pi * (at.day - 3) / 30)
    away = number == 0 and OUTAGE * 24 - OUTAGE_HOURS < back <= OUTAGE * 24
    compared = round(sum(counts.values()) * grown)
    return {
        "at": at, "active": round(counts.get("active", 0) * grown),
        "suspended": round(counts.get("suspended", 0) * grown * owing), "pending": 0, "person": 0,
        "due": 12 if away else 0,
        "oldest_due_s": (OUTAGE * 24 - back + 1) * 3600 if away else _chance(back, 45),
        "calls": CALLS_A_DAY, "calls_ok": CALLS_A_DAY - (15 if away else _chance(back // 24, 3)),
        "compared": compared or None, "differing": _chance(back, 3) + (4 if away else 0) if compared else None,
    }  # fmt: skip


def _chance(number: int, most: int) -> int:
    """Return a figure below ``most`` that looks like chance and is always the same."""
    return (number * 2_654_435_761 >> 11) % most
