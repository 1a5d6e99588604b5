"""A device with passkeys, in software: does what a browser and its authenticator do (W3C WebAuthn 2, 6 and 7)."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One device.

    Attributes:
        verifies: whether it asks for finger, face or PIN.
        counter: how often it signed; 0 for ever = it does not count, as phones do.
    """

    origin: str = "http://localhost"
    verifies: bool = True
    counts: bool = False
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""

    def make(self, options: dict[str, Any]) -> str:
        """Answer a challenge for a new passkey."""
        self.user_handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = len(self.credential_id).to_bytes(2)
        attested = bytes(16) + length + self.credential_id + encode_cbor(key)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": client, "attestationObject": made}, transports=["internal"])

    def sign(self, options: dict[str, Any], rp_id: str = "") -> str:
        """Answer a challenge of a sign-in."""
        self.counter += self.counts
        data = self._data(rp_id or options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {
            "clientDataJSON": client, "authenticatorData": data, "signature": signature,
            "userHandle": base64url_to_bytes(self.user_handle),
        }  # fmt: skip
        return self._answer(parts)

    def _data(self, rp_id: str, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, parts: dict[str, bytes], **more: Any) -> str:
        name = bytes_to_base64url(self.credential_id)
        response = {**{key: bytes_to_base64url(value) for key, value in parts.items()}, **more}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
