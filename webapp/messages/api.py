"""Messages of tokens, of the API's own answers, and of many services in one request."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

TOKENS: dict[str, Entry] = {
    "token_address_refused": Entry(
        _("This token may not be used from the address {address}."),
        _("Call from an address that the token allows, or ask an administrator for another token."),
    ),
    "token_address_wrong": Entry(
        _("{value} is no address and no network."),
        _("Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32, with no bit set behind the mask."),
    ),
    "token_addresses_too_many": Entry(
        _("These are more than {maximum} addresses."), _("Put neighbours together as one network.")
    ),
    "token_integration_missing": Entry(
        _("A token that only reads subscribers belongs to one Integration."), _("Choose the Integration.")
    ),
    "token_integration_too_much": Entry(
        _("Only a token with the scope subscribers belongs to one Integration."),
        _("Leave the Integration out, or choose the scope subscribers."),
    ),
    "scope_narrow": Entry(
        _("This token only reads the subscribers of the Integration {integration}."),
        _("Use a token with the scope {needed} for anything else."),
    ),
}

BULK: dict[str, Entry] = {
    "item_twice": Entry(
        _("The code {code} stands twice in this request."), _("Send each once, with what it shall be in the end.")
    ),
    "customer_either_or": Entry(
        _("Give either the Customer or the code of one, not both and not neither."),
        _("Send customer_code alone, or customer with its code and name."),
    ),
}

ENTRIES: dict[str, Entry] = {**TOKENS, **BULK}
