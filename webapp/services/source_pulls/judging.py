"""Step three: what the reading may be used for, and how much may be taken away because of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from webapp.clock import utc_now
from webapp.decide.certificate import (
    FILE,
    FULL,
    Before,
    Braked,
    Certificate,
    Compared,
    Effect,
    Finding,
    Negative,
    Reading,
    Spent,
    base_of,
    brake,
    certify,
    dump,
    dump_base,
    lasting,
    load,
    load_base,
    standing,
)
from webapp.extensions import db
from webapp.models import SourcePull, SourcePullItem
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.privacy.meeting import CAME_BACK, note_back
from webapp.services.source_mapping import note_seen
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.comparing import REPEATED, Comparison, cancels
from webapp.services.source_pulls.known import LOOKS, Absence, Known, find_absent, mark_absent
from webapp.services.source_pulls.reading import Tally
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin
from webapp.sources.contract import SourceAbility

DAY = timedelta(hours=24)
# Readings that failed or are under way have no certificate: so many are passed over at the most.
OPEN_PULLS = 200
PULL_STAGED, UNCONFIRMED = "pull_staged", "pull_unconfirmed"


@dataclass(frozen=True)
class Judgement:
    """What the reading may be used for.

    Attributes:
        agreed: without a way to look again: positions of negatives that the reading before showed too.
    """

    certificate: Certificate
    braked: Braked
    agreed: frozenset[int] | None = None

    @property
    def nothing(self) -> bool:
        """Tell whether nothing at all may be made of it."""
        return not self.certificate.allows(Effect.NOTHING)


def judge(task: Task, tally: Tally, comparison: Comparison, known: Known, counts: dict[str, int]) -> Judgement:
    """Certify and brake what was compared, write it down and commit.

    Items that may not go are held or staged from here on; links of a certified whole reading are marked as seen.

    Raises:
        LeaseLost, StopRequested, Interrupted: nothing was written; leave the pull.
    """
    whole = task.mode == FULL
    absence = find_absent(task.source_id, tally, comparison.new_documents) if whole else Absence([], [], 0)
    absent = sum(link not in absence.before for link in absence.service_ids)
    compared = comparison.figures(known, absent, absence.moved)
    reading = tally.reading(_last_digest(task))
    certificate = _certify(task, reading, compared)
    begin(reads_only=False)
    _hold_repeated(task, comparison)
    _tell_erased(task, comparison)
    negatives = _negatives(task)
    braked = brake(negatives, known.live, _spent(task))
    agreed = _agreed(task, negatives)
    judgement = Judgement(certificate, braked, agreed)
    _hold(task, judgement)
    if whole:
        note_seen(task.source_id, comparison.words, whole=certificate.base)
        if certificate.base and not task.dry_run:
            mark_absent(task.source_id, absence.service_ids + absence.customer_ids, utc_now())
    else:
        note_seen(task.source_id, comparison.words)
    counts.update({**_counts(tally, comparison, compared), **counts})
    kept = _dump(judgement, reading, compared) | {"first_page": tally.first_digest}
    task.lease.keep(certificate=kept, checksum=braked.checksum, counts=counts)
    db.session.commit()
    return judgement


def standing_now(source_id: int) -> Certificate:
    """Return what the last whole reading found wrong with the source itself; leaves no transaction open.

    It holds for single looks too: they ask the same source.
    """
    last = next(iter(_certificates(source_id, limit=1)), {})
    return Certificate() if last.get("accepted_by") else standing(load(last))


def _certify(task: Task, reading: Reading, compared: Compared) -> Certificate:
    before, accepted = _measure(task)
    certificate = certify(reading, before, compared, accepted)
    if task.mode not in LOOKS:
        return certificate
    return Certificate((*certificate.findings, *standing_now(task.source_id).findings))


def load_judgement(pull_id: int) -> Judgement:
    """Return what was judged before this process took the pull up; leaves no transaction open."""
    begin(reads_only=True)
    raw = db.session.scalar(select(SourcePull.certificate).where(SourcePull.id == pull_id)) or {}
    db.session.rollback()
    agreed = raw.get("agreed")
    return Judgement(
        load(raw), Braked(frozenset(), frozenset(), ""), None if agreed is None else frozenset(agreed)
    )  # fmt: skip


def raise_alerts(task: Task, causes: Sequence[Finding]) -> list[str]:
    """Tell a person, in the caller's transaction, what is held back and why; returns the codes."""
    for finding in causes:
        params = {**finding.params, "pull_id": task.pull_id}
        raise_alert(finding.code, "source", task.source_id, task.description, params)
    return [finding.code for finding in causes]


