"""Who works on a pull, and who writes what a source says: one process at a time."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from webapp.clock import monotonic_s, sleep, utc_now
from webapp.extensions import db
from webapp.models import Setting, SourcePull
from webapp.services.leases import LeaseLost, RowLease, free_row, take_row
from webapp.services.transactions import begin

# Longer than the longest silence of a reading: three tries of a call, and the pauses that an ERP may ask for.
LEASE = timedelta(minutes=5)
WORKABLE = ("reading", "applying")
# Only while rows are written: seconds at the most, after which the holder counts as dead.
APPLY_LEASE = timedelta(seconds=60)
APPLY_PATIENCE_S = 120.0
POLL_S = 0.05
_PULL: Table = SourcePull.__table__


class Lease(RowLease):
    """The right to work on one pull."""

    table, length, wish = _PULL, LEASE, "stop_requested"


def take(pull_id: int, interrupted: Callable[[], bool] = lambda: False) -> Lease | None:
    """Take a pull that is to be worked on and commit; None when somebody has it, or nothing is to be done."""
    until = take_row(_PULL, pull_id, LEASE, _PULL.c.status.in_(WORKABLE))
    return None if until is None else Lease(pull_id, until, interrupted)


def release(pull_id: int) -> None:
    """Free a pull whose worker in this process did not end in time; it notices when it writes next."""
    free_row(_PULL, pull_id)


@contextmanager
def applying(source_id: int) -> Iterator[None]:
    """Be the only one, in all processes, who writes what this source says; use it around one batch.

    Raises:
        LeaseLost: somebody writes for very long; leave the pull, it is taken up again.
    """
    name = f"source_apply:{source_id}"
    deadline_s = monotonic_s() + APPLY_PATIENCE_S
    while (mine := _try_name(name)) is None:
        if monotonic_s() >= deadline_s:
            raise LeaseLost
        sleep(POLL_S)
    try:
        yield
    finally:
        db.session.rollback()
        db.session.execute(delete(Setting).where(Setting.name == name, Setting.value == mine))
        db.session.commit()


def _try_name(name: str) -> str | None:
    now = utc_now()
    mine = json.dumps({"until": (now + APPLY_LEASE).isoformat(), "by": secrets.token_hex(8)})
    begin(reads_only=False)
    held = db.session.scalar(select(Setting.value).where(Setting.name == name))
    if held is not None and datetime.fromisoformat(json.loads(held)["until"]) > now:
        db.session.rollback()
        return None
    try:
        if held is not None:
            db.session.execute(delete(Setting).where(Setting.name == name, Setting.value == held))
        db.session.execute(insert(Setting).values(name=name, value=mine))
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return mine
