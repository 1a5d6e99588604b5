"""What waits in the queue engine's own tables, for ``/metrics``: nothing of it is lost with them."""

from sqlalchemy import Connection, text

from webapp.services.queue.deferring import HEARD_WITHIN_S, has_queue
from webapp.services.queue.tables import SCHEMA

# As its tables name them.
WAITING, RUNNING = "todo", "doing"
_STANDING = text(f"""
SELECT count(*) FILTER (WHERE status = '{WAITING}') AS waiting, count(*) FILTER (WHERE status = '{RUNNING}') AS running,
    COALESCE(EXTRACT(epoch FROM now() - (
        SELECT min(made.at) FROM {SCHEMA}.procrastinate_jobs job
        JOIN {SCHEMA}.procrastinate_events made ON made.job_id = job.id AND made.type = 'deferred'
        WHERE job.status = '{WAITING}'
    )), 0) AS oldest_s,
    (SELECT count(*) FROM {SCHEMA}.procrastinate_workers
        WHERE last_heartbeat > now() - interval '{HEARD_WITHIN_S} s') AS workers
FROM {SCHEMA}.procrastinate_jobs
""")


def standing(db_connection: Connection) -> dict[str, float] | None:
    """Return how many jobs wait and are under way, how long the oldest waits, and how many processes take jobs.

    Returns:
        None = there is no such queue, as on SQLite.
    """
    if db_connection.dialect.name == "sqlite" or not has_queue(db_connection):
        return None
    row = db_connection.execute(_STANDING).one()
    return {name: float(value) for name, value in row._mapping.items()}
