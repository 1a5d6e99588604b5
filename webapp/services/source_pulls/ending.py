"""The end of a pull: its status, what a person is told, when the source is read next."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from webapp.clock import utc_now
from webapp.decide.certificate import Certificate, Effect, Finding, dump
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Setting, Source, SourceHint, SourcePull, SourcePullItem
from webapp.services.alerts import clear_alert, clear_alerts, raise_alert
from webapp.services.audit import record
from webapp.services.privacy.meeting import CAME_BACK
from webapp.services.source_pulls import rows
from webapp.services.source_pulls.judging import PULL_STAGED, raise_alerts
from webapp.services.source_pulls.known import LOOKS
from webapp.services.source_pulls.leases import Lease
from webapp.services.source_pulls.schedule import start_schedule
from webapp.services.source_pulls.task import Task
from webapp.services.transactions import begin

UNREACHABLE, AUTH_STOPPED, FAILED = "source_unreachable", "source_auth_stopped", "pull_failed"
# Kinds of errors that pass by themselves; the others need a person.
PASSING = ("unavailable", "throttled", "unknown", "in_progress")
LASTING = timedelta(minutes=15)
SOON, LATEST = timedelta(minutes=5), timedelta(hours=1)
AUTH_TRIES = 3
HINT_TRIES = 6
FIRST_PAUSE = timedelta(seconds=10)
SUPERSEDED, FIRST = "pull_superseded", "first_reading"
WHOLE = ("full", "file")
_SOURCE, _PULL = Source.__table__, SourcePull.__table__
log = structlog.get_logger()


def wait_for_person(task: Task) -> None:
    """A file was compared: it is applied when a person confirms what would happen. Commits."""
    begin(reads_only=False)
    task.lease.leave(status="ready")
    db.session.commit()


def end_dry_run(task: Task, error: GatewayError | None) -> None:
    """A dry run ends when it is judged. Commits."""
    begin(reads_only=False)
    known = {} if error is None else {"error_code": error.code, "error_params": error.params}
    task.lease.leave(status="ready", finished_at=utc_now(), counts=_final_counts(task), **known)
    _note_answer(task.source_id, error)
    db.session.commit()


def refuse(task: Task, certificate: Certificate) -> None:
    """Nothing of this reading may be used. Commits."""
    begin(reads_only=False)
    codes = raise_alerts(task, certificate.causes)
    clear_alerts("source", task.source_id, but=(*codes, CAME_BACK))
    _note_answer(task.source_id, None)
    _leave(task, "refused", _final_counts(task), certificate)
    db.session.commit()


def finish(
    task: Task,
    certificate: Certificate,
    counts: Mapping[str, int],
    error: GatewayError | None = None,
    told: Collection[str] = (),
) -> None:
    """All that may be made is made. Commits.

    Args:
        error: what broke the reading off: only its positives were made, and the source is read again soon.
        told: codes of what was found before and has an alert already.
    """
    begin(reads_only=False)
    counts = {**counts, **_final_counts(task, counts)}
    status = _status(task, certificate, counts)
    if task.mode in LOOKS and status == "done" and not _any_items(task.pull_id):
        # A look at recent changes every minute: one that changed nothing is not worth a line.
        _note_answer(task.source_id, error, at_once=False)
        _remove(task.lease)
        db.session.commit()
        return
    _tell(task, certificate, counts, told)
    _note_answer(task.source_id, error, at_once=task.mode not in LOOKS)
    if task.mode == "full":
        start_schedule(task.source_id, utc_now())
    _leave(task, status, counts, certificate, error)
    db.session.commit()


def fail(lease: Lease, source_id: int, mode: str, code: str, params: Mapping[str, Any], kind: str = "") -> None:
    """Nothing could be read, or the hub itself failed. Changes nobody's status, however long it lasts. Commits.

    Args:
        kind: of the ``GatewayError``; empty = another failure, which a person must look at.
    """
    begin(reads_only=False)
    first = _count_failure(source_id, code, params, kind, at_once=mode not in LOOKS)
    if mode == "hint":
        put_off(source_id)
    if mode in LOOKS and not first and not _any_items(lease.row_id):
        _remove(lease)
    elif lease.leave(status="failed", finished_at=utc_now(), error_code=code, error_params=dict(params)):
        record(
            "source_pull.failed", "source_pull", lease.row_id, _label(source_id, lease.row_id), after={"error": code}
        )
    db.session.commit()
    log.warning("pull.failed", pull_id=lease.row_id, source_id=source_id, mode=mode, code=code)


def put_off(source_id: int, hint_ids: Sequence[int] | None = None) -> None:
    """Let hints wait that could not be looked at, longer each time, in the caller's transaction.

    After some tries they are over: nothing is lost by that, for whole readings see whatever a hint told.

    Args:
        hint_ids: None = all that are due.
    """
    now = utc_now()
    due = (SourceHint.source_id == source_id, SourceHint.done_at.is_(None), SourceHint.due_at <= now)
    chosen = due if hint_ids is None else (*due, SourceHint.id.in_(hint_ids))
    for hint in db.session.scalars(select(SourceHint).where(*chosen).limit(rows.BATCH)):
        hint.tries += 1
        hint.due_at = now + FIRST_PAUSE * 4 ** (hint.tries - 1)
        if hint.tries >= HINT_TRIES:
            hint.done_at = now


def close_look(task: Task) -> None:
    """End a look whose process died: what it made stays on record, and whoever had no turn has it next. Commits."""
    begin(reads_only=False)
    problem = {"field": "", "code": "pull_moved_on", "params": {}}
    rows.turn_items(task.pull_id, "planned", "skipped", problem=problem)
    _leave(task, "done", _final_counts(task), Certificate())
    db.session.commit()


def stop(pull_id: int) -> None:
    """A person stopped it; what was made stays, and it can go on. Commits."""
    begin(reads_only=False)
    values = {"status": "stopped", "finished_at": utc_now(), "lease_until": None, "stop_requested": False}
    source_id = db.session.scalar(
        update(_PULL).where(_PULL.c.id == pull_id).values(**values).returning(_PULL.c.source_id)
    )
    record("source_pull.stopped", "source_pull", pull_id, _label(source_id or 0, pull_id))
    db.session.commit()


def supersede(task: Task) -> None:
    """Close, in the caller's transaction, what older pulls have waiting: this reading has judged it anew."""
    older = db.session.scalars(
        select(_PULL.c.id).where(
            _PULL.c.source_id == task.source_id, _PULL.c.status == "staged", _PULL.c.id < task.pull_id
        )
    ).all()
    for pull_id in older:
        problem = {"field": "", "code": SUPERSEDED, "params": {"pull_id": task.pull_id}}
        rows.turn_items(pull_id, "staged", "skipped", problem=problem)
        db.session.execute(update(_PULL).where(_PULL.c.id == pull_id).values(status="done", checksum=""))


