"""Notices a key that is not the one that it is called, and keeps digests the same whatever becomes of the keys."""

import json

from sqlalchemy import select

from webapp.extensions import db
from webapp.keys import FINGERPRINT
from webapp.models import Setting
from webapp.services.chain.store import put
from webapp.services.hub import current_hub
from webapp.services.transactions import begin
from webapp.vault import Vault, VaultError

CHECK = "key_check"
PLACE = "setting:value:key_check"
KNOWN = "the key is the right one"
# With which digests are made, sealed like any secret: a former key that went by hand would else change all of them,
# and every account would look changed to its platform.
DIGESTS = "digest_key"
DIGESTS_PLACE = f"setting:value:{DIGESTS}"


def check_keys() -> None:
    """Try the keys on what was sealed under their names before, and note those that are new; commits.

    Call it when serving begins and before a command works.

    Raises:
        VaultError: a key has the name of another one: put the right file back. Nothing may work with it, since what
            it sealed could be opened by neither.
    """
    begin(reads_only=True)
    kept, digests = _kept(), _value(DIGESTS)
    db.session.rollback()
    vault = current_hub().vault
    for name in vault.names:
        if name in kept and str(vault.open(kept[name], PLACE)) != KNOWN:
            raise VaultError(PLACE)
    known = _take_over(vault, digests)
    if vault.newest not in kept or digests is None:
        begin(reads_only=False)
        connection = db.session.connection()
        put(connection, CHECK, json.dumps({**_kept(), vault.newest: vault.seal(KNOWN, PLACE)}))
        if not known:
            # There is none yet, or a wholly new key is in use, since the former ones were lost for good.
            put(connection, DIGESTS, vault.seal(vault.keys()[FINGERPRINT].hex(), DIGESTS_PLACE))
        db.session.commit()


def _take_over(vault: Vault, digests: str | None) -> bool:
    """Tell whether the key of digests was known; then it counts."""
    if digests is None:
        return False
    try:
        vault.digest_with(bytes.fromhex(str(vault.open(digests, DIGESTS_PLACE))))
    except VaultError:
        return False
    return True


def _kept() -> dict[str, str]:
    value = _value(CHECK)
    return dict(json.loads(value)) if value else {}


def _value(name: str) -> str | None:
    return db.session.scalar(select(Setting.value).where(Setting.name == name))
