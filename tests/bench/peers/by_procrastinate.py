"""Procrastinate on PostgreSQL as its documents show it, one call a job; only its threads are as many as elsewhere."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import procrastinate
import psycopg

from tests.bench.peers.handler import IN_FLIGHT, Job, deliver, store

BATCH = 500
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=store()))
HELD = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


@app.task(name="deliver")
def call(job_id: str, body: str) -> None:
    """Make one call."""
    deliver(job_id, body)


def enqueue(jobs: list[Job]) -> None:
    """Put the jobs into its tables, which are made."""
    asyncio.run(_enqueue(jobs))


async def _enqueue(jobs: list[Job]) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, len(jobs), BATCH):
            rows = [{"job_id": job_id, "body": body} for job_id, body in jobs[start : start + BATCH]]
            await call.batch_defer_async(*rows)


def work() -> None:
    """Be a worker until killed."""
    asyncio.run(_work())


async def _work() -> None:
    # Six threads are what a machine of two cores gives it otherwise.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(IN_FLIGHT))
    async with app.open_async():
        await app.run_worker_async(concurrency=IN_FLIGHT)


def left() -> int:
    """Return how many jobs wait, or are with a worker that may be dead."""
    with psycopg.connect(store()) as connection:
        row = connection.execute(HELD).fetchone()
    return int(row[0]) if row else 0
