"""Notices a key that is not the one that it is called: a mix-up must not seal anything."""

import json

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Setting
from webapp.services.chain.store import put
from webapp.services.hub import current_hub
from webapp.services.transactions import begin
from webapp.vault import VaultError

CHECK = "key_check"
PLACE = "setting:value:key_check"
KNOWN = "the key is the right one"


def check_keys() -> None:
    """Try the keys on what was sealed under their names before, and note those that are new; commits.

    Call it when serving begins and before a command works.

    Raises:
        VaultError: a key has the name of another one: put the right file back. Nothing may work with it, since what
            it sealed could be opened by neither.
    """
    begin(reads_only=True)
    kept = _kept()
    db.session.rollback()
    vault = current_hub().vault
    for name in vault.names:
        if name in kept and str(vault.open(kept[name], PLACE)) != KNOWN:
            raise VaultError(PLACE)
    if vault.newest not in kept:
        begin(reads_only=False)
        put(db.session.connection(), CHECK, json.dumps({**_kept(), vault.newest: vault.seal(KNOWN, PLACE)}))
        db.session.commit()


def _kept() -> dict[str, str]:
    value = db.session.scalar(select(Setting.value).where(Setting.name == CHECK))
    return dict(json.loads(value)) if value else {}
