"""How far the lines of a run came: what convergence has ended, what is to be read back, how many are left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, update

from webapp.decide.canary import CANARY, Tally
from webapp.decide.compare import NEGATIVE
from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.models.run import APPLYING, LAPSED, OPEN, PROVEN, QUEUED, SENT, SKIPPED, UNDONE, UNPROVEN, WAITING
from webapp.services.drift import MOVED_ON
from webapp.services.runs.rows import in_the_works

BATCH = 500
TAKING = tuple(str(action) for action in sorted(NEGATIVE))
# Kept in ``Run.counts`` beside the outcomes, of the lines that take something away.
PASSED, FAILED, FORGIVEN = "passed", "failed", "forgiven"
# Why a line is only sent: the platform may not be read again today, so the next reading tells.
BY_READING = "run_proof_by_reading"
_SHOWN = (WAITING, QUEUED, PROVEN, SENT, UNPROVEN, SKIPPED, LAPSED, UNDONE)
_ITEM, _ACCOUNT, _RUN = RunItem.__table__, Account.__table__, Run.__table__


@dataclass(frozen=True)
class Ending:
    """What becomes of one line.

    Attributes:
        outcome: ``queued`` = convergence is done with it, and it is to be read back.
        observed: what a look showed of the whole account; None = nothing is written to the account.
    """

    item_id: int
    account_id: int
    outcome: str
    taking: bool
    code: str | None = None
    params: Mapping[str, Any] | None = None
    observed: str | None = None


@dataclass(frozen=True)
class Ready:
    """A line that waits to be read back; ``unit`` is the right it is about, None = the whole account."""

    item_id: int
    account_id: int
    unit: str | None
    taking: bool


def open_runs() -> list[int]:
    """Return the runs that may have something to do: open lines, or an end that nobody has written yet."""
    lines = select(_ITEM.c.run_id).where(in_the_works())
    unended = select(_RUN.c.id).where(_RUN.c.status == APPLYING)
    return sorted(db.session.scalars(lines.union(unended)).all())


def ended(run_id: int, *, readable: bool) -> list[Ending]:
    """Return lines that convergence is done with, a batch of them.

    Args:
        readable: the platform can be read, so what was accepted is still to be read back.
    """
    done = QUEUED if readable else SENT
    return [_ending(row, done) for row in db.session.execute(_ended(run_id))]


def settle(run: Run, endings: Sequence[Ending], now: datetime) -> None:
    """Write endings in the caller's transaction, which holds the run's row; lines that ended otherwise keep that."""
    if not endings:
        return
    values = [
        {"b_id": one.item_id, "v_outcome": one.outcome, "v_code": one.code, "v_params": dict(one.params or {})}
        for one in endings
    ]
    statement = (
        update(_ITEM)
        .where(_ITEM.c.id == bindparam("b_id"), _ITEM.c.outcome == QUEUED)
        .values(
            outcome=bindparam("v_outcome"), error_code=bindparam("v_code"), ended_at=now,
            error_params=bindparam("v_params", type_=_ITEM.c.error_params.type),
        )
    )  # fmt: skip
    db.session.connection().execute(statement, values)
    taking = [one for one in endings if one.taking]
    unsure = sum(one.outcome == SENT and one.code not in (None, BY_READING) for one in taking)
    passed = sum(one.outcome in (PROVEN, SENT) for one in taking) - unsure
    add_verdicts(run, passed, sum(one.outcome == UNPROVEN for one in taking), unsure)


def add_verdicts(run: Run, passed: int, failed: int, unsure: int) -> None:
    """Add up how lines that take something away ended, in the caller's transaction.

    Args:
        unsure: they could have been read back, and told nothing. Of the first few that is no proof: the rest waits
            for a person. Later on it holds nobody.
    """
    first = run.counts.get(PASSED, 0) + passed < CANARY
    add_counts(run, {PASSED: passed + (0 if first else unsure), FAILED: failed + (unsure if first else 0)})


def still(endings: Collection[Ending]) -> list[Ending]:
    """Return those whose line is open as it was, and whose account did not move on since, in the caller's transaction.

    An account that did is left to ``ended``, which says so.
    """
    ids = [one.item_id for one in endings]
    there: set[int] = set()
    for start in range(0, len(ids), BATCH):
        part = _ITEM.c.id.in_(ids[start : start + BATCH])
        wanted = select(_ITEM.c.id).join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        unmoved = _ACCOUNT.c.generation == _ITEM.c.generation
        there |= set(db.session.scalars(wanted.where(part, _ITEM.c.outcome == QUEUED, unmoved)))
    return [one for one in endings if one.item_id in there]


def write_observed(endings: Collection[Ending], at: datetime) -> None:
    """Keep on the accounts what was seen of them, in the caller's transaction."""
    seen = [{"b_id": one.account_id, "v_observed": one.observed} for one in endings if one.observed is not None]
    if not seen:
        return
    # A look is no edit of the account.
    values = {"observed": bindparam("v_observed"), "observed_at": at, "updated_at": _ACCOUNT.c.updated_at}
    statement = update(_ACCOUNT).where(_ACCOUNT.c.id == bindparam("b_id")).values(**values)
    db.session.connection().execute(statement, seen)


