"""Reads a platform whole, compares it with what we believe, and certifies what was read. Nothing is written.

What we believe is loaded in columns before the platform is asked; whoever obviously agrees is forgotten at once.
The rest is loaded anew after the reading, so that what changed meanwhile is left alone, and compared exactly. No
transaction is open while the platform is asked.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select

from webapp.clock import monotonic_s
from webapp.decide.believed_index import MISSED, Index
from webapp.decide.compare import EVERY_STATE, Difference, Found, Situation, in_order, sort_out
from webapp.decide.compare_rights import sort_out_rights
from webapp.decide.differences import MAYBE_HIDDEN, extra
from webapp.decide.fast_compare import FastCompare
from webapp.decide.matching import Matcher
from webapp.decide.snapshot import (
    Certificate,
    Effect,
    Snapshot,
    SnapshotBefore,
    certify_snapshot,
    load,
    times_of,
    withhold,
)
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Listing, Observed, RemoteState, Traits, Unit
from webapp.gateways.errors import GatewayError
from webapp.models import Account, Run
from webapp.models.run import FULL
from webapp.services.marks import load_marks, split
from webapp.services.runs.believed import ends_to_suspend, load_believed, load_moved
from webapp.services.runs.indexing import load_index
from webapp.services.transactions import begin

SHOW_EVERY = 500
# Accounts that are loaded and compared exactly at once: memory stays flat however many differ.
GROUP = 2_000
# So many readings are looked at for one to measure by; older ones say nothing about today.
LOOK_BACK = 50
OnPage = Callable[[int, int], None]


@dataclass(frozen=True)
class Read:
    """What a platform showed, what differs, and what may be done about it.

    Attributes:
        differences: without what the certificate forbids: that became ``Action.REPORT`` with its reason.
        counts: ``listed``, ``pages``, ``expected``, ``compared``, ``unsettled``.
        complete: the listing was read to its end and nothing forbids to believe it; only then ``strangers`` are all.
        refused: message code of why nothing may be done with it; ``error``: the platform could not be read at all.
        covers: states that the listing shows; who is in another one is absent from it, and that proves nothing.
        strangers: accounts that nobody here made.
        foreign: marks of other installations in the references shown.
        unknown_own: references with our newest mark whose account we do not have.
        missing_ids: accounts that this reading was the first not to show; ``seen_again_ids``: those it shows again.
    """

    differences: list[Difference] = field(default_factory=list)
    certificate: Certificate = Certificate()
    counts: Mapping[str, int] = field(default_factory=dict)
    complete: bool = False
    refused: str = ""
    refused_params: Mapping[str, Any] = field(default_factory=dict)
    error: GatewayError | None = None
    covers: frozenset[RemoteState] = EVERY_STATE
    strangers: Iterable[Observed] = ()
    foreign: frozenset[str] = frozenset()
    unknown_own: int = 0
    missing_ids: tuple[int, ...] = ()
    seen_again_ids: tuple[int, ...] = ()


def read_platform(
    integration_id: int,
    gateway: Gateway,
    connection: Connection,
    started_at: datetime,
    on_page: OnPage = lambda listed, pages: None,
) -> Read:
    """Read all accounts of a platform and compare them; a failure of the platform is a value, for a run records it.

    Whatever transaction is open on the session is rolled back: nothing may be pending.

    Args:
        started_at: when the reading began; what changed since then is not compared.
        on_page: called with accounts and pages read so far; whatever it raises ends the reading and goes through.
    """
    begin(reads_only=True)
    index = load_index(integration_id, gateway.traits, started_at)
    db.session.rollback()
    shown = _Shown(index)
    try:
        listing = gateway.list(connection)
        shown.take_all(listing, on_page)
    except GatewayError as error:
        return Read(error=error)
    begin(reads_only=True)
    read = _conclude(_Reading(integration_id, gateway.traits, started_at, shown, listing))
    db.session.rollback()
    return read


class _Shown:
    """What the platform shows, laid beside what we believe while it comes in."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.fast = FastCompare(index)
        self.took_s = 0.0
        self.neighbours = 0

    def take_all(self, listing: Listing, on_page: OnPage) -> None:
        began, shown, tally = monotonic_s(), iter(listing), self.fast.tally
        while batch := list(islice(shown, SHOW_EVERY)):
            self.fast.take_all(batch)
            on_page(tally.listed, listing.pages)
        self.took_s = monotonic_s() - began


@dataclass(frozen=True)
class _Reading:
    """One reading, come to its end."""

    integration_id: int
    traits: Traits
    started_at: datetime
    shown: _Shown
    listing: Listing

    @property
    def shows(self) -> frozenset[RemoteState]:
        """States in which the listing shows accounts of ours."""
        hidden = {RemoteState.SUSPENDED} if ends_to_suspend(self.traits) else set()
        return self.listing.covers - hidden

    @property
    def fast(self) -> FastCompare:
        return self.shown.fast

    @property
    def index(self) -> Index:
        return self.shown.index

    def exact(self, account_ids: Sequence[int], observed: Iterable[Observed]) -> Found:
        """Compare accounts exactly, as we believe them to be now."""
        believed = load_believed(self.integration_id, self.traits, self.started_at, account_ids) if account_ids else []
        compare = sort_out if self.traits.unit is Unit.ACCOUNT else sort_out_rights
        return compare(believed, observed, self.listing.covers)


