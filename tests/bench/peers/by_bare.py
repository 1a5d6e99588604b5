"""A pool of threads and nothing else: the jobs are in memory, and gone with it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.peers.handler import IN_FLIGHT, Job, deliver, read_jobs, store


def enqueue(jobs: list[Job]) -> None:
    """Nothing: it keeps no jobs. ``work`` is told the file instead."""
    Path(store()).write_text(str(len(jobs)), "ascii")


def work(path: str) -> None:
    """Make every call of that file."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for _ in pool.map(lambda job: deliver(*job), read_jobs(path)):
            pass


def left() -> int:
    """Return 0: nobody knows what was not done."""
    return 0
