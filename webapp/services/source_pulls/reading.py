"""Step one: pages of the source become rows of the pull. Nothing is judged here, only counted."""

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from webapp.clock import utc_now
from webapp.decide.certificate import FILE, FULL, Reading
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.services.source_file_rows import convert_rows
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import ReadPage, Record

log = structlog.get_logger()


@dataclass
class Tally:
    """What is counted while a source is read, for ``certify``. Memory: one number for each record.

    Attributes:
        ended: the source proved the end.
        seen: marks of the ids of records; ``customers``: of their customers.
    """

    mode: str
    ended: bool = False
    error: GatewayError | None = None
    pages: int = 0
    rows: int = 0
    records: int = 0
    repeated_page: int | None = None
    first_total: int | None = None
    last_total: int | None = None
    served_age_s: float | None = None
    clock_ahead_s: float = 0.0
    newest_registered: datetime | None = None
    newest_changed: datetime | None = None
    highest_id: int | None = None
    numbered: bool = True
    flawed: int = 0
    first_digest: str = ""
    seen: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)

    def add_page(self, page: ReadPage, now: datetime) -> bool:
        """Count a page; False when its ids were all seen on an earlier one: the source goes round in a circle."""
        if page.rows and page.digest in self.digests:
            self.repeated_page = page.number
            return False
        self.first_digest = self.first_digest or page.digest
        self.digests.add(page.digest)
        self.pages += 1
        self.rows += page.rows
        if page.total is not None:
            self.first_total = page.total if self.first_total is None else self.first_total
            self.last_total = page.total
        if page.served_at is not None:
            self.served_age_s = max(self.served_age_s or 0.0, (now - page.served_at).total_seconds())
            self._look_ahead(page.served_at, now)
        self.ended = page.last
        return True

    def add_record(self, record: Record, now: datetime) -> bool:
        """Count a record; False when this pull had its service already."""
        self.records += 1
        self.flawed += bool(record.problems)
        self.newest_registered = _newer(self.newest_registered, record.registered_at)
        self.newest_changed = _newer(self.newest_changed, record.changed_at)
        for moment in (record.registered_at, record.changed_at):
            if moment is not None:
                self._look_ahead(moment, now)
        self._number(record)
        self.customers.add(hash(record.customer.code))
        mark = mark_of(record.service.code) if record.service else hash((record.customer.code, None))
        if mark in self.seen:
            return False
        self.seen.add(mark)
        return True

    def reading(self, last_digest: str) -> Reading:
        """Return the figures.

        Args:
            last_digest: of the first page of the pull before.
        """
        return Reading(
            mode=self.mode,
            complete=self.ended and self.error is None and self.repeated_page is None,
            error_code=self.error.code if self.error else "",
            pages=self.pages, rows=self.rows, records=self.records, distinct=len(self.seen),
            repeated_page=self.repeated_page, first_total=self.first_total, last_total=self.last_total,
            served_age_s=self.served_age_s, clock_ahead_s=self.clock_ahead_s,
            newest_registered=self.newest_registered, newest_changed=self.newest_changed,
            highest_id=self.highest_id if self.numbered else None, flawed=self.flawed,
            same_first_page=bool(last_digest) and last_digest == self.first_digest,
        )  # fmt: skip

    def _look_ahead(self, moment: datetime, now: datetime) -> None:
        self.clock_ahead_s = max(self.clock_ahead_s, (moment - now).total_seconds())

    def _number(self, record: Record) -> None:
        if record.service is None or not self.numbered:
            return
        code = record.service.code
        self.numbered = code.isascii() and code.isdecimal()
        if self.numbered:
            self.highest_id = max(self.highest_id or 0, int(code))


def mark_of(service_code: str) -> int:
    """Return what is kept of the id of a service, to know it again: a number, for there may be many."""
    return hash((None, service_code))


def read_whole(task: Task) -> Tally:
    """Read everything that the source has, into the rows of the pull; what was there is removed first.

    A failure ends the reading and is kept in the tally: what was read is good for positive changes.

    Raises:
        LeaseLost, StopRequested, Interrupted: leave the pull.
    """
    begin(reads_only=False)
    rows.forget(task.pull_id)
    task.lease.keep(records=0, applied=0, total=None, certificate={}, counts={}, checksum="", error_code=None)
    db.session.commit()
    tally = Tally(FULL)
    try:
        for page in task.reader.read(task.connection):
            if not tally.add_page(page, utc_now()):
                break
            _keep(task, tally, page)
    except GatewayError as error:
        log.warning("pull.broken", pull_id=task.pull_id, code=error.code, pages=tally.pages)
        tally.error, tally.ended = error, False
    return tally


def convert_file(task: Task) -> None:
    """Turn the cells of an uploaded file into records; goes on where it was left.

    Raises:
        Invalid: the upload did not end, or its columns were not chosen.
        LeaseLost, StopRequested, Interrupted: leave the pull.
    """
    begin(reads_only=False)
    rows.forget_items(task.pull_id)
    task.lease.keep(certificate={}, counts={}, checksum="", error_code=None)
    db.session.commit()
    convert_rows(task.pull_id, lambda done, total: task.lease.renew())


def tally_of_file() -> Tally:
    """Return the tally of a file: it has no pages, and its end is its end."""
    return Tally(FILE, ended=True)


def _keep(task: Task, tally: Tally, page: ReadPage) -> None:
    """Write down a page. A record that stood on an earlier one is only counted: the first reading of it stays."""
    now = utc_now()
    first = len(tally.seen)
    fresh = [record for record in page.records if tally.add_record(record, now)]
    begin(reads_only=False)
    rows.write(task.pull_id, first, fresh)
    task.lease.keep(records=len(tally.seen), total=_expected(tally, page))
    db.session.commit()


def _expected(tally: Tally, page: ReadPage) -> int | None:
    """Return how many records there will be: a source counts its own rows (customers), each of them some records."""
    if page.total is None or not tally.rows:
        return None
    return len(tally.seen) if page.last else round(page.total * len(tally.seen) / tally.rows)


def _newer(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if one is None or (other is not None and other > one) else one