def staged_of(pull_id: int) -> list[Negative]:
    """Return what of a pull waits for a person, in the caller's transaction."""
    return _as_negatives(pull_id, "staged")


def _negatives(task: Task) -> list[Negative]:
    return _as_negatives(task.pull_id, "planned")


def _as_negatives(pull_id: int, outcome: str) -> list[Negative]:
    found = db.session.execute(
        select(SourcePullItem.position, SourcePullItem.service_code, SourcePullItem.changes)
        .where(SourcePullItem.pull_id == pull_id, SourcePullItem.outcome == outcome)
        .where(SourcePullItem.direction == "negative")
        .order_by(SourcePullItem.position)
    )
    return [
        Negative(row.position, row.service_code, any(map(cancels, row.changes)), tuple(rows.takes_away(row.changes)))
        for row in found
    ]


def _hold(task: Task, judgement: Judgement) -> None:
    """Give negative items that may not go their outcome, in the caller's transaction."""
    if not judgement.certificate.allows(Effect.NO_NEGATIVE):
        rows.turn_items(task.pull_id, "planned", "held")
    elif judgement.braked.staged:
        rows.turn_items(task.pull_id, "planned", "staged")
    elif judgement.agreed is not None:
        problem = {"field": "", "code": UNCONFIRMED, "params": {}}
        rows.turn_items(task.pull_id, "planned", "staged", problem=problem, but=judgement.agreed)


def _tell_erased(task: Task, comparison: Comparison) -> None:
    """Count erased people whom the source brings all the same; in the caller's transaction."""
    note_back(comparison.erased, task.source_id)
    if comparison.erased:
        params = {"count": len(comparison.erased)}
        raise_alert(CAME_BACK, "source", task.source_id, task.description, params)
    elif task.mode == FULL:
        clear_alert(CAME_BACK, "source", task.source_id)


def _hold_repeated(task: Task, comparison: Comparison) -> None:
    """Which of two rows of a file is true, nobody knows: neither takes anything away. In the caller's transaction."""
    if comparison.repeated:
        keep = frozenset(one.position for one in _negatives(task) if one.code not in comparison.repeated)
        problem = {"field": "", "code": REPEATED, "params": {}}
        rows.turn_items(task.pull_id, "planned", "held", problem=problem, but=keep)


def _agreed(task: Task, negatives: list[Negative]) -> frozenset[int] | None:
    """Return which negatives the whole reading before showed too; None where each can be looked at again.

    A person who confirms a file has looked at each of them.
    """
    if task.can(SourceAbility.FIND) or task.mode == FILE:
        return None
    previous = db.session.scalar(
        select(SourcePull.id)
        .where(SourcePull.source_id == task.source_id, SourcePull.id < task.pull_id, SourcePull.mode == FULL)
        .where(SourcePull.status.in_(("done", "staged", "held")), SourcePull.dry_run.is_(False))
        .where(SourcePull.error_code.is_(None))
        .order_by(SourcePull.id.desc())
        .limit(1)
    )
    if previous is None:
        return frozenset()
    found = db.session.execute(
        select(SourcePullItem.service_code, SourcePullItem.changes).where(
            SourcePullItem.pull_id == previous, SourcePullItem.direction == "negative"
        )
    )
    then = {row.service_code: rows.takes_away(row.changes) for row in found}
    return frozenset(
        one.position for one in negatives if then.get(one.code) == [dict(change) for change in one.changes]
    )


