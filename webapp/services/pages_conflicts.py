"""Who saved a thing while somebody else had it open."""

from datetime import datetime

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Event

MOST = 5


def saves_of(object_type: str, object_id: int, since: datetime | None) -> list[Event]:
    """Return what happened to one thing since a moment, newest first and at most ``MOST``.

    Args:
        since: None = not known; then only the newest is returned.
    """
    wanted = select(Event).where(Event.object_type == object_type, Event.object_id == object_id)
    if since is not None:
        wanted = wanted.where(Event.at >= since)
    most = MOST if since is not None else 1
    return list(db.session.scalars(wanted.order_by(Event.id.desc()).limit(most)))
