"""How a server ends: within half a minute, whatever hangs."""

import os
import threading
from types import TracebackType

import structlog

# The server for pages takes up to five seconds before; a call may take twenty of these.
CUT_AFTER_S = 25.0
log = structlog.get_logger()


class Leaving:
    """Entered last, so left first: from then on what still hangs has so long, and is then cut off with the process.

    Nothing that counts is only in memory: a call without an answer is a doubt on record, and leases of a process
    that ended are free.
    """

    def __init__(self) -> None:
        self._timer = threading.Timer(CUT_AFTER_S, _cut_off)
        # What does not hold up the end must not be held up by it.
        self._timer.daemon = True

    def __enter__(self) -> "Leaving":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.start()

    def over(self, calls_left: int) -> None:
        """Say that everything has ended but so many calls: their threads would hold up the end of the interpreter."""
        if not calls_left:
            self._timer.cancel()


def _cut_off() -> None:
    log.warning("server.cut_off", after_s=CUT_AFTER_S)
    os._exit(0)
