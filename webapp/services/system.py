"""What the hub keeps of itself: signs of life, ticks that fired."""

from datetime import datetime

from sqlalchemy import Connection, insert, update

from webapp.models import Heartbeat, Tick
from webapp.services.life import LIFE
from webapp.services.transactions import insert_once

_BEAT, _TICK = Heartbeat.__table__, Tick.__table__


def beat(db_connection: Connection, name: str, now: datetime) -> None:
    """Record that a part of the hub lives: for other processes in the database, for this one in memory."""
    LIFE.show(name)
    if not db_connection.execute(update(_BEAT).where(_BEAT.c.name == name).values(at=now)).rowcount:
        insert_once(db_connection, insert(_BEAT).values(name=name, at=now))


def fire_once(db_connection: Connection, task: str, scheduled_at: datetime, now: datetime) -> bool:
    """Tell whether this firing is ours: of all processes, one gets True for a task and time."""
    return insert_once(db_connection, insert(_TICK).values(task=task, scheduled_at=scheduled_at, fired_at=now))
