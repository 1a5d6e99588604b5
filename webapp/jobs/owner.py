"""Who holds a lease: a name per process, and a lock file that the system frees when it dies.

On one host (SQLite is one host by nature) a dead worker's leases need not run out: its lock
is free, so what it was sending can be looked at again at once.
"""

import fcntl
import os
import secrets
from pathlib import Path


class Owner:
    """This process's name and its lock; use it as a context."""

    def __init__(self, instance: Path) -> None:
        self._folder = instance / "locks"
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._descriptor: int | None = None

    def __enter__(self) -> "Owner":
        self._folder.mkdir(exist_ok=True)
        self._descriptor = os.open(self._folder / self.name, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        return self

    def __exit__(self, *exception: object) -> None:
        (self._folder / self.name).unlink(missing_ok=True)
        if self._descriptor is not None:
            os.close(self._descriptor)

    def dead(self, names: set[str]) -> set[str]:
        """Return those of the names whose process no longer lives on this host."""
        return {name for name in names if name != self.name and not _held(self._folder / name)}


class AlreadyServing(Exception):
    """Another server works on this instance: stop that one first, or give this one its own instance."""


class ServeLock:
    """Held by the one server of an instance that lives on SQLite; use it as a context."""

    def __init__(self, instance: Path) -> None:
        self._path = instance / "serve.lock"
        self._descriptor: int | None = None

    def __enter__(self) -> "ServeLock":
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            self._descriptor = None
            raise AlreadyServing(str(self._path.parent)) from error
        return self

    def __exit__(self, *exception: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _held(path: Path) -> bool:
    """Tell whether a living process holds the lock; a file that is gone is held by nobody."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
