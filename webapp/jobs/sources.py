"""Reads sources in the background: hints first, then recent changes, then whole readings."""

import threading

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.extensions import db
from webapp.services import source_pulls
from webapp.services.errors import ServiceError
from webapp.services.source_pulls import Due, leases
from webapp.services.system import beat

BEAT = "sources"
BEAT_EVERY_S = 5.0
LOOK_S = 1.0
TROUBLE_S = 2.0
# Readings at the same time; whole ones leave a place for looks, by which payments come in.
MOST, MOST_WHOLE = 4, 3
LEAVE_S = 5.0
log = structlog.get_logger()


class SourceWorker:
    """Works on due pulls, each in a thread of its own, at most one of a kind for a source."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[tuple[int, str], int] = {}
        self._threads: set[threading.Thread] = set()
        self._main = threading.Thread(target=self._run, name="sources", daemon=True)
        self._beaten_s = -BEAT_EVERY_S

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._main.start()

    def stop(self) -> None:
        """End within seconds. A pull that is under way is left as it is, and taken up again by whoever comes next."""
        self._stop.set()
        source_pulls.wake()
        deadline_s = clock.monotonic_s() + LEAVE_S
        self._main.join(LEAVE_S)
        for thread in self._alive():
            thread.join(max(deadline_s - clock.monotonic_s(), 0.0))
        with self._app.app_context():
            self._let_go()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._app.app_context():
                    self._look()
            except Exception:
                # A border: a fault of ours must not silence every source.
                log.exception("sources.look")
                self._stop.wait(TROUBLE_S)
            source_pulls.wait(LOOK_S)

    def _look(self) -> None:
        try:
            self._show_life()
            for due in source_pulls.due_work(clock.utc_now()):
                if self._stop.is_set():
                    return
                if self._has_room(due):
                    self._begin(due)
        finally:
            db.session.remove()

    def _has_room(self, due: Due) -> bool:
        with self._lock:
            whole = sum(mode == "full" for _, mode in self._busy)
            free = len(self._busy) < MOST and (due.lane[1] != "full" or whole < MOST_WHOLE)
            return free and due.lane not in self._busy

    def _begin(self, due: Due) -> None:
        pull_id = source_pulls.begin_due(due)
        if pull_id is None:
            return
        thread = threading.Thread(target=self._work, args=(due, pull_id), name=f"pull-{pull_id}", daemon=True)
        with self._lock:
            self._busy[due.lane] = pull_id
            self._threads.add(thread)
        thread.start()

    def _work(self, due: Due, pull_id: int) -> None:
        try:
            with self._app.app_context():
                self._do(pull_id)
        finally:
            with self._lock:
                del self._busy[due.lane]
                self._threads.discard(threading.current_thread())
            # What came in meanwhile need not wait for the next look.
            source_pulls.wake()

    def _do(self, pull_id: int) -> None:
        try:
            source_pulls.work(pull_id, self._stop.is_set)
        except ServiceError as error:
            # Another process was quicker, or it is gone.
            log.info("sources.left", pull_id=pull_id, code=error.code)
        except Exception:
            # A border: the lease runs out, and the pull is taken up again.
            log.exception("sources.pull", pull_id=pull_id)
        finally:
            db.session.remove()

    def _let_go(self) -> None:
        """Free the pulls whose threads wait for an ERP: the next process need not wait for their leases."""
        with self._lock:
            left = list(self._busy.values())
        for pull_id in left:
            try:
                leases.release(pull_id)
            except DBAPIError:
                log.exception("sources.release", pull_id=pull_id)
        db.session.remove()

    def _alive(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._threads)

    def _show_life(self) -> None:
        if clock.monotonic_s() - self._beaten_s < BEAT_EVERY_S:
            return
        self._beaten_s = clock.monotonic_s()
        with db.engine.begin() as db_connection:
            beat(db_connection, BEAT, clock.utc_now())
