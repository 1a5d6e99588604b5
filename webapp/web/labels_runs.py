"""Words of reconciliations: what one is doing, how it looked, what differs, what became of each line."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label
from webapp.web.labels_observing import COUNT as ADOPTION_COUNT

RUN: Mapping[str, Label] = {
    "queued": Label(_("Waiting for its turn"), "azure", "clock"),
    "running": Label(_("Reading and comparing"), "azure", "clock"),
    "applying": Label(_("Being carried out"), "azure", "clock"),
    "pausing": Label(_("Pausing"), "yellow", "clock"),
    "stopping": Label(_("Stopping"), "yellow", "clock"),
    "paused": Label(pgettext("run", "Paused"), "orange", "player-pause"),
    "done": Label(pgettext("run", "Done"), "green", "circle-check"),
    "uncompared": Label(_("Nothing to compare"), "secondary", "circle-x"),
    "staged": Label(_("Waiting for approval"), "orange", "alert-triangle"),
    "refused": Label(_("Listing not trusted, nothing done"), "red", "ban"),
    "failed": Label(_("Failed"), "red", "alert-circle"),
    "stopped": Label(pgettext("run", "Stopped"), "secondary", "circle-x"),
    "rejected": Label(pgettext("run", "Rejected"), "secondary", "x"),
    "expired": Label(pgettext("run", "Expired"), "secondary", "clock"),
}
MODE: Mapping[str, Label] = {
    "plan": Label(_("Plan only"), "azure"),
    "apply": Label(_("Plan and apply"), "blue"),
}
READING: Mapping[str, Label] = {
    "full": Label(_("Everything")),
    "probes": Label(_("One by one, over the night")),
    "sample": Label(_("A sample")),
    "changes": Label(_("Recent changes")),
    "look": Label(_("Single accounts")),
    "none": Label(_("Nothing was read")),
}
SITUATION: Mapping[str, Label] = {
    "missing": Label(_("Missing on the platform"), "orange"),
    "extra": Label(_("On the platform, unknown to us"), "purple"),
    "state": Label(_("State differs"), "yellow"),
    "product": Label(_("Products differ"), "yellow"),
    "duplicate": Label(_("Duplicate"), "red"),
    "clash": Label(_("Identity contradicts itself"), "red"),
    "unreadable": Label(_("Unreadable"), "red"),
    "undo": Label(_("Taken back"), "azure"),
}
ACTION: Mapping[str, Label] = {
    "create": Label(_("Create"), "green"),
    "enable": Label(_("Enable"), "green"),
    "update": Label(_("Update"), "azure"),
    "suspend": Label(_("Suspend"), "yellow"),
    "cancel": Label(_("Cancel account"), "red"),
    "note": Label(_("Only note it here"), "secondary"),
    "report": Label(_("Report only"), "secondary"),
}
ITEM_OUTCOME: Mapping[str, Label] = {
    "planned": Label(pgettext("line", "Planned"), "azure"),
    "staged": Label(pgettext("line", "Waiting for approval"), "orange", "alert-triangle"),
    "waiting": Label(_("Waiting for its turn"), "azure", "clock"),
    "queued": Label(pgettext("line", "Being sent"), "azure", "clock"),
    "proven": Label(_("Done and read back"), "green", "circle-check"),
    "sent": Label(_("Sent; the platform cannot be read"), "green", "check"),
    "unproven": Label(_("The platform shows otherwise"), "red", "alert-circle"),
    "skipped": Label(_("Left alone: it changed meanwhile"), "secondary"),
    "reported": Label(pgettext("line", "Reported"), "secondary"),
    "rejected": Label(pgettext("line", "Rejected"), "secondary", "x"),
    "lapsed": Label(pgettext("line", "Overtaken"), "secondary"),
    "undone": Label(pgettext("line", "Taken back"), "purple"),
}
COUNT: Mapping[str, Label] = {
    "listed": Label(_("Accounts read")),
    "pages": Label(_("Pages read")),
    "expected": Label(_("Accounts expected")),
    "compared": Label(_("Accounts compared")),
    "unsettled": Label(_("Under way, so not compared")),
    "planned": Label(_("To be mended")),
    "mended": Label(_("Mended")),
    "reported": Label(_("Only reported")),
    "staged": Label(_("Held back")),
    "waiting": Label(_("Waiting for their turn")),
    "queued": Label(_("Being sent")),
    "proven": Label(_("Read back")),
    "sent": Label(_("Sent")),
    "unproven": Label(_("Shown otherwise")),
    "skipped": Label(_("Left alone")),
    "rejected": Label(pgettext("lines", "Rejected")),
    "lapsed": Label(pgettext("lines", "Overtaken")),
    "undone": Label(pgettext("lines", "Taken back")),
    **ADOPTION_COUNT,
    **SITUATION,
}
TRIGGER: Mapping[str, Label] = {
    "manual": Label(_("By hand")),
    "schedule": Label(_("Scheduled")),
    "cli": Label(_("Command")),
    "api": Label(_("API")),
    "event": Label(_("Accounts looked up")),
    "changes": Label(_("Recent changes")),
    "probes": Label(_("Accounts looked up over the night")),
    "undo": Label(_("Batch taken back")),
    "lift": Label(_("Kept accounts released")),
    "adopt": Label(_("Adoption after a restore")),
    "slept": Label(_("After the hub was off")),
    "cutoff": Label(_("Before the billing cut-off")),
}
EFFECT: Mapping[str, Label] = {
    "missing": Label(_("Nothing follows from absence"), "orange", "lock"),
    "negative": Label(_("Nobody is suspended or cancelled"), "orange", "lock"),
    "belief": Label(_("What is noted here stays as it is"), "orange", "lock"),
    "anything": Label(_("Nothing at all is done"), "red", "ban"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "run": RUN, "run_mode": MODE, "run_reading": READING, "situation": SITUATION, "run_action": ACTION,
    "item_outcome": ITEM_OUTCOME, "count": COUNT, "trigger": TRIGGER, "run_effect": EFFECT,
}  # fmt: skip
