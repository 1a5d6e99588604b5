"""Words of work on many rows: the actions, how far one is, what became of a row."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

KIND: Mapping[str, Label] = {
    "services_sell": Label(_("Sell a package"), icon="package"),
    "services_take_off": Label(_("Take a package off"), "red", "minus"),
    "services_status": Label(_("Change the status"), icon="player-pause"),
    "accounts_try": Label(_("Try now"), icon="player-play"),
    "accounts_resend": Label(_("Send once more"), icon="send"),
    "never_used_tell": Label(_("Tell them anew"), icon="mail"),
    "accounts_look": Label(_("Look on the platform"), icon="eye"),
    "accounts_go_on": Label(_("Let those in doubt go on"), icon="player-play"),
    "packages_active": Label(_("Activate or inactivate packages"), icon="package"),
    "plans_active": Label(_("Activate or inactivate plans"), icon="router"),
    "orphans_adopt": Label(_("Adopt those that fit exactly"), icon="check"),
    "orphans_ignore": Label(_("Ignore"), icon="x"),
    "orphans_cancel": Label(_("End on the platform"), "red", "ban"),
    "orphans_approve": Label(_("Approve the end"), "red", "check"),
    "orphans_reopen": Label(_("Take up again"), icon="refresh"),
}
STATE: Mapping[str, Label] = {
    "waiting": Label(_("Waiting for its turn"), "azure", "clock"),
    "running": Label(pgettext("bulk", "At work"), "azure", "clock"),
    "stopping": Label(_("Stopping"), "yellow", "clock"),
    "done": Label(pgettext("bulk", "Done"), "green", "circle-check"),
    "stopped": Label(pgettext("bulk", "Stopped"), "secondary", "circle-x"),
    "failed": Label(_("Failed"), "red", "alert-circle"),
}
LINE: Mapping[str, Label] = {
    "done": Label(pgettext("line", "Done"), "green", "circle-check"),
    "skipped": Label(pgettext("line", "Left out"), "secondary", "circle-x"),
    "failed": Label(pgettext("line", "Failed"), "red", "alert-circle"),
}
SUBJECT: Mapping[str, Label] = {
    "account": Label(_("Accounts")),
    "service": Label(_("Services")),
    "package": Label(_("Packages")),
    "plan": Label(_("Services/Plans")),
    "orphan": Label(_("Orphan accounts")),
}
EVENT: Mapping[str, Label] = {
    "bulk.start": Label(_("Work on many begun"), "azure"),
    "bulk.undo": Label(_("Work on many taken back"), "azure"),
    "bulk.stop": Label(_("Work on many stopped"), "orange"),
    "bulk.end": Label(_("Work on many ended"), "secondary"),
    "account.go_on": Label(_("Account in doubt taken up again"), "azure"),
}
OBJECT: Mapping[str, Label] = {"bulk": Label(_("Work on many"), icon="list-check")}
FACT: Mapping[str, Label] = {
    "bulk_kind": Label(_("Action")),
    "bulk_state": Label(_("State")),
    "ready": Label(_("Can be done")),
    "losing": Label(_("Would lose content")),
    "confirmed": Label(_("Confirmed by number")),
    "bulk_done": Label(pgettext("count", "Done")),
    "bulk_skipped": Label(pgettext("count", "Left out")),
    "bulk_failed": Label(pgettext("count", "Failed")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "bulk_kind": KIND, "bulk": STATE, "bulk_line": LINE, "bulk_subject": SUBJECT,
}  # fmt: skip
