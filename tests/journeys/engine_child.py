"""The engine in processes of its own, for tests that kill it.

Started once, this module waits for orders and forks for each: what is imported need not be
imported again. An order is ``start INSTANCE URL BUG [WHAT ...]``; the answer is the process id. WHAT is

* nothing: the queue is worked until it is idle;
* ``point NAME OPERATION SECONDS``: the same, but the process dies there (``tests/harness/points.py``);
* ``engine``, ``sources``, or ``runs SECONDS`` (runs and what they lead to): worked on until killed;
* ``scaled``: one of many workers on PostgreSQL (``tests/journeys/scaled_child.py``), until nothing is due;
  ``scaled NAME OPERATION``: the same, but it dies there;
* ``leader``: a scheduler that stops itself in a task (``tests/scale/stopped_leader.py``);
* ``serve LOG ARGUMENTS ...``: the command that people start, in a log of its own.

SECONDS is how far the process's clock is ahead. A BUG (``tests/harness/bugs.py``) is put into the process first.
``wait PID`` is answered with the exit code.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from tests.harness.bugs import PUT_IN
from tests.harness.points import POINTS
from tests.journeys import scaled_child
from tests.scale import stopped_leader
from webapp import __version__, clock, create_app
from webapp.cli import NAME, sintonia
from webapp.commands.program import Program
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs import runs as worker
from webapp.jobs.drain import converge
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.jobs.sources import SourceWorker
from webapp.services import epoch, recipes
from webapp.services.adoption import writing
from webapp.services.connections import current_connections
from webapp.services.convergence import lanes
from webapp.services.hub import current_hub
from webapp.services.runs import rows

POINT, ENGINE, SOURCES, RUNS, SERVE, SCALED = "point", "engine", "sources", "runs", "serve", "scaled"
LEADER = "leader"
COMMIT_PAUSE_S = 0.3
# So few lines are written, or handed over, in one transaction: the test comes to kill it in the middle.
LINES = 8
LOOK_S = 0.1
ROOT = Path(__file__).resolve().parents[2]
# Whoever gets a bug keeps it until it dies.
_bugs = ExitStack()


class EngineProcesses:
    """The process that forks engines; use it as a context."""

    def __enter__(self) -> "EngineProcesses":
        self._errors = tempfile.TemporaryFile()
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.engine_child"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.communicate(timeout=30)
        self._errors.close()

    def start(self, instance: Path, *what: str, url: str = "", bug: str = "") -> int:
        """Start a process on an instance and return its process id.

        Args:
            what: it works on; nothing = the queue, until that is idle.
            url: of its database; empty = the one of the instance.
            bug: put into it first.
        """
        self._last = self._ask("start", str(instance), url, bug, *what)
        return self._last

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a process a signal and return how it ended: -9 for SIGKILL, or something else if it was quicker."""
        os.kill(pid, number)
        return self.wait(pid)

    def wait(self, pid: int = 0) -> int:
        """Return the exit code of a process when it ends; without an id, of the one started last."""
        return self._ask("wait", pid or self._last)

    def errors(self) -> str:
        """Return what engines wrote to their standard error."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def _ask(self, *order: str | int) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


def environment(instance: str, url: str) -> dict[str, str]:
    """Return the settings of an instance that may call what is on this machine."""
    settings = {"SINTONIA_INSTANCE": instance, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    return settings | ({"SINTONIA_DATABASE_URL": url} if url else {})


@lru_cache(maxsize=4)
def application(instance: str, url: str) -> Flask:
    """Return the application of an instance; nothing of it is connected before a process is forked.

    Recipes are read and compiled here, once for all that are forked: half of what each would do otherwise.
    """
    app = create_app(load_settings(environment(instance, url)))
    with app.app_context():
        recipes.refresh()
        with db.engine.connect().execution_options(reads_only=True) as db_connection:
            lanes.load_lanes(db_connection, current_connections(), None)
        db.session.remove()
        db.engine.dispose()
    return app


def run(app: Flask, bug: str, what: str = "", *more: str) -> None:
    """Work the queue of an instance until it is idle, or until the process dies; or do something else."""
    if bug:
        _bugs.enter_context(PUT_IN[bug]())
    if what in (SOURCES, RUNS):
        # The test must come to kill it in the middle, also on a busy machine.
        event.listen(db.session, "after_commit", lambda _session: time.sleep(COMMIT_PAUSE_S))
        _serve_sources(app) if what == SOURCES else _serve_runs(app, float(more[0]))
    if what == ENGINE:
        _serve_engine(app)
    if what == LEADER:
        stopped_leader.lead_and_stop(app)
        return
    if what == SCALED:
        if more:
            POINTS[more[0]](more[1])
        scaled_child.work(app)
        return
    if what == POINT:
        POINTS[more[0]](more[1])
        clock.move(timedelta(seconds=float(more[2])))
    with app.app_context():
        converge(until_idle=True, patience_s=10)


def serve_command(app: Flask | None, instance: str, url: str, bug: str, log: str, *arguments: str) -> None:
    """Do what ``sintonia serve`` does in a process of its own.

    Args:
        app: made already; None = made here, so that a bug has its part in that.
    """
    descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    if bug:
        _bugs.enter_context(PUT_IN[bug]())
    os.environ |= environment(instance, url)
    program = Program(create_app if app is None else lambda *_, **__: app, __version__)
    sintonia.main([SERVE, *arguments], prog_name=NAME, obj=program, standalone_mode=False)
    # As the interpreter does at its end, which a forked process does not come to: threads that make calls hold it up.
    threading._shutdown()


def _serve_engine(app: Flask) -> None:
    """Work the queue beside whoever else does; never idle enough to end."""
    with app.app_context(), Owner(current_hub().settings.instance) as owner:
        Engine(db.engine, current_hub(), current_connections(), owner).run()


def _serve_sources(app: Flask) -> None:
    SourceWorker(app).start()
    threading.Event().wait()


def _serve_runs(app: Flask, ahead_s: float) -> None:
    """Do what ``serve`` does, but for pages, schedule and sources; the clock is so far ahead."""
    rows.BATCH = writing.BATCH = LINES
    worker.LOOK_S = worker.BUSY_S = LOOK_S
    clock.move(timedelta(seconds=ahead_s))
    with app.app_context(), Owner(current_hub().settings.instance) as owner:
        epoch.check_at_start()
        worker.RunWorker(app).start()
        Engine(db.engine, current_hub(), current_connections(), owner).run()


def serve_orders() -> None:
    """Fork an engine for each order until there are no more; none outlives the last one."""
    alive: set[int] = set()
    for line in sys.stdin:
        what, *order = json.loads(line)
        if what == "wait":
            _tell(os.waitstatus_to_exitcode(os.waitpid(order[0], 0)[1]))
            alive.discard(order[0])
            continue
        instance, url, bug, *rest = order
        app = application(instance, url) if not bug or rest[:1] != [SERVE] else None
        pid = os.fork()
        if pid == 0 and rest[:1] == [SERVE]:
            _forked(partial(serve_command, app, instance, url, bug, *rest[1:]))
        elif pid == 0:
            _forked(partial(run, app, bug, *rest))
        alive.add(pid)
        _tell(pid)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _forked(work: Callable[[], None]) -> None:
    code = 1
    # Whatever began the tests may have let it be ignored, as a shell does for what runs behind it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        work()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        # Nobody else would ever see it.
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve_orders()