def ready(run_id: int, until: datetime, most: int) -> list[Ready]:
    """Return lines that ended in convergence before ``until`` and are to be read back, the oldest first."""
    statement = (
        select(_ITEM.c.id, _ITEM.c.account_id, _ITEM.c.after, _ITEM.c.action)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.outcome == QUEUED, _ITEM.c.ended_at <= until)
        .order_by(_ITEM.c.id)
        .limit(most)
    )
    return [
        Ready(row.id, row.account_id, row.after.get("unit"), row.action in TAKING)
        for row in db.session.execute(statement)
    ]


def count_ready(run_id: int, until: datetime) -> int:
    """Return how many lines are to be read back now."""
    return _count(_ITEM.c.run_id == run_id, _ITEM.c.outcome == QUEUED, _ITEM.c.ended_at <= until)


def count_under_way(run_id: int, until: datetime) -> int:
    """Return how many lines convergence has, or ended too short a time ago to be read back."""
    young = or_(_ITEM.c.ended_at.is_(None), _ITEM.c.ended_at > until)
    return _count(_ITEM.c.run_id == run_id, _ITEM.c.outcome == QUEUED, young)


def is_open(run_id: int) -> bool:
    """Tell whether a line of the run has not ended yet."""
    wanted = select(_ITEM.c.id).where(_ITEM.c.run_id == run_id, _ITEM.c.outcome.in_(OPEN))
    return db.session.scalar(wanted.limit(1)) is not None


def has(run_id: int, outcome: str, actions: Collection[str]) -> bool:
    """Tell whether a run has a line with this outcome and one of these actions."""
    wanted = select(_ITEM.c.id).where(
        _ITEM.c.run_id == run_id, _ITEM.c.outcome == outcome, _ITEM.c.action.in_(actions)
    )  # fmt: skip
    return db.session.scalar(wanted.limit(1)) is not None


def count_waiting(run_id: int) -> int:
    """Return how many lines wait for their turn."""
    return _count(_ITEM.c.run_id == run_id, _ITEM.c.outcome == WAITING)


def tally(run: Run) -> Tally:
    """Return how far the lines that take something away came."""
    taking = (_ITEM.c.run_id == run.id, _ITEM.c.action.in_(TAKING))
    # It matters only whether they are more than a canary.
    some = select(_ITEM.c.id).where(*taking, _ITEM.c.outcome == WAITING).limit(CANARY + 1).subquery()
    counts = run.counts
    return Tally(
        waiting=db.session.scalar(select(func.count()).select_from(some)) or 0,
        under_way=_count(*taking, _ITEM.c.outcome == QUEUED),
        unproven_yet=_count(*taking, _ITEM.c.outcome == QUEUED, _ITEM.c.ended_at.is_not(None)),
        passed=counts.get(PASSED, 0), failed=counts.get(FAILED, 0), forgiven=counts.get(FORGIVEN, 0),
    )  # fmt: skip


def recount(run: Run) -> None:
    """Write how many lines there are of each outcome to the run, in the caller's transaction."""
    db.session.flush()
    rows = db.session.execute(
        select(_ITEM.c.outcome, func.count()).where(_ITEM.c.run_id == run.id).group_by(_ITEM.c.outcome)
    )
    found = {row[0]: row[1] for row in rows}
    fresh = {name: found.get(name, 0) for name in _SHOWN if name in found or name in run.counts}
    run.counts = {**run.counts, **fresh}


def add_counts(run: Run, more: Mapping[str, int]) -> None:
    """Add to the figures of a run, in the caller's transaction."""
    fresh = {name: run.counts.get(name, 0) + count for name, count in more.items() if count}
    if fresh:
        run.counts = {**run.counts, **fresh}


def _ended(run_id: int) -> Select[Any]:
    moved = _ACCOUNT.c.generation != _ITEM.c.generation
    settled = (_ACCOUNT.c.generation == _ACCOUNT.c.applied_generation) & _ACCOUNT.c.due_at.is_(None)
    stuck = _ACCOUNT.c.status.in_(("blocked", "parked")) & _ACCOUNT.c.due_at.is_(None)
    fresh = and_(_ITEM.c.ended_at.is_(None), or_(settled, stuck))
    return (
        select(
            _ITEM.c.id, _ITEM.c.account_id, _ITEM.c.action, moved.label("moved"), settled.label("settled"),
            _ACCOUNT.c.error_code, _ACCOUNT.c.error_params,
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.outcome == QUEUED)
        .where(or_(moved, fresh), _ACCOUNT.c.lease_until.is_(None))
        .limit(BATCH * 2)
    )  # fmt: skip


def _ending(row: Any, done: str) -> Ending:
    taking = row.action in TAKING
    if row.moved:
        return Ending(row.id, row.account_id, SKIPPED, taking, MOVED_ON)
    if row.settled:
        return Ending(row.id, row.account_id, done, taking)
    return Ending(row.id, row.account_id, UNPROVEN, taking, row.error_code or "run_line_stuck", row.error_params)


def _count(*where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(_ITEM).where(*where)) or 0
