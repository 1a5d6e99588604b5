"""Tells the engine of this process that there is work, so that it need not wait for its next look."""

import threading

_changed = threading.Event()


def wake() -> None:
    """Say that something changed."""
    _changed.set()


def wait(timeout_s: float) -> None:
    """Wait until something changed, or for the time-out; one waiter a process."""
    _changed.wait(timeout_s)
    _changed.clear()
