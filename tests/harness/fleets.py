"""Several processes of one hub on PostgreSQL: pages, a schedule, workers; any of them is killed and started again."""

import random
import signal

from tests.harness.hubs import HubOnDisk
from tests.harness.served import Served
from tests.journeys.engine_child import EngineProcesses

WORKERS = 3


class Fleet:
    """Goes where a ``Served`` does: what it is told happens to one of its processes, or to all of them."""

    def __init__(self, engines: EngineProcesses, hub: HubOnDisk, seed: int, workers: int = WORKERS) -> None:
        self.web = Served(engines, hub, "web")
        self.workers = [Served(engines, hub, "worker") for _ in range(workers)]
        self.parts = [self.web, Served(engines, hub, "scheduler"), *self.workers]
        self.address, self.bug = self.web.address, ""
        self._chance = random.Random(seed)

    def start(self) -> None:
        """Start whatever does not run."""
        for part in self.parts:
            if not part.pid:
                part.start()

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Kill one process, a worker mostly; or let all end in order. Returns how it, or the worst of them, ended."""
        if number == signal.SIGKILL:
            return self._chance.choice([*self.parts, *self.workers]).end(number)
        codes = [part.end(number) for part in reversed(self.parts) if part.pid]
        return next((code for code in codes if code), 0)

    def asked(self, path: str) -> int:
        """Return the status of a page."""
        return self.web.asked(path)

    def said(self) -> str:
        """Return what all of them wrote."""
        return "\n".join({part.log: part.said() for part in self.parts}.values())
