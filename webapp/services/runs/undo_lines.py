"""The lines of an undo: who gets back what, and who changed since and is left alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, insert, select

from webapp.clock import utc_now
from webapp.decide.compare import Action
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, NONE, SUSPENDED
from webapp.extensions import db
from webapp.models import Account, Run, RunItem
from webapp.models.run import APPLYING, DONE, PROVEN, QUEUED, SENT, SKIPPED, UNPROVEN, WAITING
from webapp.models.run import NONE as NO_READING
from webapp.services.audit import current_actor
from webapp.services.drift import UNDO
from webapp.services.runs import lines

SITUATION = "undo"
CHANGED_SINCE = "undo_changed_since"
# What was handed to convergence, and so may have taken something away.
DONE_WITH = (QUEUED, PROVEN, SENT, UNPROVEN)
BATCH = 500
_ITEM, _ACCOUNT = RunItem.__table__, Account.__table__
_DEPTH = {Content.ABSENT: 0, Content.SUSPENDED: 1, Content.ACTIVE: 2}


@dataclass(frozen=True)
class Back:
    """One account that an undo is about.

    Attributes:
        keep: what it gets back and never falls below.
        now: what was made of it.
        generation: of the account as it stands; None = it is not there any more.
        code: why it is left alone; empty = it gets that back.
        item_ids: the lines that took it away, where a run did.
    """

    account_id: int
    login: str
    keep: Content
    now: str
    generation: int | None
    value: Decimal | None = None
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do.

    Attributes:
        count: accounts that get back what they had.
        changed: accounts that changed since, or that an undo cannot help; they are listed and not touched.
        value: R$ per month of the ``count``.
    """

    count: int
    changed: int
    value: Decimal


