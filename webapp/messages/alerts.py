"""Messages of the page of alerts."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "alert_unknown": Entry(
        _("There is no alert with the id {id} any more."),
        _("Go back to the list; old ones are removed after 90 days."),
    ),
}
