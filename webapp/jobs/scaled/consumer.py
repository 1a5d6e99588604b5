"""Takes jobs of the queue engine (Procrastinate 3.10) and lets this process's own engine do them.

A job names an integration. It lasts while there is something to do for it here, half a minute at the most, and is
deleted with its end: the accounts are the queue, and their own retries are the only ones. Of a process that dies the
jobs are freed within ``STALLED_S`` and a few seconds by any other. One that must not work, because the tables are newer
than it knows or its clock is wrong, takes none, and gives back what it has.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition, Status
from sqlalchemy import Connection, Engine

from webapp.database_url import for_libpq, reaching
from webapp.jobs.driving import Drive, Drives
from webapp.jobs.fitness import Fitness
from webapp.services.queue import deferring
from webapp.services.queue.tables import SCHEMA

NAME = "queue"
# A job here costs nothing while it waits; a platform that hangs must not keep another one's job out.
MOST_JOBS = 1_000
DRIVE_S = 30.0
POLL_S = 1.0
# Jobs for other processes that one takes by mistake; each of the others looks every second anyway.
MOST_IN_VAIN = 8
# A process that gets no time for so long counts as dead: then its jobs are only made twice, and nothing is sent twice.
BEAT_S, STALLED_S, RECOVER_S = 2.0, 20.0, 3.0
TROUBLE_S = 1.0
# How often it is looked whether this process may work.
FIT_S = 0.2
# A connection to hear, and some to take jobs and to end them.
CONNECTIONS = 4
log = structlog.get_logger()
# What it says of each job is for whoever writes tasks; what fails is a warning or worse.
logging.getLogger("procrastinate").setLevel(logging.WARNING)


class Consumer:
    """Runs in a thread of its own; use it as a context.

    Args:
        database: of the hub.
        drives: what is taken on is put here.
        fitness: jobs are taken only while it lets this process work; somebody else looks at it now and then.
    """

    def __init__(self, database: Engine, drives: Drives, fitness: Fitness) -> None:
        self._database = database
        self._drives = drives
        self._fitness = fitness
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name=NAME, daemon=True)

    def __enter__(self) -> "Consumer":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Take no more, and let what was taken end: others take it on."""
        self._stopping.set()
        self._drives.close()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(_left_alone)
        while not self._stopping.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                if self._fitness.may_claim:
                    await self._consume_while_fit()
                    await asyncio.sleep(TROUBLE_S)
                await asyncio.sleep(FIT_S)

    async def _consume_while_fit(self) -> None:
        consuming = asyncio.create_task(self._consume())
        try:
            while self._fitness.may_claim and not consuming.done():
                await asyncio.wait({consuming}, timeout=FIT_S)
        finally:
            consuming.cancel()
            await _ended(consuming)

    async def _consume(self) -> None:
        address = self._database.url.render_as_string(hide_password=False)
        reached = reaching(address)
        queue = App(connector=PsycopgConnector(
            conninfo=for_libpq(address), kwargs={**reached, "options": f"{reached['options']} -c search_path={SCHEMA}"},
            min_size=1, max_size=CONNECTIONS,
        ))  # fmt: skip
        queue.task(name=deferring.TASK)(self._drive)
        async with queue.open_async():
            recovering = asyncio.create_task(_recover(queue))
            try:
                await queue.run_worker_async(
                    name=NAME, concurrency=MOST_JOBS, install_signal_handlers=False, listen_notify=True,
                    fetch_job_polling_interval=POLL_S, delete_jobs=DeleteJobCondition.ALWAYS.value,
                    update_heartbeat_interval=BEAT_S, stalled_worker_timeout=STALLED_S,
                )  # fmt: skip
            finally:
                recovering.cancel()

    async def _drive(self, integration_id: int, joining: bool = False) -> None:
        over = asyncio.Event()
        drive = Drive(integration_id, _from_any_thread(asyncio.get_running_loop(), over))
        before = self._drives.begin(drive)
        try:
            if joining and 0 < before < MOST_IN_VAIN:
                # It was for another process. Held here, so that the next one has a better chance to get there.
                await asyncio.to_thread(self._defer, deferring.call_for_help, integration_id)
            await asyncio.wait_for(over.wait(), DRIVE_S)
            if not self._fitness.may_claim and not self._stopping.is_set():
                # Somebody else is to do it. By then this process takes no jobs any more.
                await asyncio.sleep(2 * FIT_S)
                await asyncio.to_thread(self._defer, deferring.call_again, integration_id)
        except TimeoutError:
            # Before the end of this one, so that there is always one.
            await asyncio.to_thread(self._defer, deferring.call_again, integration_id)
        finally:
            self._drives.end(drive)

    def _defer(self, call: Callable[[Connection, int], bool], integration_id: int) -> None:
        with self._database.begin() as db_connection:
            call(db_connection, integration_id)


async def _ended(consuming: "asyncio.Task[None]") -> None:
    """Wait until it has given back what it took, and say why it ended where nobody told it to."""
    try:
        await consuming
    except asyncio.CancelledError:
        return
    except Exception as error:
        # A border: the database may be away for a while, and is looked for until it is there.
        log.warning("queue.trouble", reason=f"{type(error).__name__}: {error}")


def _left_alone(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say what went wrong in the engine's own tasks: mostly that another process freed a job of this one."""
    log.warning("queue.left_alone", reason=str(context.get("exception") or context.get("message")).strip())


def _from_any_thread(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> Callable[[], None]:
    def end() -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    return end


async def _recover(queue: App) -> None:
    """Free the jobs of processes that died; they are made anew for whatever is still due."""
    while True:
        await asyncio.sleep(RECOVER_S)
        try:
            for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
                await _free(queue, job)
        except Exception as error:
            log.warning("queue.recover", reason=f"{type(error).__name__}: {error}")


async def _free(queue: App, job: Any) -> None:
    # Another worker may be quicker: then it is gone, and that is no fault.
    with contextlib.suppress(Exception):
        await queue.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.info("queue.freed", integration=job.task_kwargs.get("integration_id"))