def clear_staged(source_id: int) -> None:
    """Nothing waits for a person any more; in the caller's transaction."""
    clear_alert(PULL_STAGED, "source", source_id)


def _status(task: Task, certificate: Certificate, counts: Mapping[str, int]) -> str:
    if counts["staged"]:
        return "staged"
    return "held" if counts["held"] or (task.mode == "full" and causes(certificate, counts)) else "done"


def causes(certificate: Certificate, counts: Mapping[str, int]) -> list[Finding]:
    """Return what a person is told; that a source is new is news only where it held something back."""
    return [one for one in certificate.causes if one.code != FIRST or counts.get("held")]


def _tell(task: Task, certificate: Certificate, counts: Mapping[str, int], told: Collection[str]) -> None:
    """Raise what holds now; a whole reading also ends what held before, a file what older files have waiting."""
    codes = raise_alerts(task, [one for one in causes(certificate, counts) if one.code not in told])
    if counts["staged"]:
        codes.append(PULL_STAGED)
        raise_alert(PULL_STAGED, "source", task.source_id, task.description, _staged(task, counts))
    if task.mode == "full" and not task.approved:
        clear_alerts("source", task.source_id, but=(*codes, UNREACHABLE, AUTH_STOPPED, CAME_BACK))
    if task.mode in WHOLE and not task.approved and certificate.allows(Effect.NO_NEGATIVE):
        supersede(task)
        if not counts["staged"]:
            clear_staged(task.source_id)


def _staged(task: Task, counts: Mapping[str, int]) -> dict[str, Any]:
    certificate = db.session.scalar(select(_PULL.c.certificate).where(_PULL.c.id == task.pull_id)) or {}
    brake = certificate.get("brake", {})
    return {
        "count": counts["staged"], "cancels": counts.get("cancels", 0), "limit": brake.get("limit", ""),
        "found": brake.get("found", 0), "most": brake.get("most", 0), "pull_id": task.pull_id,
    }  # fmt: skip


def _leave(
    task: Task, status: str, counts: Mapping[str, int], certificate: Certificate, error: GatewayError | None = None
) -> None:
    kept = db.session.scalar(select(_PULL.c.certificate).where(_PULL.c.id == task.pull_id)) or {}
    values: dict[str, Any] = {
        "status": status, "finished_at": utc_now(), "counts": dict(counts),
        "certificate": {**kept, **dump(certificate)},
    }  # fmt: skip
    if error is not None:
        values |= {"error_code": error.code, "error_params": error.params}
    task.lease.keep(**values)
    task.lease.leave()
    telling = {name: count for name, count in counts.items() if name in TOLD and count}
    if telling or status != "done":
        record(f"source_pull.{status}", "source_pull", task.pull_id, task.label, after=telling)
    log.info("pull.finished", pull_id=task.pull_id, source_id=task.source_id, mode=task.mode, status=status, **telling)


