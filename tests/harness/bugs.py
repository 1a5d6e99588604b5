"""Mistakes that such a hub could have, each put into the running product: a harness that finds none proves nothing.

Each is a context for a test that takes it back; a process that dies anyway enters it and never leaves.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import select, update

from webapp import database
from webapp.decide import steps
from webapp.decide.plan import Spent
from webapp.decide.snapshot import Certificate
from webapp.gateways.contract import Operation, Reply
from webapp.jobs import engine, leaving, rounds
from webapp.jobs.scaled import consumer
from webapp.models import Account
from webapp.services import drift
from webapp.services.convergence import claims, settling
from webapp.services.convergence.planning import Planner
from webapp.services.convergence.work import Result
from webapp.services.runs import lifting, planning

_ACCOUNT = Account.__table__


@contextmanager
def no_lease() -> Iterator[None]:
    """Two workers may take the same account at the same time."""
    real = claims.claim

    def claim(db_connection: Any, integration_id: int, *rest: Any) -> Any:
        mine = _ACCOUNT.c.integration_id == integration_id
        db_connection.execute(update(_ACCOUNT).where(mine).values(lease_until=None))
        return real(db_connection, integration_id, *rest)

    def due(db_connection: Any, now: Any) -> set[int]:
        return set(db_connection.execute(select(_ACCOUNT.c.integration_id).where(_ACCOUNT.c.due_at <= now)).scalars())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "claim", claim)
        patch.setattr(claims, "integrations_due", due)
        yield


@contextmanager
def blind_repeat() -> Iterator[None]:
    """A create without an answer is sent again, without its key and without a look."""

    def again(want: Any, have: Any, _traits: Any, now: Any) -> Any:
        return steps._call(Operation.CREATE, want, have.with_(intent=None), now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_doubtful_create", again)
        yield


@contextmanager
def no_key() -> Iterator[None]:
    """Every call has a key of its own, a repeat as well."""
    real = steps._call

    def call(operation: Any, want: Any, have: Any, now: Any) -> Any:
        return real(operation, want, have.with_(intent=None), now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_call", call)
        yield


@contextmanager
def mark_before_send() -> Iterator[None]:
    """What is about to be sent is written down as done."""
    real = Planner.plan

    def plan(self: Planner, found: Any) -> Any:
        jobs = real(self, found)
        sure = [Result(job, reply=Reply()) for job in jobs if job.operation is not Operation.FIND]
        settling.settle(self._db, {self._lane.integration_id: self._lane}, sure, self._now)
        return jobs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planner, "plan", plan)
        yield


@contextmanager
def budget_of_a_run_only() -> Iterator[None]:
    """What was taken earlier in the day is forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (planning, lifting):
            patch.setattr(module, "spent_today", lambda _integration_id: Spent())
        yield


@contextmanager
def deferred_begin() -> Iterator[None]:
    """Who will write begins as if only to read, and asks for the lock when it is late."""

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_begin", begin)
        yield


@contextmanager
def absence_believed() -> Iterator[None]:
    """Who is not shown is not there, whatever the listing was like: made anew without a second look."""
    real = drift._mend_account

    def mend(run: Any, items: Any, account: Any) -> None:
        real(run, items, account)
        if account is not None:
            account.verify_first = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Certificate, "allows", lambda self, effect: True)
        patch.setattr(drift, "_mend_account", mend)
        yield


BUGS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    one.__name__: one
    for one in (
        no_lease, blind_repeat, no_key, mark_before_send, budget_of_a_run_only, deferred_begin, absence_believed
    )
}  # fmt: skip


@contextmanager
def hasty() -> Iterator[None]:
    """No mistake: the hub ends in a tenth of the time, so that a test need not wait half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "LEAVE_S", engine.LEAVE_S / 10)
        patch.setattr(leaving, "CUT_AFTER_S", leaving.CUT_AFTER_S / 10)
        yield


@contextmanager
def only_told() -> Iterator[None]:
    """No mistake: a worker works on what it is told of, and never looks by itself whether a job waits or lacks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumer, "POLL_S", 600.0)
        patch.setattr(rounds, "QUEUE_S", 600.0)
        yield


PUT_IN = {**BUGS, hasty.__name__: hasty, only_told.__name__: only_told}
