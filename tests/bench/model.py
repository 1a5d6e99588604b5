"""What a hub can do, on paper and as a simulation of its engine; and the machine that a provider of a size needs.

``python -m tests.bench.model`` shows both. The engine in short: one writer takes what is due, records what it is about
to do and what came of it, many at a time; threads make the calls; all of them share one interpreter. What limits it is
the waiting (threads / time of an answer), the processor (one over the CPU of a call), the disk (commits), or the
platform (its own concurrency and rate). The formula takes the least of these; in the simulation calls stand in each
other's way.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from rich.console import Console
from rich.table import Table

DAY_S = 86_400
# So much of a call's CPU is the writer's: taking it, and recording how it ended.
WRITER = 0.5
# A call waits for the commit before it and for that after it; the latter is on average half over when it comes.
COMMIT_WAITS = 1.5
EVER = float("inf")


@dataclass(frozen=True)
class Engine:
    """The hub's side.

    Attributes:
        workers: processes, each with a processor of its own.
        threads: calls that each has under way at most.
        claimed: calls that each has taken at most, the ones under way included.
        cpu_s: of a worker for one call, with everything that belongs to it.
        commit_s: of the database for one commit, however many calls are in it; commits follow each other.
    """

    workers: int = 1
    threads: int = 32
    claimed: int = 64
    cpu_s: float = 0.0019
    commit_s: float = 0.004


@dataclass(frozen=True)
class Platform:
    """The other side: how long an answer takes (spread: evenly by such a share), and what it allows at all."""

    latency_s: float = 0.05
    spread: float = 0.2
    rate_per_s: float = EVER
    concurrency: int = 1_000_000


def limits(engine: Engine, platform: Platform) -> dict[str, float]:
    """Return what each thing alone would allow, in calls a second; the least is what there is."""
    waiting = platform.latency_s + engine.cpu_s * (1 - WRITER)
    whole = platform.latency_s + engine.cpu_s + COMMIT_WAITS * engine.commit_s
    most = min(engine.workers * engine.threads, platform.concurrency)
    return {
        "threads": most / waiting if waiting else EVER,
        "taken ahead": engine.workers * engine.claimed / whole,
        "processor": engine.workers / engine.cpu_s,
        "platform's rate": platform.rate_per_s,
    }


def formula(engine: Engine, platform: Platform) -> float:
    """Return the calls a second that nothing forbids."""
    return min(limits(engine, platform).values())


def threads_needed(calls_a_day: float, latency_s: float, peak: float = 10.0) -> float:
    """Return how many calls are under way at once, where the busiest hour brings so many times the usual (Little)."""
    return calls_a_day * peak / DAY_S * latency_s


@dataclass
class _Worker:
    ready: int = 0
    taken: int = 0
    calling: int = 0
    ended: int = 0
    is_writing: bool = False
    free_at_s: float = 0.0


@dataclass
class Simulation:
    """Events one after the other, of all workers, until so many calls are recorded."""

    engine: Engine
    platform: Platform
    calls: int
    seed: int = 1
    now_s: float = 0.0
    recorded: int = 0
    most_calling: int = 0
    _left: int = 0
    _committed_at_s: float = 0.0
    _token_at_s: float = 0.0
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)

    def rate(self) -> float:
        """Let it happen; returns the calls a second."""
        self._chance, self._numbers, self._left = random.Random(self.seed), count(), self.calls
        self._workers = [_Worker() for _ in range(self.engine.workers)]
        for worker in self._workers:
            self._write(worker)
        while self._events:
            self.now_s, _, happen = heapq.heappop(self._events)
            happen()
        assert self.recorded == self.calls
        return self.calls / self.now_s

    def _at(self, when_s: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when_s, next(self._numbers), happen))

    def _compute(self, worker: _Worker, seconds: float, then: Callable[[], None]) -> None:
        """Wait for the worker's interpreter, use it for a while, then go on."""
        worker.free_at_s = max(self.now_s, worker.free_at_s) + seconds
        self._at(worker.free_at_s, then)

    def _write(self, worker: _Worker) -> None:
        """Begin a cycle, if there is anything to record or to take."""
        take = min(self.engine.claimed - worker.taken + worker.ended, self._left)
        if worker.is_writing or not (worker.ended or take):
            return
        worker.is_writing, ended, worker.ended = True, worker.ended, 0
        self._left -= take
        worker.taken += take
        # Half of the writer's work for a call is taking it, half is recording how it ended.
        pieces = [self.engine.cpu_s * WRITER / 2] * (take + ended)
        self._piece(worker, pieces, lambda: self._commit(worker, take, ended))

    def _piece(self, worker: _Worker, pieces: list[float], then: Callable[[], None]) -> None:
        """Do one piece after the other: between two of them threads have their turn."""
        if not pieces:
            return then()
        return self._compute(worker, pieces.pop(), lambda: self._piece(worker, pieces, then))

    def _commit(self, worker: _Worker, take: int, ended: int) -> None:
        self._committed_at_s = max(self.now_s, self._committed_at_s) + self.engine.commit_s
        self._at(self._committed_at_s, lambda: self._committed(worker, take, ended))

    def _committed(self, worker: _Worker, take: int, ended: int) -> None:
        worker.ready += take
        worker.taken -= ended
        self.recorded += ended
        worker.is_writing = False
        self._call(worker)
        self._write(worker)

    def _call(self, worker: _Worker) -> None:
        """Let free threads begin what is ready, as far as the platform takes it."""
        while worker.ready and worker.calling < self.engine.threads and self._under_way() < self.platform.concurrency:
            worker.ready -= 1
            worker.calling += 1
            self.most_calling = max(self.most_calling, self._under_way())
            self._compute(worker, self.engine.cpu_s * (1 - WRITER), lambda: self._send(worker))

    def _under_way(self) -> int:
        return sum(worker.calling for worker in self._workers)

    def _send(self, worker: _Worker) -> None:
        self._token_at_s = max(self.now_s, self._token_at_s + 1 / self.platform.rate_per_s)
        spread = 1 + self.platform.spread * self._chance.uniform(-1, 1)
        self._at(self._token_at_s + self.platform.latency_s * spread, lambda: self._answered(worker))

    def _answered(self, worker: _Worker) -> None:
        worker.calling -= 1
        worker.ended += 1
        for each in self._workers:
            self._call(each)
        self._write(worker)