def _spent(task: Task) -> Spent:
    """Return what this source took away in the last day, by pulls of every mode."""
    since = utc_now() - DAY
    found = db.session.execute(
        select(SourcePullItem.changes)
        .join(SourcePull, SourcePull.id == SourcePullItem.pull_id)
        .where(SourcePull.source_id == task.source_id, SourcePull.id != task.pull_id)
        .where(func.coalesce(SourcePull.finished_at, SourcePull.started_at) > since)
        .where(_taken(), SourcePullItem.direction == "negative")
    )
    every = [row.changes for row in found]
    return Spent(len(every), sum(any(map(cancels, changes)) for changes in every))


def _taken() -> ColumnElement[bool]:
    """What is gone, and what another pull is about to take: it passed the brake, and only waits for second looks."""
    going = or_(
        SourcePullItem.outcome == "planned",
        (SourcePullItem.outcome == "staged") & SourcePull.approved_at.is_not(None),
    )
    return or_(SourcePullItem.outcome == "applied", (SourcePull.status == "applying") & going)


def _measure(task: Task) -> tuple[Before | None, tuple[str, ...]]:
    """Return the last whole reading to measure by, and what of it a person accepted as the new normal."""
    for raw in _certificates(task.source_id, but=task.pull_id, limit=200, dry=False):
        if "base" not in raw:
            continue
        certificate = load(raw)
        if raw.get("accepted_by"):
            return load_base(raw["base"]), tuple(finding.code for finding in certificate.causes)
        if certificate.base:
            return load_base(raw["base"]), lasting(certificate)
    return None, ()


def _last_digest(task: Task) -> str:
    found = _certificates(task.source_id, but=task.pull_id, limit=1)
    return next((raw["first_page"] for raw in found if "first_page" in raw), "")


def _certificates(source_id: int, *, limit: int, but: int = 0, dry: bool = True) -> list[dict[str, Any]]:
    """Return the certificates of whole readings that were judged, the last one first.

    Args:
        but: a pull that is left out.
        dry: dry runs too. They are no base: by the first real reading nobody shall lose anything.
    """
    judged = (SourcePull.source_id == source_id, SourcePull.mode == FULL, SourcePull.id != but)
    kinds = () if dry else (SourcePull.dry_run.is_(False),)
    begin(reads_only=True)
    found = db.session.scalars(
        select(SourcePull.certificate).where(*judged, *kinds).order_by(SourcePull.id.desc()).limit(limit + OPEN_PULLS)
    ).all()
    db.session.rollback()
    return [raw for raw in found if "findings" in raw][:limit]


def _counts(tally: Tally, comparison: Comparison, compared: Compared) -> dict[str, int]:
    return {
        "positive": comparison.positives, "negative": comparison.negatives, "cancels": comparison.cancels,
        "refused": comparison.refused, "unmapped": comparison.unmapped, "notes": comparison.notes,
        "elsewhere": comparison.elsewhere, "unchanged": comparison.unchanged, "absent": compared.absent,
        "erased": len(comparison.erased), "pages": tally.pages, "calls": tally.pages,
    }  # fmt: skip


def _dump(judgement: Judgement, reading: Reading, compared: Compared) -> dict[str, Any]:
    braked = judgement.braked
    return {
        **dump(judgement.certificate),
        "base": dump_base(base_of(reading, compared)),
        "reading": _plain(asdict(reading)),
        "compared": _plain(asdict(compared)),
        "brake": {"limit": braked.limit, "found": braked.found, "most": braked.most, "staged": len(braked.staged)},
        "agreed": None if judgement.agreed is None else sorted(judgement.agreed),
    }


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in figures.items()}
