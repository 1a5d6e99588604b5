"""Messages about new values and longer contracts of a plan."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "plan_param_secret": Entry(
        _("{name} is a secret, and a plan presets the same for every customer."),
        _("Leave it out here and fill it in when the package is sold."),
    ),
    "preview_changed": Entry(
        _("Something changed since the preview was shown; nothing was applied."),
        _("Look at the new preview below and confirm it."),
    ),
    "readjust_one_of_two": Entry(_("Give either a percentage or a new value."), _("Leave the other field empty.")),
    "readjust_negative": Entry(_("The new value would be below zero."), _("Take off at most 100 %.")),
    "readjust_too_much": Entry(
        _("This is an increase of more than {maximum} %."), _("Look for a comma in the wrong place.")
    ),
    "readjust_too_large": Entry(_("The new value would be too large to be kept."), _("Give a smaller one.")),
    "readjust_from_zero": Entry(
        _("The plan costs nothing now, so no proportion tells what the services' own values become."),
        _("Readjust the plan alone, or give a percentage."),
    ),
    "readjust_nothing": Entry(_("This changes no value."), _("Give another percentage or value.")),
    "renew_nothing": Entry(_("No contract of this plan ends by that day."), _("Choose a later day.")),
    "renew_too_far": Entry(_("This day is too far away."), _("Choose one within the next {years} years.")),
}
