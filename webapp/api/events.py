"""Events: who did what, when, to which object."""

from sqlalchemy import select

from webapp.api.auth import READ, needs
from webapp.api.blueprint import bp
from webapp.api.paging import page
from webapp.api.schemas.runs import EVENT, EventObjectOut, EventOut, EventPage, EventQuery
from webapp.models import Event


@bp.get("/events")
@needs(READ)
@bp.input(EventQuery, location="query")
@bp.output(EventPage, example={"items": [EVENT], "next_cursor": None})
def list_events(query_data: EventQuery) -> EventPage:
    """List the history, newest first."""
    wanted = select(Event)
    for name in ("actor", "action", "object_type", "object_id"):
        value = getattr(query_data, name)
        if value is not None:
            wanted = wanted.where(getattr(Event, name) == value)
    if query_data.since is not None:
        wanted = wanted.where(Event.at >= query_data.since)
    if query_data.until is not None:
        wanted = wanted.where(Event.at < query_data.until)
    rows, following = page(wanted, Event.id, query_data, newest_first=True)
    return EventPage(items=[show(row) for row in rows], next_cursor=following)


def show(row: Event) -> EventOut:
    """Return an event as it is given out."""
    return EventOut(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        object=EventObjectOut(type=row.object_type, id=row.object_id, label=row.label),
        before=row.before,
        after=row.after,
        reason=row.reason,
    )
