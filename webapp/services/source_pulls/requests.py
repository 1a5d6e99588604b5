"""What people ask of pulls: begin one, stop it, go on, approve or reject what waits. The work is the worker's."""

from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.decide.certificate import FULL, acceptable, load
from webapp.decide.certificate import checksum as checksum_of
from webapp.extensions import db
from webapp.models import Source, SourcePull, SourcePullItem
from webapp.services.alerts import clear_alerts, raise_alert
from webapp.services.audit import current_actor, record
from webapp.services.errors import Conflict, NotFound
from webapp.services.intake import Intake
from webapp.services.persons import same_person
from webapp.services.signals import SOURCES
from webapp.services.source_mapping import Translator
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.ending import WHOLE, clear_staged
from webapp.services.source_pulls.judging import staged_of
from webapp.services.source_pulls.known import REJECTED, find_absent, mark_absent
from webapp.services.source_pulls.leases import WORKABLE
from webapp.services.source_pulls.reading import Tally
from webapp.services.transactions import begin
from webapp.sources.contract import SourceAbility
from webapp.sources.registry import UnknownSource
from webapp.sources.registry import get_source as get_kind

SCHEDULE, HINTED = "schedule", "hint"
NEEDS = {
    "full": (SourceAbility.FULL,),
    # Changes name services; each of them is then looked at.
    "light": (SourceAbility.CHANGES, SourceAbility.FIND),
    "hint": (SourceAbility.FIND,),
}


def get_pull(pull_id: int, *, lock: bool = False) -> SourcePull:
    """Return a pull.

    Args:
        lock: for a decision about it: of two who decide at once, the second sees what the first did.

    Raises:
        NotFound: no such pull, or it changed nothing and its time is over.
    """
    pull = db.session.get(SourcePull, pull_id, populate_existing=True, with_for_update=lock)
    if pull is None:
        raise NotFound("pull_not_found", {"id": pull_id})
    return pull


def request_pull(source_id: int, mode: str = "full", dry_run: bool = False, trigger: str = "manual") -> SourcePull:
    """Ask for a pull and commit; a worker of any process begins it at once.

    Args:
        mode: full, light or hint; a file begins with its upload.
        dry_run: compare only: nothing is written but the pull itself and the words that were seen.

    Raises:
        NotFound: no such source.
        Conflict: it is inactive, cannot do this, or a pull of it is under way (look at that one).
    """
    begin(reads_only=False)
    # Two who ask at the same time must not both find the way free.
    source = db.session.get(Source, source_id, with_for_update=True, populate_existing=True)
    if source is None:
        raise NotFound("source_not_found", {"id": source_id})
    _check(source, mode)
    pull = SourcePull(
        source_id=source_id, mode=mode, dry_run=dry_run, trigger=trigger, started_at=utc_now(),
        requested_by=current_actor(),
    )  # fmt: skip
    db.session.add(pull)
    db.session.flush()
    if trigger not in (SCHEDULE, HINTED):
        record(
            "source_pull.request",
            "source_pull",
            pull.id,
            f"{source.description} #{pull.id}",
            after={"dry_run": dry_run},
        )
    db.session.commit()
    SOURCES.wake()
    return pull


def request_stop(pull_id: int) -> SourcePull:
    """Ask the worker to stop and commit: it does so after the page or batch that it is at; what is made stays.

    Raises:
        NotFound: no such pull.
        Conflict: it is over already.
    """
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    waits = pull.status == "ready" and pull.finished_at is None
    if pull.status not in WORKABLE and not waits:
        raise Conflict("pull_over", {"id": pull_id})
    if waits or pull.lease_until is None or pull.lease_until <= utc_now():
        # Nobody works on it, so nobody would notice.
        pull.status, pull.finished_at, pull.lease_until = "stopped", utc_now(), None
        record("source_pull.stopped", "source_pull", pull.id, _label(pull))
    else:
        pull.stop_requested = True
    db.session.commit()
    return pull


