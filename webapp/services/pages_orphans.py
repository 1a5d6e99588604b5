"""Accounts that nobody here made, as pages show them: the list, one in full, what was chosen of the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from webapp.decide.orphans import SEVERAL, STRENGTH, Candidate, Clue
from webapp.extensions import db
from webapp.models import Event, Orphan, Service
from webapp.services.errors import Conflict, NotFound
from webapp.services.folding import mentions
from webapp.services.holds import Hold, hold_of
from webapp.services.orphans.clues import Marks, find_candidates
from webapp.services.orphans.deciding import MOST, needs_second
from webapp.services.orphans.noting import CANCELLING, OPEN
from webapp.services.orphans.outlook import Outlook, outlooks, stamp_of
from webapp.services.pages_customers import find_customers

ALL, WAITS, HELD = "all", "waits", "held"
GUESSED, SEVERAL_FIT, UNKNOWN = GUESSES = ("guessed", "several", "unknown")
FOUND, EXAMPLES, EVENTS = 10, 20, 20
_ENDING = Orphan.status == CANCELLING
_OF_STATUS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    ALL: (),
    WAITS: (_ENDING, Orphan.decided_by == ""),
    HELD: (_ENDING, Orphan.decided_by != "", Orphan.due_at.is_(None)),
}
_OF_GUESS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    GUESSED: (Orphan.guess_service_id.is_not(None),),
    SEVERAL_FIT: (Orphan.guess_code == SEVERAL,),
    UNKNOWN: (Orphan.guess_code.is_(None),),
}


@dataclass(frozen=True)
class OrphanFilter:
    """Which ones are shown.

    Attributes:
        status: one of the row's, ``waits`` (their end wants a second person), ``held`` (a person must look) or ``all``.
        guess: guessed, several, unknown; empty = any.
        query: a part of the log-in.
    """

    integration_id: int | None = None
    status: str = OPEN
    guess: str = ""
    query: str = ""


@dataclass(frozen=True)
class Possible:
    """One service that it may belong to, and why."""

    service: Service
    clues: Sequence[Clue]
    candidate: Candidate


@dataclass(frozen=True)
class OrphanView:
    """One of them, in full.

    Attributes:
        state: finer than the row's status, see ``state_of``.
        possible: services that something speaks for, the likeliest first.
        found: services of the customers that were searched.
        hold: why its end is not sent now.
    """

    orphan: Orphan
    state: str
    possible: Sequence[Possible]
    found: Sequence[Service] = ()
    events: Sequence[Event] = ()
    hold: Hold | None = None


@dataclass(frozen=True)
class Choice:
    """What was chosen of the list, and what would become of it.

    Attributes:
        outlooks: for an adoption, what each would do; ``problems``: by message code, how many cannot be, and one of
            them.
        waits: ending them wants a second person.
    """

    orphans: Sequence[Orphan]
    outlooks: Sequence[Outlook] = ()
    stamp: str = ""
    problems: Mapping[str, tuple[int, Outlook]] = field(default_factory=dict)
    waits: bool = False

    @property
    def ready(self) -> Sequence[Outlook]:
        """Those that would be adopted."""
        return [one for one in self.outlooks if one.problem is None]

    @property
    def alone(self) -> Outlook | None:
        """The one that was chosen for an adoption, where it is only one."""
        return self.outlooks[0] if len(self.outlooks) == 1 else None

    @property
    def losing(self) -> int:
        """How many of them would lose content by that."""
        return sum(one.loses for one in self.ready)


def state_of(orphan: Orphan) -> str:
    """Return what it is in more words than its status has: waits for a person, held by a trouble."""
    if orphan.status != CANCELLING:
        return orphan.status
    if not orphan.decided_by:
        return WAITS
    return HELD if orphan.due_at is None else CANCELLING


def name_of(orphan: Orphan) -> str:
    """Return by what people tell it from others: its log-in, else the platform's ids, else its reference."""
    return orphan.login or ", ".join(orphan.remote_ids.values()) or orphan.reference


def counts_by_status() -> dict[str, int]:
    """Return how many there are of each status."""
    rows = db.session.execute(select(Orphan.status, func.count()).group_by(Orphan.status))
    return {status: count for status, count in rows}


