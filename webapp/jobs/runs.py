"""Works on runs in the background: reads platforms, and carries on with what was planned or approved."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from webapp import clock
from webapp.extensions import db
from webapp.jobs import drain
from webapp.models import Heartbeat
from webapp.services import runs
from webapp.services.errors import ServiceError
from webapp.services.runs import leases
from webapp.services.runs.applying import advance
from webapp.services.system import beat

BEAT = "runs"
BEAT_EVERY_S = 5.0
LOOK_S = 1.0
# While lines move on, the next step is not waited for.
BUSY_S = 0.25
TROUBLE_S = 2.0
# Platforms that are read at the same time.
MOST = 4
LEAVE_S = 5.0
# A worker that was not heard of for so long is not there.
ALIVE = timedelta(seconds=30)
log = structlog.get_logger()


class RunWorker:
    """Works on runs that were asked for, each in a thread of its own, and on the open lines of all runs in another."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[int, int] = {}
        self._threads: set[threading.Thread] = set()
        self._main = threading.Thread(target=self._run, name="runs", daemon=True)
        self._carrier = threading.Thread(target=self._carry, name="runs-lines", daemon=True)
        self._beaten_s = -BEAT_EVERY_S

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._main.start()
        self._carrier.start()

    def stop(self) -> None:
        """End within seconds. A reading under way is left as it is, and taken up again by whoever comes next."""
        self._stop.set()
        runs.wake()
        deadline_s = clock.monotonic_s() + LEAVE_S
        for thread in (self._main, self._carrier, *self._alive()):
            thread.join(max(deadline_s - clock.monotonic_s(), 0.0))
        with self._app.app_context():
            self._let_go()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._app.app_context():
                    self._look()
            except Exception:
                # A border: a fault of ours must not silence every platform.
                log.exception("runs.look")
                self._stop.wait(TROUBLE_S)
            runs.wait(LOOK_S)

    def _carry(self) -> None:
        while not self._stop.is_set():
            moved = False
            try:
                with self._app.app_context():
                    moved = self._advance()
            except Exception:
                # A border: the lines of all other runs must go on.
                log.exception("runs.advance")
                self._stop.wait(TROUBLE_S)
            self._stop.wait(BUSY_S if moved else LOOK_S)

    def _advance(self) -> bool:
        try:
            return advance(clock.utc_now())
        finally:
            db.session.remove()

    def _look(self) -> None:
        try:
            self._show_life()
            for run_id, integration_id in runs.due_work(clock.utc_now()):
                if self._stop.is_set():
                    return
                if self._has_room(integration_id):
                    self._begin(run_id, integration_id)
        finally:
            db.session.remove()

    def _has_room(self, integration_id: int) -> bool:
        with self._lock:
            return len(self._busy) < MOST and integration_id not in self._busy

    def _begin(self, run_id: int, integration_id: int) -> None:
        thread = threading.Thread(target=self._work, args=(run_id, integration_id), name=f"run-{run_id}", daemon=True)
        with self._lock:
            self._busy[integration_id] = run_id
            self._threads.add(thread)
        thread.start()

    def _work(self, run_id: int, integration_id: int) -> None:
        try:
            with self._app.app_context():
                self._do(run_id)
        finally:
            with self._lock:
                del self._busy[integration_id]
                self._threads.discard(threading.current_thread())
            # What was asked for meanwhile need not wait for the next look.
            runs.wake()

    def _do(self, run_id: int) -> None:
        try:
            runs.work(run_id, self._stop.is_set)
        except ServiceError as error:
            # Another process was quicker.
            log.info("runs.left", run_id=run_id, code=error.code)
        except Exception:
            # A border: the lease runs out, and the run is taken up again.
            log.exception("runs.work", run_id=run_id)
        finally:
            db.session.remove()

    def _let_go(self) -> None:
        """Free the runs whose threads wait for a platform: the next process need not wait for their leases."""
        with self._lock:
            left = list(self._busy.values())
        for run_id in left:
            try:
                leases.release(run_id)
            except DBAPIError:
                log.exception("runs.release", run_id=run_id)
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


def carry_out(
    integration_id: int | None = None,
    *,
    until_idle: bool = True,
    patience_s: float = 60.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Do what a server does with planned and approved lines, and end: hand over, send, read back.

    Args:
        until_idle: go on until nothing is due and no line moves; else one round.
        patience_s: give up when nothing moved for so long.
        progress: called with accounts done and all of them, now and then.

    Returns:
        How many accounts are still due.
    """
    while True:
        hand_over()
        left = drain.converge(integration_id, until_idle=until_idle, patience_s=patience_s, progress=progress)
        if not until_idle or not hand_over():
            return left


def hand_over() -> bool:
    """Move the open lines of all runs as far as they can go without the queue; tells whether any moved."""
    moved = False
    while advance(clock.utc_now(), background=False):
        moved = True
    db.session.rollback()
    return moved


def is_served() -> bool:
    """Tell whether a server works on runs now, in this process or another."""
    at = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == BEAT))
    db.session.rollback()
    return at is not None and clock.utc_now() - at < ALIVE
