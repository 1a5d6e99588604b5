"""Pulls as pages show them: what was read, what the certificate says, what changes, what waits for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from webapp.decide.certificate import Finding, acceptable, load
from webapp.decide.intake import What
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Run, Service, ServicePackage, Source, SourcePull, SourcePullItem
from webapp.services.errors import NotFound
from webapp.services.hub import current_hub
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of
from webapp.services.pages_runs import runs_of_pull
from webapp.services.source_files import waits_for_columns

EXAMPLES = 8
AT_WORK = frozenset({"queued", "uploading", "reading", "comparing", "applying", "stopping"})
# What is asked about every reading, and the findings that are an answer; None = of whole readings only.
WHOLE_ONLY: tuple[str, ...] = ("full",)
LOOKS: tuple[str, ...] = ("full", "light", "hint")
ALL: tuple[str, ...] = (*LOOKS, "file")
CHECKS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("whole", LOOKS, ("reading_incomplete", "reading_empty", "totals_disagree", "total_moved")),
    ("pages", WHOLE_ONLY, ("page_repeated", "rows_shifted")),
    ("size", WHOLE_ONLY, ("reading_shrunken", "ended_hidden", "first_reading")),
    ("fresh", WHOLE_ONLY, (
        "reading_stale", "reading_copied", "reading_older", "reading_went_back", "ids_went_back")),
    ("dates", ALL, ("clock_ahead", "dates_shifted")),
    ("understood", ALL, (
        "records_flawed", "records_refused", "status_words_unknown", "contacts_invalid")),
    ("people", ALL, (
        "another_provider", "other_people", "identity_changed", "owners_changed", "contacts_changed")),
    ("paying", ALL, ("nobody_pays", "paying_fell", "many_stop")),
    ("second_look", LOOKS, ("looks_contradicted",)),
)  # fmt: skip
OTHER = "other"


@dataclass(frozen=True)
class Check:
    """One thing that was asked about a reading; no findings = in order."""

    name: str
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Something is kept back because of it."""
        return any(finding.holds for finding in self.findings)


@dataclass(frozen=True)
class Staged:
    """What waits for a person.

    Attributes:
        monthly: value per month of the packages that would be suspended or removed.
    """

    count: int
    cancels: int
    monthly: Decimal
    examples: tuple[str, ...]


@dataclass(frozen=True)
class PullView:
    """One pull as its page shows it.

    Attributes:
        state: finer than the row's status, see ``state_of``.
        counts: (direction, outcome) -> lines.
        undone_by: runs that took back what it took away.
    """

    pull: SourcePull
    source: Source
    state: str
    checks: tuple[Check, ...]
    acceptable: bool
    staged: Staged | None
    counts: Mapping[tuple[str, str], int]
    undone_by: Sequence[Run] = ()

    @property
    def undoable(self) -> bool:
        """It took something away, and nobody took that back yet."""
        took = self.number(direction="negative", outcome="applied")
        return bool(took) and not self.works and not self.pull.dry_run and not self.undone_by

    @property
    def works(self) -> bool:
        """Something goes on, so that the page looks again by itself."""
        return self.state in AT_WORK

    @property
    def followed(self) -> bool:
        """It changed something here, so that platforms may have to be told."""
        changed = any(self.pull.counts.get(name) for name in ("created", "updated"))
        return changed and not self.works and not self.pull.dry_run

    def number(self, *, direction: str = "", outcome: str = "") -> int:
        """Return how many lines have this direction and outcome; empty = any."""
        return sum(count for key, count in self.counts.items() if direction in ("", key[0]) and outcome in ("", key[1]))


def state_of(pull: SourcePull) -> str:
    """Return what a pull is doing, in more words than its status has.

    queued, uploading, reading, comparing, columns, preview, compared, applying, stopping; else the status itself.
    """
    if pull.status in ("reading", "applying"):
        return _working(pull)
    if pull.status != "ready":
        return pull.status
    if waits_for_columns(pull):
        return "columns"
    return "preview" if pull.finished_at is None and not pull.dry_run else "compared"


