"""Secrets at rest: AES-GCM, bound to table, column and row, with the key's id in front.

A sealed value copied to another row, column or table does not open there.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp import keys as key_texts
from webapp.gateways.contract import Secret

NONCE_BYTES = 12


class VaultError(Exception):
    """A secret cannot be opened: the key is missing or the value was moved or changed.

    Restore ``instance/encryption.keys`` (or SINTONIA_ENCRYPTION_KEYS); nothing was sent.
    """


class _Ring:
    """The keys of one moment."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        sealing = {name: key for name, key in keys.items() if name != key_texts.FINGERPRINT}
        self.keys = dict(keys)
        self.ciphers = {name: AESGCM(key) for name, key in sealing.items()}
        self.newest = next(iter(sealing))
        # The oldest: a new key in front changes no digest.
        oldest = list(sealing.values())[-1]
        self.mac_key = keys.get(key_texts.FINGERPRINT) or hashlib.sha256(b"fingerprint" + oldest).digest()


class Vault:
    """Seals and opens secrets. Thread-safe.

    Args:
        keys: by name; the first seals, all open.
        path: the file that they came from. When it changes, the new keys count at once, so that all processes of a
            machine go over to a new key together; a file that cannot be read changes nothing.
    """

    def __init__(self, keys: Mapping[str, bytes], path: Path | None = None) -> None:
        self._ring = _Ring(keys)
        self._path = path
        # Unknown: the file may have been replaced between its reading and this moment.
        self._stamp: tuple[int, int] | None = None
        self._digest_key: bytes | None = None

    @property
    def newest(self) -> str:
        """Name of the key that seals now."""
        return self._current().newest

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all keys at hand, the newest first."""
        return tuple(self._current().ciphers)

    def keys(self) -> dict[str, bytes]:
        """Return all keys with their digest key, for writing them to their file. Never show or log them."""
        ring = self._current()
        return {**ring.keys, key_texts.FINGERPRINT: self._digest_key or ring.mac_key}

    def digest_with(self, key: bytes) -> None:
        """Make digests with this key from now on, whatever the file says: those kept so far were made with it."""
        self._digest_key = key

    def seal(self, text: str, place: str) -> str:
        """Return the sealed text.

        Args:
            place: ``table:column:row``; the same is needed to open it.
        """
        ring, nonce = self._current(), os.urandom(NONCE_BYTES)
        sealed = nonce + ring.ciphers[ring.newest].encrypt(nonce, text.encode(), place.encode())
        return f"{ring.newest}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, place: str) -> Secret:
        """Return the text sealed at that place.

        Raises:
            VaultError: stop and restore the key; never send anything in its stead.
        """
        tried = self._ring
        try:
            return _open(tried, sealed, place)
        except VaultError:
            # Another process may have gone over to a new key, or the right file was put back.
            ring = self._current()
            if ring is tried:
                raise
        return _open(ring, sealed, place)

    def fingerprint(self, text: str) -> str:
        """Return a keyed digest, to notice that a value changed without keeping the value.

        It stays the same when a new key is put in front of the others.
        """
        return hmac.new(self._digest_key or self._ring.mac_key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _current(self) -> _Ring:
        """Return the keys of now: those of the file, when it was replaced."""
        stamp = self._look()
        if self._path is not None and stamp is not None and stamp != self._stamp:
            self._reload(self._path, stamp)
        return self._ring

    def _reload(self, path: Path, stamp: tuple[int, int]) -> None:
        try:
            fresh = key_texts.parse(path.read_text())
        except (OSError, UnicodeDecodeError):
            return
        if key_texts.are_usable(fresh):
            self._ring, self._stamp = _Ring(fresh), stamp

    def _look(self) -> tuple[int, int] | None:
        try:
            found = None if self._path is None else self._path.stat()
        except OSError:
            return None
        return None if found is None else (found.st_mtime_ns, found.st_ino)


def _open(ring: _Ring, sealed: str, place: str) -> Secret:
    name, _, body = sealed.partition(".")
    try:
        raw = base64.b64decode(body, validate=True)
        opened = ring.ciphers[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
    except (KeyError, ValueError, InvalidTag) as error:
        raise VaultError(place) from error
    return Secret(opened.decode())


def key_of(sealed: str) -> str:
    """Return the name of the key under which a value was sealed."""
    return sealed.partition(".")[0]
