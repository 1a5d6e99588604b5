"""What people do to a run that is under way: pause it, let it go on, stop it. Takes effect within two seconds."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.models.run import (
    APPLYING,
    EXPIRED,
    HELD,
    LAPSED,
    PAUSED,
    QUEUED,
    REJECTED,
    RUNNING,
    STAGED,
    STOPPED,
    WAITING,
)
from webapp.services import drift, epoch
from webapp.services.audit import record
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.runs import canary, keeping, lines
from webapp.services.runs.requests import get_run, label_of
from webapp.services.runs.telling import clear_decided
from webapp.services.signals import RUNS
from webapp.services.transactions import begin

PAUSE, STOP = "pause", "stop"
LONGEST_REASON = 200
BATCH = 500
# A part of a batch may be under way while the rest waits for a person, was refused or lapsed.
UNDER_WAY = (APPLYING, STAGED, REJECTED, EXPIRED)
_ITEM = RunItem.__table__
Back = Callable[[Sequence[RunItem]], list[RunItem]]


def pause_run(run_id: int) -> Run:
    """Let nothing more of a run go until it is resumed, and commit.

    A call that is under way ends and is read back. While the platform is read, the reading goes on, and what
    comes of it waits.

    Raises:
        NotFound: no such run.
        Conflict: nothing of it is under way; look at it again.
    """
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    if run.status == RUNNING and not run.control:
        run.control = PAUSE
    elif run.status in UNDER_WAY and lines.has(run.id, WAITING, lines.TAKING):
        run.status = PAUSED
    else:
        raise Conflict("run_not_pausable", {"id": run_id})
    record("run.pause", "run", run.id, label_of(run))
    db.session.commit()
    return run


def resume_run(run_id: int) -> Run:
    """Let a paused run go on, and commit. Failures of its first lines are seen by this, and let pass.

    Raises:
        NotFound: no such run.
        Conflict: it is not paused, or the hub only observes.
    """
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    epoch.refuse(run.integration_id)
    if run.status == RUNNING and run.control == PAUSE:
        run.control = ""
    elif run.status == PAUSED:
        run.status = STAGED if lines.has(run.id, HELD, lines.TAKING) else APPLYING
        failed = run.counts.get(lines.FAILED, 0)
        run.counts = {**run.counts, lines.FORGIVEN: failed}
        canary.clear(run)
    else:
        raise Conflict("run_not_paused", {"id": run_id})
    record("run.resume", "run", run.id, label_of(run))
    db.session.commit()
    RUNS.wake()
    return run


def stop_run(run_id: int, reason: str) -> Run:
    """Stop a run for good, and commit: what waits lapses, and what was handed over and not sent is taken back.

    What was sent stays as it is; ``undo_run`` takes that back.

    Raises:
        NotFound: no such run.
        Conflict: nothing of it is under way; look at it again.
        Invalid: the reason is missing.
    """
    said = reason_of(reason)
    begin(reads_only=False)
    run = get_run(run_id, lock=True)
    if run.status == RUNNING and run.lease_until is not None and run.lease_until > utc_now():
        # Whoever reads sees it at the next page, and ends the run.
        run.control, run.reason = STOP, said
    elif run.status in (RUNNING, APPLYING, PAUSED) or (run.status in UNDER_WAY and lines.is_open(run.id)):
        halt_lines(run, said)
    else:
        raise Conflict("run_not_stoppable", {"id": run_id})
    record("run.stop", "run", run.id, label_of(run), reason=said)
    db.session.commit()
    if run.status == STOPPED:
        _take_back(run_id)
    return get_run(run_id)


def reason_of(reason: str) -> str:
    """Return a reason as it is kept.

    Raises:
        Invalid: there is none; ask for it.
    """
    said = reason.strip()[:LONGEST_REASON]
    if not said:
        raise Invalid([Problem("reason", "run_reason_missing")])
    return said


def halt_lines(run: Run, reason: str) -> None:
    """Let everything that waits lapse, in the caller's transaction, which holds the run's row."""
    ended = {"outcome": LAPSED, "ended_at": utc_now()}
    waiting = update(_ITEM).where(_ITEM.c.run_id == run.id, _ITEM.c.outcome.in_((WAITING, HELD)))
    db.session.execute(waiting.values(**ended), execution_options={"synchronize_session": False})
    run.status, run.reason, run.control = STOPPED, reason, ""
    run.finished_at, run.expires_at = utc_now(), None
    run.counts = {**run.counts, "staged": 0}
    lines.recount(run)
    canary.clear(run)
    clear_decided(run)


def _take_back(run_id: int) -> None:
    """Take back what was handed over and not sent, batch by batch; each is committed."""
    last_id = 0
    while True:
        begin(reads_only=False)
        run = get_run(run_id, lock=True)
        accounts = _accounts(run_id, last_id)
        if not accounts:
            lines.recount(run)
            db.session.commit()
            return
        back = _back(run)
        drift.end_lines(back(_queued(run_id, accounts)), LAPSED)
        last_id = accounts[-1]
        db.session.commit()


def _back(run: Run) -> Back:
    if run.trigger == drift.LIFT:
        return keeping.keep_again
    # What an undo keeps takes nothing from anybody: it goes on.
    return drift.take_back if run.trigger != drift.UNDO else _nothing


def _nothing(_items: Sequence[RunItem]) -> list[RunItem]:
    return []


def _accounts(run_id: int, last_id: int) -> list[int]:
    """Return accounts with queued lines, by id: all lines of one account come together."""
    wanted = (
        select(_ITEM.c.account_id)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.outcome == QUEUED, _ITEM.c.ended_at.is_(None))
        .where(_ITEM.c.account_id > last_id)
        .group_by(_ITEM.c.account_id)
        .order_by(_ITEM.c.account_id)
        .limit(BATCH)
    )
    return [account_id for account_id in db.session.scalars(wanted) if account_id is not None]


def _queued(run_id: int, accounts: Sequence[int]) -> list[RunItem]:
    wanted: Any = (
        select(RunItem)
        .where(RunItem.run_id == run_id, RunItem.outcome == QUEUED, RunItem.account_id.in_(accounts))
        .order_by(RunItem.id)
        .with_for_update()
    )
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))
