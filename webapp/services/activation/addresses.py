"""Addresses of customer channels: sealed like those of alert channels, with a blank for the subscriber's own."""

from urllib.parse import quote

from webapp.decide.activation import EMAIL_BLANK, PHONE_BLANK, blank_of
from webapp.services.channel_plugins import AddressRefused, kind_of, open_address, preview, refused_addresses, servers
from webapp.services.errors import Problem
from webapp.services.hub import current_hub
from webapp.vault import VaultError

# Who never was anybody, to judge an address by.
NOBODY = {EMAIL_BLANK: "ana@example.com", PHONE_BLANK: "5511987654321"}


def address_place(channel_id: int) -> str:
    """Return where the address of a customer channel is sealed."""
    return f"customer_channel:sealed:{channel_id}"


def seal_address(channel_id: int, address: str) -> str:
    """Return the address as it is kept."""
    return current_hub().vault.seal(address, address_place(channel_id))


def opened_address(channel_id: int, sealed: str) -> str | None:
    """Return the address with its blank, for sending only; None where it cannot be opened: ask for it anew."""
    try:
        return str(current_hub().vault.open(sealed, address_place(channel_id)))
    except VaultError:
        return None


def filled(address: str, kind: str, to: str) -> str:
    """Return the address of one subscriber."""
    return address.replace(blank_of(kind), quote(to, safe=""))


def judged(kind: str, address: str) -> tuple[str, list[Problem]]:
    """Return the word of the service, and what is wrong with an address; asks the name server."""
    blank = blank_of(kind)
    other = (EMAIL_BLANK if blank == PHONE_BLANK else PHONE_BLANK) in address
    if blank not in address or other:
        return "", [Problem("address", "customer_channel_blank", {"blank": blank})]
    try:
        plugin = open_address(filled(address, kind, NOBODY[blank]))
    except AddressRefused as error:
        return "", [Problem("address", error.code, error.params)]
    refused = refused_addresses(servers(plugin))
    return kind_of(plugin)[:40], [Problem("address", "channel_server_refused")] if refused else []


def shown(channel_id: int, sealed: str, kind: str) -> str:
    """Return what may be shown of an address; empty where the key is gone."""
    address = opened_address(channel_id, sealed)
    return preview(filled(address, kind, NOBODY[blank_of(kind)])) if address is not None else ""
