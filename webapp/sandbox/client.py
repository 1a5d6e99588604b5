"""What tests, the demo and the bench use to start the sandbox and to ask it. The hub never does."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from webapp.sandbox.asking import Json, SandboxError, ask
from webapp.sandbox.erp.client import Erp
from webapp.sandbox.erp.view import CANARY
from webapp.sandbox.invariants import doubles, live_accounts

__all__ = ["CANARY", "Erp", "SandboxError", "SandboxProcess", "Tenant", "ask", "dead_url"]
# The one file has no interpreter that could be asked for a module: it has a command.
COMMAND = (sys.executable, "sandbox") if hasattr(sys, "_MEIPASS") else (sys.executable, "-m", "webapp.sandbox")
ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 10.0
PLATFORMS: dict[str, dict[str, bool]] = {
    "key": {"honours_key": True, "lookup": True, "listing": True, "unique_email": False},
    "lookup": {"honours_key": False, "lookup": True, "listing": True, "unique_email": False},
    "blind": {"honours_key": False, "lookup": False, "listing": False, "unique_email": False},
}


class SandboxProcess:
    """The sandbox as a process of its own, that ends with this one at the latest.

    Attributes:
        folder: holds the ledger, the state and the announcement; a temporary one unless given.
        command: how to start it; another one where there is no Python interpreter.
    """

    def __init__(self, folder: Path | None = None, *, port: int = 0, command: Sequence[str] = COMMAND) -> None:
        self._own_folder = tempfile.TemporaryDirectory(prefix="sandbox-") if folder is None else None
        self.folder = Path(self._own_folder.name) if self._own_folder else Path(folder or ".")
        self.ledger_path = self.folder / "ledger.jsonl"
        self.port = port
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "SandboxProcess":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if self._own_folder:
            self._own_folder.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> "SandboxProcess":
        """Start it; after a stop it takes the same port and goes on with its ledger and its state.

        Raises:
            SandboxError: it ended or did not listen in time; the text holds what it wrote.
        """
        announce = self.folder / "announce.json"
        announce.unlink(missing_ok=True)
        with (self.folder / "errors.txt").open("wb") as errors:
            self._process = subprocess.Popen(
                [*self._command, *self._options(announce)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.port = self._announced(announce)
        return self

    def _options(self, announce: Path) -> list[str]:
        state = str(self.folder / "state.json")
        files = ["--ledger", str(self.ledger_path), "--state", state, "--announce", str(announce)]
        return ["--port", str(self.port), *files, "--with-parent"]

    def _announced(self, announce: Path) -> int:
        until = time.monotonic() + START_TIMEOUT_S
        while not announce.exists():
            if self._running().poll() is not None or time.monotonic() > until:
                self.stop()
                raise SandboxError(f"the sandbox did not start: {self.errors()}")
            time.sleep(0.01)
        return int(json.loads(announce.read_text(encoding="utf-8"))["port"])

    def stop(self) -> None:
        """Stop it in order; its port is closed afterwards. Harmless when it is stopped already."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once; the ledger is whole, the state is up to a second old."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise SandboxError("the sandbox is not running")
        return self._process

    def errors(self) -> str:
        """Return what the sandbox wrote to its standard error; empty when all is well."""
        path = self.folder / "errors.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def tenant(self, name: str) -> "Tenant":
        """Return the platform of that name; it is made on its first use."""
        return Tenant(self.url, name)

    def erp(self, name: str) -> Erp:
        """Return the ERP of that tenant; it has nobody until ``people`` is called."""
        return Erp(self.url, name)

    def health(self) -> Json:
        """Return {"ok", "seq", "tenants"}."""
        return ask(self.url, "GET", "/control/health")


