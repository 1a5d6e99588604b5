"""Work in the background: one thread looks for what is due, and each piece of it is done in a thread of its own."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable
from typing import Generic, TypeVar

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from webapp import clock
from webapp.extensions import db
from webapp.services.errors import ServiceError
from webapp.services.system import beat

BEAT_EVERY_S = 5.0
LOOK_S = 1.0
TROUBLE_S = 2.0
LEAVE_S = 5.0
Due = TypeVar("Due")
log = structlog.get_logger()


class Background(ABC, Generic[Due]):
    """Works on what is due, at most one piece of a lane at a time in this process.

    Attributes:
        name: of its heartbeat, its threads and its log lines.
    """

    name: str

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[Hashable, int] = {}
        self._threads: set[threading.Thread] = set()
        self._main = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._beaten_s = -BEAT_EVERY_S

    @abstractmethod
    def due(self) -> Iterable[Due]:
        """Return what waits for a worker, the most urgent first."""

    @abstractmethod
    def lane_of(self, due: Due) -> Hashable:
        """Return the lane of a piece of work: of each only one is under way."""

    @abstractmethod
    def has_room(self, due: Due, busy: Collection[Hashable]) -> bool:
        """Tell whether it may begin now beside what is under way; its own lane is free."""

    @abstractmethod
    def take(self, due: Due) -> int | None:
        """Return the id of the row that is worked on; None = there is nothing to do after all."""

    @abstractmethod
    def work(self, row_id: int) -> None:
        """Do it. A ``ServiceError`` says that another process was quicker."""

    @abstractmethod
    def release(self, row_id: int) -> None:
        """Free a row whose thread does not end in time: the next process need not wait for its lease."""

    @abstractmethod
    def wait(self, timeout_s: float) -> None:
        """Wait until something may be due, or so long."""

    @abstractmethod
    def wake(self) -> None:
        """Let the next look come at once."""

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._main.start()

    def stop(self) -> None:
        """End within seconds. What is under way is left as it is, and taken up again by whoever comes next."""
        self.stopping.set()
        self.wake()
        deadline_s = clock.monotonic_s() + LEAVE_S
        for thread in (self._main, *self.others(), *self._alive()):
            thread.join(max(deadline_s - clock.monotonic_s(), 0.0))
        with self.app.app_context():
            self._let_go()

    def others(self) -> Collection[threading.Thread]:
        """Return further threads that a stop waits for."""
        return ()

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
                    self._look()
            except Exception:
                # A border: a fault of ours must not silence everything.
                log.exception("background.look", worker=self.name)
                self.stopping.wait(TROUBLE_S)
            self.wait(LOOK_S)

    def _look(self) -> None:
        try:
            self._show_life()
            for due in self.due():
                if self.stopping.is_set():
                    return
                if self._may_begin(due):
                    self._begin(due)
        finally:
            db.session.remove()

    def _may_begin(self, due: Due) -> bool:
        with self._lock:
            return self.lane_of(due) not in self._busy and self.has_room(due, tuple(self._busy))

    def _begin(self, due: Due) -> None:
        row_id = self.take(due)
        if row_id is None:
            return
        lane = self.lane_of(due)
        thread = threading.Thread(target=self._work, args=(lane, row_id), name=f"{self.name}-{row_id}", daemon=True)
        with self._lock:
            self._busy[lane] = row_id
            self._threads.add(thread)
        thread.start()

    def _work(self, lane: Hashable, row_id: int) -> None:
        try:
            with self.app.app_context(), bound_contextvars(worker=self.name, row_id=row_id):
                self._do(row_id)
        finally:
            with self._lock:
                del self._busy[lane]
                self._threads.discard(threading.current_thread())
            # What came in meanwhile need not wait for the next look.
            self.wake()

    def _do(self, row_id: int) -> None:
        try:
            self.work(row_id)
        except ServiceError as error:
            # Another process was quicker, or it is gone.
            log.info("background.left", worker=self.name, row_id=row_id, code=error.code)
        except Exception:
            # A border: the lease runs out, and the row is taken up again.
            log.exception("background.work", worker=self.name, row_id=row_id)
        finally:
            db.session.remove()

    def _let_go(self) -> None:
        with self._lock:
            left = list(self._busy.values())
        for row_id in left:
            try:
                self.release(row_id)
            except DBAPIError:
                log.exception("background.release", worker=self.name, row_id=row_id)
        db.session.remove()

    def _alive(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._threads)

    def _show_life(self) -> None:
        if clock.monotonic_s() - self._beaten_s < BEAT_EVERY_S:
            return
        self._beaten_s = clock.monotonic_s()
        with db.engine.begin() as db_connection:
            beat(db_connection, self.name, clock.utc_now())
