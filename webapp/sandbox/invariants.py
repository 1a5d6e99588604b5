"""What the ledger alone proves: which accounts live, and whether somebody has two."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

MADE = {"created"}
ENDED = {"cancelled", "deleted"}
Entry = dict[str, Any]


def live_accounts(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the live accounts by external id (of a webhook receiver: by sale), as the effects left them.

    Args:
        entries: ledger lines of one tenant, in order.
    """
    live: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        _apply(live, entry)
    return {owner: accounts for owner, accounts in live.items() if accounts}


def _apply(live: dict[str, list[str]], entry: Entry) -> None:
    owner, account = _names(entry)
    if entry["effect"] in MADE and account not in live[owner]:
        live[owner].append(account)
    elif entry["effect"] in ENDED and account in live[owner]:
        live[owner].remove(account)
    elif entry["effect"] == "reset":
        live.clear()


def _names(entry: Entry) -> tuple[str, str]:
    if entry["kind"] == "hook":
        return str(entry.get("sale")), str(entry.get("sale"))
    return str(entry.get("external_id")), str(entry.get("id"))


def doubles(entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Return only those who have more than one live account; empty is what must always hold."""
    return {owner: accounts for owner, accounts in live_accounts(entries).items() if len(accounts) > 1}