def resume_pull(pull_id: int) -> SourcePull:
    """Go on with a pull that was stopped or failed, and commit: applying where it was, a reading from its start.

    Raises:
        NotFound: no such pull.
        Conflict: it was neither stopped nor failed, another one of the source is under way, or a newer reading or
            file was applied since: what this one said is old.
    """
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    if pull.status not in ("stopped", "failed") or pull.mode not in WHOLE:
        raise Conflict("pull_not_stopped", {"id": pull_id})
    source = db.session.get(Source, pull.source_id, with_for_update=True, populate_existing=True)
    assert source is not None
    _check(source, pull.mode)
    newer = _newer(pull)
    if newer is not None:
        raise Conflict("pull_superseded", {"pull_id": newer})
    # Compared already: a file then waits again, unless it was being applied.
    judged = "findings" in pull.certificate and pull.error_code is None
    pull.status = "applying" if judged and pull.applied else "reading"
    pull.finished_at, pull.stop_requested, pull.lease_until = None, False, None
    pull.error_code, pull.error_params = None, {}
    record("source_pull.resume", "source_pull", pull.id, _label(pull))
    db.session.commit()
    SOURCES.wake()
    return pull


def confirm_pull(pull_id: int) -> SourcePull:
    """Let a file that was compared be applied, and commit.

    Raises:
        NotFound: no such pull.
        Conflict: it does not wait for that (a dry run never does; start a real pull instead), or its source is off.
    """
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    _check_active(pull.source)
    if pull.dry_run:
        raise Conflict("pull_is_dry_run", {"id": pull_id})
    if pull.status != "ready" or "findings" not in pull.certificate:
        raise Conflict("pull_not_ready", {"id": pull_id})
    pull.status, pull.lease_until = "applying", None
    record("source_pull.confirm", "source_pull", pull.id, _label(pull))
    db.session.commit()
    SOURCES.wake()
    return pull


def approve_pull(pull_id: int, checksum: str) -> SourcePull:
    """Let the negative changes go that a pull staged, and commit; each is looked at once more before.

    They are compared again with the present rows first: an approval counts only for exactly what was seen.

    Args:
        checksum: of what the person saw.

    Raises:
        NotFound: no such pull.
        Conflict: nothing waits; its source is off; it changed meanwhile (look again, it is shown as it is now); or
            services would end and whoever asked for the pull may not approve that too.
    """
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    _check_active(pull.source)
    if pull.status != "staged":
        raise Conflict("pull_not_staged", {"id": pull_id})
    if pull.checksum != checksum:
        raise Conflict("pull_changed", {"id": pull_id})
    if any(one.cancels for one in staged_of(pull_id)) and same_person(pull.requested_by):
        raise Conflict("second_operator_needed", {"id": pull_id})
    if _compare_again(pull) != checksum:
        db.session.commit()
        raise Conflict("pull_changed", {"id": pull_id})
    pull.status, pull.approved_by, pull.approved_at = "applying", current_actor(), utc_now()
    pull.finished_at, pull.lease_until = None, None
    clear_staged(pull.source_id)
    record("source_pull.approve", "source_pull", pull.id, _label(pull), after={"staged": pull.counts.get("staged", 0)})
    db.session.commit()
    SOURCES.wake()
    return pull


def reject_pull(pull_id: int, reason: str) -> SourcePull:
    """Refuse what a pull staged, and commit. The next whole reading brings it up again if it is still so.

    Raises:
        NotFound: no such pull.
        Conflict: nothing waits.
    """
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    if pull.status != "staged":
        raise Conflict("pull_not_staged", {"id": pull_id})
    told = {"count": pull.counts.get("staged", 0), "reason": reason, "pull_id": pull_id}
    problem = {"field": "", "code": REJECTED, "params": told}
    count = rows.turn_items(pull_id, "staged", "skipped", problem=problem)
    pull.status, pull.checksum = "done", ""
    pull.counts = {**pull.counts, "staged": 0, "skipped": pull.counts.get("skipped", 0) + count}
    clear_staged(pull.source_id)
    raise_alert(REJECTED, "source", pull.source_id, pull.source.description, told)
    record("source_pull.reject", "source_pull", pull.id, _label(pull), after={"staged": count}, reason=reason)
    db.session.commit()
    return pull