def _conclude(reading: _Reading) -> Read:
    found = _compare(reading) if reading.listing.complete else Found([])
    snapshot = _snapshot(reading, found)
    before, times = _readings_before(reading.integration_id)
    certificate = certify_snapshot(snapshot, before, times)
    counts = {
        "listed": snapshot.listed, "pages": snapshot.pages, "expected": snapshot.expected,
        "compared": snapshot.compared, "unsettled": reading.index.unsettled,
    }  # fmt: skip
    refusal, covers = certificate.refusal, reading.listing.covers
    if refusal is not None:
        return Read(
            certificate=certificate, counts=counts, refused=refusal.code, refused_params=refusal.params, covers=covers
        )
    foreign, unknown_own = _marks_shown(found.strangers)
    missing = _missing(found.differences, reading.index) if certificate.allows(Effect.MISSING) else ()
    return Read(
        withhold(found.differences, certificate), certificate, counts, complete=True, covers=covers,
        strangers=found.strangers, foreign=foreign, unknown_own=unknown_own, missing_ids=missing,
        seen_again_ids=_seen_again(reading, found.differences),
    )  # fmt: skip


def _compare(reading: _Reading) -> Found:
    fast, found = reading.fast, Found([])
    strangers = _without_newcomers(reading)
    for group in fast.groups(reading.shows, GROUP):
        exact = reading.exact(group.account_ids, group.observed)
        found.differences.extend(one for one in exact.differences if one.situation is not Situation.EXTRA)
        strangers.extend(exact.strangers)
    found.strangers.extend(_without_neighbours(reading.integration_id, strangers))
    reading.shown.neighbours = len(strangers) - len(found.strangers)
    found.differences.extend(_extra(reading.traits, one) for one in found.strangers)
    return Found(in_order(found.differences), found.strangers)


def _without_newcomers(reading: _Reading) -> list[Observed]:
    """Leave out whom we made ourselves while the platform was read."""
    strangers = reading.fast.strangers
    if not strangers:
        return []
    last = reading.index.account_ids[-1] if reading.index.account_ids else 0
    moved = load_moved(reading.integration_id, reading.traits, reading.started_at, last)
    match = Matcher(moved)
    return [one for one in strangers if not match.find(one).accounts] if moved else list(strangers)


def _without_neighbours(integration_id: int, strangers: Sequence[Observed]) -> list[Observed]:
    """Leave out whom another integration of this hub made: both may lead to the same platform."""
    marks = load_marks(db.session.connection())
    numbers = [marks.read(one.reference) if one.reference else None for one in strangers]
    ids = sorted({number for number in numbers if number is not None})
    theirs: set[int] = set()
    for start in range(0, len(ids), GROUP):
        part = Account.id.in_(ids[start : start + GROUP])
        theirs |= set(db.session.scalars(select(Account.id).where(part, Account.integration_id != integration_id)))
    return [one for one, number in zip(strangers, numbers, strict=True) if number not in theirs]


def _extra(traits: Traits, one: Observed) -> Difference:
    return extra(one) if traits.unit is Unit.ACCOUNT else extra(one, {"products": list(one.products or ())})


def _snapshot(reading: _Reading, found: Found) -> Snapshot:
    fast, listing, tally = reading.fast, reading.listing, reading.fast.tally
    # Whom another integration made is nobody of this one's.
    strangers = len(found.strangers) + reading.shown.neighbours
    clashes = {item.account_id for item in found.differences if item.situation is Situation.CLASH}
    return Snapshot(
        complete=listing.complete, reason=listing.reason, reason_params=listing.reason_params, listed=tally.listed,
        pages=listing.pages, stated_total=listing.stated_total, expected=reading.index.expected(reading.shows),
        matched=tally.agreed + tally.doubtful + tally.strangers - strangers, strangers=strangers,
        states=fast.states, compared=fast.compared,
        contradicting=tally.contradicting, clashes=len(clashes), took_s=reading.shown.took_s,
    )  # fmt: skip


def _readings_before(integration_id: int) -> tuple[SnapshotBefore | None, Mapping[str, int]]:
    """Return the last reading that is good enough to measure by, and how often each finding came in a row."""
    statement = (
        select(Run.certificate)
        .where(Run.integration_id == integration_id, Run.reading == FULL, Run.finished_at.is_not(None))
        .order_by(Run.id.desc())
        .limit(LOOK_BACK)
    )
    certificates = [load(raw) for raw in db.session.scalars(statement) if raw.get("findings") is not None]
    before = next((one.shown for one in certificates if one.base), None)
    return before, times_of(certificates[0]) if certificates else {}


def _marks_shown(strangers: Iterable[Observed]) -> tuple[frozenset[str], int]:
    """Return the marks of other hubs in references, and how many carry our newest one without an account here."""
    ours = load_marks(db.session.connection())
    marks = Counter(split(one.reference)[0] for one in strangers if one.reference)
    return frozenset(marks) - ours.all - {""}, marks[ours.newest]


def _missing(differences: Iterable[Difference], index: Index) -> tuple[int, ...]:
    ids = {
        item.account_id for item in differences
        if item.situation is Situation.MISSING and item.account_id is not None and item.reason != MAYBE_HIDDEN
    }  # fmt: skip
    return tuple(sorted(account_id for account_id in ids if not _was_missed(index, account_id)))


def _was_missed(index: Index, account_id: int) -> bool:
    place = index.place_of(account_id)
    return place is not None and bool(index.flags[place] & MISSED)


def _seen_again(reading: _Reading, differences: Iterable[Difference]) -> tuple[int, ...]:
    gone = {item.account_id for item in differences if item.situation is Situation.MISSING}
    return tuple(account_id for account_id in reading.fast.seen_again() if account_id not in gone)
