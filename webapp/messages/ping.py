"""Messages about the dead man's switch: whoever is called every minute while the hub lives."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "doctor_ping_none": Entry(
        _("Nobody elsewhere is told that the hub lives. Set SINTONIA_PING_URL to be warned when the server stops.")
    ),
    "doctor_ping": Entry(_("Whoever watches from elsewhere was told {minutes} minutes ago that the hub lives.")),
    "doctor_ping_never": Entry(
        _("SINTONIA_PING_URL is set, and nobody was called yet."),
        _("Start `sintonia serve` and look again in a minute."),
    ),
    "doctor_ping_late": Entry(
        _("Whoever watches from elsewhere was last told {minutes} minutes ago that the hub lives."),
        _("Start `sintonia serve`, or look into its log: the scheduler makes that call."),
    ),
    "doctor_ping_trouble": Entry(
        _("Whoever watches from elsewhere was told that the hub is in trouble."),
        _("See what else doctor says: the engine, the scheduler or the database."),
    ),
    "doctor_ping_failed": Entry(
        _("Whoever watches from elsewhere cannot be reached: {code}."),
        _("Check SINTONIA_PING_URL and whether the firewall lets calls out; nothing else depends on it."),
    ),
    "ping_refused": Entry(
        _("The address of the dead man's switch answered with an error."),
        _("Copy SINTONIA_PING_URL again from where it was made."),
    ),
}
