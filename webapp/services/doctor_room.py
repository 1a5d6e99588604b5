"""The part of ``doctor`` that is about room: on the disk of the database, and for open files."""

import resource
from pathlib import Path

from webapp.config import Settings
from webapp.database.file import guard_of
from webapp.database.trouble import disk_trouble, free_bytes
from webapp.extensions import db
from webapp.services.doctor_finding import FAIL, OK, WARN, Finding

MEGABYTE = 1024 * 1024
# A day of a large provider fits in; whoever has less should look now.
LOW_MB = 500
# A connection of SQLite needs three files, a call one; what the web server and the program itself need comes on top.
FILES_OF_CALL, FILES_BESIDE = 1, 192


def examine_room(settings: Settings) -> list[Finding]:
    """Look at the disk of the database and at the limit of open files; touches neither."""
    return [_disk(place_of_database(settings)), _files(settings)]


def place_of_database(settings: Settings) -> Path:
    """Return the folder of the database; the instance's where the database is a server."""
    guard = guard_of(db.engine)
    return guard.path.parent if guard is not None else settings.instance


def free_mb(settings: Settings) -> int | None:
    """Return how many MB are free on the disk of the database; None where nobody can tell."""
    free = free_bytes(place_of_database(settings))
    return None if free is None else free // MEGABYTE


def _disk(folder: Path) -> Finding:
    code = disk_trouble(folder)
    if code:
        return Finding("disk", FAIL, code)
    left_mb = (free_bytes(folder) or 0) // MEGABYTE
    params, low = {"free_mb": left_mb, "folder": str(folder)}, left_mb < LOW_MB
    return Finding("disk", WARN if low else OK, "doctor_disk_low" if low else "doctor_disk", params)


def _files(settings: Settings) -> Finding:
    """The limit that ``serve`` has is this one: it raises the soft limit to the hard one."""
    _soft, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.workers * FILES_OF_CALL + FILES_BESIDE
    few = limit != resource.RLIM_INFINITY and limit < wanted
    params = {"limit": limit if limit != resource.RLIM_INFINITY else "∞", "wanted": wanted}
    return Finding("files", WARN if few else OK, "doctor_files_few" if few else "doctor_files", params)
