"""The end of a run's reading: its status, its figures, what a person is told. All in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import update

from webapp.clock import utc_now
from webapp.decide.snapshot import Effect, Finding, dump
from webapp.extensions import db
from webapp.models import Account, Run
from webapp.models.run import (
    APPLYING,
    DONE,
    FAILED,
    FULL,
    HELD,
    LAPSED,
    OPEN,
    PAUSED,
    PLANNED,
    REFUSED,
    STAGED,
    STOPPED,
    WAITING,
)
from webapp.services.audit import record
from webapp.services.metrics.process import RUNS
from webapp.services.runs import planning, rows, superseding
from webapp.services.runs.leases import Lease
from webapp.services.runs.planning import Fate
from webapp.services.runs.reading import Read
from webapp.services.runs.requests import get_run, label_of
from webapp.services.runs.telling import clear_trouble, tell_held, tell_refused, tell_staged
from webapp.services.transactions import begin

PAUSE = "pause"
TOLD = ("planned", "staged", "reported", LAPSED, "rejected")
_ACCOUNT = Account.__table__
log = structlog.get_logger()


def close(lease: Lease, status: str, code: str | None = None, params: Mapping[str, Any] | None = None) -> None:
    """End a run that read nothing, or may use nothing of what it read. Commits.

    Raises:
        LeaseLost: it is somebody else's now; nothing was written.
    """
    begin(reads_only=False)
    _leave(lease, status, error_code=code, error_params=dict(params or {}))
    run = get_run(lease.row_id)
    if status in (REFUSED, FAILED) and code is not None:
        tell_refused(run, code, run.error_params)
    record_end(run)
    db.session.commit()


def refuse(lease: Lease, read: Read) -> None:
    """End a run whose reading cannot be trusted, or broke. Commits.

    Raises:
        LeaseLost: it is somebody else's now; nothing was written.
    """
    lease.renew(counts=dict(read.counts), certificate=dump(read.certificate))
    if read.error is not None:
        close(lease, FAILED, read.error.code, read.error.params)
    else:
        close(lease, REFUSED, read.refused, read.refused_params)


def stop(run_id: int) -> None:
    """A person stopped it while it read or compared: nothing of it goes. Commits."""
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    rows.turn(run_id, PLANNED, LAPSED, (*rows.GIVING, *rows.TAKING), values={"ended_at": utc_now()})
    run.status, run.finished_at, run.lease_until, run.control = STOPPED, utc_now(), None, ""
    record_end(run)
    db.session.commit()


def note_presence(read: Read, started_at: datetime, lease: Lease) -> None:
    """Keep since when accounts are not shown. Commits in batches; saying it twice changes nothing.

    Raises:
        LeaseLost, StopRequested, Interrupted: leave the run.
    """
    for ids, values, known in (
        (read.missing_ids, {"missing_since": started_at}, _ACCOUNT.c.missing_since.is_(None)),
        (read.seen_again_ids, {"missing_since": None}, _ACCOUNT.c.missing_since.is_not(None)),
    ):
        for start in range(0, len(ids), rows.BATCH):
            part = _ACCOUNT.c.id.in_(ids[start : start + rows.BATCH])
            begin(reads_only=False)
            lease.keep()
            # What was looked at is no edit of the account.
            kept = {**values, "updated_at": _ACCOUNT.c.updated_at}
            db.session.execute(update(_ACCOUNT).where(part, known).values(**kept))
            db.session.commit()


def finish(lease: Lease, run: Run, read: Read, fate: Fate, radius: Mapping[str, Any], note: str | None) -> Run:
    """Write what was decided of a reading, in the caller's transaction, which holds the integration's lock.

    Args:
        note: message code of why only a plan was made.

    Returns:
        The run as it stands now.

    Raises:
        LeaseLost, StopRequested, Interrupted: roll back; nothing is decided.
    """
    counts = {**read.counts, **planning.counts_of(read.differences, fate)}
    asked = lease.keep(
        complete=read.complete, counts=counts, certificate=dump(read.certificate), limits=dict(fate.plan.limits),
        radius=dict(radius), checksum=fate.plan.checksum, error_code=note or fate.code, error_params=dict(fate.params),
    )  # fmt: skip
    planning.turn_lines(run.id, fate)
    _leave(lease, _status(run.id, fate, asked), control="")
    run = get_run(run.id)
    settle_batches(run, fate, takes_place=read.complete and read.certificate.allows(Effect.NEGATIVE))
    _tell(run, read)
    record_end(run)
    return run


def settle_batches(run: Run, fate: Fate, *, takes_place: bool) -> None:
    """Stage what waits, and close the older batches whose place this run takes, in the caller's transaction.

    Args:
        takes_place: this run looked at everything, so what it does not say is over.
    """
    if fate.outcome == LAPSED and fate.run_id is not None:
        superseding.confirm(fate.run_id, run)
    if takes_place and fate.outcome != PLANNED:
        superseding.supersede(run, but=fate.run_id if fate.outcome == LAPSED else None)
    stage_if_held(run)


def stage_if_held(run: Run) -> None:
    """Say until when a person may decide, where something waits for one, in the caller's transaction."""
    if run.status == STAGED:
        run.expires_at = planning.expires_at(run.integration)
        tell_staged(run)


def status_of(run_id: int, *, paused: bool = False) -> str:
    """Return what a run is by its lines, in the caller's transaction."""
    found = rows.outcome_counts(run_id)
    if found.get(WAITING) and paused:
        return PAUSED
    if found.get(HELD):
        return STAGED
    return APPLYING if any(found.get(name) for name in OPEN) else DONE


def _status(run_id: int, fate: Fate, asked: str) -> str:
    return DONE if fate.outcome == PLANNED else status_of(run_id, paused=asked == PAUSE)


def _leave(lease: Lease, status: str, **values: Any) -> None:
    over = {} if status in (APPLYING, STAGED, PAUSED) else {"finished_at": utc_now()}
    lease.keep()
    lease.leave(status=status, **over, **values)


def _tell(run: Run, read: Read) -> None:
    if run.reading != FULL:
        return
    held = _held(read)
    clear_trouble(run.integration_id, held=held is not None)
    if held is not None:
        tell_held(run, held.code, held.params)


def _held(read: Read) -> Finding | None:
    return next((one for one in read.certificate.findings if one.effects), None)


def record_end(run: Run) -> None:
    """Write into the history what came of a reading, where anything did, in the caller's transaction."""
    telling = {name: run.counts[name] for name in TOLD if run.counts.get(name)}
    if telling or run.status != DONE:
        record(f"run.{run.status}", "run", run.id, label_of(run), after={"code": run.error_code, **telling})
    RUNS.labels(str(run.integration_id), run.status).inc()
    log.info("run.read", run_id=run.id, integration_id=run.integration_id, status=run.status, code=run.error_code)
