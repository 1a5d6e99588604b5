"""Tells the worker of this process that a source is to be looked at, so that it need not wait for its next look."""

import threading

_changed = threading.Event()


def wake() -> None:
    """Say that a pull was asked for, or a hint came in; call it after the commit."""
    _changed.set()


def wait(timeout_s: float) -> None:
    """Wait until something was asked for, or for the time-out; one waiter a process."""
    _changed.wait(timeout_s)
    _changed.clear()