TOLD = ("created", "updated", "held", "staged", "refused", "skipped", "absent")


def _final_counts(task: Task, counts: Mapping[str, int] | None = None) -> dict[str, int]:
    found = rows.outcome_counts(task.pull_id)
    before = counts or db.session.scalar(select(_PULL.c.counts).where(_PULL.c.id == task.pull_id)) or {}
    final = {name: found.get(name, 0) for name in ("held", "staged", "refused", "skipped")}
    return {**before, **final}


def _any_items(pull_id: int) -> bool:
    return db.session.scalar(select(SourcePullItem.id).where(SourcePullItem.pull_id == pull_id).limit(1)) is not None


def _remove(lease: Lease) -> None:
    lease.keep()
    rows.forget(lease.row_id)
    db.session.execute(delete(_PULL).where(_PULL.c.id == lease.row_id))


def _label(source_id: int, pull_id: int) -> str:
    return f"{db.session.scalar(select(_SOURCE.c.description).where(_SOURCE.c.id == source_id))} #{pull_id}"


def _note_answer(source_id: int, error: GatewayError | None, *, at_once: bool = True) -> None:
    """The source answered, or broke off in the middle; in the caller's transaction."""
    if error is not None:
        _count_failure(source_id, error.code, error.params, error.kind, at_once=at_once)
        return
    values: dict[str, Any] = {"failures": 0, "paused_code": None, "paused_params": {}, "paused_at": None}
    was = (_SOURCE.c.failures > 0) | _SOURCE.c.paused_code.is_not(None)
    db.session.execute(update(_SOURCE).where(_SOURCE.c.id == source_id, was).values(**values))
    db.session.execute(delete(Setting).where(Setting.name == _failing(source_id)))
    for code in (UNREACHABLE, AUTH_STOPPED, FAILED):
        clear_alert(code, "source", source_id)


def _count_failure(
    source_id: int, code: str, params: Mapping[str, Any], kind: str, *, at_once: bool = True
) -> bool:  # fmt: skip
    """Count one more failure in a row and tell a person; returns whether it is the first.

    Args:
        at_once: False = what may pass by itself is told only when it lasts: a look fails in a moment and is repeated.
    """
    now = utc_now()
    source = db.session.execute(
        update(_SOURCE)
        .where(_SOURCE.c.id == source_id)
        .values(failures=_SOURCE.c.failures + 1)
        .returning(_SOURCE.c.failures, _SOURCE.c.description, _SOURCE.c.full_due_at)
    ).one()
    since = _failing_since(source_id, now)
    lasts = kind not in PASSING or now - since >= LASTING
    if lasts or at_once:
        told = {**params, "code": code, "minutes": int((now - since).total_seconds() // 60)}
        alert = UNREACHABLE if kind else FAILED
        raise_alert(alert, "source", source_id, source.description, told, "fail" if lasts else "warn")
    if kind == "auth" and source.failures >= AUTH_TRIES:
        _pause(source_id, source.description, code, params, now)
    elif kind in PASSING and source.full_due_at is not None:
        _sooner(source_id, source.full_due_at, now + min(SOON * 2 ** min(source.failures - 1, 6), LATEST))
    return bool(source.failures == 1)


def _pause(source_id: int, description: str, code: str, params: Mapping[str, Any], now: datetime) -> None:
    """Wrong credentials do not heal by themselves, and many ERPs lock whoever tries too often."""
    paused = {"paused_code": AUTH_STOPPED, "paused_params": {"code": code, **params}, "paused_at": now}
    db.session.execute(
        update(_SOURCE).where(_SOURCE.c.id == source_id, _SOURCE.c.paused_code.is_(None)).values(**paused)
    )
    raise_alert(AUTH_STOPPED, "source", source_id, description, {"code": code, **params}, "fail")


def _sooner(source_id: int, due_at: datetime, soon: datetime) -> None:
    if soon < due_at:
        db.session.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(full_due_at=soon))


def _failing_since(source_id: int, now: datetime) -> datetime:
    name = _failing(source_id)
    kept = db.session.scalar(select(Setting.value).where(Setting.name == name))
    if kept is not None:
        return datetime.fromisoformat(json.loads(kept))
    db.session.add(Setting(name=name, value=json.dumps(now.isoformat())))
    return now


def _failing(source_id: int) -> str:
    return f"source_failing:{source_id}"
