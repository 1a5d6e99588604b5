"""What happened, from outside: the platform's ledger, and beside each write the attempt that the hub has for it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from tests.harness.promises import DONE, WRITES
from webapp.extensions import db
from webapp.models import Account, Attempt, Service
from webapp.sandbox.client import Tenant

# The platform notes a call when it has read it, the hub its answer when it has read that: both a moment later.
SLACK = timedelta(seconds=1)


@dataclass(frozen=True)
class Write:
    """One call that arrived and would change something. ``attempt`` is the hub's row for it; None = there is none."""

    at: datetime
    operation: str
    account_id: int
    key: str | None
    effect: str | None
    seq: int
    attempt: Any = None


@dataclass(frozen=True)
class Evidence:
    """Everything that a judge looks at.

    Attributes:
        accounts: by the code of their service.
    """

    writes: list[Write]
    attempts: list[Any]
    accounts: dict[str, Account]


def collect(tenants: Iterable[Tenant], *, timed: bool = True) -> Evidence:
    """Read ledgers and rows, and find for each write its attempt.

    Args:
        timed: False where a test moved the hub's clock, which the platform's does not follow.
    """
    db.session.rollback()
    attempts = list(db.session.execute(
        select(Attempt.id, Attempt.account_id, Attempt.operation, Attempt.key, Attempt.generation, Attempt.started_at,
               Attempt.finished_at, Attempt.outcome).where(Attempt.operation.in_(WRITES)).order_by(Attempt.id)
    ))  # fmt: skip
    rows = db.session.execute(
        select(Service.code, Account).join(Service, Service.id == Account.service_id),
        execution_options={"populate_existing": True},
    )
    accounts = {row.code: row.Account for row in rows}
    for account in accounts.values():
        db.session.expunge(account)
    db.session.rollback()
    writes = [_write(line) for tenant in tenants for line in tenant.ledger(kind="nx") if line["operation"] in WRITES]
    return Evidence(_matched(writes, attempts, timed=timed), attempts, accounts)


def account_id_of(reference: str | None) -> int:
    """Return whom a platform's ``external_id`` is about: the last part of the hub's own reference; 0 = nobody."""
    last = (reference or "").rpartition("-")[2]
    return int(last) if last.isdecimal() else 0


def _write(line: dict[str, Any]) -> Write:
    return Write(
        datetime.fromisoformat(line["received_at"]), line["operation"], account_id_of(line["external_id"]),
        line["key"], line["effect"], line["seq"],
    )  # fmt: skip


def _matched(writes: list[Write], attempts: list[Any], *, timed: bool) -> list[Write]:
    """Return the writes in order, each with its attempt.

    First those that are on record as done, in their span of time; what is left belongs to an attempt without an
    answer, or with a bad one, that was begun before it: the last of them.
    """
    waiting: dict[tuple[int, str], list[Write]] = defaultdict(list)
    for write in sorted(writes, key=lambda one: one.at):
        waiting[write.account_id, write.operation].append(write)
    found: dict[int, Any] = {}
    for attempt in sorted(attempts, key=lambda one: one.outcome not in DONE):
        done = attempt.outcome in DONE
        there = waiting[attempt.account_id, attempt.operation]
        chosen = next((one for one in there if _fits(one, attempt, done=done, timed=timed)), None)
        if chosen is not None:
            there.remove(chosen)
            found[chosen.seq] = attempt
    return [
        Write(one.at, one.operation, one.account_id, one.key, one.effect, one.seq, found.get(one.seq))
        for one in sorted(writes, key=lambda one: one.seq)
    ]


def _fits(write: Write, attempt: Any, *, done: bool, timed: bool) -> bool:
    if write.key is not None and write.key != attempt.key:
        return False
    if not timed:
        return True
    if write.at < attempt.started_at:
        return False
    return not done or attempt.finished_at is None or write.at <= attempt.finished_at + SLACK
