"""Watches the hub's own parts: one that lived and shows no sign of life any more."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.services.alerts import FAIL
from webapp.services.watchdogs.finding import Check, Finding

HUB, HUB_ID = "hub", 0
# A part, as it shows its life, and what is told when it does not.
PARTS = {
    "scheduler": "scheduler_silent", "engine": "engine_silent", "sources": "sources_silent", "runs": "runs_silent",
}  # fmt: skip
SILENT_AFTER = timedelta(minutes=2)


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


CHECKS = (Check(frozenset(PARTS.values()), _look),)
