"""Tells systemd that the hub is ready, that it lives, and that it ends (sd_notify(3)); without systemd, nothing.

Life is what each part showed lately, in memory: a database that does not answer, or a full disk, is no reason to be
started anew, and would not get better by it. What a restart does mend is a loop that hangs, or a web server that
takes requests and answers none. Protocol: freedesktop.org, sd_notify(3) and systemd.service(5), read 2026-11-23.
"""

import contextlib
import os
import socket
import threading
from types import TracebackType

import structlog

from webapp.knock import knock
from webapp.services.life import LIFE, NEEDED, Life

# A part that showed nothing for so long hangs. All show life every few seconds.
SILENT_S = 60.0
MOST_BETWEEN_S = 10.0
SOCKET, WATCHDOG = "NOTIFY_SOCKET", "WATCHDOG_USEC"
WEB = "web"
# These show life without the database. What else shows life does it there, and is no reason to start anew.
WATCHED = ("engine", "scheduler", WEB)
log = structlog.get_logger()


def tell(state: str) -> bool:
    """Tell systemd, where it listens; never fails.

    Args:
        state: as sd_notify(3) has it, such as ``READY=1``.

    Returns:
        Whether there was somebody to be told.
    """
    address = os.environ.get(SOCKET, "")
    if not address.startswith(("/", "@")):
        return False
    # A name that begins with @ is an abstract one: its first byte is zero.
    where = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as plain:
        plain.sendto(state.encode(), where)
        return True
    return False


class Notifying:
    """Use it as a context around what is served; begins to speak with ``ready``."""

    def __init__(self, life: Life = LIFE) -> None:
        self._life = life
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._address: tuple[str, int] | None = None
        self._reported: list[str] = []

    def __enter__(self) -> "Notifying":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        tell("STOPPING=1")

    def ready(self, host: str = "", port: int = 0) -> None:
        """Say that the hub is there, and go on saying that it lives.

        Args:
            host: what the web server listens on; empty = this process has none.
        """
        self._address = (host, port) if port else None
        # From now on each is expected: one that never begins is as bad as one that ends.
        for part in (*NEEDED.get(self._life.role, ()), *((WEB,) if port else ())):
            self._life.show(part)
        if tell("READY=1") and _between_s() is not None:
            self._thread.start()

    def look(self) -> bool:
        """Look once, and tell systemd if all go on; returns whether they do."""
        if self._address is not None and knock(*self._address) == 200:
            self._life.show(WEB)
        silent = self._silent()
        if silent != self._reported:
            log.error("watchdog.silent", parts=",".join(silent)) if silent else log.info("watchdog.well")
        self._reported = silent
        if not silent:
            tell("WATCHDOG=1")
        return not silent

    def _silent(self) -> list[str]:
        ages_s = self._life.ages_s()
        return [part for part in WATCHED if ages_s.get(part, 0.0) > SILENT_S]

    def _watch(self) -> None:
        between_s = _between_s() or MOST_BETWEEN_S
        while not self._over.wait(between_s):
            self.look()


def _between_s() -> float | None:
    """Return how often systemd is to be told: thrice in the time it waits for. None = it does not wait."""
    given = os.environ.get(WATCHDOG, "")
    return min(int(given) / 3_000_000, MOST_BETWEEN_S) if given.isdecimal() and int(given) else None
