"""The folder into which the one file unpacks itself: kept while it is needed, and gone afterwards.

The part of the program that unpacks removes the folder at its end. Killed at once (``kill -9``, no power) it cannot,
and more than a hundred megabytes stay. So each process holds a lock on its folder, and whoever starts next removes
those that nobody holds. The same lock keeps ``systemd-tmpfiles`` away, which else deletes in /tmp what was not touched
for ten days; it leaves out folders that are locked (tmpfiles.d(5), read in 2026-11).
"""

import ctypes
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATTERN = "_MEI*"
# Tells our folders from those of other programs that are built in the same way.
MARK = "build.json"
# Between unpacking and the lock there is a moment, on a slow disk a long one.
SETTLED_S = 600
_PR_SET_PDEATHSIG = 1
# Never closed: the lock ends with the process.
_held: list[int] = []


def hold(folder: Path | None = None) -> None:
    """Lock the folder of this process, and end with the process that unpacked it.

    Args:
        folder: where it was unpacked; None = as the program was told.
    """
    place = os.open(folder or Path(sys._MEIPASS), os.O_RDONLY | os.O_DIRECTORY)  # type: ignore[attr-defined]
    fcntl.flock(place, fcntl.LOCK_SH | fcntl.LOCK_NB)
    _held.append(place)
    if folder is None:
        # Whoever kills the first process means the program, and would find its address and its database taken.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def sweep(own: Path | None = None) -> list[Path]:
    """Remove what processes left that were killed; returns these folders. Never fails: it is only tidying."""
    place = own or Path(sys._MEIPASS)  # type: ignore[attr-defined]
    return [path for path in sorted(place.parent.glob(PATTERN)) if path != place and _is_left(path) and _gone(path)]


def _is_left(path: Path) -> bool:
    try:
        about = path.lstat()
        ours = about.st_uid == os.getuid() and path.is_dir() and not path.is_symlink() and (path / MARK).is_file()
        return ours and time.time() - about.st_mtime > SETTLED_S
    except OSError:
        return False


def _gone(path: Path) -> bool:
    """Remove a folder that nobody holds."""
    try:
        place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
        return True
    except OSError:
        return False
    finally:
        os.close(place)
