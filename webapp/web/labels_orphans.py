"""Words and colours of accounts that nobody here made."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

ORPHAN: Mapping[str, Label] = {
    "open": Label(pgettext("orphan", "Open"), "orange", "alert-triangle"),
    "waits": Label(pgettext("orphan", "Waits for approval"), "orange", "lock"),
    "cancelling": Label(pgettext("orphan", "Being ended"), "azure", "clock"),
    "held": Label(pgettext("orphan", "Look at it"), "red", "alert-circle"),
    "ignored": Label(pgettext("orphan", "Ignored"), "secondary"),
    "adopted": Label(pgettext("orphan", "Adopted"), "green", "circle-check"),
    "cancelled": Label(pgettext("orphan", "Ended"), "secondary", "circle-x"),
    "gone": Label(pgettext("orphan", "Gone from the platform"), "secondary"),
}
ORPHAN_STATE: Mapping[str, Label] = {
    "active": Label(pgettext("account", "Active"), "green", "circle-check"),
    "suspended": Label(pgettext("account", "Suspended"), "yellow", "player-pause"),
    "pending_user": Label(_("Waiting for the customer"), "purple", "user"),
    "unknown": Label(pgettext("account", "Unknown"), "orange"),
}
CLUE: Mapping[str, Label] = {
    "reference": Label(pgettext("clue", "our reference")),
    "document": Label(pgettext("clue", "same document")),
    "email": Label(pgettext("clue", "same e-mail")),
    "service_login": Label(pgettext("clue", "log-in of the service")),
    "phone": Label(pgettext("clue", "same phone")),
    "customer_code": Label(pgettext("clue", "code of the customer")),
    "local_part": Label(pgettext("clue", "beginning of the log-in")),
}
GUESS: Mapping[str, Label] = {
    "guessed": Label(_("Somebody is proposed")),
    "several": Label(_("Several fit")),
    "unknown": Label(_("Nobody is known")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "orphan": ORPHAN, "orphan_state": ORPHAN_STATE, "clue": CLUE, "orphan_guess": GUESS,
}  # fmt: skip
