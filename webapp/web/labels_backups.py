"""Words and colours of backups."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

BACKUP: Mapping[str, Label] = {
    "running": Label(_("Being made"), "azure", "clock"),
    "done": Label(pgettext("backup", "Good"), "green", "circle-check"),
    "unproven": Label(_("Made, but not found good"), "orange", "alert-triangle"),
    "failed": Label(pgettext("backup", "Failed"), "red", "alert-circle"),
    "removed": Label(pgettext("backup", "Removed"), "secondary"),
}
TRIGGER: Mapping[str, Label] = {
    "schedule": Label(_("By itself")),
    "manual": Label(_("By hand")),
    "command": Label(_("By a command")),
    "upgrade": Label(_("Before an upgrade")),
}
LOCK: Mapping[str, Label] = {
    "plain": Label(_("None: whoever has the file reads it, but for the secrets")),
    "keys": Label(_("For public keys; the private key is not on this machine")),
    "passphrase": Label(_("By the passphrase in a file of this machine")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {"backup": BACKUP, "backup_trigger": TRIGGER, "backup_lock": LOCK}
OBJECT: Mapping[str, Label] = {
    "backup": Label(_("Backup"), icon="download"),
    "database": Label(_("Database"), icon="database-import"),
}
EVENT: Mapping[str, Label] = {
    "backup.make": Label(_("Backup asked for"), "azure"),
    "backup.settings": Label(_("Settings of the backups changed"), "azure"),
    "backup.keys": Label(_("Encryption keys exported"), "purple"),
    "backup.restore": Label(_("Database restored from a backup"), "purple"),
}
FACT: Mapping[str, Label] = {
    "backup_on": Label(_("Made by itself")),
    "backup_at": Label(_("Hour")),
    "backup_every_h": Label(_("Hours between backups")),
    "backup_daily": Label(_("Days kept")),
    "backup_weekly": Label(_("Weeks kept")),
    "backup_monthly": Label(_("Months kept")),
    "key_ids": Label(_("Keys")),
    "made_at": Label(_("Made at")),
    "revision": Label(_("Revision of the tables")),
}
