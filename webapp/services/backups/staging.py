"""Opens a backup beside the database, and shows that it is whole, before anything is replaced."""

from dataclasses import dataclass
from pathlib import Path

from webapp.services.backups import packing
from webapp.services.backups.checking import Checked, check
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.manifest import Manifest
from webapp.services.backups.names import files_in, read_name, sum_file
from webapp.services.backups.packing import Openers
from webapp.services.hub import current_hub
from webapp.services.privacy.ledger import Entry


@dataclass(frozen=True)
class Staged:
    """A backup that was opened and found whole.

    Attributes:
        source: the backup.
        database: a file of SQLite at this version's tables; it goes with the folder that it lies in.
    """

    source: Path
    database: Path
    manifest: Manifest
    checked: Checked


def stage(source: Path, folder: Path, openers: Openers, *, thorough: bool) -> Staged:
    """Decrypt, unpack, check, and migrate up. Needs an application context; touches no database but its own file.

    Args:
        folder: empty, on the disk where the database will lie.
        thorough: as ``checking.check``.

    Raises:
        BackupRefused: it is no backup, damaged, of a newer version, or does not open with the key given.
    """
    if not source.is_file():
        raise BackupRefused("restore_no_file", {"file": str(source)})
    check_sum(source)
    packed = source
    if packing.is_encrypted(source):
        packed = folder / "packed.zip"
        packing.decrypt(source, packed, openers)
    database = folder / packing.DATABASE
    manifest = packing.unpack(packed, database)
    if packed is not source:
        packed.unlink()
    return Staged(source, database, manifest, check(database, manifest, current_hub().vault, thorough=thorough))


def later_erasures(staged: Staged, folder: Path, openers: Openers) -> tuple[Entry, ...]:
    """Return the erasures that the newest later backup beside this one knows of; none where there is no such file.

    On a new machine, to which only backups were carried, there is no other trace of them.
    """
    named = read_name(staged.source)
    if named is None:
        return ()
    files = (one for one in files_in(staged.source.parent) if one.named.instance == named.named.instance)
    for one in files:
        if one.at <= named.at:
            break
        try:
            return _manifest_of(one.path, folder, openers).erasures
        except BackupRefused:
            continue
    return ()


def _manifest_of(file: Path, folder: Path, openers: Openers) -> Manifest:
    if not packing.is_encrypted(file):
        return packing.read_manifest(file)
    packed = folder / "later.zip"
    try:
        packing.decrypt(file, packed, openers)
        return packing.read_manifest(packed)
    finally:
        packed.unlink(missing_ok=True)


def check_sum(file: Path) -> None:
    """Hold a file against the sum beside it, where there is one.

    Raises:
        BackupRefused: it changed since it was written; take another one.
    """
    beside = sum_file(file)
    if not beside.is_file():
        return
    wanted = beside.read_text("ascii", "replace").split(" ")[0]
    if packing.digest(file) != wanted:
        raise BackupRefused("restore_damaged", {"file": file.name})
