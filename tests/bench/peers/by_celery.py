"""Celery on Redis with its settings as they come, and a pool of threads."""

from celery import Celery
from redis import Redis

from tests.bench.peers.handler import IN_FLIGHT, Job, deliver, store

app = Celery("peer", broker=store())
app.conf.task_ignore_result = True
# What it takes from the queue before it does it; the rest of what it holds is in these.
QUEUE, HELD = "celery", "unacked"


@app.task(name="deliver")
def call(job_id: str, body: str) -> None:
    """Make one call."""
    deliver(job_id, body)


def enqueue(jobs: list[Job]) -> None:
    """Send the jobs to the broker, on one connection."""
    with app.producer_pool.acquire(block=True) as producer:
        for job in jobs:
            call.apply_async(job, producer=producer)


def work() -> None:
    """Be a worker until killed."""
    told = ["--pool=threads", f"--concurrency={IN_FLIGHT}", "--loglevel=ERROR", "--without-mingle", "--without-gossip"]
    app.worker_main(["worker", *told])


def left() -> int:
    """Return what waits in the queue, and what a worker holds that may be dead."""
    broker = Redis.from_url(store())
    return int(broker.llen(QUEUE)) + int(broker.hlen(HELD))
