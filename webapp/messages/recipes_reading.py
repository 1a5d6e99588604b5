"""What can go wrong while a platform's lists are read: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_CONTRACT = _("Nothing was concluded from it. Compare the recipe with the platform's documents, then reconcile again.")

ENTRIES: dict[str, Entry] = {
    "listing_cursor_repeated": Entry(
        _("The platform's listing leads back to a page that was read already."),
        _CONTRACT,
    ),
    "listing_cursor_unreadable": Entry(
        _("The platform's listing names its next page in a form that the recipe does not know."),
        _CONTRACT,
    ),
    "listing_last_page_missing": Entry(
        _("The platform's listing does not say which page is its last one."),
        _CONTRACT,
    ),
    "listing_changes_only": Entry(
        _("Only what changed lately was listed."),
        _("Nothing follows from who is missing in it; the next reading of everything tells."),
    ),
    "reading_postponed": Entry(
        _("The platform wants to be read at most {limit} times a day, and it was."),
        _("The next reading follows by itself in about {hours} hours. One started by hand goes at any time."),
    ),
    "products_per_customer": Entry(
        _("On {gateway} each customer has a list of products of his own."),
        _("Name a customer who has an account there when you synchronise."),
    ),
    "products_customer_needed": Entry(
        _("On {gateway} each customer has a list of products of his own, and no customer was named."),
        _("Type the code of a customer who has an account there, and synchronise again."),
    ),
    "products_customer_unknown": Entry(
        _("{gateway} does not know the customer {customer} yet: he has no account there with an id of the platform's."),
        _(
            "Type the code of a customer who has one. For the first customer add a product by hand, sell it to him, "
            "and synchronise once his account was made."
        ),
    ),
}
