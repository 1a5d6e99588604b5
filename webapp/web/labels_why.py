"""Words of the chain, of who has the next step, and of the timeline's kinds."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

LIGHT: Mapping[str, Label] = {
    "green": Label(pgettext("link of a chain", "All right"), "green", "circle-check"),
    "amber": Label(pgettext("link of a chain", "Attention"), "orange", "clock"),
    "red": Label(pgettext("link of a chain", "Stopped"), "red", "circle-x"),
    "grey": Label(pgettext("link of a chain", "Not known"), "secondary", "help"),
}
WATCHES: Mapping[str, Label] = {
    "yes": Label(_("Can watch"), "green", "circle-check"),
    "no": Label(_("Cannot watch"), "red", "circle-x"),
    "soon": Label(_("Cannot watch yet"), "orange", "clock"),
    "unknown": Label(_("Not known whether it works"), "secondary", "help"),
    "none": Label(_("Nothing to watch"), "secondary", "minus"),
}
PART: Mapping[str, Label] = {
    "source": Label(pgettext("link of a chain", "Contract (ERP)"), icon="database-import"),
    "wanted": Label(pgettext("link of a chain", "What shall be"), icon="list-check"),
    "sent": Label(pgettext("link of a chain", "What was sent"), icon="send"),
    "there": Label(pgettext("link of a chain", "On the platform"), icon="device-tv"),
}
NEXT_STEP: Mapping[str, Label] = {
    "hub": Label(_("Sintonia, by itself"), "azure", "clock"),
    "here": Label(_("Somebody here"), "orange", "user"),
    "admin": Label(_("An administrator"), "orange", "user-cog"),
    "source": Label(_("Whoever keeps the ERP"), "orange", "database-import"),
    "platform": Label(_("The platform"), "orange", "device-tv"),
    "customer": Label(pgettext("who has the next step", "The customer"), "purple", "user"),
    "nobody": Label(_("Nobody"), "secondary"),
}
TIMELINE: Mapping[str, Label] = {
    "source": Label(pgettext("timeline", "ERP or spreadsheet"), "purple", "database-import"),
    "people": Label(pgettext("timeline", "People"), "azure", "user"),
    "sent": Label(pgettext("timeline", "Transmissions"), "green", "send"),
    "platform": Label(pgettext("timeline", "Messages of the platform"), "green", "device-tv"),
    "checks": Label(pgettext("timeline", "Reconciliations"), "orange", "arrows-exchange"),
    "bulk": Label(pgettext("timeline", "Work on many rows"), "azure", "stack-2"),
    "alerts": Label(pgettext("timeline", "Alerts"), "red", "bell"),
    "hub": Label(pgettext("timeline", "Sintonia itself"), "secondary", "settings"),
}
LOOK_EVENT: Mapping[str, Label] = {
    "account.look": Label(_("Look at the account asked for"), "azure"),
    "service.ask_source": Label(_("Service read again from its source, asked for by hand"), "azure"),
    "service.order": Label(_("Accounts of the service worked out anew, by hand"), "azure"),
}

KINDS: Mapping[str, Mapping[str, Label]] = {
    "light": LIGHT, "watches": WATCHES, "part": PART, "next_step": NEXT_STEP, "timeline": TIMELINE,
}  # fmt: skip
