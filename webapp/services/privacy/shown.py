"""A platform that still shows an erased person: the account is kept, so that it can be ended; the person is not."""

from collections.abc import Mapping
from dataclasses import replace

from webapp.gateways.contract import Observed
from webapp.services.privacy import salt as salts
from webapp.services.privacy.marks import Clues, find_people


def nameless(integration_id: int, shown: Mapping[str, Observed]) -> dict[str, Observed]:
    """Return accounts by key, those of erased people without what tells of the person; in the caller's transaction.

    What the platform itself calls the account stays: without it nobody could end it there.

    Raises:
        VaultError: restore the encryption key; without it nobody knows who was erased.
    """
    people = find_people([_clues(integration_id, one) for one in shown.values()])
    found: dict[str, Observed] = {}
    for (key, one), person in zip(shown.items(), people, strict=True):
        if person is None:
            found[key] = one
        else:
            found[key if one.remote_ids else _hidden(key)] = replace(one, login="", document="", reference="")
    return found


def _clues(integration_id: int, one: Observed) -> Clues:
    ids = tuple((integration_id, str(value)) for value in one.remote_ids.values())
    email = one.login if "@" in one.login else ""
    return Clues(document=one.document, email=email, login=one.login, remote_ids=ids)


def _hidden(key: str) -> str:
    """A key that is made of the log-in would tell it."""
    return f"erased:{salts.digest(salts.make_salt(), 'orphan', key)}"
