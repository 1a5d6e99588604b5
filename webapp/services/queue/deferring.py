"""Lets a job wait for every integration with due accounts, in the transaction that made them due.

The rows are the queue and the truth; a job only says which integration somebody should look at, now. So any number
of changes make one waiting job, and a job that is lost is made again by the next look of any worker (``sweep``).
On SQLite there is no such queue: the one server wakes its own engine (``signals``).
"""

import json
from datetime import datetime
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, Row, event, text

from webapp.clock import utc_now
from webapp.services.convergence.claims import due_lanes
from webapp.services.queue.tables import SCHEMA

TASK = "drive"
# Whoever waits on the phone goes before what was asked for many: Procrastinate takes the highest first.
URGENT, ORDINARY, HELP = 10, 5, 0
_NOW, _HELP = ":now", ":help"
# Whoever works shows it every few seconds (``jobs/scaled``); who was not heard of for so long does not count.
HEARD_WITHIN_S = 15
# An option of a connection: its writer sees to what it makes due by itself.
OPTION = "defers"
_WRITES = ("UPDATE account ", "INSERT INTO account ")
_WROTE = "wrote_account"
# Any number that nobody else takes on this database; the second one is the integration.
_LOCK = 736_511
# The engine's own channel and words (its function ``procrastinate_notify_queue_job_inserted_v1``).
_KNOCK = text("SELECT pg_notify('procrastinate_any_queue_v1', :told)")
_TOLD = json.dumps({"type": "job_inserted", "job_id": 0})
# Shared, so that nobody takes this job before what we wrote can be seen; many may hold it so at once.
_WAITING = text(
    f"SELECT 1 FROM {SCHEMA}.procrastinate_jobs WHERE queueing_lock = :queueing_lock AND status = 'todo' FOR SHARE"
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:lock, :integration_id)")
_DEFER = text(f"""
SELECT {SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[
    ROW(:queue, :task, :priority, :lock, :queueing_lock, CAST(:args AS jsonb), NULL)
]::{SCHEMA}.procrastinate_job_to_defer_v1[])
""")
_WORKERS = text(
    f"SELECT count(*) FROM {SCHEMA}.procrastinate_workers WHERE last_heartbeat > now() - interval '{HEARD_WITHIN_S} s'"
)
_IS_THERE = text(f"SELECT to_regclass('{SCHEMA}.procrastinate_jobs') IS NOT NULL")
_have_queue: WeakSet[Engine] = WeakSet()


def install(engine: Engine) -> None:
    """Let every commit on this engine that made accounts due make their jobs, too; on SQLite nothing is done."""
    if engine.dialect.name == "sqlite":
        return

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(_WRITES):
            connection.info[_WROTE] = True

    @event.listens_for(engine, "commit")
    def defer_with_it(connection: Connection) -> None:
        if connection.info.pop(_WROTE, False) and connection.get_execution_options().get(OPTION, True):
            sweep(connection, utc_now())

    @event.listens_for(engine, "rollback")
    def forget(connection: Connection) -> None:
        # What is known of a connection goes with it; asked now, one that broke would refuse to be rolled back.
        if not connection.invalidated:
            connection.info.pop(_WROTE, None)


def has_queue(db_connection: Connection) -> bool:
    """Tell whether the tables of the queue are there; they are made by the first server that starts."""
    if db_connection.engine not in _have_queue and db_connection.execute(_IS_THERE).scalar_one():
        _have_queue.add(db_connection.engine)
    return db_connection.engine in _have_queue


def sweep(db_connection: Connection, now: datetime, but: frozenset[int] = frozenset()) -> int:
    """Let a job wait for each integration with something to do now, in the caller's transaction.

    Args:
        but: integrations that are being worked on here.

    Returns:
        How many jobs were made; one that waited already is none.
    """
    if not has_queue(db_connection):
        return 0
    found = [lane for lane in due_lanes(db_connection, now) if lane.integration_id not in but]
    # In one order everywhere, so that no two wait for each other.
    return sum(_defer_for(db_connection, lane) for lane in sorted(found, key=lambda lane: lane.integration_id))


def _defer_for(db_connection: Connection, lane: Row[Any]) -> bool:
    suffix, priority = (_NOW, URGENT) if lane.urgent else ("", ORDINARY)
    name = f"integration:{lane.integration_id}"
    return defer(db_connection, lane.integration_id, name + suffix, priority, lock=name + suffix)


def call_again(db_connection: Connection, integration_id: int) -> bool:
    """Let the ordinary job of an integration wait: who works on it stops, and there may be more."""
    name = f"integration:{integration_id}"
    return defer(db_connection, integration_id, name, ORDINARY, lock=name)


def call_for_help(db_connection: Connection, integration_id: int) -> bool:
    """Let another worker join in: there is more to do than this process has threads for.

    Returns:
        Whether a job was made: not where nobody else is there, and not where one waits already.
    """
    if not has_queue(db_connection) or db_connection.execute(_WORKERS).scalar_one() < 2:
        return False
    name = f"integration:{integration_id}{_HELP}"
    return defer(db_connection, integration_id, name, HELP, lock=None, joining=True)


def defer(
    db_connection: Connection, integration_id: int, queueing_lock: str, priority: int, *, lock: str | None,
    joining: bool = False,
) -> bool:  # fmt: skip
    """Let one job wait, unless one with this ``queueing_lock`` does already; it begins after the caller's commit.

    Args:
        lock: of jobs with the same one only one is under way.
        joining: it is for a process that does not work on this integration yet.
    """
    named = {"queueing_lock": queueing_lock}
    if not _waits(db_connection, named):
        db_connection.execute(_ONE_AT_A_TIME, {"lock": _LOCK, "integration_id": integration_id})
        if not _waits(db_connection, named):
            args = json.dumps({"integration_id": integration_id, "joining": joining})
            job = {"queue": f"integration:{integration_id}", "task": TASK, "priority": priority, "lock": lock}
            db_connection.execute(_DEFER, {**named, **job, "args": args})
            return True
    # It could not be taken while we held it: whoever tried tries again after our commit.
    db_connection.execute(_KNOCK, {"told": _TOLD})
    return False


def _waits(db_connection: Connection, named: dict[str, str]) -> bool:
    return db_connection.execute(_WAITING, named).first() is not None