def all_ids(rows: Select[Any]) -> list[int]:
    """Return the ids of all these rows.

    Raises:
        Conflict: they are too many at once: narrow the filter.
    """
    ids = list(db.session.scalars(rows.with_only_columns(Orphan.id).order_by(Orphan.id).limit(MOST + 1)))
    if len(ids) > MOST:
        raise Conflict("orphans_too_many", {"most": MOST})
    return ids


def view_orphan(orphan_id: int, query: str = "") -> OrphanView:
    """Return one in full.

    Args:
        query: of a search for another customer; then nobody is proposed.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    orphan = get_orphan(orphan_id)
    events = select(Event).where(Event.object_type == "orphan", Event.object_id == orphan.id)
    return OrphanView(
        orphan, state_of(orphan), _possible(orphan) if orphan.status == OPEN and not query else (), _search(query),
        db.session.scalars(events.order_by(Event.id.desc()).limit(EVENTS)).all(),
        hold_of(orphan.integration) if orphan.status == CANCELLING else None,
    )  # fmt: skip


def get_orphan(orphan_id: int) -> Orphan:
    """Return one.

    Raises:
        NotFound: there is no such one; answer 404.
    """
    found: Orphan | None = db.session.scalar(with_people(select(Orphan).where(Orphan.id == orphan_id)))
    if found is None:
        raise NotFound("orphan_unknown", {"id": orphan_id})
    return found


def view_choice(orphan_ids: Sequence[int], action: str, service_id: int | None = None) -> Choice:
    """Return what was chosen and what would become of it; nothing is changed.

    Args:
        service_id: whose they are, for an adoption; None = each is taken for the service that was guessed.

    Raises:
        Conflict: nothing was chosen, or too many at once.
        NotFound: there is no such service, or one of those chosen is not there (any more).
    """
    if service_id is not None and db.session.get(Service, service_id) is None:
        raise NotFound("service_unknown", {"id": service_id})
    if not orphan_ids or len(orphan_ids) > MOST:
        raise Conflict("orphans_too_many" if orphan_ids else "orphan_none_chosen", {"most": MOST})
    wanted = select(Orphan).where(Orphan.id.in_(list(orphan_ids))).order_by(Orphan.id)
    rows = db.session.scalars(with_people(wanted)).all()
    if not rows:
        raise NotFound("orphan_unknown", {"id": orphan_ids[0]})
    if action == "cancel":
        return Choice(rows, waits=needs_second([row.integration_id for row in rows]))
    if action != "adopt":
        return Choice(rows)
    found = outlooks(rows, service_id)
    problems: dict[str, tuple[int, Outlook]] = {}
    for one in found:
        if one.problem is not None:
            problems[one.problem.code] = (problems.get(one.problem.code, (0, one))[0] + 1, one)
    return Choice(rows, found, stamp_of(found), problems)


def chosen_rows(wanted: OrphanFilter) -> Select[Orphan]:
    """Return the rows that a filter chooses, without order or limit."""
    rows = select(Orphan)
    if wanted.integration_id is not None:
        rows = rows.where(Orphan.integration_id == wanted.integration_id)
    of_status = _OF_STATUS.get(wanted.status, (Orphan.status == wanted.status,))
    rows = rows.where(*of_status, *_OF_GUESS.get(wanted.guess, ()))
    return rows.where(*mentions(wanted.query, Orphan.login, Orphan.document, Orphan.reference))


def with_people(rows: Select[Orphan]) -> Select[Orphan]:
    """Return rows with integration and the customer whose they may be."""
    return rows.options(
        joinedload(Orphan.integration), joinedload(Orphan.guess_service).joinedload(Service.customer)
    )  # fmt: skip


def _possible(orphan: Orphan) -> list[Possible]:
    marks = Marks(orphan.login, orphan.document, orphan.reference)
    by_service: dict[int, list[Candidate]] = {}
    for one in find_candidates(orphan.integration_id, {orphan.id: marks})[orphan.id]:
        by_service.setdefault(one.service_id, []).append(one)
    wanted = select(Service).options(joinedload(Service.customer), joinedload(Service.plan))
    services = {row.id: row for row in db.session.scalars(wanted.where(Service.id.in_(by_service)))}
    found = [Possible(services[key], [one.clue for one in some], some[0]) for key, some in by_service.items()]
    return sorted(found, key=lambda one: (STRENGTH.index(one.clues[0]), not one.candidate.free))[:FOUND]


def _search(query: str) -> list[Service]:
    customers = find_customers(query, size=FOUND).items if query.strip() else []
    return [service for customer in customers for service in customer.services]
