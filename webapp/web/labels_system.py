"""Words and colours of the page on how the hub does."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

STATE: Mapping[str, Label] = {
    "goes": Label(pgettext("part of the hub", "Works"), "green", "circle-check"),
    "slow": Label(_("Slow to answer"), "orange", "clock"),
    "silent": Label(_("Gives no sign of life"), "red", "alert-circle"),
    "never": Label(_("Has never run here"), "secondary"),
}
PART: Mapping[str, Label] = {
    "scheduler": Label(_("Scheduler: begins what is due by the hour")),
    "engine": Label(_("Engine: sends to the platforms")),
    "runs": Label(_("Reconciliation: reads platforms, carries on with batches")),
    "sources": Label(_("Sources: reads customers and payments")),
    "bulk": Label(_("Work on many: actions on many rows")),
}
QUEUE: Mapping[str, Label] = {
    "sends": Label(pgettext("queue", "Flows"), "green", "circle-check"),
    "late": Label(pgettext("queue", "Late"), "orange", "clock"),
    "paused": Label(pgettext("queue", "Paused"), "red", "alert-circle"),
    "held": Label(pgettext("queue", "Only observed"), "orange", "eye"),
    "off": Label(pgettext("queue", "Switched off"), "secondary"),
}
TASK: Mapping[str, Label] = {
    "reconcile": Label(_("Begins reconciliations")),
    "look_up": Label(_("Asks about single accounts")),
    "changes": Label(_("Reads changes on platforms")),
    "dated": Label(_("Applies what has a date")),
    "cutoffs": Label(_("Prepares the platforms' billing day")),
    "tidy": Label(_("Tidies up")),
    "notify": Label(_("Sends alerts")),
    "messages": Label(_("Tells subscribers of their access")),
    "first_use": Label(_("Notes who finished a check-out")),
    "orphans": Label(_("Ends orphan accounts that people decided on")),
    "measure": Label(_("Measures for the charts")),
    "watch": Label(_("Watchdogs")),
    "products": Label(_("Compares the platforms' products")),
    "probe": Label(_("Probes accounts one by one")),
    "keeps": Label(_("Reminds of kept accounts")),
    "erase": Label(_("Carries on erasures")),
    "retain": Label(_("Removes what was kept long enough")),
    "reports": Label(_("Writes the figures of months")),
    "seats": Label(_("Keeps the ledger of seats")),
    "leaks": Label(_("Notes what leaks")),
    "prices": Label(_("Applies new values on their day")),
    "moves": Label(_("Takes guided moves on")),
    "seal": Label(_("Seals the history")),
    "chain": Label(_("Checks the history's chain")),
    "backups": Label(_("Makes backups")),
    "drill": Label(_("Tries a stored backup")),
    "ping": Label(_("Tells whoever watches from elsewhere")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "hub_part_state": STATE, "hub_part": PART, "hub_queue": QUEUE, "hub_task": TASK,
}  # fmt: skip
