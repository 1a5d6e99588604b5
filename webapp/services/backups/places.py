"""Where backups lie, for whom they are encrypted, and how a file gets there whole or not at all."""

import errno
import os
import shutil
from pathlib import Path

from sqlalchemy import Engine

from webapp.files import settle
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.names import sum_file
from webapp.services.backups.packing import Locks, Openers, digest
from webapp.services.backups.scratch import new_name
from webapp.services.backups.snapshot import size_of
from webapp.services.hub import current_hub

FOLDER = "backups"
# The picture of the database and the file made of it, or the file and the database that came out of it, side by side.
ROOM = 2
SPARE = 64 * 1024 * 1024


def folder() -> Path:
    """Return the folder of the backups; makes the one in the instance folder, and no other.

    Raises:
        BackupRefused: the folder of the settings is not there, a share that is not mounted say.
    """
    settings = current_hub().settings
    if settings.backup_dir is not None:
        return _existing(settings.backup_dir)
    made = settings.instance / FOLDER
    made.mkdir(mode=0o700, exist_ok=True)
    return made


def copy_folder() -> Path | None:
    """Return the second place; None = the settings name none.

    Raises:
        BackupRefused: it is not there. It is never made: it would be a folder of the very disk that may die.
    """
    named = current_hub().settings.backup_copy_dir
    return None if named is None else _existing(named)


def check_places() -> None:
    """Look whether both places can be used; makes nothing.

    Raises:
        BackupRefused: one of them cannot.
    """
    if current_hub().settings.backup_dir is not None:
        folder()
    copy_folder()


def _existing(path: Path) -> Path:
    if not path.is_dir():
        raise BackupRefused("backup_folder_missing", {"folder": str(path)})
    return path


def locks() -> Locks:
    """Return for whom backups are encrypted.

    Raises:
        BackupRefused: the file with the passphrase cannot be read; nothing is written in clear in its stead.
    """
    settings = current_hub().settings
    if settings.backup_recipients or settings.backup_passphrase_file is None:
        return Locks(settings.backup_recipients)
    return Locks(passphrase=_passphrase(settings.backup_passphrase_file))


def openers() -> Openers:
    """Return with what this machine opens its own backups; private keys never lie on it."""
    kept = locks()
    return Openers(passphrase=kept.passphrase)


def _passphrase(path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BackupRefused("backup_passphrase_missing", {"file": str(path)}) from error
    if not text:
        raise BackupRefused("backup_passphrase_missing", {"file": str(path)})
    return text


def check_room(place: Path, engine: Engine) -> None:
    """Refuse to begin what would fill the disk on which, as a rule, the database itself grows.

    Raises:
        BackupRefused: make room, or name another folder.
    """
    needed, free = ROOM * size_of(engine) + SPARE, shutil.disk_usage(place).free
    if free < needed:
        params = {"folder": str(place), "needed": _mb(needed), "free": _mb(free)}
        raise BackupRefused("backup_no_room", params)


def put(made: Path, target: Path) -> str:
    """Move a whole file to its name, its sum beside it, written through to the disk; returns its SHA-256."""
    os.chmod(made, 0o600)
    settle(made)
    found = digest(made)
    beside = sum_file(target)
    fresh = target.parent / new_name()
    fresh.touch(0o600)
    fresh.write_text(f"{found}  {target.name}\n", "ascii")
    settle(fresh)
    fresh.replace(beside)
    made.replace(target)
    settle(target.parent)
    return found


def copy_to(file: Path, place: Path, wanted: str) -> Path:
    """Put a copy into another folder, and read it back from there.

    Raises:
        BackupRefused: what is there is not what was written.
        OSError: it cannot be written.
    """
    fresh = place / new_name()
    try:
        fresh.touch(0o600)
        shutil.copyfile(file, fresh)
        if put(fresh, place / file.name) != wanted:
            raise BackupRefused("backup_copy_differs", {"folder": str(place)})
    finally:
        fresh.unlink(missing_ok=True)
    return place / file.name


def refusal_of(error: OSError, place: Path) -> BackupRefused:
    """Return in words why a file could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BackupRefused("backup_disk_full", {"folder": str(place)})
    return BackupRefused("backup_not_written", {"folder": str(place), "reason": error.strerror or str(error)})


def _mb(count: int) -> int:
    return -(-count // 2**20)
