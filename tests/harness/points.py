"""Where a process may die on the way of one call: seven places, each put into a forked engine from outside.

The product knows nothing of them. A process dies by SIGKILL to itself, as the system would kill it: nothing is
flushed, closed or rolled back.
"""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from webapp.gateways import sockets
from webapp.jobs import pool
from webapp.jobs.engine import Engine
from webapp.jobs.pool import Pools
from webapp.services.convergence import claims, settling

_thread = threading.local()


def die() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def before_intent(_operation: str) -> None:
    """The account is due, and nothing of the call was written yet."""
    claims.claim = lambda *_: die()  # type: ignore[assignment,return-value]


def after_claim(_operation: str) -> None:
    """It is leased, and neither the lease nor the intent is committed."""
    real = claims.claim

    def claim(*given: Any) -> Any:
        if real(*given):
            die()
        return []

    claims.claim = claim


def after_intent(operation: str) -> None:
    """Lease and intent are committed, and the call did not begin."""
    real = Pools.submit

    def submit(self: Pools, jobs: Any, concurrency: int) -> None:
        if jobs[0].operation == operation:
            die()
        real(self, jobs, concurrency)

    Pools.submit = submit  # type: ignore[method-assign]


def before_connect(operation: str) -> None:
    """The call began, and no connection is open."""
    _die_in_call(operation, "connect")


def after_send(operation: str) -> None:
    """The request has left whole, and nothing of the answer was read."""
    _die_in_call(operation, "getresponse")


def after_reply(operation: str) -> None:
    """The answer was read and written down, and that is not committed."""
    real = settling.settle

    def settle(db_connection: Any, lanes: Any, results: Any, now: Any) -> None:
        real(db_connection, lanes, results, now)
        if any(result.job.operation == operation for result in results):
            die()

    settling.settle = settle


def after_commit(operation: str) -> None:
    """How it ended is committed, and nobody was told."""
    real = Engine._transact

    def transact(self: Engine, only: int | None, claiming: bool) -> Any:
        ended = [result.job.operation for result in self._unsettled]
        moved = real(self, only, claiming)
        if operation in ended:
            die()
        return moved

    Engine._transact = transact  # type: ignore[method-assign]


POINTS: dict[str, Callable[[str], None]] = {
    one.__name__: one
    for one in (before_intent, after_intent, after_claim, before_connect, after_send, after_reply, after_commit)
}
# What a death there leaves: attempts on record, how many of them closed, and calls that arrived.
LEAVES = {
    "before_intent": (0, 0, 0), "after_claim": (0, 0, 0), "after_intent": (1, 0, 0), "before_connect": (1, 0, 0),
    "after_send": (1, 0, 1), "after_reply": (1, 0, 1), "after_commit": (1, 1, 1),
}  # fmt: skip


def _die_in_call(operation: str, name: str) -> None:
    """Die at the begin of a connection's method, while a call of this operation is made."""
    real_call, real = pool.call_batch, getattr(sockets._Guarded, name)

    def call_batch(jobs: Any) -> Any:
        _thread.operation = jobs[0].operation
        return real_call(jobs)

    def strike(self: Any, *given: Any, **named: Any) -> Any:
        if _thread.operation == operation:
            die()
        return real(self, *given, **named)

    pool.call_batch = call_batch
    setattr(sockets._Guarded, name, strike)
