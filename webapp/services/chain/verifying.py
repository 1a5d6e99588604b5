"""Checks the whole chain, page by page: what each row says now against what was sealed.

A page is read in one snapshot, so that the hub may go on working; memory does not grow with the chain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, select

from webapp.clock import sleep, utc_now
from webapp.extensions import db
from webapp.models import ChainLink, Event
from webapp.services.chain import notes, store
from webapp.services.chain.content import (
    ATTEMPT,
    BODIES,
    EVENT,
    KINDS,
    content_of,
    digest_of,
    is_expunged,
    link_of,
)
from webapp.services.chain.ends import check_ends
from webapp.services.chain.report import BROKEN, CHANGED, INSERTED, REMOVED, REORDERED, Fault, Report
from webapp.services.chain.sealing import TABLES, columns, waiting
from webapp.services.chain.store import Head
from webapp.services.hub import current_hub

PAGE = 1_000
# What was pruned while the check ran looks like a fault; then it begins anew.
TRIES = 3
_LINK, _EVENT = ChainLink.__table__, Event.__table__
Rows = Mapping[tuple[str, int], Any]
Tell = Callable[[int], None]


def _quiet(_links: int) -> None:
    """Tell nobody."""


def verify(
    engine: Engine | None = None, *, expected: Sequence[Head] = (), pause_s: float = 0.0, tell: Tell = _quiet
) -> Report:
    """Check every link, and that the chain ends where it was seen to end. Changes nothing.

    Args:
        engine: another database, such as a restored backup; None = the hub's own, held also against the anchor
            in the instance folder.
        expected: further heads that this chain must contain, such as that of a backup's manifest.
        pause_s: rest after each page, for a check beside a hub at work.
        tell: is told after each page how many links were looked at.
    """
    if engine is None:
        anchor = store.read_anchor(current_hub().settings.instance)
        expected = [*expected, *([anchor] if anchor else [])]
    for _try in range(TRIES):
        check = _Check(engine or db.engine, expected, lambda links: _rest(links, tell, pause_s))
        report = check.run()
        if report.ok or not check.disturbed():
            break
    return report


class _Check:
    """One walk over the chain."""

    def __init__(self, engine: Engine, expected: Sequence[Head], rest: Tell) -> None:
        self._engine, self._expected, self._rest = engine, expected, rest
        self._report = Report(at=utc_now())
        with self._snapshot() as connection:
            self._begin = store.read_checkpoint(connection)
            self._expunged_before = _expunged_before(connection)
        self._report.begins = max(self._begin.place, 0)
        self._at, self._former = self._begin, ""

    def run(self) -> Report:
        more = True
        while more and self._report.ok:
            with self._snapshot() as connection:
                more = self._page(connection)
                if not more and self._report.ok:
                    self._finish(connection)
            self._rest(self._report.links)
        self._report.head = self._at
        return self._report

    def disturbed(self) -> bool:
        """Tell whether the beginning of the chain was moved meanwhile."""
        with self._snapshot() as connection:
            return store.read_checkpoint(connection) != self._begin

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        options: dict[str, Any] = {"reads_only": True}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with self._engine.connect().execution_options(**options) as connection:
            yield connection

    def _page(self, connection: Connection) -> bool:
        links = connection.execute(
            select(_LINK).where(_LINK.c.id > self._at.place).order_by(_LINK.c.id).limit(PAGE)
        ).all()
        rows = _rows(connection, links)
        noted = lru_cache(maxsize=None)(lambda event_id: _note(connection, event_id))
        for link in links:
            self._report.first = self._joint(connection, link) or self._row(connection, link, rows, noted)
            if self._report.first is not None:
                return False
            self._former, self._at = self._at.link, Head(link.id, link.link, link.sealed_at)
            self._report.links += 1
        return bool(links)

    def _joint(self, connection: Connection, link: Any) -> Fault | None:
        """Look whether a link follows on the one before."""
        if link.id != self._at.place + 1:
            return Fault(REMOVED, self._at.place + 1)
        if _follows(self._at.link, link):
            return None
        if self._former and _follows(self._former, link):
            return Fault(INSERTED, self._at.place)
        what = REORDERED if self._stands_later(connection) else self._changed_or_broken(connection, link)
        return Fault(what, link.id, link.kind, link.row_id)

    def _stands_later(self, connection: Connection) -> bool:
        """Look whether the link that should stand here stands further on."""
        later = select(_LINK).where(_LINK.c.id > self._at.place).order_by(_LINK.c.id)
        stream = connection.execution_options(yield_per=PAGE).execute(later)
        return any(_follows(self._at.link, link) for link in stream)

    def _changed_or_broken(self, connection: Connection, link: Any) -> str:
        following = connection.execute(select(_LINK).where(_LINK.c.id == link.id + 1)).first()
        return BROKEN if following is not None and _follows(link.link, following) else CHANGED

    def _row(self, connection: Connection, link: Any, rows: Rows, noted: Any) -> Fault | None:
        """Look whether a row still says what was sealed, or went lawfully."""
        row = rows.get((link.kind, link.row_id))
        if link.erased_by is not None:
            return self._gone(link, row, noted(link.erased_by))
        if row is None:
            return Fault(REMOVED, link.id, link.kind, link.row_id)
        good = digest_of(content_of(link.kind, link.row_id, row._mapping, link.salt), link.salt) == link.digest
        if not good or not self._may_be_expunged(link, row) or not _note_holds(connection, link, row):
            return Fault(CHANGED, link.id, link.kind, link.row_id)
        return None

    def _gone(self, link: Any, row: Any, note: notes.Note | None) -> Fault | None:
        action = notes.PRUNE if row is None else notes.ERASE
        lawful = note is not None and (note.action, note.kind) == (action, link.kind) and link.row_id in note.rows
        if not lawful:
            return Fault(REMOVED if row is None else CHANGED, link.id, link.kind, link.row_id)
        self._report.pruned += row is None
        self._report.erased += row is not None
        return None

    def _may_be_expunged(self, link: Any, row: Any) -> bool:
        """A body that only left its digest must be as old as some note says."""
        if link.kind != ATTEMPT or not any(is_expunged(row._mapping[name]) for name in BODIES[ATTEMPT]):
            return True
        if self._expunged_before is None:
            return self._begin.place > 0
        return bool(row.finished_at < self._expunged_before)

    def _finish(self, connection: Connection) -> None:
        self._report.first = check_ends(connection, self._begin, self._at, self._expected)
        self._report.waiting, _since = waiting(connection)


def _rest(links: int, tell: Tell, pause_s: float) -> None:
    tell(links)
    if pause_s:
        sleep(pause_s)


def _follows(former: str, link: Any) -> bool:
    return bool(link_of(former, link.kind, link.row_id, link.digest) == link.link)


def _rows(connection: Connection, links: Sequence[Any]) -> Rows:
    found: dict[tuple[str, int], Any] = {}
    for kind in KINDS:
        ids = [link.row_id for link in links if link.kind == kind]
        if ids:
            wanted = select(*columns(kind)).where(TABLES[kind].c.id.in_(ids))
            found |= {(kind, row.id): row for row in connection.execute(wanted)}
    return found


def _note(connection: Connection, event_id: int) -> notes.Note | None:
    wanted = select(_EVENT.c.action, _EVENT.c.after).where(_EVENT.c.id == event_id)
    row = connection.execute(wanted).first()
    return None if row is None else notes.read(row.action, row.after)


def _note_holds(connection: Connection, link: Any, row: Any) -> bool:
    """Look whether what a note left of its rows is still all that they say; rows removed since are not asked for."""
    note = notes.read(row.action, row.after) if link.kind == EVENT else None
    if note is None or note.action != notes.ERASE:
        return True
    left, count = notes.left_of(connection, note.kind, note.rows)
    return count < len(note.rows) or left == note.left


def _expunged_before(connection: Connection) -> datetime | None:
    facts = notes.latest(connection, notes.EXPUNGE)
    try:
        return datetime.fromisoformat(facts["older_than"]) if facts else None
    except (KeyError, TypeError, ValueError):
        return None
