"""The rows of one night of probes: who is next, what was found so far, and how the night ends."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, exists, func, insert, or_, select, update

from webapp.clock import utc_now
from webapp.decide.compare import NEGATIVE, Action, Difference, Situation
from webapp.decide.probes import absence_counts
from webapp.extensions import db
from webapp.models import Account, Integration, Run, RunItem
from webapp.models.run import FAILED, LAPSED, PROBES, REPORTED, RUNNING
from webapp.services import asking
from webapp.services.alerts import clear_alert, raise_alert
from webapp.services.asking import Asking, Failure
from webapp.services.leases import take_row
from webapp.services.runs import ending, parts
from webapp.services.runs.telling import clear_trouble, tell_refused

LIVE = ("active", "suspended", "waiting_user")
TRIGGER = "schedule"
# The mark of a line that waits for the end of the night: until then it is only told, whatever its action.
WAITS = "probe_waits"
ABSENT_MANY, UNANSWERED = "probes_absent_many", "probes_unanswered"
LEASE = timedelta(minutes=3)
_RUN = Run.__table__
log = structlog.get_logger()


def count_live(integration_id: int) -> int:
    """Return how many accounts are, or may be, on the platform."""
    statement = select(func.count()).where(Account.integration_id == integration_id, Account.status.in_(LIVE))
    return db.session.scalar(statement) or 0


def tonight(integration_id: int, since: datetime) -> Run | None:
    """Return the run of the night that began at ``since``, whatever became of it."""
    statement = _of(integration_id).where(Run.started_at >= since).order_by(Run.id.desc()).limit(1)
    return db.session.scalars(statement).first()


def begin(integration_id: int, wanted: int) -> Run:
    """Begin the night's run, and commit.

    Args:
        wanted: how many accounts shall be asked about.
    """
    now = utc_now()
    run = parts.open_part(integration_id, PROBES, TRIGGER, now)
    run.counts = {**run.counts, "expected": wanted, "compared": 0, "unreadable": 0, "absent": 0}
    db.session.commit()
    return run


def take(run_id: int, *, held: bool = False) -> datetime | None:
    """Say that this process works on the run now; returns until when, which fences what it writes.

    None when another process works on it, or it is over.

    Args:
        held: also a run that a person paused: its night may end, and what it found waits.
    """
    open_to = ("", "pause") if held else ("",)
    return take_row(_RUN, run_id, LEASE, _RUN.c.status == RUNNING, _RUN.c.control.in_(open_to))


def let_go(run_id: int, until: datetime) -> None:
    """Say that this process is done with the run for now, unless it was taken for dead and another one has it."""
    db.session.rollback()
    mine = update(_RUN).where(_RUN.c.id == run_id, _RUN.c.lease_until == until)
    db.session.execute(mine.values(lease_until=None))
    db.session.commit()


def asked(run: Run) -> int:
    """Return about how many accounts the platform was asked in this run."""
    return run.counts.get("compared", 0) + run.counts.get("unreadable", 0)


def next_accounts(run: Run, count: int) -> Sequence[int]:
    """Return whom to ask about next: those first that were looked at longest ago, or never."""
    seen = func.coalesce(Account.observed_at, Account.applied_at)
    told = exists().where(RunItem.run_id == run.id, RunItem.account_id == Account.id)
    return db.session.scalars(
        select(Account.id)
        .where(Account.integration_id == run.integration_id, Account.status.in_(LIVE), ~told)
        .where(or_(seen.is_(None), seen < run.started_at))
        .where(or_(Account.applied_at.is_(None), Account.applied_at < run.started_at))
        .where(Account.due_at.is_(None), Account.generation == Account.applied_generation)
        .order_by(seen.nulls_first(), Account.id)
        .limit(count)
    ).all()


def keep(run_id: int, round_: Asking, at: datetime, until: datetime) -> None:
    """Record what a round brought; hand over at once what gives content back.

    Args:
        at: when the platform was first asked.
        until: as ``take`` returned it; a process that was taken for dead meanwhile writes nothing.
    """
    run = db.session.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    if run.lease_until != until:
        db.session.rollback()
        log.info("probes.left", run_id=run_id)
        return
    asking.write_down(round_.looked, at)
    waiting = [item for item in round_.differences if _waits(item)]
    absent = sum(item.situation is Situation.MISSING for item in waiting)
    run.counts = _more(run, compared=len(round_.looked), unreadable=len(round_.failures), absent=absent)
    run.error_code = round_.away.code if round_.away is not None else None
    run.error_params = dict(round_.away.params) if round_.away is not None else {}
    lines = [_waiting_line(run_id, item) for item in waiting] + [_failed_line(run_id, one) for one in round_.failures]
    if lines:
        db.session.execute(insert(RunItem), lines)
    db.session.commit()
    at_once = [item for item in round_.differences if not _waits(item)]
    if at_once:
        parts.add_to_part(run_id, at_once, run.started_at)
    if absence_counts(asked(run), run.counts["absent"], whole=False):
        _release(run, {Situation.MISSING})


def close_old(integration_id: int, since: datetime, *, over: bool) -> None:
    """End the runs of nights that are over, and those whose accounts have all been asked about.

    Args:
        since: when the present night began, or the last one where there is none at present.
        over: that one is over too.
    """
    for run in db.session.scalars(_of(integration_id).where(Run.status == RUNNING)).all():
        ended = over or run.started_at < since or asked(run) >= run.counts.get("expected", 0)
        if run.control == "stop" or (ended and take(run.id, held=True)):
            _close(db.session.get_one(Run, run.id, populate_existing=True))


def _close(run: Run) -> None:
    """Judge what the night brought as a whole."""
    if run.control == "stop" or not run.counts.get("compared"):
        _leave(run)
        return
    doubtful = not absence_counts(asked(run), run.counts.get("absent", 0), whole=True)
    _tell_absence(run, doubtful=doubtful)
    db.session.commit()
    _release(run, set(Situation), doubtful=doubtful)
    run.error_code = ABSENT_MANY if doubtful else None
    run.error_params = {"absent": run.counts["absent"], "asked": asked(run)} if doubtful else {}
    run.lease_until = None
    clear_trouble(run.integration_id)
    db.session.commit()
    parts.close_part(run.id)


def _leave(run: Run) -> None:
    """End a run from which nothing follows: a person stopped it, or nobody answered in the whole night."""
    waiting = update(RunItem).where(RunItem.run_id == run.id, RunItem.error_code == WAITS).values(outcome=LAPSED)
    db.session.execute(waiting, execution_options={"synchronize_session": False})
    db.session.commit()
    if run.control == "stop":
        ending.stop(run.id)
        return
    run.status, run.finished_at, run.lease_until, run.control = FAILED, utc_now(), None, ""
    run.error_code, run.error_params = UNANSWERED, {"expected": run.counts.get("expected", 0)}
    tell_refused(run, UNANSWERED, run.error_params)
    ending.record_end(run)
    db.session.commit()


def _tell_absence(run: Run, *, doubtful: bool) -> None:
    where = ("integration", run.integration_id)
    if not doubtful:
        clear_alert(ABSENT_MANY, *where)
        return
    params = {"absent": run.counts["absent"], "asked": asked(run), "run_id": run.id}
    raise_alert(ABSENT_MANY, *where, _label(run), params, level="fail")


def _label(run: Run) -> str:
    return db.session.scalar(select(Integration.description).where(Integration.id == run.integration_id)) or ""


def _release(run: Run, situations: Collection[Situation], *, doubtful: bool = False) -> None:
    """Hand over what waited, as lines of the plan; absence in doubt is only reported."""
    rows = db.session.scalars(
        select(RunItem).where(RunItem.run_id == run.id, RunItem.outcome == REPORTED, RunItem.error_code == WAITS)
    ).all()
    chosen = {row.id: _difference(row) for row in rows if row.situation in situations}
    if not chosen:
        return
    found = [_doubted(item) if doubtful else item for item in chosen.values()]
    # First the new lines, then the old go: a crash between leaves some twice, and never one less.
    parts.add_to_part(run.id, found, run.started_at)
    ids = list(chosen)
    for start in range(0, len(ids), 500):
        db.session.execute(delete(RunItem).where(RunItem.id.in_(ids[start : start + 500])))
    db.session.commit()


def _doubted(item: Difference) -> Difference:
    return replace(item, action=Action.REPORT) if item.situation is Situation.MISSING else item


def _difference(row: RunItem) -> Difference:
    return Difference(
        row.account_id, row.login, Situation(row.situation), Action(row.action), dict(row.before), dict(row.after)
    )


def _waits(item: Difference) -> bool:
    return item.action in NEGATIVE or item.situation is Situation.MISSING


def _waiting_line(run_id: int, item: Difference) -> dict[str, Any]:
    return {
        "run_id": run_id, "account_id": item.account_id, "login": item.login, "situation": str(item.situation),
        "action": str(item.action), "outcome": REPORTED, "before": dict(item.before), "after": dict(item.after),
        "error_code": WAITS, "error_params": {},
    }  # fmt: skip


def _failed_line(run_id: int, one: Failure) -> dict[str, Any]:
    return {
        "run_id": run_id, "account_id": one.account_id, "login": one.login,
        "situation": str(Situation.UNREADABLE), "action": str(Action.REPORT), "outcome": REPORTED, "before": {},
        "after": {}, "error_code": one.error.code, "error_params": dict(one.error.params),
    }  # fmt: skip


def _more(run: Run, **more: int) -> dict[str, int]:
    return {**run.counts, **{name: run.counts.get(name, 0) + count for name, count in more.items()}}


def _of(integration_id: int) -> Any:
    return select(Run).where(Run.integration_id == integration_id, Run.reading == PROBES)
