"""Reads sources in the background: hints first, then recent changes, then whole readings."""

from collections.abc import Collection, Hashable, Iterable

from webapp import clock
from webapp.jobs.background import Background
from webapp.services import source_pulls
from webapp.services.signals import SOURCES
from webapp.services.source_pulls import Due, leases

# Readings at the same time; whole ones leave a place for looks, by which payments come in.
MOST, MOST_WHOLE = 4, 3


class SourceWorker(Background[Due]):
    """Works on due pulls, each in a thread of its own, at most one of a kind for a source."""

    name = "sources"

    def due(self) -> Iterable[Due]:
        return source_pulls.due_work(clock.utc_now())

    def lane_of(self, due: Due) -> Hashable:
        return due.lane

    def has_room(self, due: Due, busy: Collection[Hashable]) -> bool:
        whole = sum(isinstance(lane, tuple) and lane[1] == "full" for lane in busy)
        return len(busy) < MOST and (due.lane[1] != "full" or whole < MOST_WHOLE)

    def take(self, due: Due) -> int | None:
        return source_pulls.begin_due(due)

    def work(self, row_id: int) -> None:
        source_pulls.work(row_id, self.stopping.is_set)

    def release(self, row_id: int) -> None:
        leases.release(row_id)

    def wait(self, timeout_s: float) -> None:
        SOURCES.wait(timeout_s)

    def wake(self) -> None:
        SOURCES.wake()
