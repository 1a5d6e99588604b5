"""Dramatiq on Redis with its settings as they come, and one process of threads."""

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.bench.peers.handler import IN_FLIGHT, Job, deliver, store

broker = RedisBroker(url=store())
dramatiq.set_broker(broker)
MODULE = "tests.bench.peers.by_dramatiq"


@dramatiq.actor
def call(job_id: str, body: str) -> None:
    """Make one call."""
    deliver(job_id, body)


def enqueue(jobs: list[Job]) -> None:
    """Send the jobs to the broker."""
    for job in jobs:
        call.send(*job)


def work() -> None:
    """Be a worker until killed."""
    told = ("--processes", "1", "--threads", str(IN_FLIGHT))
    os.execv(sys.executable, [sys.executable, "-m", "dramatiq", MODULE, *told])


def left() -> int:
    """Return how many messages the broker holds, waiting or with a worker that may be dead."""
    return int(broker.client.hlen("dramatiq:default.msgs"))
