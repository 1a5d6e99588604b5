"""The key of this installation by which erased people are known again, and the digests made with it.

It is no encryption key: those are rotated, and a digest must stay the same for ever. It stands sealed in the
settings, so it goes into every backup, and in the file of erasures, so an older backup finds it there.
"""

import hashlib
import hmac
import secrets

from sqlalchemy import insert, select

from webapp.extensions import db
from webapp.models import Setting
from webapp.services.hub import current_hub
from webapp.services.transactions import insert_once
from webapp.vault import VaultError

NAME = "privacy_salt"
PLACE = f"setting:value:{NAME}"
_SETTING = Setting.__table__


def find_sealed() -> str | None:
    """Return the salt as it is kept; None before the first erasure."""
    return db.session.scalar(select(_SETTING.c.value).where(_SETTING.c.name == NAME))


def find_salt() -> bytes | None:
    """Return the salt, in the caller's transaction; None before the first erasure.

    Raises:
        VaultError: restore the encryption key; nobody erased can be known again without it.
    """
    sealed = find_sealed()
    return None if sealed is None else bytes.fromhex(str(current_hub().vault.open(sealed, PLACE)))


def opens(sealed: str) -> bool:
    """Tell whether the keys at hand open a sealed salt."""
    try:
        current_hub().vault.open(sealed, PLACE)
    except VaultError:
        return False
    return True


def make_salt() -> bytes:
    """Return the salt; the first call makes it, in the caller's transaction.

    Raises:
        VaultError: as ``find_salt``.
    """
    found = find_salt()
    if found is None:
        put_sealed(current_hub().vault.seal(secrets.token_hex(32), PLACE))
        found = find_salt()
    assert found is not None
    return found


def put_sealed(sealed: str) -> None:
    """Keep a salt where there is none yet, in the caller's transaction; one that is there stays."""
    insert_once(db.session.connection(), insert(_SETTING).values(name=NAME, value=sealed))


def digest(salt: bytes, kind: str, value: str) -> str:
    """Return the mark of a value; without the salt nothing can be guessed from it."""
    return hmac.new(salt, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
