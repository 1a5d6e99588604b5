"""What a hub takes of its machine, looked at from outside: memory, open files, threads, its files."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pysqlite3 import dbapi2 as sqlite

from tests.bench.soak.verdict import Judged, Limit, Sample, judge

DATABASE = "sintonia.db"
MB = 1024 * 1024
# Facts: ten per cent of memory, and a log of changes that is written back before it is 64 MB.
LIMITS: Mapping[str, Limit] = {
    "memory MB": Limit(10.0, share=0.10, noise=4.0),
    "open files": Limit(5.0, noise=2.0),
    "threads": Limit(4.0, noise=2.0),
    "-wal MB": Limit(8.0, noise=8.0, most=64.0),
    "-shm MB": Limit(1.0, noise=0.5, most=4.0),
    "temporary files": Limit(4.0, noise=2.0),
}


@dataclass
class Watch:
    """Looks every so many seconds, in a thread; use it as a context.

    Attributes:
        seen: what is looked at, with each process's number where it belongs to one -> its samples.
        written: seconds, calls recorded so far, size of the database in MB.
    """

    pid: int
    folder: Path
    temporary: Path
    every_s: float
    seen: dict[str, list[Sample]] = field(default_factory=dict)
    written: list[tuple[float, int, float]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop, self._began_s = threading.Event(), time.monotonic()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            at_s = time.monotonic() - self._began_s
            for name, value in {**self._processes(), **self._files()}.items():
                self.seen.setdefault(name, []).append((at_s, value))
            self.written.append((at_s, self._calls(), _size_mb(self.folder / DATABASE)))

    def _processes(self) -> dict[str, float]:
        """Look at the server and at every process that it started and that lives on."""
        found: dict[str, float] = {}
        for place, pid in enumerate(_family(self.pid)):
            # A process may end while it is looked at.
            with suppress(OSError):
                found |= {f"{name}{f' of child {place}' if place else ''}": value for name, value in _taken(pid)}
        return found

    def _files(self) -> dict[str, float]:
        known = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
        wal, shm = (_size_mb(self.folder / name) for name in known[1:])
        return {"-wal MB": wal, "-shm MB": shm, "temporary files": float(sum(1 for _ in self.temporary.rglob("*")))}

    def _calls(self) -> int:
        connection = sqlite.connect(f"file:{self.folder / DATABASE}?mode=ro", uri=True, timeout=30)
        try:
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM attempt").fetchone()[0])
        finally:
            connection.close()

    def judged(self, day_s: float) -> list[Judged]:
        """Judge everything that was there from the middle to the end."""
        last_s = self.written[-1][0]
        return [
            judge(name, samples, LIMITS[name.partition(" of child")[0]], day_s)
            for name, samples in self.seen.items()
            if samples[0][0] <= last_s / 2 and samples[-1][0] >= last_s * 0.95
        ]


def _size_mb(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_size / MB
    return 0.0


def _family(pid: int) -> list[int]:
    """Return a process and all that came from it."""
    found = [pid]
    for parent in found:
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(word) for word in path.read_text("ascii").split()]
    return found


def _taken(pid: int) -> list[tuple[str, float]]:
    place = Path(f"/proc/{pid}")
    lines = dict(line.split(":", 1) for line in (place / "status").read_text("utf-8").splitlines() if ":" in line)
    return [
        ("memory MB", int(lines["VmRSS"].split()[0]) / 1024),
        ("open files", float(sum(1 for _ in (place / "fd").iterdir()))),
        ("threads", float(lines["Threads"])),
    ]
