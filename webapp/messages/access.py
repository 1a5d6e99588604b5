"""Messages of the API: tokens, requests that cannot be read, and fields of the wrong shape."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

REQUEST: dict[str, Entry] = {
    "bearer_missing": Entry(
        _("This address needs a token."), _("Send the header 'Authorization: Bearer <token>' with a token of this hub.")
    ),
    "bearer_refused": Entry(
        _("The token is unknown, revoked or expired."), _("Ask an administrator of the hub for a new token.")
    ),
    "scope_missing": Entry(
        _("This needs a token with the scope {needed}; yours has {has}."),
        _("Use a token with the scope {needed}."),
    ),
    "route_unknown": Entry(
        _("There is nothing at this address."), _("Compare it with the paths in /api/v1/openapi.json.")
    ),
    "method_not_allowed": Entry(
        _("This address does not know the method {method}."), _("Use one of those in the header Allow.")
    ),
    "media_type_unsupported": Entry(
        _("The body must be JSON."), _("Send it with the header 'Content-Type: application/json'.")
    ),
    "request_unreadable": Entry(_("The request cannot be read."), _("Send well-formed JSON, encoded as UTF-8.")),
    "request_too_large": Entry(_("The body is too large."), _("Send at most {maximum_kib} KiB in one request.")),
    "precondition_failed": Entry(
        _("The object is not, or no longer, what the header If-Match or If-None-Match says."),
        _("Read it again and repeat the change on what is there now."),
    ),
    "rate_limited": Entry(
        _("Too many requests in one minute."), _("Go on after {seconds} seconds, and spread the requests.")
    ),
    "value_out_of_range": Entry(
        _("A value is too large, or holds signs that cannot be kept."), _("Correct it and send it again.")
    ),
    "conflict": Entry(
        _("Somebody else made or changed the same object at the same moment."), _("Read it again and repeat.")
    ),
    "database_busy": Entry(_("The hub is busy."), _("Repeat the request after a few seconds.")),
    "hub_failed": Entry(
        _("Something went wrong inside the hub; it is in its log."),
        _("Repeat later; if it stays, tell the hub's people."),
    ),
    "validation_failed": Entry(
        _("Some of the data cannot be accepted."), _("Correct what is listed under errors and send again.")
    ),
    "idempotency_key_reused": Entry(
        _("This Idempotency-Key was used for another request."), _("Take a new key for every new request.")
    ),
    "idempotency_key_malformed": Entry(
        _("An Idempotency-Key has 1 to {maximum} printable ASCII characters."), _("Use a UUID, for example.")
    ),
    "idempotency_in_progress": Entry(
        _("A request with this Idempotency-Key is still at work."), _("Repeat it after a second.")
    ),
    "cursor_malformed": Entry(
        _("This cursor was not given out by the hub."),
        _("Use next_cursor of the former page as it came, or leave it out."),
    ),
}

TOKENS: dict[str, Entry] = {
    "token_name_missing": Entry(_("A token needs a name."), _("Name the program that will use it.")),
    "token_name_too_long": Entry(_("The name has more than {maximum} characters."), _("Shorten it.")),
    "token_name_taken": Entry(_("There is a token named {name} already."), _("Choose another name.")),
    "token_scope_unknown": Entry(_("{scope} is no scope of a token."), _("Choose one of {allowed}.")),
    "token_end_passed": Entry(_("The token would have expired already."), _("Choose a time in the future.")),
    "token_unknown": Entry(_("There is no token with the number {id}.")),
}

FIELDS: dict[str, Entry] = {
    "field_missing": Entry(_("This field is missing."), _("Add it.")),
    "field_unknown": Entry(_("There is no such field here."), _("Remove it, or correct its name.")),
    "text_too_long": Entry(_("The text has more than {max_length} characters."), _("Shorten it.")),
    "text_too_short": Entry(_("The text has fewer than {min_length} characters."), _("Fill it in.")),
    "not_a_choice": Entry(_("The value must be one of: {expected}.")),
    "number_too_small": Entry(_("The number must be at least {ge}.")),
    "number_too_large": Entry(_("The number must be at most {le}.")),
    "too_many_decimals": Entry(_("The number has more than {decimal_places} decimals.")),
    "not_a_number": Entry(_("This is not a number.")),
    "not_a_boolean": Entry(_("This must be true or false.")),
    "not_a_date": Entry(_("This is not a date."), _("Write it like 2026-12-31.")),
    "not_a_time": Entry(_("This is not a time with its zone."), _("Write it like 2026-12-31T23:59:59Z.")),
    "not_text": Entry(_("This must be a text.")),
    "not_a_list": Entry(_("This must be a list.")),
    "not_an_object": Entry(_("This must be an object with named fields.")),
    "one_change_at_a_time": Entry(
        _("Give exactly one of status and plan_id."), _("Send two requests for two changes.")
    ),
    "packages_need_plan": Entry(
        _("Packages can be given here only together with plan_id."), _("Sell them under /packages of the service.")
    ),
    "field_invalid": Entry(_("This value cannot be accepted.")),
}

TITLES = {
    400: _("The request cannot be read"),
    401: _("Sign in with a token"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    412: _("Precondition failed"),
    413: _("Too large"),
    415: _("Not JSON"),
    422: _("Cannot be accepted"),
    429: _("Too many requests"),
    500: _("Internal error"),
    502: _("The platform failed"),
    503: _("Busy"),
    507: _("No space left"),
}

ENTRIES: dict[str, Entry] = {**REQUEST, **TOKENS, **FIELDS}
