"""What this process counts itself. Every process has its own counts: add them up over the processes.

Labels are bounded: ids of integrations and sources, names of gateways, words of the program. Never a subscriber, a
log-in, an address or a text that somebody typed.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from threading import get_ident

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    Summary,
    disable_created_metrics,
)

from webapp.clock import monotonic_s
from webapp.services.life import LIFE

# When each series began is told by the start time of the process; the extra series would double them.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CALLBACK_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
PAGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
OF_PLATFORM, OF_SOURCE = ("integration", "gateway"), ("source", "kind")

ProcessCollector(registry=REGISTRY)
BUILD = Gauge("sintonia_build_info", "1, with version, role and Python.", ("version", "role", "python"),
              registry=REGISTRY)  # fmt: skip
WORKERS = Gauge("sintonia_workers", "Calls that may be under way at once.", registry=REGISTRY)
BUSY = Gauge("sintonia_workers_busy", "Workers in a call now.", registry=REGISTRY)
ATTEMPTS = Counter("sintonia_attempts", "Operations sent to platforms, by how they ended.",
                   (*OF_PLATFORM, "operation", "outcome"), registry=REGISTRY)  # fmt: skip
CALLS = Counter("sintonia_calls", "HTTP calls to platforms, reading included, by result.", (*OF_PLATFORM, "result"),
                registry=REGISTRY)  # fmt: skip
CALL_SECONDS = Histogram("sintonia_call_duration_seconds", "How long HTTP calls to platforms take.", OF_PLATFORM,
                         buckets=CALL_BUCKETS, registry=REGISTRY)  # fmt: skip
EGRESS = Counter("sintonia_egress_refused", "Calls to platforms that our own rules forbade.", OF_PLATFORM,
                 registry=REGISTRY)  # fmt: skip
SOURCE_CALLS = Counter("sintonia_source_calls", "HTTP calls to sources, by result.", (*OF_SOURCE, "result"),
                       registry=REGISTRY)  # fmt: skip
SOURCE_SECONDS = Histogram("sintonia_source_call_duration_seconds", "How long HTTP calls to sources take.", OF_SOURCE,
                           buckets=CALL_BUCKETS, registry=REGISTRY)  # fmt: skip
CALLBACKS = Counter("sintonia_callback_decisions", "Log-ins that platforms asked about, by our answer.",
                    (*OF_PLATFORM, "decision"), registry=REGISTRY)  # fmt: skip
CALLBACK_SECONDS = Histogram("sintonia_callback_duration_seconds", "How long a platform waits for our answer.",
                             buckets=CALLBACK_BUCKETS, registry=REGISTRY)  # fmt: skip
PLATFORM_EVENTS = Counter("sintonia_platform_events", "Messages of platforms, by what became of them.",
                          ("integration", "result"), registry=REGISTRY)  # fmt: skip
SOURCE_EVENTS = Counter("sintonia_source_events", "Messages of sources, by what became of them.",
                        ("source", "result"), registry=REGISTRY)  # fmt: skip
SIGN_INS = Counter("sintonia_sign_ins", "Tries to sign in, by result.", ("result",), registry=REGISTRY)
RUNS = Counter("sintonia_runs_ended", "Reconciliations that were read to an end, by status.",
               ("integration", "status"), registry=REGISTRY)  # fmt: skip
TASKS = Counter("sintonia_tasks", "Periodic tasks that ran here, by result.", ("task", "result"), registry=REGISTRY)
TASK_SECONDS = Summary("sintonia_task_duration_seconds", "How long periodic tasks take.", ("task",),
                       registry=REGISTRY)  # fmt: skip
REQUESTS = Counter("sintonia_http_requests", "Requests answered here.", ("part", "code"), registry=REGISTRY)
REQUEST_SECONDS = Histogram("sintonia_http_request_duration_seconds", "How long answers take.", ("part",),
                            buckets=PAGE_BUCKETS, registry=REGISTRY)  # fmt: skip
PINGS = Counter("sintonia_pings", "Calls to the dead man's switch, by result.", ("result",), registry=REGISTRY)
PART_AGE = Gauge("sintonia_part_age_seconds", "Since when a part of this process is silent.", ("part",),
                 registry=REGISTRY)  # fmt: skip

# Threads that are in a call.
_busy: set[int] = set()
BUSY.set_function(lambda: len(_busy))
# How often each periodic task is due, in seconds; whoever has them says so.
_every_s: dict[str, float] = {}


def begin(version: str, workers: int) -> None:
    """Say what runs here; once, at the start."""
    python = ".".join(map(str, sys.version_info[:3]))
    BUILD.clear()
    BUILD.labels(version, LIFE.role or "none", python).set(1)
    WORKERS.set(workers if LIFE.role in ("all", "worker") else 0)


def expect_tasks(every_s: Mapping[str, float]) -> None:
    """Say how often each task is due, so that it can be told how late they are."""
    _every_s.update(every_s)


def expected_tasks() -> Mapping[str, float]:
    """Return task -> seconds between two of its turns; empty where no periodic work is known."""
    return _every_s


def watch_platform(integration_id: int, gateway: str) -> Callable[[float, str, bool], None]:
    """Return what counts the HTTP calls of one integration: seconds, result, whether our own rules refused it."""
    owner = (str(integration_id), gateway)
    seconds, refused = CALL_SECONDS.labels(*owner), EGRESS.labels(*owner)
    # Looking a series up costs more than counting.
    counted = lru_cache(maxsize=64)(lambda result: CALLS.labels(*owner, result))

    def tell(took_s: float, result: str, forbidden: bool) -> None:
        counted(result).inc()
        if forbidden:
            refused.inc()
        else:
            seconds.observe(took_s)

    return tell


def watch_source(source_id: int, kind: str) -> Callable[[float, str, bool], None]:
    """Return what counts the HTTP calls of one source."""
    owner = (str(source_id), kind)
    seconds = SOURCE_SECONDS.labels(*owner)

    def tell(took_s: float, result: str, forbidden: bool) -> None:
        SOURCE_CALLS.labels(*owner, result).inc()
        if not forbidden:
            seconds.observe(took_s)

    return tell


class Busy:
    """Counts a worker as busy meanwhile."""

    def __enter__(self) -> None:
        _busy.add(get_ident())

    def __exit__(self, *_raised: object) -> None:
        _busy.discard(get_ident())


@lru_cache(maxsize=1_000)
def attempts(integration_id: int, gateway: str, operation: str, outcome: str) -> Counter:
    """Return the series of ``ATTEMPTS`` for these; looking it up costs more than counting."""
    return ATTEMPTS.labels(str(integration_id), gateway, operation, outcome)


@contextmanager
def task(name: str) -> Iterator[None]:
    """Count and time one turn of a periodic task; what it raises goes on."""
    started_s, result = monotonic_s(), "failed"
    try:
        yield
        result = "done"
    finally:
        TASKS.labels(name, result).inc()
        TASK_SECONDS.labels(name).observe(monotonic_s() - started_s)


def show_parts() -> None:
    """Bring the ages of this process's parts up to date; called for each scrape."""
    PART_AGE.clear()
    for part, age_s in LIFE.ages_s().items():
        PART_AGE.labels(part).set(age_s)
