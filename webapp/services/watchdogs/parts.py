"""Watches the hub's own parts: one that lived and shows no sign of life any more."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.services.alerts import FAIL
from webapp.services.doctor_room import LOW_MB, free_mb
from webapp.services.hub import current_hub
from webapp.services.watchdogs.finding import Check, Finding

HUB, HUB_ID = "hub", 0
# A part, as it shows its life, and what is told when it does not.
PARTS = {
    "scheduler": "scheduler_silent", "engine": "engine_silent", "sources": "sources_silent", "runs": "runs_silent",
}  # fmt: skip
SILENT_AFTER = timedelta(minutes=2)
DISK_LOW = "disk_low"


def silent(beats: Mapping[str, datetime], now: datetime) -> Iterator[tuple[str, timedelta]]:
    """Return the parts that are silent, and for how long; one that never lived here is no concern."""
    for name in PARTS:
        if name in beats and now - beats[name] > SILENT_AFTER:
            yield name, now - beats[name]


def _look(now: datetime) -> Iterable[Finding]:
    rows = db.session.execute(select(Heartbeat.name, Heartbeat.at).where(Heartbeat.name.in_(PARTS)))
    for name, age in silent({row.name: row.at for row in rows}, now):
        params = {"minutes": int(age.total_seconds() // 60)}
        yield Finding(PARTS[name], HUB_ID, "", params, FAIL, HUB)


def _look_at_disk(_now: datetime) -> Iterable[Finding]:
    """Told while there is room for the alert itself."""
    left_mb = free_mb(current_hub().settings)
    if left_mb is not None and left_mb < LOW_MB:
        yield Finding(DISK_LOW, HUB_ID, "", {"free_mb": left_mb}, FAIL, HUB)


CHECKS = (Check(frozenset(PARTS.values()), _look), Check(frozenset({DISK_LOW}), _look_at_disk))
