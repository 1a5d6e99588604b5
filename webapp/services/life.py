"""Signs of life of this process, in memory: they cost nothing, and need no database that may be what is in trouble.

Those in the database (``services/system.beat``) are for other processes; these for ``/readyz`` and the watchdog here.
"""

from collections.abc import Mapping

from webapp.clock import monotonic_s

ALL, WEB, WORKER, SCHEDULER = "all", "web", "worker", "scheduler"
# Without these a process of that role is not ready.
NEEDED: Mapping[str, tuple[str, ...]] = {
    ALL: ("scheduler", "engine"), WEB: (), WORKER: ("engine",), SCHEDULER: ("scheduler",),
}  # fmt: skip


class Life:
    """When each part of this process last showed that it goes on. Thread-safe: each part writes its own entry."""

    def __init__(self) -> None:
        self.role = ""
        self._seen_s: dict[str, float] = {}

    def begin(self, role: str) -> None:
        """Say what this process is; empty = it serves nothing (a command, a test)."""
        self._seen_s = {}
        self.role = role

    def show(self, part: str) -> None:
        """Say that a part goes on; call it once in each of its turns, at the least every few seconds."""
        self._seen_s[part] = monotonic_s()

    def ages_s(self) -> dict[str, float]:
        """Return for each part that showed life how many seconds ago that was."""
        now_s = monotonic_s()
        return {part: now_s - seen_s for part, seen_s in dict(self._seen_s).items()}

    def silent(self, after_s: float) -> list[str]:
        """Return the parts that are needed here and have not come yet, or are silent for so long."""
        ages = self.ages_s()
        return [part for part in NEEDED.get(self.role, ()) if ages.get(part, after_s + 1) > after_s]


LIFE = Life()