def accept_reading(pull_id: int) -> SourcePull:
    """Take a held whole reading as the new normal, and commit: it applies nothing; the next is measured by it.

    Raises:
        NotFound: no such pull.
        Conflict: it is not a whole reading that was held, what was found wrong with it cannot be normal, or it
            is so old that its rows are gone (pull again).
    """
    pull = get_pull(pull_id)
    complete = pull.certificate.get("reading", {}).get("complete")
    if pull.mode != "full" or pull.dry_run or not complete or not acceptable(load(pull.certificate)):
        raise Conflict("reading_not_acceptable", {"id": pull_id})
    absent = _absent(pull)
    begin(reads_only=False)
    pull = get_pull(pull_id, lock=True)
    pull.certificate = {**pull.certificate, "accepted_by": current_actor()}
    mark_absent(pull.source_id, absent, pull.started_at)
    clear_alerts("source", pull.source_id)
    record("source_pull.accept", "source_pull", pull.id, _label(pull))
    db.session.commit()
    return pull


def _check(source: Source, mode: str) -> None:
    _check_active(source)
    try:
        traits = get_kind(source.kind).traits
    except UnknownSource as error:
        raise Conflict("source_kind_missing", {"kind": source.kind}) from error
    if not all(traits.can(ability) for ability in NEEDS.get(mode, ())):
        raise Conflict("source_cannot", {"description": source.description, "mode": mode})
    if under_way(source.id, mode) is not None:
        raise Conflict("pull_under_way", {"description": source.description})


def _newer(pull: SourcePull) -> int | None:
    later = (SourcePull.source_id == pull.source_id, SourcePull.id > pull.id, SourcePull.mode.in_(WHOLE))
    made = (SourcePull.dry_run.is_(False), SourcePull.status.in_(("done", "staged", "held")))
    return db.session.scalar(select(SourcePull.id).where(*later, *made).order_by(SourcePull.id.desc()).limit(1))


def _check_active(source: Source) -> None:
    if not source.active:
        raise Conflict("source_inactive", {"description": source.description})


def under_way(source_id: int, mode: str) -> int | None:
    """Return the pull that is in the way of one with this mode: one whole pull, and one of each kind of look."""
    alike = WHOLE if mode in WHOLE else (mode,)
    return db.session.scalar(
        select(SourcePull.id)
        .where(SourcePull.source_id == source_id, SourcePull.mode.in_(alike), SourcePull.status.in_(WORKABLE))
        .limit(1)
    )


def _compare_again(pull: SourcePull) -> str:
    """Compare what is staged with the present rows; what moved on is taken out. Returns the checksum of the rest."""
    translator, intake = Translator.load(pull.source_id), Intake(pull.source_id, lenient=True)
    staged = rows.items(pull.id, ("staged",), negative=True)
    for start in range(0, len(staged), rows.BATCH):
        part = staged[start : start + rows.BATCH]
        _compare_part(pull.id, part, translator, intake)
    left = staged_of(pull.id)
    pull.checksum = checksum_of(left)
    pull.counts = {**pull.counts, "staged": len(left), "cancels": sum(one.cancels for one in left)}
    if not left:
        pull.status = "done"
        clear_staged(pull.source_id)
    return pull.checksum


def _compare_part(pull_id: int, part: list[rows.Item], translator: Translator, intake: Intake) -> None:
    read = rows.load(pull_id, [item.position for item in part])
    translated = [translator.translate(row.record, row.position).wanted for row in read]
    plans = {plan.wanted.position: plan for plan in intake.plan([one for one in translated if one is not None])}
    for item in part:
        plan = plans.get(item.position)
        changes = [rows.dump_change(change) for change in plan.changes] if plan else []
        if rows.takes_away(changes) == rows.takes_away(item.changes):
            continue
        values: dict[str, Any] = {"changes": changes, "direction": plan.direction.value if plan else "neutral"}
        if not rows.takes_away(changes):
            values = {"outcome": "skipped", "problems": [{"field": "", "code": "pull_moved_on", "params": {}}]}
        db.session.execute(update(SourcePullItem).where(SourcePullItem.id == item.id).values(**values))


def _absent(pull: SourcePull) -> list[int]:
    """Return the links of whom this reading lacked, from its rows; leaves no transaction open."""
    tally = Tally(FULL)
    for batch in rows.batches(pull.id):
        for row in batch:
            tally.add_record(row.record, utc_now())
    if not tally.records:
        raise Conflict("pull_rows_gone", {"id": pull.id})
    absence = find_absent(pull.source_id, tally, set())
    return absence.service_ids + absence.customer_ids


def _label(pull: SourcePull) -> str:
    return f"{pull.source.description} #{pull.id}"
