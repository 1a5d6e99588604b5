"""What the bundled recipes say of their platforms' own refusals: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "change_refused": Entry(
        _("The platform says that it cannot change this subscription, and shows it as it was before."),
        _("Look at the subscription on the platform, or ask whoever runs it, then send again."),
    ),
    "signature_expired": Entry(
        _("The platform says that the signature of the call is too old. {message}"),
        _("Set this server's clock and let NTP keep it (timedatectl), then press Test."),
    ),
}
