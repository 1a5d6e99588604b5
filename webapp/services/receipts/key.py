"""The key of this hub that signs receipts: made at the first one, sealed in the settings, never shown.

Its public half is on the page: whoever has it checks a receipt without the hub.
"""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import insert, select

from webapp.extensions import db
from webapp.models import Setting
from webapp.services.errors import Conflict
from webapp.services.hub import current_hub
from webapp.services.transactions import begin, insert_once
from webapp.vault import VaultError

NAME = "receipt_key"
PLACE = f"setting:value:{NAME}"
_SETTING = Setting.__table__


def make_key() -> None:
    """Make the key where there is none yet, and commit."""
    begin(reads_only=False)
    if _sealed() is None:
        raw = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        value = current_hub().vault.seal(raw, PLACE)
        insert_once(db.session.connection(), insert(_SETTING).values(name=NAME, value=value))
    db.session.commit()


def sign(content: bytes) -> bytes:
    """Return the signature of a content; the key must have been made.

    Raises:
        Conflict: the key cannot be opened; show its message.
    """
    key = _private()
    assert key is not None
    return key.sign(content)


def is_signed(content: bytes, signature: bytes) -> bool:
    """Tell whether this hub signed a content; one without a key has signed nothing.

    Raises:
        Conflict: as ``sign``.
    """
    public = find_public()
    if public is None:
        return False
    try:
        public.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def find_public() -> Ed25519PublicKey | None:
    """Return the public half, in the caller's transaction; None before the first receipt.

    Raises:
        Conflict: as ``sign``.
    """
    key = _private()
    return None if key is None else key.public_key()


def public_pem() -> str:
    """Return the public half as text; empty before the first receipt.

    Raises:
        Conflict: as ``sign``.
    """
    public = find_public()
    return "" if public is None else public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _private() -> Ed25519PrivateKey | None:
    sealed = _sealed()
    if sealed is None:
        return None
    try:
        raw = str(current_hub().vault.open(sealed, PLACE))
    except VaultError as error:
        raise Conflict("receipt_key_shut") from error
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(raw))


def _sealed() -> str | None:
    return db.session.scalar(select(_SETTING.c.value).where(_SETTING.c.name == NAME))
