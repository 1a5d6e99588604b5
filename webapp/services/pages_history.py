"""The history as pages show it: events and transmissions in one list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select, tuple_
from sqlalchemy.orm import defer

from webapp.extensions import db
from webapp.models import ApiToken, Attempt, Event, Operator
from webapp.services.history_names import Named, Reference, names_of
from webapp.services.history_query import ATTEMPT, CALLS, EVENT, Filter, Place, everything, newest

TOKEN = "token:"


@dataclass(frozen=True)
class Entry:
    """One line: an event or a transmission, and what it was about.

    Attributes:
        names: of all objects on the page, and of packages and integrations that its events mention.
    """

    at: datetime
    event: Event | None = None
    attempt: Attempt | None = None
    subject: Named | None = None
    attempt_id: int | None = None
    names: Mapping[Reference, Named] = field(default_factory=dict)


@dataclass(frozen=True)
class Spot:
    """Where a row stands, in the history of what. ``about``: None = of everything."""

    place: Place
    about: Reference | None


@dataclass(frozen=True)
class Places:
    """Reads what is wanted of the history: where each row stands. A ``Reader`` of lists."""

    wanted: Filter

    def read(self, count: int, behind: tuple[Any, ...] | None = None, *, down: bool) -> list[tuple[Any, ...]]:
        """Return spots with time, kind and id behind each."""
        statement = newest(self.wanted, None if behind is None else Place(*behind), count, down=down)
        rows = [] if statement is None else db.session.execute(statement).all()
        about = (self.wanted.object_type, self.wanted.object_id or 0) if self.wanted.is_about_one else None
        return [(Spot(Place(row.at, row.kind, row.id), about), row.at, row.kind, row.id) for row in rows]

    def total(self, all_shown: int | None) -> int | None:
        """Return None: there may be millions."""
        return None

    def count(self, most: int) -> int:
        """Return how many there are, at most so many."""
        statement = everything(self.wanted)
        if statement is None:
            return 0
        return db.session.scalar(select(func.count()).select_from(statement.limit(most).subquery())) or 0


def entries_of(spots: Sequence[Spot]) -> list[Entry]:
    """Return the lines of a page, in a few queries however many they are."""
    places = [spot.place for spot in spots]
    events = _events([place.row_id for place in places if place.kind == EVENT])
    attempts = _attempts([place.row_id for place in places if place.kind == ATTEMPT])
    asked = {spot.about for spot in spots if spot.about is not None}
    names = names_of({*asked, *_mentioned(events.values()), *map(_of_attempt, attempts.values())})
    calls = _calls_of(events.values())
    return [
        _entry(place, attempts[place.row_id], names) if place.kind == ATTEMPT
        else _told(events[place.row_id], names, calls)
        for place in places
    ]  # fmt: skip


def subject_of(about: Reference, entries: Sequence[Entry]) -> Named | None:
    """Return the object whose history is shown; None where there is no such one (any more)."""
    names = entries[0].names if entries else names_of([about])
    return names.get(about)


def actors() -> list[tuple[str, str]]:
    """Return who may have acted, as an event names them, with the name of a person where it is known."""
    people = select(cast(Operator.email, String).label("actor"), Operator.name.label("name"))
    programs = select((TOKEN + ApiToken.name).label("actor"), ApiToken.name.label("name"))
    rows = db.session.execute(people.union_all(programs)).all()
    return sorted((row.actor, row.name) for row in rows)


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
    return Entry(place.at, attempt=attempt, subject=names.get(_of_attempt(attempt)), attempt_id=attempt.id, names=names)


def _told(event: Event, names: Mapping[Reference, Named], calls: Mapping[tuple[int, datetime], int]) -> Entry:
    about = event.object_type, event.object_id or 0
    call_id = calls.get((about[1], event.at))
    return Entry(event.at, event=event, subject=names.get(about), attempt_id=call_id, names=names)
