"""Words of the history's chain and of secrets: what is done to them, and what a check found."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from webapp.web.label import Label

EVENT: Mapping[str, Label] = {
    "history.export": Label(_("History exported"), "azure"),
    "history.check": Label(_("Check of the history asked for"), "azure"),
    "history.erase": Label(_("Content of the history erased"), "purple"),
    "history.prune": Label(_("Old entries of the history removed"), "secondary"),
    "history.expunge": Label(_("Bodies of old transmissions removed"), "secondary"),
    "history.begin": Label(_("The chain begins later"), "secondary"),
    "history.reanchor": Label(_("The chain was accepted as it is"), "purple"),
    "secret.rotate": Label(_("Secrets sealed anew"), "purple"),
    "secret.give_up": Label(_("Marks of erased people given up"), "red"),
    "secret.drop": Label(_("Former encryption keys removed"), "purple"),
}
OBJECT: Mapping[str, Label] = {
    "history": Label(_("History"), icon="history"),
    "secret": Label(_("Secret"), icon="key"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "row_kind": {"event": Label(_("Entries of the history")), "attempt": Label(_("Transmissions"))},
}
FACT: Mapping[str, Label] = {
    "row_kind": Label(_("Kind of entry")),
    "entries": Label(_("Numbers of the entries")),
    "because": Label(_("By entry number")),
    "remains": Label(_("Digest of what is left")),
    "older_than": Label(_("Older than")),
    "place": Label(_("Place in the chain")),
    "link": Label(_("Link")),
    "format": Label(_("Format")),
    "filter": Label(_("Filter")),
    "key": Label(_("Key")),
    "keys": Label(_("Keys")),
}
