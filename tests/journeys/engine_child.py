"""The engine in processes of its own, for tests that kill it.

Started once, this module waits for orders and forks for each: what is imported need not be
imported again. An order is ``start INSTANCE [OPERATION before|after]``, or ``start INSTANCE sources`` for
the process that reads sources, or ``start INSTANCE runs`` for one that works on runs and sends what they
lead to; both work until they are killed. The answer is the process id. With an operation it ends without
any farewell when it is about to send that operation, or has just got the answer: only what is on disk
counts then. ``wait PID`` is answered with the exit code.
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
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection as DbConnection
from sqlalchemy import event

from webapp import clock, create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation, Reply, Subject
from webapp.jobs import runs as worker
from webapp.jobs.drain import converge
from webapp.jobs.engine import Engine
from webapp.jobs.owner import Owner
from webapp.jobs.sources import SourceWorker
from webapp.services import connections, epoch
from webapp.services.adoption import writing
from webapp.services.connections import Connections, current_connections
from webapp.services.hub import current_hub
from webapp.services.runs import rows

CRASHED = 77
SOURCES, RUNS = "sources", "runs"
COMMIT_PAUSE_S = 0.3
# So few lines are written, or handed over, in one transaction: the test comes to kill it in the middle.
LINES = 8
LOOK_S = 0.1
ROOT = Path(__file__).resolve().parents[2]


class Crashing:
    """A gateway that ends the process at one point."""

    def __init__(self, gateway: Gateway, operation: Operation, point: str) -> None:
        self._gateway = gateway
        self._operation = operation
        self._point = point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        if operation is not self._operation:
            return self._gateway.send(conn, operation, subject, key)
        if self._point == "after":
            self._gateway.send(conn, operation, subject, key)
        os._exit(CRASHED)


class CrashingConnections(Connections):
    """Connections whose gateways crash."""

    operation = Operation.CREATE
    point = "before"

    def get(self, db_connection: DbConnection, integration_id: int, *row: Any) -> tuple[Gateway, Connection]:
        gateway, connection = super().get(db_connection, integration_id, *row)
        return Crashing(gateway, self.operation, self.point), connection  # type: ignore[return-value]


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

    def start(self, instance: Path, *crash: str, url: str = "") -> int:
        """Start an engine on an instance and return its process id.

        Args:
            crash: where it ends, or what else it works on.
            url: of its database; empty = the one of the instance.
        """
        self._last = self._ask("start", str(instance), url, *crash)
        return self._last

    def kill(self, pid: int) -> int:
        """Kill the engine with SIGKILL and return how it ended: -9, or something else if it was quicker."""
        os.kill(pid, signal.SIGKILL)
        return self._ask("wait", pid)

    def wait(self) -> int:
        """Return the exit code of the engine started last when it ends; it does by itself when nothing is due."""
        return self._ask("wait", self._last)

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


@lru_cache(maxsize=1)
def application(instance: str, url: str) -> Flask:
    """Return the application of an instance; nothing of it is connected before an engine is forked."""
    environment = {"SINTONIA_INSTANCE": instance, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}
    return create_app(load_settings(environment | ({"SINTONIA_DATABASE_URL": url} if url else {})))


def run(app: Flask, *crash: str) -> None:
    """Work the queue of an instance until it is idle, or until the crash; or work on something until killed."""
    if crash and crash[0] in (SOURCES, RUNS):
        # The test must come to kill it in the middle, also on a busy machine.
        event.listen(db.session, "after_commit", lambda _session: time.sleep(COMMIT_PAUSE_S))
        _serve_sources(app) if crash[0] == SOURCES else _serve_runs(app, float(crash[1]))
    with app.app_context():
        if crash:
            CrashingConnections.operation, CrashingConnections.point = Operation(crash[0]), crash[1]
            app.extensions[connections.KEY] = CrashingConnections(current_hub())
        converge(until_idle=True, patience_s=10)


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
        app = application(order[0], order[1])
        pid = os.fork()
        if pid == 0:
            _forked(app, order[2:])
        alive.add(pid)
        _tell(pid)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def _forked(app: Flask, crash: Sequence[str]) -> None:
    code = 1
    try:
        run(app, *crash)
        code = 0
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
