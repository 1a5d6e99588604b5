"""Messages of services: what a move, a change of status or of ownership refuses, and what to do about it."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "service_code_taken": Entry(
        _("There is a service with the code {code} already."), _("Give the code that your ERP uses for the new one.")
    ),
    "service_ended_move": Entry(
        _("The service {service} has ended, so it cannot move to another plan."),
        _("Enable it first, or add a new service with that plan."),
    ),
    "transfer_service_ended": Entry(
        _("The service {service} has ended, so there is nothing left to hand over."),
        _("Add a new service to the new holder."),
    ),
    "transfer_same_customer": Entry(_("{customer} holds this service already."), _("Choose another customer.")),
    "transfer_day_ahead": Entry(
        _("The change of ownership takes effect at once, and this day is still to come."),
        _("Give today, or the day on which it was agreed; come back on the day itself for a later one."),
    ),
    "choice_changed": Entry(
        _("The plan was changed, so nothing was saved yet."),
        _("The packages below are those of the plan chosen now: look at them and save again."),
    ),
}
