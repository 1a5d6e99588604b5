"""One peer's work in processes of its own: how fast it is, and what is left of its jobs when it is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import stores
from tests.bench.peers.sink import Round, Sink

ROOT = Path(__file__).resolve().parents[3]
LOOK_S, PATIENCE_S, STOP_S = 0.02, 180.0, 20.0
# Whoever notices a dead worker by its silence does so within a minute.
QUIET_S, SETTLE_S = 75.0, 5.0


@dataclass(frozen=True)
class Peer:
    """A way of sending.

    Attributes:
        module: ``by_MODULE`` has its side.
        store: where it keeps its jobs, a word of ``stores``.
        options: of its work.
        share: of the jobs that it is given, where all would take minutes.
        is_ours: it runs in our environment, and not in that of the tools.
        restarts: it can be started again and goes on.
    """

    name: str
    module: str
    store: str = stores.FILE
    options: tuple[str, ...] = ()
    share: float = 1.0
    is_ours: bool = False
    restarts: bool = True


@dataclass(frozen=True)
class Speed:
    """Of one round: calls a second from the first that came to the last answer, CPU of the workers for each, memory."""

    per_s: float
    cpu_ms: float
    rss_mb: float


@dataclass(frozen=True)
class Killed:
    """What became of the jobs of a worker that was killed and started again.

    Attributes:
        came: had their effect; ``twice``: more than once.
        held: its store still has them: to be done later, or to be found by a person.
        gone: neither.
        late_s: from the second start to the last effect.
    """

    jobs: int
    came: int
    twice: int
    held: int
    late_s: float

    @property
    def gone(self) -> int:
        return max(self.jobs - self.came - self.held, 0)


class Place:
    """One round of one peer: its store, its jobs, and where they go."""

    def __init__(self, peer: Peer, tools: Path | None, sink: Sink, name: str, found: Mapping[str, str]) -> None:
        self.peer, self.sink, self.name = peer, sink, name
        self._python = sys.executable if peer.is_ours or tools is None else str(tools / "python")
        self._environment = {**os.environ, **found}
        self._jobs = Path(found["JOBS"])

    def enqueue(self) -> None:
        """Give it its jobs."""
        self._side("enqueue", str(self._jobs))

    def left(self) -> int:
        """Return how many jobs its store still holds."""
        return int(self._side("left"))

    def _side(self, *what: str) -> str:
        done = subprocess.run(self._command(*what), cwd=ROOT, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{self.peer.name} {what}: {done.stderr[-2000:]}"
        return done.stdout

    def _command(self, *what: str) -> list[str]:
        return [self._python, "-m", "tests.bench.peers.side", self.peer.module, *what]

    @contextmanager
    def working(self) -> Iterator["Worker"]:
        """Run its worker until the end of the block; a session of its own, so that all its processes are known."""
        options = (str(self._jobs),) if self.peer.module == "bare" else self.peer.options
        log = self._jobs.with_suffix(".log")
        with log.open("ab") as file:
            process = subprocess.Popen(
                self._command("work", *options), cwd=ROOT, env=self._environment, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        worker = Worker(process, log)
        try:
            yield worker
        finally:
            worker.end()


class Worker:
    """A worker's processes: a session of their own."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process, self._log = process, log
        self.cpu_s, self.rss_mb = 0.0, 0.0

    def look(self) -> None:
        """Note what its processes have used so far; what has ended meanwhile keeps its last note."""
        spent_ns, pages_kb = 0, 0
        for folder in Path("/proc").iterdir():
            # A process may end while it is looked at.
            with suppress(OSError, ValueError, IndexError):
                if int((folder / "stat").read_text("ascii").rpartition(")")[2].split()[3]) == self._process.pid:
                    spent_ns += sum(int(path.read_text().split()[0]) for path in folder.glob("task/*/schedstat"))
                    pages_kb += int((folder / "statm").read_text().split()[1]) * 4
        self.cpu_s, self.rss_mb = max(self.cpu_s, spent_ns / 1e9), max(self.rss_mb, pages_kb / 1024)

    def is_gone(self) -> bool:
        """Tell whether it ended by itself."""
        return self._process.poll() is not None

    def said(self) -> str:
        """Return the end of what it wrote."""
        return self._log.read_text("utf-8", "replace")[-2000:]

    def kill(self) -> None:
        """End all of it at once, as a machine does that loses its power or its memory."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """Let it end in order, and kill what has not by then."""
        if not self.is_gone():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_S)
        with suppress(ProcessLookupError):
            self.kill()


@contextmanager
def _placed(peer: Peer, tools: Path | None, sink: Sink, name: str, jobs: tuple[int, str, int]) -> Iterator[Place]:
    count, body, latency_ms = jobs
    with stores.laid(peer.store) as found, stores.laid(stores.FILE) as other:
        path = Path(other["PEER_STORE"])
        lines = (json.dumps([f"job-{number:06}", body]) for number in range(count))
        path.write_text("\n".join(lines) + "\n", "utf-8")
        place = {**found, "JOBS": str(path), "PEER_URL": sink.hook(latency_ms, name)}
        if peer.store == stores.POSTGRES and not peer.is_ours:
            place["PEER_STORE"] = found["PEER_DATABASE"].replace("postgresql+psycopg", "postgresql")
        yield Place(peer, tools, sink, name, place)


def measured(peer: Peer, tools: Path | None, sink: Sink, name: str, jobs: tuple[int, str, int]) -> tuple[Speed, Round]:
    """Let a peer do so many jobs; each must have come once.

    Args:
        jobs: how many, the body of each, and how long the sink takes for one.
    """
    with _placed(peer, tools, sink, name, jobs) as place:
        place.enqueue()
        began_cpu_s, until_s = 0.0, time.monotonic() + PATIENCE_S
        with place.working() as worker:
            while (came := sink.count(name)) < jobs[0]:
                worker.look()
                began_cpu_s = worker.cpu_s if not came else began_cpu_s
                assert time.monotonic() < until_s, f"{peer.name}: {came} of {jobs[0]} came\n{worker.said()}"
                assert not worker.is_gone() or sink.count(name) == jobs[0], f"{peer.name} ended\n{worker.said()}"
                time.sleep(LOOK_S)
            worker.look()
            seen = sink.seen(name)
    assert len(seen.ids) == seen.ids.total() == jobs[0], f"{peer.name}: {seen.ids.total()} calls for {jobs[0]} jobs"
    cpu_ms = (worker.cpu_s - began_cpu_s) / jobs[0] * 1000
    return Speed(jobs[0] / (seen.last_s - seen.first_s), cpu_ms, worker.rss_mb), seen


def killed(peer: Peer, tools: Path | None, sink: Sink, name: str, jobs: tuple[int, str, int]) -> Killed:
    """Kill a peer's worker when a quarter is done, start it again, and wait until nothing comes any more."""
    with _placed(peer, tools, sink, name, jobs) as place:
        place.enqueue()
        with place.working() as worker:
            while sink.count(name) < jobs[0] // 4:
                assert not worker.is_gone(), f"{peer.name} ended\n{worker.said()}"
                time.sleep(LOOK_S)
            worker.kill()
        began_s = time.monotonic()
        if peer.restarts:
            with place.working():
                _await_the_rest(sink, name, jobs[0])
                # What came may not be noted yet.
                time.sleep(SETTLE_S)
        seen = sink.seen(name)
        came = len(seen.ids)
        return Killed(jobs[0], came, seen.ids.total() - came, place.left(), max(seen.last_s - began_s, 0.0))


def _await_the_rest(sink: Sink, name: str, jobs: int) -> None:
    seen, quiet_since_s = sink.seen(name), time.monotonic()
    while len(seen.ids) < jobs and time.monotonic() < quiet_since_s + QUIET_S:
        time.sleep(0.5)
        now = sink.seen(name)
        if now.ids.total() > seen.ids.total():
            quiet_since_s = time.monotonic()
        seen = now
