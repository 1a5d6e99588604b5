"""Threads that make calls: a pool per integration, so that a dead platform holds only its own."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from webapp.services.convergence.calling import NotSent, call_batch
from webapp.services.convergence.work import Job, Result


class Pools:
    """Runs jobs and collects results. Used by one engine thread; results come from many."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._pools: dict[int, tuple[int, ThreadPoolExecutor]] = {}
        self._retired: list[ThreadPoolExecutor] = []
        self._waiting: dict[Future[None], Sequence[Job]] = {}
        self._in_flight: dict[int, int] = {}
        self._unheard: dict[int, int] = {}
        self._results: queue.SimpleQueue[list[Result]] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def submit(self, jobs: Sequence[Job], concurrency: int) -> None:
        """Start one call, or let it wait for a thread; what waits can be taken back by ``recall``.

        Args:
            jobs: that go in the one call; all of one integration.
        """
        integration_id = jobs[0].claim.integration_id
        with self._lock:
            self._in_flight[integration_id] = self._in_flight.get(integration_id, 0) + 1
            self._unheard[integration_id] = self._unheard.get(integration_id, 0) + 1
        future = self._pool(integration_id, concurrency).submit(self._run, jobs)
        with self._lock:
            self._waiting[future] = jobs
        # Called at once when it has ended already; so nothing is kept of what needs no recall.
        future.add_done_callback(self._forget)

    def recall(self, integration_id: int | None = None) -> None:
        """Take back what still waits for a thread, of one integration or of all: it ends as not sent."""
        with self._lock:
            waiting = list(self._waiting.items())
        for future, jobs in waiting:
            if integration_id in (None, jobs[0].claim.integration_id) and future.cancel():
                self._end([Result(job, error=NotSent("not_sent")) for job in jobs])

    def unheard(self, integration_id: int) -> int:
        """Return how many calls of an integration were started whose results were not yet collected."""
        with self._lock:
            return self._unheard.get(integration_id, 0)

    def lanes(self) -> set[int]:
        """Return the integrations of which a call was started whose result was not yet collected."""
        with self._lock:
            return {integration_id for integration_id, count in self._unheard.items() if count}

    def total_in_flight(self) -> int:
        """Return how many calls of all integrations are under way."""
        with self._lock:
            return sum(self._in_flight.values())

    def busy(self) -> int:
        """Return how many calls are under way, or ended and not yet collected."""
        return self.total_in_flight() + self._results.qsize()

    def drain(self) -> list[Result]:
        """Return the results that came in, without waiting."""
        results: list[Result] = []
        while True:
            try:
                ended = self._results.get_nowait()
            except queue.Empty:
                return results
            results += ended
            with self._lock:
                self._unheard[ended[0].job.claim.integration_id] -= 1

    def close(self, within_s: float | None = None) -> int:
        """Let calls under way end; start no more.

        Args:
            within_s: how long to wait for them; None = until they end, each within its own time-out.

        Returns:
            How many did not end in time.
        """
        with self._lock:
            under_way = list(self._waiting)
        left = wait(under_way, within_s).not_done
        for pool in [*self._retired, *(pool for _, pool in self._pools.values())]:
            pool.shutdown(wait=not left)
        return len(left)

    def _run(self, jobs: Sequence[Job]) -> None:
        self._end(call_batch(jobs))
        self._notify()

    def _forget(self, future: "Future[None]") -> None:
        with self._lock:
            self._waiting.pop(future, None)

    def _end(self, results: list[Result]) -> None:
        self._results.put(results)
        with self._lock:
            self._in_flight[results[0].job.claim.integration_id] -= 1

    def _pool(self, integration_id: int, concurrency: int) -> ThreadPoolExecutor:
        width, pool = self._pools.get(integration_id, (0, None))
        if pool is None or width != concurrency:
            if pool is not None:
                pool.shutdown(wait=False)
                self._retired.append(pool)
            pool = ThreadPoolExecutor(concurrency, thread_name_prefix=f"lane-{integration_id}")
            self._pools[integration_id] = (concurrency, pool)
        return pool
