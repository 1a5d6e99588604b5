"""``serve``: web, scheduler and workers in one process, or one of them alone."""

import contextlib
import gc
import importlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from waitress.server import BaseWSGIServer, create_server

from webapp import clock
from webapp.extensions import db
from webapp.jobs.bulk import BulkWorker
from webapp.jobs.clock_keeper import ClockKeeper
from webapp.jobs.driving import Drives
from webapp.jobs.engine import Engine
from webapp.jobs.files import raise_file_limit
from webapp.jobs.fitness import Fitness
from webapp.jobs.leading import Lead
from webapp.jobs.leaving import Leaving
from webapp.jobs.listener import listening
from webapp.jobs.owner import Owner, ServeLock
from webapp.jobs.runs import RunWorker
from webapp.jobs.scheduler import build_scheduler, count_anew
from webapp.jobs.slow import DeadlineChannel
from webapp.jobs.sources import SourceWorker
from webapp.jobs.watchdog import Notifying
from webapp.services import epoch
from webapp.services.backups import making
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub
from webapp.services.life import LIFE
from webapp.services.metrics import process

ROLES = ("all", "web", "worker", "scheduler")
# Imported where it is used only: whoever serves one file needs nothing of the queue engine.
CONSUMER = "webapp.jobs.scaled.consumer"
WEB_THREADS = 8
MOST_HEADER_BYTES = 64 * 1024
# Whoever holds connections and says nothing keeps nobody else out; each is closed in time, see ``slow``.
CONNECTIONS, CLEAN_EVERY_S = 1_000, 5
# So long, at most, a server without pages takes to hear that it is to end.
HEAR_S = 0.5
log = structlog.get_logger()


def serve(
    app: Flask, host: str, port: int, role: str = "all", *, prepare: Callable[[], None], ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT; then end within half a minute.

    Calls under way end and are recorded first. What hangs longer is cut off with the process: a call then stays on
    record as a doubt, and everything else is taken up again by whoever is started next.

    Args:
        prepare: called under the lock, before anything works: the one place to migrate.
        ready: called with the address once it listens, before the first request is answered.

    Raises:
        AlreadyServing: another server works on this SQLite file; stop it first.
        OSError: the address is taken; choose another port.
    """
    raise_file_limit()
    LIFE.begin(role)
    with app.app_context():
        settings = current_hub().settings
        process.begin(getattr(app, "version", ""), settings.workers)
        lock = ServeLock(settings.instance) if settings.sqlite else contextlib.nullcontext()
    leaving = Leaving()
    with lock, contextlib.ExitStack() as parts:
        prepare()
        with app.app_context():
            epoch.check_at_start()
        scheduler = parts.enter_context(_scheduler(app, role))
        parts.enter_context(ClockKeeper(app, lambda _by: count_anew(scheduler) if scheduler else None))
        parts.enter_context(listening(app, role))
        engine = parts.enter_context(_engine(app, role))
        parts.enter_context(_worker(SourceWorker(app), role))
        parts.enter_context(_worker(RunWorker(app), role))
        parts.enter_context(_worker(BulkWorker(app), role))
        # Long-lived objects need not be looked at by every collection, and many small ones are no pause for a page: one
        # of 50,000 objects takes 22 ms, and every fortieth page had to wait for it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(5_000, 20, 100)
        # Left in the opposite order: no new call begins while the others end.
        if engine is not None:
            parts.callback(engine.stop)
        parts.enter_context(leaving)
        notifying = parts.enter_context(Notifying())
        _web(app, host, port, ready, notifying) if role in ("all", "web") else _wait(notifying)
    leaving.over(engine.left if engine else 0)


@contextlib.contextmanager
def _scheduler(app: Flask, role: str) -> Iterator[BackgroundScheduler | None]:
    if role not in ("all", "scheduler"):
        yield None
        return
    with app.app_context(), Owner(current_hub().settings.instance) as owner:
        lead = Lead(db.engine, owner.name)
        scheduler = build_scheduler(app, lead, _fitness())
        scheduler.start()
        try:
            yield scheduler
        finally:
            making.stop()
            scheduler.shutdown(wait=True)
            making.stop(over=True)
            lead.leave()


@contextlib.contextmanager
def _engine(app: Flask, role: str) -> Iterator[Engine | None]:
    if role not in ("all", "worker"):
        yield None
        return
    with app.app_context(), Owner(current_hub().settings.instance) as owner, contextlib.ExitStack() as parts:
        # With everything in one process nobody need be told through the database what to work on: its own signals
        # are quicker. Beside workers on other machines it takes part in the same accounts and limits.
        drives = Drives() if role == "worker" and not current_hub().settings.sqlite else None
        fitness = _fitness()
        engine = Engine(db.engine, current_hub(), current_connections(), owner, drives, fitness)
        thread = threading.Thread(target=engine.run, name="engine", daemon=True)
        thread.start()
        parts.callback(thread.join)
        parts.callback(engine.stop)
        if drives is not None:
            parts.enter_context(importlib.import_module(CONSUMER).Consumer(db.engine, drives, fitness))
        yield engine


def _fitness() -> Fitness | None:
    """Return what tells whether this process may work on a database that others work on, too; None = it is alone."""
    return None if current_hub().settings.sqlite else Fitness(db.engine)


@contextlib.contextmanager
def _worker(worker: SourceWorker | RunWorker | BulkWorker, role: str) -> Iterator[None]:
    if role not in ("all", "worker"):
        yield
        return
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _web(app: Flask, host: str, port: int, ready: Callable[[str], None], notifying: Notifying) -> None:
    server = make_server(app, host, port)
    signal.signal(signal.SIGTERM, _leave)
    address = f"http://{host}:{server.effective_port}"
    log.info("serving", address=address)
    ready(address)
    notifying.ready(host, server.effective_port)
    try:
        server.run()
    finally:
        # Who takes longer to answer than the server waits for would find its way out shut; the end of the process
        # closes everything.
        if not server.task_dispatcher.threads:
            server.close()


def make_server(app: Flask, host: str, port: int) -> Any:
    """Return what listens, not yet running.

    Raises:
        OSError: the address is taken; choose another port.
    """
    sockets: dict[int, Any] = {}
    server = create_server(
        app, map=sockets, host=host, port=port, threads=WEB_THREADS, ident=None,
        # Nobody believes them without a proxy in the settings; ``/metrics`` has to see that somebody passed it on.
        clear_untrusted_proxy_headers=False,
        # What the application would refuse anyway is not written to the disk first. One byte more, so that it is
        # the application that refuses, in the words of its pages.
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1, max_request_header_size=MOST_HEADER_BYTES,
        connection_limit=CONNECTIONS, cleanup_interval=CLEAN_EVERY_S, asyncore_use_poll=True,
    )  # fmt: skip
    for each in sockets.values():
        if isinstance(each, BaseWSGIServer):
            each.channel_class = DeadlineChannel
    return server


def _wait(notifying: Notifying) -> None:
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        signal.signal(signal.SIGTERM, _leave)
        notifying.ready()
        # In pieces: a signal that comes just before a wait begins, or to another thread, is heard when that wait ends.
        while True:
            clock.sleep(HEAR_S)


def _leave(*_: object) -> None:
    # Whoever says it twice must not cut short what ends already.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)
