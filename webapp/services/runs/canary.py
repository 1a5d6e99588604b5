"""The first lines of a batch that takes something away: which they are, and what it means when one fails."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from webapp.decide.canary import Candidate, Stage, Tally, first_accounts, room, stage_of
from webapp.decide.state import ACCOUNT_UNIT
from webapp.extensions import db
from webapp.models import Run, RunItem
from webapp.models.run import PAUSED, SENT, UNPROVEN, WAITING
from webapp.services.alerts import FAIL, clear_alert, raise_alert
from webapp.services.audit import record
from webapp.services.runs.lines import TAKING

RUN_PAUSED = "run_paused"
NAMED = 3
PAGE = 500
_ITEM = RunItem.__table__


def next_items(run: Run, tally: Tally, window: int) -> list[RunItem]:
    """Return the lines that go now, locked: all of an account together. Empty when none may.

    Args:
        window: so many are under way at the same time.
    """
    count = room(tally, window)
    if not count or not tally.waiting:
        return []
    first = stage_of(tally) is Stage.CANARY
    accounts = first_accounts(_candidates(run.id), count) if first else _in_order(run.id, count)
    wanted = (
        select(RunItem)
        .where(*_waiting(run.id), RunItem.account_id.in_(accounts))
        .order_by(RunItem.id)
        .with_for_update()
    )
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


def halt(run: Run, label: str) -> None:
    """Let nothing more go until a person has looked, in the caller's transaction."""
    run.status = PAUSED
    failures = db.session.execute(_failures(run.id)).all()
    params = {
        "run_id": run.id, "count": run.counts.get("failed", 0), "names": ", ".join(row.login for row in failures),
        "code": next((row.error_code for row in failures if row.error_code), ""),
    }  # fmt: skip
    raise_alert(RUN_PAUSED, "integration", run.integration_id, run.integration.description, params, FAIL)
    record("run.pause", "run", run.id, label, after={"failed": params["count"], "error": params["code"]})


def clear(run: Run) -> None:
    """A person has decided, or nothing waits any more, in the caller's transaction."""
    clear_alert(RUN_PAUSED, "integration", run.integration_id)


def _candidates(run_id: int) -> Iterator[Candidate]:
    wanted = select(_ITEM.c.account_id, _ITEM.c.action, _ITEM.c.cause, _ITEM.c.after).where(*_waiting(run_id))
    rows = db.session.execute(wanted.order_by(_ITEM.c.id), execution_options={"yield_per": PAGE})
    return (Candidate(row.account_id, (row.action, row.cause, _product(row.after))) for row in rows)


def _product(after: dict[str, Any]) -> str:
    return str(after.get("unit", ACCOUNT_UNIT)).partition(":")[2]


def _in_order(run_id: int, count: int) -> list[int]:
    wanted = select(_ITEM.c.account_id).where(*_waiting(run_id)).order_by(_ITEM.c.id).limit(count)
    return [account_id for account_id in db.session.scalars(wanted) if account_id is not None]


def _waiting(run_id: int) -> tuple[Any, ...]:
    return _ITEM.c.run_id == run_id, _ITEM.c.outcome == WAITING, _ITEM.c.action.in_(TAKING)


def _failures(run_id: int) -> Any:
    return (
        select(_ITEM.c.login, _ITEM.c.error_code)
        .where(_ITEM.c.run_id == run_id, _ITEM.c.action.in_(TAKING))
        .where(or_(_ITEM.c.outcome == UNPROVEN, (_ITEM.c.outcome == SENT) & _ITEM.c.error_code.is_not(None)))
        .order_by(_ITEM.c.ended_at.desc(), _ITEM.c.id.desc())
        .limit(NAMED)
    )
