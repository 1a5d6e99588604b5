"""Huey on SQLite with its settings as they come (it does not wait for the disk), and threads."""

from huey import SqliteHuey

from tests.bench.peers.handler import IN_FLIGHT, Job, deliver, store

huey = SqliteHuey(filename=store(), results=False)


@huey.task()
def call(job_id: str, body: str) -> None:
    """Make one call."""
    deliver(job_id, body)


def enqueue(jobs: list[Job]) -> None:
    """Put the jobs into its file."""
    for job in jobs:
        call(*job)


def work() -> None:
    """Be its consumer until killed."""
    huey.create_consumer(workers=IN_FLIGHT, worker_type="thread").run()


def left() -> int:
    """Return how many jobs wait."""
    return int(huey.pending_count())
