"""How the engine's calls are made without threads: where they are submitted, or later, or never."""

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from webapp import clock
from webapp.jobs.pool import Pools
from webapp.services.convergence.calling import call_batch
from webapp.services.signals import ACCOUNTS

if TYPE_CHECKING:
    from tests.machine.world import World

# The shortest lease that any job here has.
ALONE = timedelta(seconds=20)


class Crash(BaseException):
    """The process died here."""


@dataclass(frozen=True)
class Sent:
    """What the hub was sending: for whom, which version, and what was allowed when it was decided."""

    attempt_id: int
    account_id: int
    generation: int
    email: str
    operation: str
    may: frozenset[str]
    trusted: bool


@dataclass
class Held:
    """A call that waits in a process: for its thread (``jobs``), or for its answer to be recorded (``results``)."""

    future: "Future[None]"
    pools: "Steps"
    jobs: Any
    # As long nobody else may begin anything for the same account.
    until: datetime
    results: Any = None


class Steps(Pools):
    """The engine's pools without threads: a call is made where it is submitted, or when the test says so."""

    def __init__(self, world: "World") -> None:
        super().__init__(ACCOUNTS.wake)
        self.world = world
        self.allowed_then: dict[int, Any] = {}

    def submit(self, jobs: Any, concurrency: int) -> None:
        for job in jobs:
            self.allowed_then[job.attempt_id] = self.world.sent(job)
        super().submit(jobs, concurrency)

    def close(self, within_s: float | None = None) -> int:
        """No thread has to end."""
        return 0

    def call(self, jobs: Any) -> Any:
        self.world.tick()
        self.world.sending = self.allowed_then[jobs[0].attempt_id]
        try:
            results = call_batch(jobs)
        finally:
            self.world.sending = None
        self.world.tick()
        return results

    def _pool(self, integration_id: int, concurrency: int) -> Any:
        return _Inline(self)


class _Inline:
    """In place of a thread pool."""

    def __init__(self, pools: Steps) -> None:
        self.pools = pools

    def submit(self, _run: Any, jobs: Any) -> "Future[None]":
        future: Future[None] = Future()
        world = self.pools.world
        if world.manner == "hold":
            world.held.append(Held(future, self.pools, jobs, clock.utc_now() + ALONE))
            return future
        future.set_running_or_notify_cancel()
        results = self.pools.call(jobs)
        if world.manner == "late":
            world.held.append(Held(future, self.pools, jobs, clock.utc_now() + ALONE, results))
            return future
        self.pools._end(results)
        future.set_result(None)
        return future
