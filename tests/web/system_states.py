"""How the hub does: parts that live, are slow, are silent; tasks that are late."""

from datetime import timedelta

from tests.web.place import Place
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Heartbeat, Tick

PLACES = (Place("system", "/system"),)
FRAGMENTS = ("/fragments/system",)


def build() -> None:
    """Make signs of life, and ticks of tasks."""
    now = utc_now()
    for name, seconds in (("scheduler", 2), ("engine", 45), ("runs", 4000)):
        if db.session.get(Heartbeat, name) is None:
            db.session.add(Heartbeat(name=name, at=now - timedelta(seconds=seconds)))
    for task, minutes in (("notify", 0), ("watch", 30), ("nobody_knows_it", 1)):
        at = now - timedelta(minutes=minutes)
        db.session.add(Tick(task=task, scheduled_at=at, fired_at=at))
    db.session.commit()


def grow(count: int) -> None:
    """Add so many ticks."""
    now = utc_now()
    for number in range(count):
        at = now - timedelta(minutes=number)
        db.session.add(Tick(task=f"task-{number}", scheduled_at=at, fired_at=at))
    db.session.commit()
