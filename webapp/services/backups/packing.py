"""Packs a database and its manifest into one file, encrypted where that was asked for, and opens it again.

The file is a ZIP; encrypted, it is an age file (age-encryption.org/v1) around the ZIP. Both are opened by common tools,
so that nobody needs this program to get at what is theirs.
"""

import hashlib
import shutil
import threading
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp import lazy
from webapp.services.backups.errors import BackupRefused, Stopped
from webapp.services.backups.manifest import Manifest, dump, load

if TYPE_CHECKING:
    import pyrage
else:
    pyrage = lazy.module("pyrage")

DATABASE, MANIFEST = "sintonia.db", "manifest.json"
CHUNK = 1024 * 1024
# Nine tenths of what compressing can save, in a fifth of the time.
LEVEL = 1
AGE_HEADER = b"age-encryption.org/v1"
# A passphrase is only taken for a whole file at once, in memory; above this public keys are the way.
MOST_IN_MEMORY = 256 * 1024 * 1024
MOST_MANIFEST = 64 * 1024 * 1024
# A made-up file must not fill the disk: an SQLite database of text shrinks to a tenth, hardly to a fiftieth.
MOST_RATIO = 200


@dataclass(frozen=True)
class Locks:
    """For whom a file is encrypted; nothing of it = it is not.

    Attributes:
        recipients: public keys of age or SSH.
        passphrase: used only where there is no public key.
    """

    recipients: Sequence[str] = ()
    passphrase: str = ""

    def __bool__(self) -> bool:
        return bool(self.recipients or self.passphrase)


@dataclass(frozen=True)
class Openers:
    """With what an encrypted file is opened: private keys of age or SSH, each as text, or the passphrase."""

    identities: Sequence[str] = ()
    passphrase: str = ""


def recipient_of(text: str) -> Any:
    """Return the public key that a line holds.

    Raises:
        ValueError: it is none; say so beside the setting.
    """
    try:
        if text.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(text)
        return pyrage.ssh.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise ValueError(text[:20]) from error


def pack(database: Path, manifest: Manifest, target: Path, stop: threading.Event) -> None:
    """Write the ZIP.

    Raises:
        Stopped: ``stop`` was set.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        archive.writestr(MANIFEST, dump(manifest))
        with database.open("rb") as source, archive.open(DATABASE, "w", force_zip64=True) as inside:
            while part := source.read(CHUNK):
                if stop.is_set():
                    raise Stopped
                inside.write(part)


def encrypt(source: Path, target: Path, locks: Locks) -> None:
    """Write the age file.

    Raises:
        BackupRefused: it is too large for a passphrase; use a public key.
    """
    if locks.recipients:
        with source.open("rb") as plain, target.open("wb") as closed:
            pyrage.encrypt_io(plain, closed, [recipient_of(one) for one in locks.recipients])
        return
    if source.stat().st_size > MOST_IN_MEMORY:
        raise BackupRefused("backup_passphrase_size", {"mb": MOST_IN_MEMORY // 2**20})
    target.write_bytes(pyrage.passphrase.encrypt(source.read_bytes(), locks.passphrase))


def is_encrypted(file: Path) -> bool:
    """Tell by its first bytes whether it is an age file, whatever its name."""
    with file.open("rb") as opened:
        return opened.read(len(AGE_HEADER)) == AGE_HEADER


def decrypt(file: Path, target: Path, openers: Openers) -> None:
    """Write the ZIP that is in an age file.

    Raises:
        BackupRefused: the key, or the passphrase, is missing or another one.
    """
    if not openers.identities and not openers.passphrase:
        raise BackupRefused("restore_needs_key", {"file": file.name})
    try:
        if openers.identities:
            with file.open("rb") as closed, target.open("wb") as plain:
                pyrage.decrypt_io(closed, plain, [_identity(one) for one in openers.identities])
            return
        if file.stat().st_size > MOST_IN_MEMORY:
            raise BackupRefused("backup_passphrase_size", {"mb": MOST_IN_MEMORY // 2**20})
        target.write_bytes(pyrage.passphrase.decrypt(file.read_bytes(), openers.passphrase))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupRefused("restore_key_wrong", {"file": file.name}) from error


def unpack(file: Path, target: Path) -> Manifest:
    """Write the database that is in a ZIP, and return its manifest.

    Raises:
        BackupRefused: it is no backup, or it is damaged.
    """
    with _archive(file) as archive:
        manifest = _manifest(archive)
        entry = archive.getinfo(DATABASE)
        _check_room(entry, target)
        with archive.open(entry) as inside, target.open("wb") as database:
            shutil.copyfileobj(inside, database, CHUNK)
    if digest(target) != manifest.sha256:
        raise BackupRefused("restore_damaged", {"file": file.name})
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Return the manifest of a ZIP without unpacking it.

    Raises:
        BackupRefused: it is no backup, or it is damaged.
    """
    with _archive(file) as archive:
        return _manifest(archive)


@contextmanager
def _archive(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError) as error:
        raise BackupRefused("restore_damaged", {"file": file.name}) from error


def _check_room(entry: zipfile.ZipInfo, target: Path) -> None:
    if entry.file_size > MOST_RATIO * max(entry.compress_size, CHUNK):
        raise ValueError("no backup")
    free = shutil.disk_usage(target.parent).free
    if entry.file_size > free:
        params = {"folder": str(target.parent), "needed": entry.file_size >> 20, "free": free >> 20}
        raise BackupRefused("backup_no_room", params)


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    entry = archive.getinfo(MANIFEST)
    if entry.file_size > MOST_MANIFEST:
        raise ValueError("no manifest")
    return load(archive.read(entry))


def _identity(text: str) -> Any:
    if text.startswith("AGE-SECRET-KEY-"):
        return pyrage.x25519.Identity.from_str(text)
    return pyrage.ssh.Identity.from_buffer(text.encode())
