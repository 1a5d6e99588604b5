"""Works in the background on actions that people began on many rows."""

from collections.abc import Collection, Hashable, Iterable

from webapp import clock
from webapp.jobs.background import Background
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import leases
from webapp.services.signals import BULK

# A second one, so that a few rows need not wait for many.
MOST = 2


class BulkWorker(Background[int]):
    """Works on jobs, the oldest first, each in a thread of its own."""

    name = "bulk"

    def due(self) -> Iterable[int]:
        return leases.waiting(clock.utc_now())

    def lane_of(self, due: int) -> Hashable:
        return due

    def has_room(self, due: int, busy: Collection[Hashable]) -> bool:
        return len(busy) < MOST

    def take(self, due: int) -> int | None:
        return due

    def work(self, row_id: int) -> None:
        bulk_jobs.work(row_id, self.stopping.is_set)

    def release(self, row_id: int) -> None:
        leases.release(row_id)

    def wait(self, timeout_s: float) -> None:
        BULK.wait(timeout_s)

    def wake(self) -> None:
        BULK.wake()
