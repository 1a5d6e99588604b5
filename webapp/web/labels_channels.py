"""Words and icons of alert channels."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

CHANNEL_KIND: Mapping[str, Label] = {
    "email": Label(_("E-mail"), icon="file-text"),
    "telegram": Label("Telegram", icon="send"),
    "whatsapp": Label("WhatsApp (Meta)", icon="send"),
    "evolution": Label("WhatsApp (Evolution API)", icon="send"),
    "slack": Label("Slack", icon="users"),
    "discord": Label("Discord", icon="users"),
    "teams": Label("Microsoft Teams", icon="users"),
    "ntfy": Label("ntfy", icon="alert-circle"),
    "json": Label(_("Program (JSON)"), icon="code"),
    "other": Label(_("Any apprise address"), icon="plug-connected"),
}
CHANNEL_LEVEL: Mapping[str, Label] = {
    "warn": Label(_("All alerts"), "azure"),
    "fail": Label(_("Only what does not work"), "red"),
}
CHANNEL_STATE: Mapping[str, Label] = {
    "works": Label(pgettext("alert channel", "Works"), "green", "circle-check"),
    "fresh": Label(_("Nothing sent yet"), "secondary", "clock"),
    "failed": Label(_("The last message did not go"), "red", "alert-circle"),
    "inactive": Label(pgettext("alert channel", "Switched off"), "secondary", "player-pause"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "channel_kind": CHANNEL_KIND, "channel_level": CHANNEL_LEVEL, "channel_state": CHANNEL_STATE,
}  # fmt: skip
