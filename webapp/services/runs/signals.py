"""Tells the worker of this process that there is something to do, so that it need not wait for its next look."""

import threading

_changed = threading.Event()


def wake() -> None:
    """Say that a run was asked for, approved or resumed; call it after the commit."""
    _changed.set()


def wait(timeout_s: float) -> None:
    """Wait until something was asked for, or for the time-out; one waiter a process."""
    _changed.wait(timeout_s)
    _changed.clear()
