"""``serve``: web, scheduler and workers in one process, or one of them alone."""

import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from waitress.server import BaseWSGIServer, create_server

from webapp.extensions import db
from webapp.jobs.bulk import BulkWorker
from webapp.jobs.clock_keeper import ClockKeeper
from webapp.jobs.engine import Engine
from webapp.jobs.files import raise_file_limit
from webapp.jobs.leaving import Leaving
from webapp.jobs.owner import Owner, ServeLock
from webapp.jobs.runs import RunWorker
from webapp.jobs.scheduler import build_scheduler, count_anew
from webapp.jobs.slow import DeadlineChannel
from webapp.jobs.sources import SourceWorker
from webapp.services import epoch
from webapp.services.backups import making
from webapp.services.connections import current_connections
from webapp.services.hub import current_hub

ROLES = ("all", "web", "worker", "scheduler")
WEB_THREADS = 8
MOST_HEADER_BYTES = 64 * 1024
# Whoever holds connections and says nothing keeps nobody else out; each is closed in time, see ``slow``.
CONNECTIONS, CLEAN_EVERY_S = 1_000, 5
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
    with app.app_context():
        settings = current_hub().settings
        lock = ServeLock(settings.instance) if settings.sqlite else contextlib.nullcontext()
    leaving = Leaving()
    with lock, contextlib.ExitStack() as parts:
        prepare()
        with app.app_context():
            epoch.check_at_start()
        scheduler = parts.enter_context(_scheduler(app, role))
        parts.enter_context(ClockKeeper(app, lambda _by: count_anew(scheduler) if scheduler else None))
        engine = parts.enter_context(_engine(app, role))
        parts.enter_context(_worker(SourceWorker(app), role))
        parts.enter_context(_worker(RunWorker(app), role))
        parts.enter_context(_worker(BulkWorker(app), role))
        # Long-lived objects need not be looked at by every collection: shorter pauses for pages.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        # Left in the opposite order: no new call begins while the others end.
        if engine is not None:
            parts.callback(engine.stop)
        parts.enter_context(leaving)
        _web(app, host, port, ready) if role in ("all", "web") else _wait()
    leaving.over(engine.left if engine else 0)


@contextlib.contextmanager
def _scheduler(app: Flask, role: str) -> Iterator[BackgroundScheduler | None]:
    if role not in ("all", "scheduler"):
        yield None
        return
    scheduler = build_scheduler(app)
    scheduler.start()
    try:
        yield scheduler
    finally:
        making.stop()
        scheduler.shutdown(wait=True)
        making.stop(over=True)


@contextlib.contextmanager
def _engine(app: Flask, role: str) -> Iterator[Engine | None]:
    if role not in ("all", "worker"):
        yield None
        return
    with app.app_context(), Owner(current_hub().settings.instance) as owner:
        engine = Engine(db.engine, current_hub(), current_connections(), owner)
        thread = threading.Thread(target=engine.run, name="engine", daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            engine.stop()
            thread.join()


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


def _web(app: Flask, host: str, port: int, ready: Callable[[str], None]) -> None:
    server = make_server(app, host, port)
    signal.signal(signal.SIGTERM, _leave)
    address = f"http://{host}:{server.effective_port}"
    log.info("serving", address=address)
    ready(address)
    try:
        server.run()
    finally:
        server.close()


def make_server(app: Flask, host: str, port: int) -> Any:
    """Return what listens, not yet running.

    Raises:
        OSError: the address is taken; choose another port.
    """
    with app.app_context():
        proxies = current_hub().settings.proxies
    sockets: dict[int, Any] = {}
    server = create_server(
        app, map=sockets, host=host, port=port, threads=WEB_THREADS, ident=None,
        clear_untrusted_proxy_headers=not proxies,
        # What the application would refuse anyway is not written to the disk first. One byte more, so that it is
        # the application that refuses, in the words of its pages.
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1, max_request_header_size=MOST_HEADER_BYTES,
        connection_limit=CONNECTIONS, cleanup_interval=CLEAN_EVERY_S, asyncore_use_poll=True,
    )  # fmt: skip
    for each in sockets.values():
        if isinstance(each, BaseWSGIServer):
            each.channel_class = DeadlineChannel
    return server


def _wait() -> None:
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    with contextlib.suppress(KeyboardInterrupt):
        done.wait()


def _leave(*_: object) -> None:
    raise SystemExit(0)
