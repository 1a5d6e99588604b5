"""The names of backup files: when, why and of which tables can be read without opening one."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PREFIX, PLAIN, ENCRYPTED = "sintonia-", ".zip", ".zip.age"
# Beside each file, as ``sha256sum --check`` reads it.
SUM = ".sha256"
# A file that did not stand the check keeps its content for whoever must save what can be saved.
BAD = ".bad"
PARTIAL = ".partial-"
# An installation that has not named itself yet.
NEW = "new"
_MOMENT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"sintonia-([0-9a-f]{8}|new)-(\d{8}T\d{6}Z)-([a-z]+)-(\w{1,32})-[0-9a-f]{6}\.zip(\.age)?")


@dataclass(frozen=True)
class Named:
    """What a name tells.

    Attributes:
        instance: name of the installation: several may share a folder.
        trigger: as of ``models.Backup``.
        revision: of its tables.
    """

    instance: str
    at: datetime
    trigger: str
    revision: str
    encrypted: bool = False


@dataclass(frozen=True)
class BackupFile:
    """One file, and what its name tells."""

    path: Path
    named: Named

    @property
    def at(self) -> datetime:
        return self.named.at


def name_of(named: Named, mark: str) -> str:
    """Return the name of a new file.

    Args:
        mark: six hexadecimal digits, so that two of the same second do not meet.
    """
    moment = named.at.astimezone(UTC).strftime(_MOMENT)
    ending = ENCRYPTED if named.encrypted else PLAIN
    return f"{PREFIX}{named.instance or NEW}-{moment}-{named.trigger}-{named.revision}-{mark}{ending}"


def read_name(path: Path) -> BackupFile | None:
    """Return what the name tells; None when it is no backup of ours."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    instance, moment, trigger, revision, age = found.groups()
    try:
        at = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return BackupFile(path, Named("" if instance == NEW else instance, at, trigger, revision, bool(age)))


def files_in(folder: Path) -> list[BackupFile]:
    """Return the backups in a folder, the latest first; none where the folder cannot be read."""
    try:
        found = [read_name(path) for path in folder.iterdir()]
    except OSError:
        return []
    return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)


def sum_file(path: Path) -> Path:
    """Return the file beside a backup that holds its SHA-256."""
    return path.with_name(path.name + SUM)
