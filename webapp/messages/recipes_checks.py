"""What the checks of a recipe find where several words must fit together, and the hints beside them."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: Mapping[str, Entry] = {
    "recipe_too_deep": Entry(_("Tables and lists stand in each other too deeply."), _("Allowed: {allowed} levels.")),
    "recipe_too_many_steps": Entry(_("The operations have {found} steps together."), _("Allowed: {allowed}.")),
    "recipe_operation_missing": Entry(
        _("Accounts can be made or ended, but nothing says how {operation} is done."), _("Write one of: {allowed}.")
    ),
    "recipe_operation_twice": Entry(
        _("{operation} is described in several places: {found}."), _("Only one of them can hold; remove the other.")
    ),
    "recipe_update_missing": Entry(
        _("The account is created with {found}, but nothing says how its products are changed later."),
        _("Write one of: {allowed}."),
    ),
    "recipe_guarantee_unkept": Entry(
        _("The guarantee {found} cannot be kept: after a doubtful create nothing shows whether there is an account."),
        _("Needed is one of: {allowed}."),
    ),
    "recipe_password_unmade": Entry(
        _("{found} is sent, but nothing says how a subscriber's password is made."), _("Needed is one of: {allowed}.")
    ),
    "recipe_key_unsent": Entry(
        _("The platform honours an idempotency key, but create sends none."), _("Send it: {allowed}.")
    ),
    "recipe_key_unhonoured": Entry(
        _("An idempotency key is sent as {found}, but the recipe does not say that the platform honours it."),
        _("Write {allowed} if it does, otherwise remove the header."),
    ),
    "recipe_source_unfit": Entry(
        _("The source of products {found} does not fit the other words."), _("Allowed: {allowed}.")
    ),
    "recipe_remote_unlearned": Entry(
        _("No answer ever brings the remote id {found}."),
        _("Read it in an operation's remote, or let accounts be looked up. Read are: {allowed}."),
    ),
    "recipe_environments_missing": Entry(
        _("A value for each environment needs environments, and there are none."), _("Needed: {allowed}.")
    ),
    "recipe_secret_in_clear": Entry(
        _("The parameter {name} is a secret by its name, but it is shown in clear ({found})."),
        _("Write {allowed}, or another name."),
    ),
    "recipe_url_start": Entry(
        _("The address {found} does not say where it leads."), _("It must begin with one of: {allowed}.")
    ),
    "recipe_wait_unlimited": Entry(
        _("Nothing limits how long {found} may last here."), _("It may stand in: {allowed}.")
    ),
    "recipe_adopt_blind": Entry(
        _("To take over an account it must be looked up, and nothing says how."), _("Needed: {allowed}.")
    ),
    "recipe_batch_unsent": Entry(
        _("The call is to carry several subscribers, but it does not name them."), _("Needed: {allowed}.")
    ),
    "recipe_absent_missing": Entry(
        _("The look-up can never say that there is no account."), _("Needed is one of: {allowed}.")
    ),
    "recipe_states_missing": Entry(
        _("The platform's state is read, but none of its words is translated."), _("Needed: {allowed}.")
    ),
    "recipe_pager_idle": Entry(
        _("Several pages are to be read ({found}), but the call asks for the same one each time."),
        _("Needed is one of: {allowed}."),
    ),
    "recipe_token_unsent": Entry(_("A token is fetched and never sent."), _("Needed is something like: {allowed}")),
    "recipe_hint_secret_in_url": Entry(
        _("The secret {found} goes in the address, where other machines may keep it in their logs."),
        _("The hub masks it. If the platform can take it elsewhere, that is better: {allowed}."),
    ),
    "recipe_hint_plain_http": Entry(
        _("The address {found} is not encrypted: everybody on the way can read what is sent."),
        _("If the platform has it: {allowed}."),
    ),
    "recipe_hint_events_unread": Entry(
        _("The platform tells of changes, but nothing says how the account is read again."),
        _("Add {allowed}; until then a change is noted and waits for the next reconciliation."),
    ),
    "recipe_hint_param_unused": Entry(
        _("Nothing in the recipe uses the parameter {found}."), _("Use it as {allowed}, or remove it.")
    ),
}
