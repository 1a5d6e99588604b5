"""Tells a worker of this process that there is work, so that it need not wait for its next look."""

import threading


class Signal:
    """One thing to be told; one waiter a process."""

    def __init__(self) -> None:
        self._changed = threading.Event()

    def wake(self) -> None:
        """Say that there is work; call it after the commit."""
        self._changed.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until something is told, or for the time-out."""
        self._changed.wait(timeout_s)
        self._changed.clear()


ACCOUNTS, RUNS, SOURCES, BULK = Signal(), Signal(), Signal(), Signal()
