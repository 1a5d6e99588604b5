"""Words of a hub that only observes, and of what it takes over."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

ADOPTION: Mapping[str, Label] = {
    "unread": Label(_("Not read yet"), "secondary"),
    "reading": Label(_("Being read"), "azure", "clock"),
    "ready": Label(_("Waiting for your approval"), "orange", "alert-triangle"),
    "writing": Label(_("Being taken over"), "azure", "clock"),
    "trouble": Label(_("Must be read again"), "red", "alert-circle"),
}
COUNT: Mapping[str, Label] = {
    "adopted": Label(_("Taken over from the platform")),
    "create": Label(pgettext("adoption", "To be created, after a look whether they exist")),
    "enable": Label(pgettext("adoption", "To be enabled")),
    "taking": Label(_("Would lose content: you decide about them afterwards")),
    "asked": Label(_("You must say whether they exist")),
    "strangers": Label(_("On the platform, unknown to us")),
    "unreadable": Label(_("Unreadable")),
    "clash": Label(_("Identity contradicts itself")),
}
EVENT: Mapping[str, Label] = {
    "hub.observe": Label(_("The hub only observes"), "red"),
    "database.move": Label(_("Moved to another database"), "purple"),
    "database.take_back": Label(_("Came back to the former database"), "purple"),
    "hub.act": Label(_("The hub acts again"), "green"),
    "hub.clock_confirmed": Label(_("Clock confirmed"), "green"),
    "run.adoption": Label(_("Adoption planned"), "azure"),
    "run.adopt": Label(_("Adoption approved"), "green"),
    "run.adopted": Label(_("Adoption carried out"), "green"),
}
OBJECT: Mapping[str, Label] = {"hub": Label("Sintonia", icon="plug-connected")}
FACT: Mapping[str, Label] = {
    **{name: COUNT[name] for name in ("adopted", "create", "enable", "taking", "asked", "strangers")},
    "cause": Label(_("Reason")),
    "accounts": Label(_("Accounts")),
    "kept": Label(_("Kept for now")),
    "moved_to": Label(_("New database")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {"adoption": ADOPTION, "adoption_count": COUNT}
