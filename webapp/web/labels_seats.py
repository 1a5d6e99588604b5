"""Words of seats: why they begin and end, what leaks, how platforms bill."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

REASON: Mapping[str, Label] = {
    "": Label(_("Reason not known"), "secondary"),
    "sold": Label(_("Package sold"), "green", "circle-check"),
    "plan": Label(_("Came with the plan"), "green", "circle-check"),
    "before": Label(_("Was there before the ledger"), "secondary", "clock"),
    "finished": Label(_("Finished the sign-up"), "green", "circle-check"),
    "waiting": Label(_("Has to finish the sign-up"), "purple", "user"),
    "enabled": Label(_("Enabled again"), "green", "circle-check"),
    "returned": Label(_("Came back"), "green", "circle-check"),
    "debt": Label(_("Suspended for debt"), "red", "player-pause"),
    "asked": Label(_("Suspended at the customer's request"), "yellow", "player-pause"),
    "paused": Label(_("Holiday"), "yellow", "player-pause"),
    "suspended": Label(_("Suspended"), "yellow", "player-pause"),
    "removed": Label(_("Package removed"), "secondary", "circle-x"),
    "unbundled": Label(_("Product left the package"), "secondary", "circle-x"),
    "date_ended": Label(_("Last day was over"), "secondary", "clock"),
    "service_ended": Label(_("Service ended"), "secondary", "circle-x"),
    "erased": Label(_("Personal data erased"), "secondary", "lock"),
    "adopted": Label(_("Found on the platform and adopted"), "azure", "search"),
    "reconciled": Label(_("Found so on the platform"), "azure", "search"),
}
LEAK: Mapping[str, Label] = {
    "not_sold": Label(_("Active there, not sold"), "red", "alert-circle"),
    "unknown": Label(_("There, and nobody here knows it"), "orange", "user-question"),
    "not_active": Label(_("Sold, not active there"), "yellow", "alert-triangle"),
    "suspended": Label(_("Suspended for long, and billed"), "orange", "player-pause"),
}
BASIS: Mapping[str, Label] = {
    "any_day": Label(_("Whoever had it on any day of the month, a whole month")),
    "on_day": Label(_("Whoever has it on the platform's billing day")),
    "daily": Label(_("By days held")),
}
SUSPENDED_FOR: Mapping[str, Label] = {
    "7": Label(pgettext("suspended for", "7 days")), "15": Label(pgettext("suspended for", "15 days")),
    "30": Label(pgettext("suspended for", "30 days")), "60": Label(pgettext("suspended for", "60 days")),
    "90": Label(pgettext("suspended for", "90 days")),
}  # fmt: skip
FACT: Mapping[str, Label] = {
    "cost": Label(_("Cost")),
    "basis": Label(_("Who is billed in a month")),
    "suspended_counts": Label(_("Suspended subscribers are billed")),
    "pending_counts": Label(_("Subscribers who have not finished their sign-up are billed")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "seat_reason": REASON, "leak": LEAK, "billing_basis": BASIS, "suspended_for": SUSPENDED_FOR,
}  # fmt: skip