@dataclass(frozen=True)
class Figures:
    """What was measured (docs/desempenho.md), from which a machine is worked out.

    Attributes:
        subscriber_kb: on the disk: customer, service, sale, account, right, and where they come from, with indexes.
        attempt_kb, attempt_bare_kb: a call with what was said, and after its words were removed (this on SQLite).
        event_kb: a line of history, with before and after: assumed; without, it takes 0.17 on SQLite.
        delivery_cpu_s, page_cpu_s: CPU of one; ``log_in_cpu_s``: assumed, ``--only callbacks`` measures it.
        read_cpu_s: to read one account off a platform and compare it; by the clock of a busy machine, so too much.
        process_mb: of the program before anybody is there; ``read_kb``: memory for each account while one run reads.
    """

    subscriber_kb: float = 5.5
    attempt_kb: float = 1.1
    attempt_bare_kb: float = 0.16
    event_kb: float = 0.5
    delivery_cpu_s: float = 0.0019
    page_cpu_s: float = 0.035
    log_in_cpu_s: float = 0.005
    read_cpu_s: float = 0.00015
    process_mb: float = 210.0
    read_kb: float = 1.1


@dataclass(frozen=True)
class Habits:
    """What one subscriber brings: calls, log-ins and pages a day, lines of history; and how long calls are kept."""

    calls: float = 0.05
    log_ins: float = 2.0
    pages: float = 0.05
    events: float = 0.1
    runs: float = 24.0
    words_days: int = 90
    kept_days: int = 5 * 365
    peak: float = 5.0


@dataclass(frozen=True)
class Machine:
    """What a provider of a size needs, by the figures alone: the busiest hour's processors, memory, and disk."""

    subscribers: int
    cpu_a_day_s: float
    busy_processors: float
    memory_mb: float
    disk_gb: float
    threads: float


def machine_for(subscribers: int, figures: Figures, habits: Habits, latency_s: float = 0.5) -> Machine:
    """Work out what a provider of this size needs; disk as after as many years as calls are kept."""
    daily = (
        habits.calls * figures.delivery_cpu_s + habits.log_ins * figures.log_in_cpu_s
        + habits.pages * figures.page_cpu_s + habits.runs * figures.read_cpu_s
    )  # fmt: skip
    calls_kb = habits.calls * (
        habits.words_days * figures.attempt_kb + (habits.kept_days - habits.words_days) * figures.attempt_bare_kb
    )
    kept_kb = figures.subscriber_kb + calls_kb + habits.events * habits.kept_days * figures.event_kb
    return Machine(
        subscribers, subscribers * daily, subscribers * daily * habits.peak / DAY_S,
        figures.process_mb + subscribers * figures.read_kb / 1024, subscribers * kept_kb / 1024**2,
        threads_needed(subscribers * habits.calls, latency_s, habits.peak),
    )  # fmt: skip


CASES: Sequence[tuple[str, Engine, Platform]] = (
    ("one worker, 0 ms", Engine(), Platform(0.0)),
    ("one worker, 50 ms", Engine(), Platform(0.05)),
    ("one worker, 500 ms", Engine(), Platform(0.5)),
    ("one worker, 128 threads, 500 ms", Engine(threads=128, claimed=256), Platform(0.5)),
    ("two workers, 12 threads, 50 ms", Engine(2, 12, 24), Platform(0.05)),
    ("four workers, 32 threads, 50 ms", Engine(4), Platform(0.05)),
    ("four workers, a platform that takes 100 a second", Engine(4), Platform(0.05, rate_per_s=100)),
    ("four workers, a platform that takes 16 at once", Engine(4), Platform(0.05, concurrency=16)),
)
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def tables(calls: int = 4_000) -> list[Table]:
    """Return what the formula, the simulation and the figures say."""
    speeds = Table(title="Calls a second")
    for name in ("case", "formula", "simulated", "to the formula", "what limits"):
        speeds.add_column(name, justify="left" if name in ("case", "what limits") else "right")
    for name, engine, platform in CASES:
        bound, found = formula(engine, platform), Simulation(engine, platform, calls).rate()
        least = min(limits(engine, platform).items(), key=lambda one: one[1])[0]
        speeds.add_row(name, f"{bound:,.0f}", f"{found:,.0f}", f"{found / bound:.2f}", least)
    machines = Table(title="A machine by subscribers, as after five years")
    for name in ("subscribers", "CPU a day", "processors at the peak", "memory", "disk", "calls at once"):
        machines.add_column(name, justify="right")
    for size in SIZES:
        machines.add_row(*_cells(machine_for(size, Figures(), Habits())))
    return [speeds, machines]


def _cells(one: Machine) -> tuple[Any, ...]:
    return (f"{one.subscribers:,}", f"{one.cpu_a_day_s / 60:,.1f} min", f"{one.busy_processors:.2f}",
            f"{one.memory_mb:,.0f} MB", f"{one.disk_gb:,.1f} GB", f"{one.threads:,.1f}")  # fmt: skip


if __name__ == "__main__":
    Console(width=130).print(*tables())
