"""Messages of the first steps, the provider's own data and the practice platform."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "provider_name_missing": Entry(_("The name of the provider is missing."), _("Write what your customers call it.")),
    "provider_name_long": Entry(_("The name of the provider is too long."), _("Use at most {most} characters.")),
    "provider_state_unknown": Entry(_("{state} is no state of Brazil."), _("Choose one of the list.")),
    "first_step_unknown": Entry(_("There is no first step {step}."), _("Go back to the first steps.")),
    "first_step_early": Entry(
        _("This step needs one that is still to be done."),
        _("Open the first steps: they show which comes next. Nothing was changed."),
    ),
    "practice_busy": Entry(
        _("The practice platform is still at work."),
        _("It is switched off and does nothing new. Wait some seconds and remove it again."),
    ),
}
