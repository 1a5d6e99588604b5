"""Which integrations this process works on, where jobs say so: told by the queue, asked by the engine."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from webapp import clock
from webapp.services.signals import ACCOUNTS

# So long an integration is looked at after its last job ended here: what comes in meanwhile needs no new one.
LINGER_S = 2.0
# How often another process may be asked to help with one integration; in vain until it falls to another one.
HELP_EVERY_S = 0.3


@dataclass(eq=False)
class Drive:
    """One job under way. ``ended`` is called once, from any thread, when there is nothing more to do for it."""

    integration_id: int
    ended: Callable[[], None]
    begun_s: float = field(default_factory=clock.monotonic_s)


class Drives:
    """The jobs under way in this process; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, set[Drive]] = defaultdict(set)
        self._left_s: dict[int, float] = {}
        self._helped_s: dict[int, float] = {}
        self._open = True

    def begin(self, drive: Drive) -> int:
        """Work on its integration until ``rest`` or ``end``; returns how many jobs of it were under way here before."""
        with self._lock:
            closed, before = not self._open, len(self._held[drive.integration_id])
            if not closed:
                self._held[drive.integration_id].add(drive)
        if closed:
            drive.ended()
        ACCOUNTS.wake()
        return before

    def end(self, drive: Drive) -> None:
        """Stop, whether or not there is more to do; the integration is looked at for a moment longer."""
        with self._lock:
            self._drop(drive)

    def wanted(self) -> set[int]:
        """Return the integrations to work on now."""
        with self._lock:
            late_s = clock.monotonic_s() - LINGER_S
            self._left_s = {one: at_s for one, at_s in self._left_s.items() if at_s > late_s}
            return {one for one, drives in self._held.items() if drives} | set(self._left_s)

    def rest(self, integration_ids: Collection[int], looked_s: float) -> None:
        """End the jobs of integrations that have nothing to do, as a look showed that began then."""
        with self._lock:
            over = [one for each in integration_ids for one in self._held[each] if one.begun_s < looked_s]
            for drive in over:
                self._drop(drive)
        for drive in over:
            drive.ended()

    def may_call_for_help(self, integration_id: int) -> bool:
        """Tell whether it is time to ask another process to join in; counts as asked."""
        with self._lock:
            now_s = clock.monotonic_s()
            if now_s - self._helped_s.get(integration_id, -HELP_EVERY_S) < HELP_EVERY_S:
                return False
            self._helped_s[integration_id] = now_s
            return True

    def close(self) -> None:
        """End every job, and begin no more: this process ends."""
        with self._lock:
            self._open = False
            over = [drive for drives in self._held.values() for drive in drives]
            self._held.clear()
            self._left_s.clear()
        for drive in over:
            drive.ended()

    def _drop(self, drive: Drive) -> None:
        self._held[drive.integration_id].discard(drive)
        self._left_s[drive.integration_id] = clock.monotonic_s()
