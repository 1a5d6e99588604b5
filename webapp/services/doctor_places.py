"""The part of ``doctor`` that is about files: may the hub write its folder, and may nobody else read its secrets."""

import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from webapp.config import Settings
from webapp.services.doctor_finding import FAIL, OK, WARN, Finding

# A disk of its own has the second one, which belongs to root.
NOT_OURS = (".gitkeep", "lost+found")
KEY_FILES = ("secret.key", "encryption.keys")
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# So many are named; the rest is counted.
MOST = 5


def examine_places(settings: Settings) -> list[Finding]:
    """Look at the folder of the hub and at its files; changes nothing."""
    return [_folder(settings.instance), _owner(settings.instance), _open(settings.instance), _keys(settings)]


def _folder(instance: Path) -> Finding:
    params = {"folder": str(instance)}
    try:
        with tempfile.TemporaryFile(dir=instance):
            return Finding("instance", OK, "doctor_folder", params)
    except OSError as error:
        return Finding("instance", FAIL, "doctor_folder_closed", {**params, "reason": error.strerror})


def _owner(instance: Path) -> Finding:
    """What somebody else owns, often root after a command without ``sudo -u``, the service cannot write."""
    owner = instance.stat().st_uid
    foreign = sorted(path.name for path, state in files_in(instance) if state.st_uid != owner)
    params = {"owner": _name(owner), "folder": str(instance)}
    if not foreign:
        return Finding("owner", OK, "doctor_owner", params)
    return Finding("owner", FAIL, "doctor_owner_foreign", {**params, **_named(foreign)})


def _open(instance: Path) -> Finding:
    """A folder that lets nobody in keeps its files, whatever their own modes."""
    closed = not instance.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH)
    open_ones = [path.name for path, state in files_in(instance) if _readable(state.st_mode)]
    seen = [] if closed else [name for name in open_ones if name not in KEY_FILES]
    if not seen:
        return Finding("closed", OK, "doctor_closed", {"folder": str(instance)})
    return Finding("closed", WARN, "doctor_open", {"folder": str(instance), **_named(sorted(seen))})


def _keys(settings: Settings) -> Finding:
    places = [settings.instance / "secret.key", settings.keys_file, settings.backup_passphrase_file]
    present = [path for path in places if path is not None and path.is_file()]
    readable = [str(path) for path in present if path.stat().st_mode & FOR_OTHERS]
    if readable:
        return Finding("keys", WARN, "doctor_keys_open", {"files": " ".join(readable)})
    return Finding("keys", OK, "doctor_keys", {"files": ", ".join(path.name for path in present) or "-"})


def files_in(instance: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield what lies in the folder itself with its state; links, and what git or the file system put there, aside.

    A hub that runs writes there meanwhile: what is gone again by now is left out.
    """
    for path in instance.iterdir():
        try:
            state = path.lstat()
        except FileNotFoundError:
            continue
        if path.name not in NOT_OURS and not stat.S_ISLNK(state.st_mode):
            yield path, state


def _readable(mode: int) -> bool:
    return bool(mode & FOR_OTHERS) and (stat.S_ISREG(mode) or bool(mode & (stat.S_IXGRP | stat.S_IXOTH)))


def _named(names: list[str]) -> dict[str, str]:
    more = f" (+{len(names) - MOST})" if len(names) > MOST else ""
    return {"files": ", ".join(names[:MOST]) + more}


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
