"""What can stand in the way of a provider's own recipe on its pages: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "gateway_not_found": Entry(
        _("There is no gateway {gateway}."),
        _("Open the list of gateways; one that was removed has its versions still."),
    ),
    "recipe_missing": Entry(
        _("{gateway} has no recipe that could be shown: it is not there, or is part of the program."),
        _("Open the list of gateways and begin with a copy of a recipe."),
    ),
    "recipe_version_missing": Entry(
        _("There is no version {number} of {gateway}."), _("Choose one in the list of its versions.")
    ),
    "recipe_key_differs": Entry(
        _("The recipe's key is {found}; here only {allowed} can be saved."),
        _("Put the key back. For another platform begin a new recipe."),
    ),
    "recipe_key_reserved": Entry(
        _("The key {found} belongs to the hub itself."), _("Choose another key. Taken are: {allowed}.")
    ),
    "recipe_stale": Entry(
        _("Somebody saved or activated another version of {gateway} after you began."),
        _("Nothing of yours was saved. Compare the two below; saving again puts yours in its place."),
    ),
    "recipe_in_use": Entry(
        _("{count} integrations run with {gateway}, and there is no bundled recipe to take its place."),
        _("Make another version active instead, or give those integrations another gateway first."),
    ),
    "recipe_reason_missing": Entry(
        _("The reason is missing."), _("Say in a few words what you changed: it stands in the list of versions.")
    ),
    "trial_unconfirmed": Entry(
        _("Nothing was sent."), _("Tick that you know that this really calls the platform, then send again.")
    ),
    "trial_failed": Entry(
        _("The recipe led the engine where it cannot go ({error}); nothing is known of the outcome."),
        _("Look at the request, at the paths and at the values; make the recipe smaller until it works."),
    ),
}
