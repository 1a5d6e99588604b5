"""The lines of runs, many at once: written, turned, counted and read without ever loading a run whole."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from webapp.decide.compare import NEGATIVE, Action
from webapp.decide.plan import checksum
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.models.run import HELD, OPEN, PLANNED, READINGS, REPORTED, WAITING
from webapp.services.runs.causes import Explained

BATCH = 500
TAKING = tuple(str(action) for action in sorted(NEGATIVE))
GIVING = tuple(str(action) for action in Action if action not in NEGATIVE and action is not Action.REPORT)
_ITEM, _RUN = RunItem.__table__, Run.__table__


def in_the_works() -> ColumnElement[bool]:
    """Return the condition of waiting or being under way.

    The words are written out: where they are bound, no database sees that its index of open lines has the answer.
    """
    words: Any = bindparam(None, OPEN, expanding=True, literal_execute=True)
    written_out: ColumnElement[bool] = _ITEM.c.outcome.in_(words)
    return written_out


def insert_lines(run_id: int, explained: Iterable[Explained], outcome: str = PLANNED) -> None:
    """Write lines in the caller's transaction; what is only told to a person is ``reported`` at once."""
    lines = [_line(run_id, one, outcome) for one in explained]
    if lines:
        db.session.execute(insert(_ITEM), lines)


def forget_lines(run_id: int) -> None:
    """Remove the lines of a run that is read anew, in the caller's transaction."""
    db.session.execute(delete(_ITEM).where(_ITEM.c.run_id == run_id))


def turn(
    run_id: int,
    before: str,
    after: str,
    actions: Collection[str],
    ids: Sequence[int] | None = None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Give lines with one outcome another, in the caller's transaction; returns how many.

    Args:
        ids: only these; None = all.
        values: further columns of them.
    """
    where = (_ITEM.c.run_id == run_id, _ITEM.c.outcome == before, _ITEM.c.action.in_(actions))
    if ids is None:
        return _turned(where, {"outcome": after, **(values or {})})
    parts = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(_turned((*where, _ITEM.c.id.in_(part)), {"outcome": after, **(values or {})}) for part in parts)


def outcome_counts(run_id: int) -> dict[str, int]:
    """Return how many lines a run has of each outcome."""
    rows = db.session.execute(
        select(_ITEM.c.outcome, func.count()).where(_ITEM.c.run_id == run_id).group_by(_ITEM.c.outcome)
    )
    return {row[0]: row[1] for row in rows}


def held_ids(run_id: int, actions: Collection[str] = TAKING) -> list[int]:
    """Return the lines of a run that wait for a person, in their order."""
    wanted = select(_ITEM.c.id).where(
        _ITEM.c.run_id == run_id, _ITEM.c.outcome == HELD, _ITEM.c.action.in_(actions)
    )  # fmt: skip
    return list(db.session.scalars(wanted.order_by(_ITEM.c.id)))


def held_checksum(run_id: int) -> str:
    """Return the digest of what waits for a person: an approval counts only for exactly that."""
    wanted = select(
        _ITEM.c.account_id, _ITEM.c.login, _ITEM.c.situation, _ITEM.c.action, _ITEM.c.before, _ITEM.c.after
    ).where(_ITEM.c.run_id == run_id, _ITEM.c.outcome == HELD)  # fmt: skip
    rows: Iterable[Any] = db.session.execute(wanted, execution_options={"yield_per": BATCH})
    return checksum(rows)


def items(run_id: int, ids: Sequence[int]) -> Iterator[list[RunItem]]:
    """Return lines in batches; keep none of them beyond its batch, for there may be very many."""
    for start in range(0, len(ids), BATCH):
        wanted = select(RunItem).where(RunItem.run_id == run_id, RunItem.id.in_(ids[start : start + BATCH]))
        yield list(db.session.scalars(wanted.order_by(RunItem.id)))


def waiting_items(run_id: int, actions: Collection[str]) -> list[RunItem]:
    """Return a batch of lines whose turn has come, locked: of two processes only one hands a line over.

    All lines of an account come together, since handing over the first moves the account on.
    """
    waiting = (RunItem.run_id == run_id, RunItem.outcome == WAITING, RunItem.action.in_(actions))
    accounts = set(db.session.scalars(select(RunItem.account_id).where(*waiting).order_by(RunItem.id).limit(BATCH)))
    wanted = select(RunItem).where(*waiting, RunItem.account_id.in_(accounts)).order_by(RunItem.id).with_for_update()
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


def taking_run(integration_id: int, but_run_id: int) -> int | None:
    """Return another run of this integration that is just taking something away."""
    wanted = (
        select(_ITEM.c.run_id)
        .join(_RUN, _RUN.c.id == _ITEM.c.run_id)
        .where(_RUN.c.integration_id == integration_id, _RUN.c.id != but_run_id)
        .where(in_the_works(), _ITEM.c.action.in_(TAKING))
    )
    return db.session.scalar(wanted.limit(1))


def taken_in_hand(
    integration_id: int, but_run_id: int, outcomes: Collection[str], readings: Collection[str] = READINGS
) -> set[int]:
    """Return the accounts from which another run of this integration takes something, or is about to.

    Args:
        outcomes: of the lines that count; ``readings``: of the runs.
    """
    wanted = (
        select(_ITEM.c.account_id)
        .join(_RUN, _RUN.c.id == _ITEM.c.run_id)
        .where(_RUN.c.integration_id == integration_id, _RUN.c.id != but_run_id, _RUN.c.reading.in_(readings))
        .where(_ITEM.c.outcome.in_(outcomes), _ITEM.c.action.in_(TAKING), _ITEM.c.account_id.is_not(None))
    )
    return {account_id for account_id in db.session.scalars(wanted) if account_id is not None}


def _turned(where: tuple[ColumnElement[bool], ...], values: dict[str, Any]) -> int:
    statement = update(_ITEM).where(*where).values(**values)
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(result.rowcount)  # type: ignore[attr-defined]


def _line(run_id: int, one: Explained, outcome: str) -> dict[str, Any]:
    item = one.difference
    return {
        "run_id": run_id, "account_id": item.account_id, "login": item.login, "situation": str(item.situation),
        "action": str(item.action), "outcome": REPORTED if item.action is Action.REPORT else outcome,
        "before": dict(item.before), "after": dict(item.after), "cause": one.cause,
        "cause_params": dict(one.cause_params), "value": one.value, "kept": {},
        "error_code": item.reason or None, "error_params": {},
    }  # fmt: skip
