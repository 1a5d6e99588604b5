"""The engine in processes of its own, for tests that kill it.

Started once, this module waits for orders and forks for each: what is imported need not be
imported again. An order is ``INSTANCE [OPERATION before|after]``, or ``INSTANCE sources`` for the
process that reads sources, which works until it is killed; the answers are the process id
and, when it ended, its exit code. With an operation it ends without any farewell when it is about
to send that operation, or has just got the answer: only what is on disk counts then.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as DbConnection
from sqlalchemy import event

from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation, Reply, Subject
from webapp.jobs.drain import converge
from webapp.jobs.sources import SourceWorker
from webapp.services import connections
from webapp.services.connections import Connections
from webapp.services.hub import current_hub

CRASHED = 77
SOURCES = "sources"
COMMIT_PAUSE_S = 0.3
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
    """The process that forks engines; use it as a context. One engine at a time."""

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

    def start(self, instance: Path, *crash: str) -> int:
        """Start an engine on an instance and return its process id."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps([str(instance), *crash]) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def kill(self, pid: int) -> int:
        """Kill the engine with SIGKILL and return how it ended: -9, or something else if it was quicker."""
        os.kill(pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code of the engine when it ends; it ends by itself when nothing is due."""
        return self._answer()

    def errors(self) -> str:
        """Return what engines wrote to their standard error."""
        self._errors.seek(0)
        return self._errors.read().decode()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())


def run(instance: str, *crash: str) -> None:
    """Work the queue of an instance until it is idle, or until the crash; or read its sources until killed."""
    app = create_app(load_settings({"SINTONIA_INSTANCE": instance, "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}))
    if crash == (SOURCES,):
        # The test must come to kill it in the middle, also on a busy machine.
        event.listen(db.session, "after_commit", lambda _session: time.sleep(COMMIT_PAUSE_S))
        SourceWorker(app).start()
        threading.Event().wait()
    with app.app_context():
        if crash:
            CrashingConnections.operation, CrashingConnections.point = Operation(crash[0]), crash[1]
            app.extensions[connections.KEY] = CrashingConnections(current_hub())
        converge(until_idle=True, patience_s=10)


def serve_orders() -> None:
    """Fork an engine for each order until there are no more."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _forked(json.loads(line))
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _forked(order: Sequence[str]) -> None:
    code = 1
    try:
        run(*order)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve_orders()
