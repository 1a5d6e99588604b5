"""Hubs as processes of their own, forked from one that has imported everything: an import costs more than a start.

A hub that is forked knows nothing of the one before: its own process id, environment, log, signals and chance, and it
ends as an interpreter does. What differs from ``python -m webapp`` is where its modules come from, and that templates
which another hub of the same tests compiled are not compiled again. Journeys that are about the start itself
(``serving(..., forked=False)``), the walk-through and the tests of the commands start true processes.

An order is a line of JSON: ``["start", LOG, ENVIRONMENT, PROGRAM, ARGUMENTS]`` is answered with the process id,
``["look", PID]`` with how it ended; null while it runs.
"""

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from jinja2 import FileSystemBytecodeCache

import webapp.cli  # noqa: F401 - imported for those that are forked

ROOT = Path(__file__).resolve().parents[2]
LOOK_S = 0.05
Order = list[Any]


class Zygote:
    """The process that forks; it and all that it forked end with whoever started it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.zygote"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, *order: object) -> int | None:
        """Send an order and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer


@cache
def zygote() -> Zygote:
    """Return the one of this process of the tests."""
    return Zygote()


class Forked:
    """A program in a forked process, with those of ``subprocess.Popen``'s methods that the tests use."""

    def __init__(self, program: str, arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        # What a hub before it said there is not to be taken for its own words.
        log.write_bytes(b"")
        pid = zygote().ask("start", str(log), dict(environment), program, arguments)
        assert pid is not None
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        if self.returncode is None:
            self.returncode = zygote().ask("look", self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return how it ended, once it has.

        Raises:
            TimeoutExpired: it has not ended by then.
        """
        until_s = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until_s:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(LOOK_S)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def take_orders() -> Callable[[], object] | None:
    """Answer orders until there are no more; in a forked process, return at once with what it is to do."""
    alive: set[int] = set()
    for line in sys.stdin:
        what, *order = json.loads(line)
        if what == "start":
            pid = os.fork()
            if pid == 0:
                return _become(order)
            alive.add(pid)
            _tell(pid)
            continue
        ended, status = os.waitpid(order[0], os.WNOHANG)
        if ended:
            alive.discard(ended)
        _tell(os.waitstatus_to_exitcode(status) if ended else None)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    return None


def _become(order: Order) -> Callable[[], object]:
    """Leave everything of the process that forked behind."""
    log, environment, program, arguments = order
    said = os.open(log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, here in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, here)
    os.close(said)
    os.close(nothing)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    # As a terminal's: whoever began the tests may have let it be ignored, as a shell does for what runs behind it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [program, *arguments]
    return partial(runpy.run_module, program, run_name="__main__", alter_sys=True)


def _tell(answer: int | None) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


def main() -> None:
    """Fork until there are no more orders; what is forked ends as its program does."""
    # Named by tests/conftest.py: what any process of the tests compiled is compiled. Pictures are taken without it.
    shared = os.environ.get("SINTONIA_TEST_TEMPLATES")
    folder = shared or tempfile.mkdtemp(prefix="templates-")
    APIFlask.jinja_options = {**APIFlask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(folder)}
    program = take_orders()
    if program is not None:
        program()
    elif not shared:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
