"""Checks the two ends of the chain: where it begins, where it stops, and that nothing stands beside it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from webapp.services.chain import notes, store
from webapp.services.chain.content import KINDS
from webapp.services.chain.report import CUT, INSERTED, OPEN, REMOVED, REPLACED, Fault
from webapp.services.chain.sealing import overlooked
from webapp.services.chain.store import Head


def check_ends(connection: Connection, begin: Head, end: Head, expected: Sequence[Head]) -> Fault | None:
    """Return what is wrong at the ends of a chain whose links all hold.

    Args:
        begin: where it begins, ``end`` where the last link stands.
        expected: heads that were seen before, from outside the database.
    """
    return (
        _began_elsewhere(connection, begin)
        or _ends_elsewhere(store.read_head(connection), end)
        or _not_as_seen(connection, begin, end, expected)
        or _beside(connection)
        or _left_open(connection, end)
    )


def _began_elsewhere(connection: Connection, begin: Head) -> Fault | None:
    facts = notes.latest(connection, notes.BEGIN) or {"place": 0, "link": Head().link}
    if not isinstance(facts, dict) or (facts.get("place"), facts.get("link")) != (begin.place, begin.link):
        return Fault(REMOVED, begin.place)
    return None


def _ends_elsewhere(told: Head, end: Head) -> Fault | None:
    if told.place > end.place:
        return Fault(CUT, end.place)
    return None if (told.place, told.link) == (end.place, end.link) else Fault(REPLACED, end.place)


def _not_as_seen(connection: Connection, begin: Head, end: Head, expected: Sequence[Head]) -> Fault | None:
    for seen in expected:
        if seen.place > end.place:
            return Fault(CUT, end.place)
        # A chain that begins behind it shows nothing of it: somebody may have made it anew and moved its beginning.
        # What is taken away lawfully is half a year old and more, and the end is seen every few seconds.
        link = begin.link if seen.place == begin.place else store.link_at(connection, seen.place)
        if link != seen.link:
            return Fault(REPLACED, seen.place)
    return None


def _left_open(connection: Connection, end: Head) -> Fault | None:
    """What lets the history be changed never outlives its transaction."""
    return Fault(OPEN, end.place) if store.is_open(connection) else None


def _beside(connection: Connection) -> Fault | None:
    for kind in KINDS:
        row_id = overlooked(connection, kind)
        if row_id is not None:
            return Fault(INSERTED, 0, kind, row_id)
    return None
