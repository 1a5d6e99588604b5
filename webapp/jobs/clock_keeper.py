"""A thread on a time that cannot be set: notices that somebody set the clock, and lets the scheduler count anew."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask

from webapp.extensions import db
from webapp.services import clock_watch

LOOK_S = 5.0
log = structlog.get_logger()


class ClockKeeper:
    """Looks every few seconds; use it as a context.

    Args:
        leapt: called when the clock was set, with by how much.
    """

    def __init__(self, app: Flask, leapt: Callable[[timedelta], None] = lambda by: None) -> None:
        self._app = app
        self._leapt = leapt
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def __enter__(self) -> "ClockKeeper":
        with self._app.app_context():
            clock_watch.begin_watch()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            with self._app.app_context():
                try:
                    by = clock_watch.look()
                    if by is not None:
                        self._leapt(by)
                except Exception:
                    # A border: the next look must come whatever happened in this one.
                    log.exception("clock.look")
                finally:
                    db.session.remove()
