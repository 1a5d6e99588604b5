"""JSON API for programs, on the same services as the pages."""

from apiflask import APIFlask, HTTPError
from flask import Response, abort, current_app, request
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException, default_exceptions

from webapp.api import (
    accounts,
    activation,
    agenda,
    alerts,
    attempts,
    backups,
    bulk,
    bulk_jobs,
    channels,
    customers,
    events,
    gateways,
    guided_moves,
    integrations,
    invoices,
    moves,
    observing,
    openapi,
    orphans,
    packages,
    plan_changes,
    plans,
    previews,
    privacy,
    products,
    pulls,
    receipts,
    recipes,
    reconciliation_settings,
    report_cities,
    reports,
    runs,
    sales,
    seats,
    services,
    source_words,
    sources,
    subscribers,
    tokens,
)
from webapp.api.auth import add_limit_headers, sign_in, sign_out
from webapp.api.blueprint import PREFIX, bp
from webapp.api.idempotency import claim_key, settle_key
from webapp.api.paging import LARGEST_ID
from webapp.api.problems import answer_to
from webapp.extensions import csrf

# Importing a resource adds its routes to ``bp``.
RESOURCES = (
    integrations,
    invoices,
    reconciliation_settings,
    products,
    packages,
    plans,
    plan_changes,
    customers,
    privacy,
    services,
    bulk,
    bulk_jobs,
    moves,
    guided_moves,
    sales,
    agenda,
    previews,
    accounts,
    activation,
    attempts,
    subscribers,
    runs,
    observing,
    orphans,
    seats,
    sources,
    source_words,
    pulls,
    alerts,
    channels,
    backups,
    events,
    gateways,
    recipes,
    tokens,
    report_cities,
    reports,
    receipts,
    openapi,
)
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
MAX_BODY_BYTES = 4 * 1024 * 1024


def register(app: APIFlask) -> None:
    """Bind the API under ``/api/v1``."""
    # Tokens are no cookies: another site cannot make a browser send them.
    csrf.exempt(bp)
    app.before_request(_refuse_unknown_route)
    app.register_blueprint(bp)
    openapi.configure(app)


@bp.before_request
def _let_in() -> Response | None:
    refused = sign_in()
    if refused is not None:
        return refused
    _check_request()
    return claim_key()


def _check_request() -> None:
    if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)
    request.max_content_length = MAX_BODY_BYTES
    # Signing in may have read the body already, under the larger limit of the pages.
    if (request.content_length or 0) > MAX_BODY_BYTES:
        abort(413)
    if request.method in BODY_METHODS and request.get_data():
        if not request.is_json:
            abort(415)
        _check_types()


def _check_types() -> None:
    """Refuse a value of another type than the document says, before anything turns it into one that fits.

    Forms and imports carry texts, and their inputs are read leniently; in JSON false is not 0, and "5" is not 5.

    Raises:
        ValidationError: every field that is wrong; answer 422.
    """
    declared = getattr(current_app.view_functions[request.endpoint or ""], "_spec", {}).get("body")
    # What is no JSON at all ends here, as 400.
    request.get_json()
    if isinstance(declared, type) and issubclass(declared, BaseModel):
        declared.model_validate_json(request.get_data(), strict=True)


@bp.after_request
def _let_out(response: Response) -> Response:
    return add_limit_headers(settle_key(response))


def _refuse_unknown_route() -> Response | None:
    """Answer here, since the blueprint of a route that does not exist is nobody's."""
    error = request.routing_exception
    if error is None or not f"{request.path}/".startswith("/api/") or (error.code or 500) < 400:
        return None
    return answer_to(error)


bp.teardown_request(sign_out)
# A handler for a code wins over one for a class: the pages' handlers must not answer here.
for status in default_exceptions:
    bp.register_error_handler(status, answer_to)
for kind in (HTTPException, HTTPError, Exception):
    bp.register_error_handler(kind, answer_to)

__all__ = ["PREFIX", "RESOURCES", "register"]
