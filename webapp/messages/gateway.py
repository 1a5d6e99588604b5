"""What can go wrong between the hub and a platform, and with a recipe: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_WAYS = {
    "name_not_found": Entry(
        _("The address {host} is not known to the name server."),
        _("Check the address in the integration's parameters. The hub tries again by itself."),
    ),
    "connect_failed": Entry(
        _("{host} refused the connection or cannot be reached."),
        _("Nothing was sent. The hub tries again by itself; if it lasts, ask the platform."),
    ),
    "connect_timeout": Entry(
        _("{host} did not answer the connection in time."),
        _("Nothing was sent. The hub tries again by itself; if it lasts, ask the platform."),
    ),
    "tls_failed": Entry(
        _("The secure connection to {host} could not be made: its certificate is not valid or not trusted."),
        _("Nothing was sent. Check the address; the platform must renew its certificate if that is the cause."),
    ),
    "answer_timeout": Entry(
        _("{host} took the request and did not finish its answer within {seconds} seconds."),
        _("The hub looks up what became of it before it sends anything again."),
    ),
    "connection_lost": Entry(
        _("The connection to {host} broke after the request was sent."),
        _("The hub looks up what became of it before it sends anything again."),
    ),
    "address_refused": Entry(
        _("The hub's own rules forbid the address {address} of {host} ({reason})."),
        _(
            "Check the address in the integration's parameters. If it really stands in your own network, "
            "an administrator adds that network to the setting SINTONIA_EGRESS_ALLOW."
        ),
    ),
    "url_scheme": Entry(
        _("The address does not begin with http:// or https://."), _("Correct the address in the parameters.")
    ),
    "url_userinfo": Entry(
        _("The address holds a user and password before the @ sign."),
        _("Remove them from the address and give them as parameters of their own."),
    ),
    "url_invalid": Entry(_("The address is not a valid URL."), _("Correct the address in the parameters.")),
    "redirect": Entry(
        _("The platform answered with a redirect to another address (status {status})."),
        _("Redirects are never followed. Put the final address into the integration's parameters."),
    ),
}

_ANSWERS = {
    "server_error": Entry(
        _("The platform has a fault of its own (status {status}). {message}"),
        _("The hub tries again by itself; a doubtful creation is looked up first."),
    ),
    "throttled": Entry(
        _("The platform asks for a pause (status {status})."), _("The hub waits as asked and then goes on by itself.")
    ),
    "credentials_refused": Entry(
        _("The platform refused the integration's credentials. {message}"),
        _("Check token, user and password in the integration's parameters and press Test."),
    ),
    "token_missing": Entry(
        _("The platform's log-in answered without a token."),
        _("Check the credentials; if they are right, the platform changed its log-in."),
    ),
    "platform_rejected": Entry(
        _("The platform refused this customer's data: {message}"), _("Correct the data and send again.")
    ),
    "platform_retry": Entry(_("The platform asks to try later. {message}"), _("The hub tries again by itself.")),
    "platform_unclear": Entry(
        _("The platform's answer leaves open whether it did what was asked. {message}"),
        _("The hub looks it up; if it cannot, a person must check on the platform."),
    ),
    "platform_broken": Entry(
        _("The platform reports a fault that concerns the whole integration: {message}"),
        _("The integration is paused. Ask the platform, then resume it."),
    ),
    "capacity_used_up": Entry(
        _("The platform has no licences or credit left for this provider. {message}"),
        _("Buy licences or credit on the platform. The hub goes on slowly by itself."),
    ),
    "endpoint_gone": Entry(
        _("The platform says that this address is out of service for good (status 410)."),
        _("Ask for the new address, put it into the parameters and activate the integration again."),
    ),
    "status_unexpected": Entry(
        _("The platform answered with a status that means nothing (status {status})."),
        _("The integration is paused. Check the address; ask the platform."),
    ),
    "body_too_large": Entry(
        _("The platform's answer is larger than {limit} bytes."),
        _("The integration is paused. Check the address; ask the platform."),
    ),
    "answer_empty": Entry(
        _("The platform answered with nothing, where an answer was due (status {status})."),
        _("The integration is paused. Check the address; ask the platform."),
    ),
    "answer_html": Entry(
        _("The platform answered with a web page instead of data (status {status})."),
        _("The integration is paused. Often the address is wrong or a log-in page stands in between."),
    ),
    "answer_not_json": Entry(
        _("The platform's answer is cut off or no JSON (status {status})."),
        _("The integration is paused. The masked sample is in the transmission; show it to the platform."),
    ),
    "answer_not_text": Entry(
        _("The platform's answer is not the one value that was expected (status {status})."),
        _("The integration is paused. The masked sample is in the transmission; show it to the platform."),
    ),
    "in_progress": Entry(
        _("The platform took the order and is still working on it."),
        _("Nothing to do: it is asked again by itself."),
    ),
    "value_unfit": Entry(
        _("A value is there, but the platform needs it in another form: {name}."),
        _("Correct the customer's data, or the recipe, and send again."),
    ),
    "answer_duplicate_keys": Entry(
        _("The platform's answer names the same field twice."),
        _("The integration is paused. The masked sample is in the transmission; show it to the platform."),
    ),
    "answer_not_utf8": Entry(
        _("The platform's answer is not in UTF-8."),
        _("The integration is paused. The masked sample is in the transmission; show it to the platform."),
    ),
    "answer_not_a_number": Entry(
        _("The platform's answer holds a number that is none."),
        _("The integration is paused. The masked sample is in the transmission; show it to the platform."),
    ),
    "answer_not_ok": Entry(
        _("The platform answered without saying that it did what was asked (status {status})."),
        _("The integration is paused. Compare the masked sample with the recipe."),
    ),
    "answer_items_missing": Entry(
        _("The platform's answer holds no list where the recipe expects one."),
        _("The integration is paused. Compare the masked sample with the recipe."),
    ),
    "product_without_code": Entry(
        _("The platform lists a product without a code."), _("Compare the masked sample with the recipe.")
    ),
    "remote_id_missing": Entry(
        _("The platform's answer lacks its own number for the account."),
        _("The integration is paused. Compare the masked sample with the recipe."),
    ),
    "find_unclear": Entry(
        _("The platform's answer to the look-up says neither that the account exists nor that it does not."),
        _("The integration is paused. Compare the masked sample with the recipe."),
    ),
    "other_subscriber": Entry(
        _("The platform answered about another customer than the one that was asked for."),
        _("The integration is paused. Show the masked sample to the platform before anything else is sent."),
    ),
}

_ACCOUNTS = {
    "login_taken": Entry(
        _("The log-in {login} already belongs to an account on the platform that this hub did not make."),
        _("Check on the platform whose it is. Give the customer another e-mail, or remove that account there."),
    ),
    "several_accounts": Entry(
        _("The platform has {count} accounts for this customer."), _("Remove the surplus ones on the platform.")
    ),
    "remote_id_unknown": Entry(
        _("The platform's number of this account ({name}) is not known, and the platform cannot be asked."),
        _("Look the account up on the platform and settle it by hand."),
    ),
    "value_missing": Entry(_("A value that the platform needs is missing: {name}."), _("Fill it in and send again.")),
    "url_value_refused": Entry(
        _("A value that belongs into the address is empty or not allowed: {value}"),
        _("Correct the customer's data or the recipe."),
    ),
    "header_value_refused": Entry(
        _("A value for a header holds a line break or a control character."), _("Correct the value.")
    ),
    "operation_unsupported": Entry(
        _("{gateway} has no operation {operation}."), _("Change the configuration; trying again does not help.")
    ),
    "sale_missing": Entry(
        _("An event is about one package sold, and none was given."), _("Look at the packages of the service.")
    ),
    "param_missing": Entry(_("The parameter {name} is empty."), _("Fill it in on the integration's form.")),
}

_INTEGRATIONS = {
    "integration_description_taken": Entry(
        _("The Integration {id} of this gateway is called “{description}” already."),
        _("Open that one, or write a description by which both can be told apart."),
    ),
    "gateway_missing": Entry(
        _("The gateway {gateway} of this Integration is not there: its recipe was removed or has problems."),
        _("Nothing is sent meanwhile. Open the page Gateways: mend the recipe, or make another version active."),
    ),
}

_LISTINGS = {
    "listing_not_read": Entry(_("The listing was not read to its end."), _("Nothing was concluded from it.")),
    "listing_page_repeated": Entry(
        _("The platform sent the same page of the listing twice."),
        _("Nothing was concluded from what is absent. The next reconciliation reads it again."),
    ),
    "listing_overlap": Entry(
        _("The platform listed the same account twice."),
        _("Nothing was concluded from what is absent. The next reconciliation reads it again."),
    ),
    "listing_unreadable_item": Entry(
        _("The listing holds an account without any mark by which to know it."),
        _("Nothing was concluded from what is absent. Compare the listing with the recipe."),
    ),
    "listing_changed_meanwhile": Entry(
        _("The number of accounts on the platform changed while they were read."),
        _("Nothing was concluded from what is absent. The next reconciliation reads it again."),
    ),
    "listing_total_missing": Entry(
        _("The listing lacks the number of accounts that the recipe expects."),
        _("Compare the listing with the recipe."),
    ),
    "listing_count_differs": Entry(
        _("The platform states another number of accounts than it listed."),
        _("Nothing was concluded from what is absent. The next reconciliation reads it again."),
    ),
    "listing_too_long": Entry(
        _("The listing has more pages than the recipe allows."),
        _("Nothing was concluded from what is absent. Raise max_pages in the recipe."),
    ),
}

_WEBHOOK = {
    "receiver_refused": Entry(
        _("The receiver took the event and said that it failed: {message}"),
        _("The hub sends it again by itself. If it lasts, ask whoever runs the receiver."),
    ),
    "receiver_status": Entry(
        _("The receiver answered with status {status}. {message}"),
        _("The hub sends the event again by itself. If it lasts, ask whoever runs the receiver."),
    ),
    "signing_secret_invalid": Entry(
        _("The signing secret is not of the form whsec_ followed by base64."),
        _("Clear the parameter segredo, so that a new one is made, and give it to the receiver."),
    ),
    "free_param_clash": Entry(
        _("The parameter {name} has the name of a field of the event; it is sent as {sent_as}."),
        _("Rename the parameter as the receiver expects it."),
    ),
    "header_param_invalid": Entry(
        _("The parameter {name} is not fit for a header."),
        _(
            "Use letters, digits and hyphens in the name, no line breaks in the value, "
            "and none of the hub's own headers."
        ),
    ),
}

_RECIPES = {
    "recipe_not_toml": Entry(_("The file is not TOML: {found}"), _("Correct the line named.")),
    "recipe_unreadable": Entry(_("The file cannot be read: {found}"), _("Check that it is there and in UTF-8.")),
    "recipe_too_large": Entry(_("The file is larger than {limit} bytes."), _("A recipe is never that long.")),
    "recipe_word_unknown": Entry(_("There is no word {found} here."), _("Allowed are: {allowed}.")),
    "recipe_word_missing": Entry(_("A word is missing here."), _("Needed: {allowed}.")),
    "recipe_value": Entry(_("The value {found} does not fit."), _("Allowed: {allowed}.")),
    "recipe_template": Entry(_("The template {found} cannot be read."), _("What is wrong, or allowed: {allowed}")),
    "recipe_template_node": Entry(
        _("The template {found} holds something that templates may not do ({part})."),
        _("Allowed are: {allowed}."),
    ),
    "recipe_name": Entry(_("There is no name {found} in this place."), _("Allowed are: {allowed}.")),
    "recipe_filter": Entry(_("There is no filter {found}."), _("Allowed are: {allowed}.")),
    "recipe_path": Entry(_("The path {found} is not JMESPath."), _("What is wrong: {allowed}")),
}

ENTRIES: dict[str, Entry] = {
    **_WAYS,
    **_ANSWERS,
    **_ACCOUNTS,
    **_INTEGRATIONS,
    **_LISTINGS,
    **_WEBHOOK,
    **_RECIPES,
}

# Labels and helps of parameters stand in recipes and gateways, which know no language: pages translate
# them by their text, and this list lets the extraction find them.
PARAM_TEXTS = (
    _("Receiver address"),
    _("Where the events are sent by POST."),
    _("Signing secret"),
    _("Proves to the receiver that an event is ours. Made for you when empty."),
    _("Former signing secret"),
    _("While the receiver changes over, events carry both signatures. Remove it afterwards."),
    _("Secret for X-Hub-Signature-256"),
    _("Only for receivers that cannot check Standard Webhooks: adds a second signature over the same bytes."),
    _("Any receiver of webhooks. Each event may come more than once, with the same webhook-id."),
    _("API address"),
    _("Production address of the API, as NX Play gave it to you."),
    _("Token"),
    _("Access token of the provider, as NX Play gave it to you."),
    _("Password field"),
    _(
        "Field of the customer or service whose value becomes the password. At least 6 characters; "
        "a customer code is padded with zeros on the left."
    ),
    _("Noggin"),
    _("Paramount"),
    _("Empty or true = on, false = off."),
    _("E-mail"),
    _("Log-in at NX Play, taken from the customer. It cannot change after the registration."),
    _("Assumed: NX Play publishes no document of its API. Confirm paths and fields with NX Play before selling."),
)
