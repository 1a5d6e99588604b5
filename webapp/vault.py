"""Secrets at rest: AES-GCM, bound to table, column and row, with the key's id in front.

A sealed value copied to another row, column or table does not open there.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.gateways.contract import Secret

NONCE_BYTES = 12


class VaultError(Exception):
    """A secret cannot be opened: the key is missing or the value was moved or changed.

    Restore ``instance/encryption.keys`` (or SINTONIA_ENCRYPTION_KEYS); nothing was sent.
    """


class Vault:
    """Seals and opens secrets. Thread-safe."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._newest = next(iter(keys))
        self._mac_key = hashlib.sha256(b"fingerprint" + keys[self._newest]).digest()

    def seal(self, text: str, place: str) -> str:
        """Return the sealed text.

        Args:
            place: ``table:column:row``; the same is needed to open it.
        """
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self._newest].encrypt(nonce, text.encode(), place.encode())
        return f"{self._newest}.{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, place: str) -> Secret:
        """Return the text sealed at that place.

        Raises:
            VaultError: stop and restore the key; never send anything in its stead.
        """
        name, _, body = sealed.partition(".")
        try:
            raw = base64.b64decode(body, validate=True)
            opened = self._ciphers[name].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except (KeyError, ValueError, InvalidTag) as error:
            raise VaultError(place) from error
        return Secret(opened.decode())

    def fingerprint(self, text: str) -> str:
        """Return a keyed digest, to notice that a value changed without keeping the value."""
        return hmac.new(self._mac_key, text.encode(), hashlib.sha256).hexdigest()[:32]
