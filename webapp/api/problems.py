"""Every failure as problem details (RFC 9457), in the reader's language; never a traceback."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from apiflask import HTTPError
from flask import Response, current_app, json, request
from flask_babel import force_locale
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from webapp.config import LOCALES
from webapp.database.trouble import retry_after_s, status_of, trouble
from webapp.extensions import db
from webapp.gateways.errors import GatewayError, Unsupported
from webapp.messages import Explanation, explain
from webapp.messages.access import ENTRIES, TITLES
from webapp.messages.api import BULK
from webapp.services.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, ServiceError
from webapp.vault import VaultError

MIMETYPE = "application/problem+json"
HTTP_CODES = {
    400: "request_unreadable",
    401: "bearer_missing",
    404: "route_unknown",
    405: "method_not_allowed",
    412: "precondition_failed",
    413: "request_too_large",
    415: "media_type_unsupported",
}
# Pydantic's own names, from the more to the less specific; the last word is its family.
FIELD_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_long": "text_too_long",
    "string_too_short": "text_too_short",
    "literal_error": "not_a_choice",
    "greater_than_equal": "number_too_small",
    "less_than_equal": "number_too_large",
    "decimal_max_places": "too_many_decimals",
    "int": "not_a_number",
    "float": "not_a_number",
    "decimal": "not_a_number",
    "finite": "not_a_number",
    "bool": "not_a_boolean",
    "date": "not_a_date",
    "datetime": "not_a_time",
    "timezone": "not_a_time",
    "string": "not_text",
    "list": "not_a_list",
    "dict": "not_an_object",
    "model": "not_an_object",
}

# What the schemas refuse in words of their own.
OWN_CODES = frozenset(BULK)

log = structlog.get_logger(__name__)


def words(code: str, params: Mapping[str, Any] | None = None) -> Explanation:
    """Return a failure in the words of the request's language."""
    with force_locale(language()):
        return _words(code, params or {})


def language() -> str:
    """Return the locale that the request asks for, else the hub's own."""
    tags = {locale.replace("_", "-"): locale for locale in LOCALES}
    wanted = request.accept_languages.best_match([*tags, *{tag.split("-")[0] for tag in tags}])
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    if wanted is None:
        return default
    return tags.get(wanted) or next(locale for tag, locale in tags.items() if tag.startswith(wanted))


def problem(
    status: int,
    code: str,
    params: Mapping[str, Any] | None = None,
    *,
    errors: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build the answer to a failure.

    Args:
        code: a key of ``webapp/messages``; also the last part of ``type``.
        errors: one per field that is wrong.
    """
    with force_locale(language()):
        said = _words(code, params or {})
        body = {
            "type": f"/problems/{code}",
            "title": str(TITLES.get(status, TITLES[500])),
            "status": status,
            "code": code,
            "detail": str(said),
        }
        if errors:
            body["errors"] = [_field(each) for each in errors]
    response = Response(json.dumps(body), status, dict(headers or {}), content_type=MIMETYPE)
    response.headers["Content-Language"] = language().replace("_", "-")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def answer_to(error: Exception) -> Response:
    """Turn whatever was raised into problem details; what nobody expected is logged and said to be our fault."""
    # The session may hold a half-done change and the write lock; nothing after this may keep either.
    db.session.rollback()
    if isinstance(error, ServiceError):
        return _service(error)
    if isinstance(error, ValidationError):
        return _wrong_shape(error)
    if isinstance(error, HTTPError):
        return _http_error(error)
    if isinstance(error, HTTPException):
        return _werkzeug(error)
    if isinstance(error, VaultError):
        return problem(500, "vault_closed")
    if isinstance(error, GatewayError):
        return problem(409 if isinstance(error, Unsupported) else 502, error.code, error.params)
    return _unexpected(error)


def _service(error: ServiceError) -> Response:
    if isinstance(error, Invalid):
        return problem(422, "validation_failed", errors=error.problems)
    if isinstance(error, NotFound):
        return problem(404, error.code, error.params)
    if isinstance(error, NotAllowed):
        return problem(403, error.code, error.params)
    if isinstance(error, Conflict) and error.code == "stale" and request.if_match:
        return problem(412, error.code, error.params)
    return problem(409, error.code, error.params, headers=_retry_headers(error.code))


def _retry_headers(code: str) -> dict[str, str]:
    return {"Retry-After": "1"} if code == "idempotency_in_progress" else {}


def _http_error(error: HTTPError) -> Response:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return _wrong_shape(cause)
    return problem(error.status_code, HTTP_CODES.get(error.status_code, "hub_failed"))


def _wrong_shape(error: ValidationError) -> Response:
    return problem(422, "validation_failed", errors=[_shape(dict(each)) for each in error.errors(include_url=False)])


def _werkzeug(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return current_app.make_response(error.get_response())
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    limit = (request.max_content_length or 0) // 1024
    params = {"method": request.method, "maximum_kib": limit}
    return problem(status, HTTP_CODES.get(status, "hub_failed"), params, headers=kept)


def _unexpected(error: Exception) -> Response:
    if isinstance(error, StaleDataError):
        return problem(412 if request.if_match else 409, "stale")
    if isinstance(error, IntegrityError):
        return problem(409, "conflict")
    if isinstance(error, OverflowError | DataError):
        return problem(422, "value_out_of_range")
    code = trouble(error)
    if code:
        log.warning("api_database_trouble", path=request.path, code=code)
        return problem(status_of(code), code, headers={"Retry-After": str(retry_after_s(code))})
    log.error("api_failed", method=request.method, endpoint=request.endpoint, exc_info=error)
    return problem(500, "hub_failed")


def _shape(error: Mapping[str, Any]) -> Problem:
    kind = str(error["type"])
    family = FIELD_CODES.get(kind.split("_")[0], "field_invalid")
    code = kind if kind in ENTRIES or kind in OWN_CODES else FIELD_CODES.get(kind, family)
    where = ".".join(str(part) for part in error["loc"])
    return Problem(where, code, error.get("ctx") or {})


def _field(each: Problem) -> dict[str, str]:
    return {"field": each.field, "code": each.code, "message": str(_words(each.code, each.params))}


def _words(code: str, params: Mapping[str, Any]) -> Explanation:
    entry = ENTRIES.get(code)
    if entry is None:
        return explain(code, params)
    return Explanation(code, str(entry.cause).format_map(params), str(entry.remedy).format_map(params))
