"""The encryption keys, taken out for a safe place: never in clear."""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from webapp import lazy
from webapp.extensions import db
from webapp.services import audit
from webapp.services.backups.rhythm import OBJECT
from webapp.services.changes import refuse_if
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.services.passwords import problems
from webapp.services.transactions import begin

if TYPE_CHECKING:
    import pyrage
else:
    pyrage = lazy.module("pyrage")


def export_keys(passphrase: str, again: str) -> bytes:
    """Return the file ``encryption.keys`` as an age file, note that it was taken out, and commit. Takes a second.

    Args:
        passphrase: opens it; it is kept nowhere.

    Raises:
        Invalid: the passphrase can be guessed, or was typed in two ways; ask again.
    """
    wrong = problems(passphrase, ("sintonia",), "passphrase")
    if passphrase != again:
        wrong.append(Problem("again", "backup_keys_differ"))
    refuse_if(wrong)
    # Those of this moment: the process may have begun before they were rotated.
    vault = current_hub().vault
    keys = vault.keys()
    closed = bytes(pyrage.passphrase.encrypt(_lines(keys).encode(), passphrase))
    begin(reads_only=False)
    audit.record("backup.keys", OBJECT, None, after={"key_ids": ", ".join(vault.names)})
    db.session.commit()
    return closed


def _lines(keys: Mapping[str, bytes]) -> str:
    """Return the keys as their file holds them, the one that seals first."""
    return "".join(f"{name}:{base64.b64encode(key).decode()}\n" for name, key in keys.items())
