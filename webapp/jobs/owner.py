"""Who holds a lease: a name per process, and a lock file that the system frees when it dies.

On one host a dead worker's leases need not run out: its lock is free, so what it was sending can be looked at
again at once. Names begin with the place where the locks lie, a folder on one host since its last start: of a process
elsewhere nobody here can tell whether it lives, so its leases run out.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
from pathlib import Path

PLACE = "locks.place"


class Owner:
    """This process's name and its lock; use it as a context."""

    def __init__(self, instance: Path) -> None:
        self._folder = instance / "locks"
        self._place = _place(instance)
        self.name = f"{self._place}-{os.getpid()}-{secrets.token_hex(4)}"
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

    def dead(self, names: set[str], *, one_host: bool = True) -> set[str]:
        """Return those of the names whose process no longer lives.

        Args:
            one_host: nobody works elsewhere, as with SQLite; else only processes of this place are judged.
        """
        judged = {name for name in names if one_host or name.startswith(f"{self._place}-")}
        return {name for name in judged - {self.name} if not _held(self._folder / name)}


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


def _place(folder: Path) -> str:
    """Return a short name of this folder on this host, which is another one after each start of the host.

    Two containers see different folders under one path, and two hosts may share one folder: neither can see the
    other's locks for sure.
    """
    with contextlib.suppress(FileExistsError):
        # A link that leads nowhere: whole at once, whoever else makes it, and on a full disk as well.
        os.symlink(secrets.token_hex(8), folder / PLACE)
    named = os.readlink(folder / PLACE)
    return hashlib.sha256(f"{named} {_boot()}".encode()).hexdigest()[:8]


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return socket.gethostname()


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
