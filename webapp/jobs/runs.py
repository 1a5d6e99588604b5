"""Works on runs in the background: reads platforms, and carries on with what was planned or approved."""

import threading
from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import select

from webapp import clock
from webapp.extensions import db
from webapp.jobs import drain
from webapp.jobs.background import LOOK_S, TROUBLE_S, Background
from webapp.models import Heartbeat
from webapp.services import runs
from webapp.services.runs import leases
from webapp.services.runs.applying import advance
from webapp.services.signals import RUNS

# While lines move on, the next step is not waited for.
BUSY_S = 0.25
# Platforms that are read at the same time.
MOST = 4
# A worker that was not heard of for so long is not there.
ALIVE = timedelta(seconds=30)
log = structlog.get_logger()


class RunWorker(Background[tuple[int, int]]):
    """Works on runs that were asked for, each in a thread of its own, and on the open lines of all runs in another."""

    name = "runs"

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._carrier = threading.Thread(target=self._carry, name="runs-lines", daemon=True)

    def start(self) -> None:
        super().start()
        self._carrier.start()

    def others(self) -> Collection[threading.Thread]:
        return (self._carrier,)

    def due(self) -> Iterable[tuple[int, int]]:
        return runs.due_work(clock.utc_now())

    def lane_of(self, due: tuple[int, int]) -> Hashable:
        return due[1]

    def has_room(self, due: tuple[int, int], busy: Collection[Hashable]) -> bool:
        return len(busy) < MOST

    def take(self, due: tuple[int, int]) -> int | None:
        return due[0]

    def work(self, row_id: int) -> None:
        runs.work(row_id, self.stopping.is_set)

    def release(self, row_id: int) -> None:
        leases.release(row_id)

    def wait(self, timeout_s: float) -> None:
        RUNS.wait(timeout_s)

    def wake(self) -> None:
        RUNS.wake()

    def _carry(self) -> None:
        while not self.stopping.is_set():
            moved = False
            try:
                with self.app.app_context():
                    moved = self._advance()
            except Exception:
                # A border: the lines of all other runs must go on.
                log.exception("runs.advance")
                self.stopping.wait(TROUBLE_S)
            self.stopping.wait(BUSY_S if moved else LOOK_S)

    def _advance(self) -> bool:
        try:
            return advance(clock.utc_now())
        finally:
            db.session.remove()


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
    at = db.session.scalar(select(Heartbeat.at).where(Heartbeat.name == RunWorker.name))
    db.session.rollback()
    return at is not None and clock.utc_now() - at < ALIVE