def list_pulls(
    source_id: int, mode: str = "", status: str = "", cursor: str = "", size: int = PAGE_SIZE
) -> Page[SourcePull]:
    """Return the pulls of a source, the latest first."""
    wanted = select(SourcePull).where(SourcePull.source_id == source_id)
    if mode:
        wanted = wanted.where(SourcePull.mode == mode)
    if status:
        wanted = wanted.where(SourcePull.status == status)
    before = decode_cursor(cursor, 1)
    if before is not None:
        wanted = wanted.where(SourcePull.id < before[0])
    rows = db.session.scalars(wanted.order_by(SourcePull.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following)


def view_pull(pull_id: int) -> PullView:
    """Return one pull with everything that its head shows.

    Raises:
        NotFound: no such pull; answer 404.
    """
    pull = find_pull(pull_id)
    certificate = load(pull.certificate)
    may_be_normal = pull.mode == "full" and pull.status == "held" and not pull.certificate.get("accepted_by")
    return PullView(
        pull, pull.source, state_of(pull), _checks(pull, certificate.findings),
        may_be_normal and acceptable(certificate), _staged(pull), _line_counts(pull_id),
        runs_of_pull(pull_id),
    )  # fmt: skip


def find_pull(pull_id: int) -> SourcePull:
    """Return a pull with its source.

    Raises:
        NotFound: no such pull; answer 404.
    """
    found: SourcePull | None = db.session.scalar(
        select(SourcePull).options(joinedload(SourcePull.source)).where(SourcePull.id == pull_id)
    )
    if found is None:
        raise NotFound("pull_not_found", {"id": pull_id})
    return found


def spreadsheet_sources() -> Sequence[Source]:
    """Return the sources into which files can be uploaded."""
    return db.session.scalars(
        select(Source).where(Source.kind == "spreadsheet", Source.active).order_by(Source.description)
    ).all()


def _working(pull: SourcePull) -> str:
    if pull.stop_requested:
        return "stopping"
    if pull.mode == "file" and pull.total is None:
        return "uploading"
    if pull.lease_until is None and not pull.applied:
        return "queued"
    if pull.status == "reading" and pull.total is not None and pull.records >= pull.total:
        return "comparing"
    return pull.status


def _checks(pull: SourcePull, findings: Sequence[Finding]) -> tuple[Check, ...]:
    """Return every check of this kind of reading; nothing before it was certified."""
    if not pull.certificate:
        return ()
    known = {code for _, _, codes in CHECKS for code in codes}
    checks = []
    for name, modes, codes in CHECKS:
        found = tuple(finding for finding in findings if finding.code in codes)
        if found or pull.mode in modes:
            checks.append(Check(name, found))
    rest = tuple(finding for finding in findings if finding.code not in known)
    return (*checks, Check(OTHER, rest)) if rest else tuple(checks)


def _line_counts(pull_id: int) -> dict[tuple[str, str], int]:
    rows = db.session.execute(
        select(SourcePullItem.direction, SourcePullItem.outcome, func.count())
        .where(SourcePullItem.pull_id == pull_id)
        .group_by(SourcePullItem.direction, SourcePullItem.outcome)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _staged(pull: SourcePull) -> Staged | None:
    if pull.status != "staged":
        return None
    waiting = (
        SourcePullItem.pull_id == pull.id, SourcePullItem.outcome == "staged",
        SourcePullItem.direction == "negative",
    )  # fmt: skip
    rows = db.session.execute(
        select(SourcePullItem.name, SourcePullItem.service_code, SourcePullItem.changes)
        .where(*waiting)
        .order_by(SourcePullItem.id)
    ).all()
    taken = {row.service_code: _taken(row.changes) for row in rows}
    cancels = sum(any(map(_is_cancel, row.changes)) for row in rows)
    names = tuple(row.name or row.service_code for row in rows[:EXAMPLES])
    return Staged(len(rows), cancels, _monthly(waiting, taken), names)


def _monthly(waiting: Sequence[ColumnElement[bool]], taken: Mapping[str, frozenset[int] | None]) -> Decimal:
    today = current_hub().today()
    sold = db.session.execute(
        select(Service.code, ServicePackage.package_id, ServicePackage.value)
        .join(Service, Service.id == ServicePackage.service_id)
        .where(Service.code.in_(select(SourcePullItem.service_code).where(*waiting)))
        .where(or_(ServicePackage.ends_on.is_(None), ServicePackage.ends_on >= today))
    )
    return sum(
        (row.value for row in sold if (only := taken.get(row.code)) is None or row.package_id in only), Decimal(0)
    )


def _taken(changes: Sequence[Mapping[str, Any]]) -> frozenset[int] | None:
    """Return the packages that a line takes away; None = all of the service, since its status changes."""
    negative = [change for change in changes if change["direction"] == "negative"]
    if any(change["what"] == What.STATUS for change in negative):
        return None
    return frozenset(change["package_id"] for change in negative if change.get("package_id"))


def _is_cancel(change: Mapping[str, Any]) -> bool:
    if change["direction"] != "negative":
        return False
    return change["what"] == What.REMOVE_PACKAGE or (change["what"] == What.STATUS and change["after"] in ENDED)
