"""Messages of seats and what they cost."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "cost_unknown": Entry(
        _("There is no cost {id} on record any more."), _("Go back to the costs of the platform and look.")
    ),
    "cost_product_unknown": Entry(
        _("This product is not one of the platform."), _("Choose a product of the list, or synchronise the products.")
    ),
    "cost_day_too_early": Entry(_("The day is before {day}."), _("Write the day from which the cost holds.")),
}