class Tenant:
    """One fake platform (``url``) and one webhook receiver (``hook_url``), asked and changed by hand."""

    token = "sandbox-token"

    def __init__(self, base: str, name: str) -> None:
        self.base = base
        self.name = name
        self.url = f"{base}/nx/{name}"
        self.hook_url = f"{base}/hook/{name}"

    def set_dials(self, **dials: Any) -> dict[str, Any]:
        """Turn these dials and leave the others; every count starts anew. Names: ``dials.Dials``."""
        return dict(self._ask("PATCH", "dials", dials))

    def clear_dials(self) -> None:
        """Put every dial back."""
        self._ask("DELETE", "dials")

    def dials(self) -> dict[str, Any]:
        """Return all dials as they stand."""
        return dict(self._ask("GET", "dials"))

    def play(self, platform: str) -> None:
        """Be a platform that honours the ``key``, one with a ``lookup`` only, or a ``blind`` one.

        None of them refuses a double e-mail, so that a wrong second create shows as a double.
        """
        self.set_dials(**PLATFORMS[platform])

    def reset(self) -> None:
        """Forget all people, products, keys and events, and put the dials back; the ledger goes on."""
        self._ask("POST", "reset")

    def ledger(self, since: int = 0, **wanted: Any) -> list[dict[str, Any]]:
        """Return the ledger lines after ``since`` whose fields equal ``wanted``, as ``operation="create"``."""
        lines: list[dict[str, Any]] = self._ask("GET", f"ledger?since={since}")
        return [line for line in lines if all(line.get(name) == value for name, value in wanted.items())]

    def seq(self) -> int:
        """Return the number of the last line; give it to ``ledger`` to see only what comes after."""
        return int(self._ask("GET", "counts")["seq"])

    def calls(self, operation: str | None = None) -> int:
        """Return how many calls came in, of one operation or of all."""
        calls = self._ask("GET", "counts")["calls"]
        return int(calls.get(operation, 0) if operation else sum(calls.values()))

    def effects(self, effect: str) -> int:
        """Return how often something was created, updated, suspended, enabled, cancelled, deleted."""
        return int(self._ask("GET", "counts")["effects"].get(effect, 0))

    def wait_calls(self, operation: str, at_least: int, timeout_s: float = 60.0) -> int:
        """Wait until so many calls came in and return how many there are.

        Raises:
            SandboxError: they did not come in time.
        """
        until = time.monotonic() + timeout_s
        while (count := self.calls(operation)) < at_least:
            if time.monotonic() > until:
                raise SandboxError(f"{count} of {at_least} calls of {operation} came in {timeout_s} s")
            time.sleep(0.01)
        return count

    def subscribers(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return all subscribers in full, with password, whose fields equal ``wanted``."""
        rows: list[dict[str, Any]] = self._ask("GET", "subscribers")
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def subscriber(self, **wanted: Any) -> dict[str, Any]:
        """Return the one live subscriber whose fields equal ``wanted``.

        Raises:
            SandboxError: there is none, or more than one.
        """
        found = [row for row in self.subscribers(**wanted) if row["status"] != "cancelled"]
        if len(found) != 1:
            raise SandboxError(f"{len(found)} live subscribers with {wanted}")
        return found[0]

    def live(self) -> dict[str, list[dict[str, Any]]]:
        """Return the live subscribers by external id."""
        live: dict[str, list[dict[str, Any]]] = {}
        for row in self.subscribers():
            if row["status"] != "cancelled":
                live.setdefault(row["external_id"], []).append(row)
        return live

    def live_by_ledger(self) -> dict[str, list[str]]:
        """Return the live accounts by external id, or sale, as the ledger's effects left them."""
        return live_accounts(self.ledger())

    def doubles(self) -> dict[str, list[str]]:
        """Return who has more than one live account; empty is what must always hold."""
        return doubles(self.ledger())

    def add_foreign(self, count: int) -> list[dict[str, Any]]:
        """Make subscribers that the hub does not know."""
        return list(self._ask("POST", "subscribers", {"count": count}))

    def add_subscriber(self, **values: Any) -> dict[str, Any]:
        """Make one subscriber by hand, with these fields."""
        return dict(self._ask("POST", "subscribers", values)[0])

    def delete(self, ids: Iterable[str]) -> None:
        """Remove subscribers without a trace."""
        for identity in ids:
            self._ask("DELETE", f"subscribers/{quote(identity)}")

    def change(self, ids: Iterable[str], **values: Any) -> None:
        """Change fields of subscribers by hand."""
        for identity in ids:
            self._ask("PATCH", f"subscribers/{quote(identity)}", values)

    def suspend(self, ids: Iterable[str]) -> None:
        """Suspend subscribers by hand."""
        self.change(ids, status="suspended")

    def enable(self, ids: Iterable[str]) -> None:
        """Enable subscribers by hand."""
        self.change(ids, status="active")

    def products(self) -> list[dict[str, Any]]:
        """Return the platform's products."""
        return list(self._ask("GET", "products"))

    def set_products(self, products: list[dict[str, Any]]) -> None:
        """Replace the platform's products: code and name, maybe description and active."""
        self._ask("PUT", "products", products)

    def sales(self) -> dict[str, dict[str, Any]]:
        """Return what the webhook receiver knows, by id_cliente_servico_pacote as text."""
        return dict(self._ask("GET", "sales"))

    def _ask(self, method: str, path: str, body: Json = None) -> Json:
        return ask(self.base, method, f"/control/{self.name}/{path}", body)


def dead_url() -> str:
    """Return the address of a host that refuses connections: a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
