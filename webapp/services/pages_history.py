"""The history as pages show it: events and transmissions in one list, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, select, tuple_
from sqlalchemy.orm import defer

from webapp.extensions import db
from webapp.models import ApiToken, Attempt, Event, Operator
from webapp.services.history_names import Named, Reference, names_of
from webapp.services.history_query import ATTEMPT, CALLS, EVENT, Filter, Place, everything, newest
from webapp.services.pages import PAGE_SIZE, Page, capped_count, decode_place, page_of

TOKEN = "token:"


@dataclass(frozen=True)
class Entry:
    """One line: an event or a transmission, and what it was about."""

    at: datetime
    event: Event | None = None
    attempt: Attempt | None = None
    subject: Named | None = None
    attempt_id: int | None = None


@dataclass(frozen=True)
class HistoryView:
    """One page of the history.

    Attributes:
        names: of all objects on the page, and of packages and integrations that its events mention.
        subject: whose history it is; None when it is everybody's, or when there is no such object.
    """

    page: Page[Entry]
    names: Mapping[Reference, Named]
    subject: Named | None


def view_history(wanted: Filter, cursor: str = "", size: int = PAGE_SIZE) -> HistoryView:
    """Return one page of what happened. Counted only for one object: the rest may be millions."""
    places = _places(wanted, _place(cursor), size + 1)
    shown, following = page_of(places, size, lambda place: (place.at.isoformat(), place.kind, place.row_id))
    events = _events([place.row_id for place in shown if place.kind == EVENT])
    attempts = _attempts([place.row_id for place in shown if place.kind == ATTEMPT])
    names = names_of({*_asked(wanted), *_mentioned(events.values()), *map(_of_attempt, attempts.values())})
    calls = _calls_of(events.values())
    entries = [
        _entry(place, attempts[place.row_id], names) if place.kind == ATTEMPT
        else _told(events[place.row_id], names, calls)
        for place in shown
    ]  # fmt: skip
    subject = names.get((wanted.object_type, wanted.object_id or 0))
    return HistoryView(Page(entries, following, _total(wanted)), names, subject)


def actors() -> list[tuple[str, str]]:
    """Return who may have acted, as an event names them, with the name of a person where it is known."""
    people = select(cast(Operator.email, String).label("actor"), Operator.name.label("name"))
    programs = select((TOKEN + ApiToken.name).label("actor"), ApiToken.name.label("name"))
    rows = db.session.execute(people.union_all(programs)).all()
    return sorted((row.actor, row.name) for row in rows)


def _places(wanted: Filter, after: Place | None, count: int) -> list[Place]:
    statement = newest(wanted, after, count)
    rows = [] if statement is None else db.session.execute(statement).all()
    return [Place(row.at, row.kind, row.id) for row in rows]


def _place(cursor: str) -> Place | None:
    found = decode_place(cursor)
    return None if found is None else Place(*found)


def _total(wanted: Filter) -> int | None:
    statement = everything(wanted) if wanted.is_about_one else None
    return None if statement is None else capped_count(statement)


def _events(ids: Sequence[int]) -> dict[int, Event]:
    if not ids:
        return {}
    return {row.id: row for row in db.session.scalars(select(Event).where(Event.id.in_(ids)))}


def _attempts(ids: Sequence[int]) -> dict[int, Attempt]:
    if not ids:
        return {}
    wanted = select(Attempt).options(defer(Attempt.request), defer(Attempt.response)).where(Attempt.id.in_(ids))
    return {row.id: row for row in db.session.scalars(wanted)}


def _calls_of(events: Any) -> Mapping[tuple[int, datetime], int]:
    """Return the transmission that an event is the outcome of: written in one moment, for one account."""
    moments = [(event.object_id, event.at) for event in events if event.action in CALLS and event.object_id]
    if not moments:
        return {}
    wanted = select(Attempt.id, Attempt.account_id, Attempt.finished_at).where(
        Attempt.account_id.in_({account for account, _at in moments}),
        tuple_(Attempt.account_id, Attempt.finished_at).in_(moments),
    )
    return {(row.account_id, row.finished_at): row.id for row in db.session.execute(wanted)}


def _asked(wanted: Filter) -> list[Reference]:
    return [] if wanted.object_id is None else [(wanted.object_type, wanted.object_id)]


def _mentioned(events: Any) -> Iterator[Reference]:
    for event in events:
        if event.object_id is not None:
            yield event.object_type, event.object_id
        for facts in (event.before or {}, event.after or {}):
            if facts.get("integration_id"):
                yield "integration", facts["integration_id"]
            for link in facts.get("packages") or ():
                if isinstance(link, dict) and link.get("package_id"):
                    yield "package", link["package_id"]


def _of_attempt(attempt: Attempt) -> Reference:
    if attempt.account_id is not None:
        return "account", attempt.account_id
    return "integration", attempt.integration_id


def _entry(place: Place, attempt: Attempt, names: Mapping[Reference, Named]) -> Entry:
    return Entry(place.at, attempt=attempt, subject=names.get(_of_attempt(attempt)), attempt_id=attempt.id)


def _told(event: Event, names: Mapping[Reference, Named], calls: Mapping[tuple[int, datetime], int]) -> Entry:
    about = event.object_type, event.object_id or 0
    return Entry(event.at, event=event, subject=names.get(about), attempt_id=calls.get((about[1], event.at)))
