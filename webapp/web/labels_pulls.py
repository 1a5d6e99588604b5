"""Words of pulls: what one is doing, what it changes, what was asked about it; and the columns of a file."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

PULL: Mapping[str, Label] = {
    "queued": Label(_("Waiting for its turn"), "azure", "clock"),
    "uploading": Label(_("Being uploaded"), "azure", "upload"),
    "reading": Label(_("Reading"), "azure", "clock"),
    "comparing": Label(_("Comparing"), "azure", "clock"),
    "columns": Label(_("Columns to be chosen"), "orange", "list-check"),
    "preview": Label(_("Waiting for your confirmation"), "orange", "eye"),
    "compared": Label(_("Dry run, nothing was changed"), "purple", "eye"),
    "ready": Label(pgettext("pull", "Ready"), "purple", "eye"),
    "applying": Label(_("Applying"), "azure", "clock"),
    "stopping": Label(_("Stopping"), "yellow", "clock"),
    "done": Label(pgettext("pull", "Done"), "green", "circle-check"),
    "staged": Label(pgettext("pull", "Waiting for approval"), "orange", "alert-triangle"),
    "held": Label(_("Negative changes held back"), "orange", "lock"),
    "refused": Label(_("Reading not used"), "red", "ban"),
    "failed": Label(pgettext("pull", "Failed"), "red", "alert-circle"),
    "stopped": Label(pgettext("pull", "Stopped"), "secondary", "player-pause"),
}
MODE: Mapping[str, Label] = {
    "full": Label(_("Everything")),
    "light": Label(_("Recent changes")),
    "hint": Label(_("Told by the source")),
    "file": Label(_("File")),
}
DIRECTION: Mapping[str, Label] = {
    "positive": Label(_("New or more content"), "green", "plus"),
    "neutral": Label(_("Data only"), "secondary", "pencil"),
    "negative": Label(_("Takes content away"), "red", "minus"),
}
OUTCOME: Mapping[str, Label] = {
    "planned": Label(pgettext("line of a pull", "Planned"), "azure"),
    "applied": Label(pgettext("line of a pull", "Applied"), "green", "check"),
    "held": Label(pgettext("line of a pull", "Held back by the certificate"), "orange", "lock"),
    "staged": Label(pgettext("line of a pull", "Waiting for approval"), "orange", "alert-triangle"),
    "refused": Label(pgettext("line of a pull", "Not usable"), "red", "ban"),
    "skipped": Label(pgettext("line of a pull", "Skipped"), "secondary"),
}
EFFECT: Mapping[str, Label] = {
    "note": Label(_("Only noted"), "secondary"),
    "no_negative": Label(_("Nobody is suspended or cancelled"), "orange", "lock"),
    "no_contact": Label(_("Names and contacts stay as they are"), "orange", "lock"),
    "no_create": Label(_("Nobody new is registered"), "orange", "lock"),
    "nothing": Label(_("Nothing at all is applied"), "red", "ban"),
}
CHECK: Mapping[str, Label] = {
    "whole": Label(_("Read to its end")),
    "pages": Label(_("No page twice, no row moved")),
    "size": Label(_("About as many as the last time")),
    "fresh": Label(_("Fresh, and no older copy")),
    "dates": Label(_("Dates are plausible")),
    "understood": Label(_("Records can be understood")),
    "people": Label(_("The same people as before")),
    "paying": Label(_("As many pay as is plausible")),
    "second_look": Label(_("The second look agreed")),
    "other": Label(_("Further checks")),
}
WHAT: Mapping[str, Label] = {
    "create_customer": Label(_("Customer is registered")),
    "create_service": Label(_("Service is registered")),
    "add_package": Label(_("Package is added")),
    "remove_package": Label(_("Package is removed")),
}
COUNT: Mapping[str, Label] = {
    "created": Label(_("Registered")),
    "updated": Label(pgettext("records", "Changed")),
    "unchanged": Label(pgettext("records", "As before")),
    "positive": Label(_("New or with more content")),
    "negative": Label(_("Take content away")),
    "cancels": Label(_("Of these, cancel")),
    "held": Label(pgettext("records", "Held back")),
    "staged": Label(pgettext("records", "Waiting for approval")),
    "refused": Label(pgettext("records", "Not usable")),
    "skipped": Label(pgettext("records", "Skipped")),
    "unmapped": Label(_("With words that are not mapped")),
    "absent": Label(_("Absent, and left as they are")),
    "notes": Label(_("With notes")),
    "elsewhere": Label(_("Of another source")),
    "erased": Label(_("Of people who were erased")),
    "pages": Label(_("Pages read")),
    "calls": Label(_("Calls to the source")),
}
FIELD: Mapping[str, Label] = {
    "code": Label(_("Customer code")),
    "name": Label(_("Name")),
    "document": Label(_("CPF or CNPJ")),
    "email": Label(_("E-mail")),
    "phone": Label(_("Phone")),
    "service_code": Label(_("Service code (contract)")),
    "plan": Label(_("Plan")),
    "status": Label(_("Status")),
    "login": Label(_("Log-in")),
    "password": Label(_("Password")),
    "packages": Label(_("Packages")),
    "starts_on": Label(_("First day of the packages")),
    "ends_on": Label(_("Last day of the packages")),
    "address": Label(_("Address")),
    "city": Label(_("City")),
    "value": Label(_("Value")),
    "due_day": Label(_("Due day")),
    "sold_on": Label(_("Sold on")),
    "columns": Label(_("Columns")),
    "": Label(_("Row")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "pull": PULL, "pull_mode": MODE, "pull_direction": DIRECTION, "pull_outcome": OUTCOME, "pull_effect": EFFECT,
    "pull_check": CHECK, "pull_what": WHAT, "pull_count": COUNT, "file_field": FIELD,
}  # fmt: skip