def begin_run(integration_id: int, reason: str, **of: int) -> Run:
    """Add the run of an undo to the caller's transaction, and lock nothing.

    Args:
        of: ``undo_of_id`` or ``undo_pull_id``.
    """
    now = utc_now()
    run = Run(
        integration_id=integration_id, mode="apply", reading=NO_READING, trigger=UNDO, status=APPLYING, started_at=now,
        requested_by=current_actor(), reason=reason, complete=False, **of,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    return run


def write(run: Run, found: Iterable[Back], cause: str, params: dict[str, Any]) -> None:
    """Write the lines of an undo in the caller's transaction; ``advance`` hands them to convergence."""
    values = [_line(run.id, one, cause, params) for one in found]
    if values:
        db.session.execute(insert(_ITEM), values)


def close(run: Run) -> UndoPreview:
    """Say how much it is, in the caller's transaction; a run that can give nobody anything back ends here."""
    found = db.session.execute(
        select(_ITEM.c.outcome, func.count(), func.sum(_ITEM.c.value)).where(_ITEM.c.run_id == run.id)
        .group_by(_ITEM.c.outcome)
    )  # fmt: skip
    figures = {row[0]: (row[1], row[2]) for row in found}
    count, value = figures.get(WAITING, (0, None))
    changed = figures.get(SKIPPED, (0, None))[0]
    run.counts = {**run.counts, SITUATION: count + changed, "planned": count}
    lines.recount(run)
    if not count:
        run.status, run.finished_at = DONE, utc_now()
    return UndoPreview(count, changed, value or Decimal(0))


def preview(found: Iterable[Back]) -> UndoPreview:
    """Return what an undo of these would do."""
    count = changed = 0
    value = Decimal(0)
    for one in found:
        if one.code:
            changed += 1
        else:
            count += 1
            value += one.value or Decimal(0)
    return UndoPreview(count, changed, value)


def preview_of_run(run_id: int) -> UndoPreview:
    """Return what an undo of a run would do, in one query; reads only."""
    each = (
        select(
            func.max(case((_ITEM.c.generation == _ACCOUNT.c.generation, 0), else_=1)).label("moved"),
            func.sum(_ITEM.c.value).label("value"),
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .where(*_taken(run_id))
        .group_by(_ITEM.c.account_id)
        .subquery()
    )
    rows = db.session.execute(select(each.c.moved, func.count(), func.sum(each.c.value)).group_by(each.c.moved))
    found = {row[0]: (row[1], row[2]) for row in rows}
    count, value = found.get(0, (0, None))
    return UndoPreview(count, found.get(1, (0, None))[0], value or Decimal(0))


def of_run(run_id: int) -> Iterator[list[Back]]:
    """Return the accounts from which a run took something, or may have, batch by batch."""
    wanted = select(_ITEM.c.account_id, _ITEM.c.id).where(*_taken(run_id)).order_by(_ITEM.c.account_id, _ITEM.c.id)
    batch: list[int] = []
    last_id = 0
    # Ids alone, so that very many need little room, and each batch is then found at once.
    for account_id, item_id in db.session.execute(wanted).all():
        if len(batch) >= BATCH and account_id != last_id:
            yield _backs(batch)
            batch = []
        batch.append(item_id)
        last_id = account_id
    if batch:
        yield _backs(batch)


def has_any(run_id: int) -> bool:
    """Tell whether a run took something from anybody, or may have."""
    return db.session.scalar(select(_ITEM.c.id).where(*_taken(run_id)).limit(1)) is not None


def _taken(run_id: int) -> tuple[Any, ...]:
    return (
        _ITEM.c.run_id == run_id, _ITEM.c.outcome.in_(DONE_WITH), _ITEM.c.action.in_(lines.TAKING),
        _ITEM.c.account_id.is_not(None),
    )  # fmt: skip


def _backs(item_ids: Sequence[int]) -> list[Back]:
    rows = db.session.execute(
        select(
            _ITEM.c.id, _ITEM.c.account_id, _ITEM.c.login, _ITEM.c.before, _ITEM.c.after, _ITEM.c.generation,
            _ITEM.c.value, _ACCOUNT.c.generation.label("now"),
        )
        .join(_ACCOUNT, _ACCOUNT.c.id == _ITEM.c.account_id)
        .where(_ITEM.c.id.in_(item_ids))
        .order_by(_ITEM.c.account_id, _ITEM.c.id)
    )  # fmt: skip
    return _merged([_back(row) for row in rows])


def _back(row: Any) -> Back:
    before = str(row.before.get("state", ""))
    # Whatever else was there is not known to have been less than active, and nobody is to lose by that.
    keep = Content.SUSPENDED if before == SUSPENDED else Content.ACTIVE
    return Back(
        row.account_id, row.login, keep, str(row.after.get("state", "")), row.now, row.value,
        "" if row.generation == row.now else CHANGED_SINCE, item_ids=(row.id,),
    )  # fmt: skip


def _merged(found: Iterable[Back]) -> list[Back]:
    """Return one of each account: several of its rights were taken, and the most that it had counts."""
    by_account: dict[int, Back] = {}
    for one in found:
        other = by_account.get(one.account_id)
        if other is None:
            by_account[one.account_id] = one
            continue
        by_account[one.account_id] = replace(
            other, keep=max(other.keep, one.keep, key=lambda content: _DEPTH[content]),
            value=(other.value or Decimal(0)) + (one.value or Decimal(0)), code=other.code or one.code,
            item_ids=(*other.item_ids, *one.item_ids),
        )  # fmt: skip
    return list(by_account.values())


def _line(run_id: int, one: Back, cause: str, params: dict[str, Any]) -> dict[str, Any]:
    made_anew = one.now in (ABSENT, NONE) and not one.code
    return {
        "run_id": run_id, "account_id": one.account_id, "login": one.login, "situation": SITUATION,
        "action": str(Action.CREATE if made_anew else Action.ENABLE), "outcome": SKIPPED if one.code else WAITING,
        "before": {"state": one.now}, "after": {"state": str(one.keep)}, "cause": cause, "cause_params": params,
        "value": one.value, "generation": one.generation, "kept": {}, "error_code": one.code or None,
        "error_params": one.params, "ended_at": utc_now() if one.code else None,
    }  # fmt: skip
