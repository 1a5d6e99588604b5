"""The OpenAPI 3.1 document of this API: made from the routes, completed with what is true of all of them."""

import re
from functools import cache
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, jsonify
from pydantic import BaseModel

from webapp.api.auth import READ, is_narrow, needs, scope_of
from webapp.api.blueprint import PREFIX, bp
from webapp.api.problems import MIMETYPE

# Under this name the application gives the document to whoever shows it, without a way into the API.
DOCUMENT = "sintonia-openapi"
CONVERTED = re.compile(r"<(?:[^<:]+:)?([^>]+)>")
DESCRIPTION = """\
Everything that the hub's pages do, for programs.

* Every request carries `Authorization: Bearer <token>`. A token has one scope: `read`, `write` (reads too), `admin`
  (everything), or `subscribers`, which opens the subscribers of one integration and nothing else.
* Failures are problem details (RFC 9457) in the language of `Accept-Language`; `code` never changes.
* `Idempotency-Key` on a POST: repeated within 24 hours, it gives the first answer again and does nothing.
* Objects carry an `ETag`; `If-Match` refuses a change of what somebody else changed meanwhile.
* Lists go on with `next_cursor`, in the parameter `cursor`, until it is null; `limit` is at most 500.
* A token may call 600 times a minute. `RateLimit` and `X-RateLimit-Remaining` say how many calls are left.
* Money is text with two decimals, times are RFC 3339 in UTC.
"""
RESPONSES = {
    "400": "The request cannot be read.",
    "401": "No token, or one that is unknown, revoked or expired.",
    "403": "The token's scope is too small, or it may not be used from this address, or for this.",
    "404": "No such object.",
    "409": "In conflict with what is there, or another request with the same Idempotency-Key is at work.",
    "412": "The object is not what If-Match or If-None-Match says.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The data cannot be accepted; every field that is wrong is listed.",
    "429": "Too many requests; see Retry-After.",
    "500": "Something went wrong inside the hub.",
    "502": "The platform failed.",
    "503": "The hub is busy, or its database cannot be used; see Retry-After.",
    "507": "No space is left for the database: nothing was stored; see Retry-After.",
}
EVERYWHERE = ("401", "403", "429", "500", "503", "507")
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; never changes."},
        "detail": {"type": "string", "description": "Cause and remedy, for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Dotted for rows: composition.1.value"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "/problems/validation_failed",
            "title": "Cannot be accepted",
            "status": 422,
            "code": "validation_failed",
            "detail": "Some of the data cannot be accepted. Correct what is listed under errors and send again.",
            "errors": [{"field": "name", "code": "field_missing", "message": "This field is missing. Add it."}],
        }
    ],
}
PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and body within 24 hours: the first answer again, one effect.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "examples": ["7f1f0c9a-2b8e-4f5e"]},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the object as it was read; 412 when it has changed.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "On GET an ETag: 304 when unchanged. On PUT *: only make, never replace.",
        "schema": {"type": "string"},
    },
}  # fmt: skip
# What stands inside another object and is a kind of object by itself; all else is told by the first word of its path.
INNER_TAGS = {"services/{code}/packages": "sales", "integrations/{integration_id}/products": "products"}
# A run names its integration in the body; decisions about many at once name all of them there.
NAMED_IN_BODY = ("bulk-jobs", "runs", "orphans/", "observing/")
# What there is once inside an object, and is replaced whole.
SINGLE = ("/recipe", "/reconciliation", "/terms")
HEADERS_OF = {
    "get": ("IfNoneMatch",),
    "post": ("IdempotencyKey",),
    "put": ("IfMatch", "IfNoneMatch"),
    "patch": ("IfMatch",),
    "delete": ("IfMatch",),
}


class DocumentOut(BaseModel):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


@bp.get("/openapi.json")
@needs(READ)
@bp.output(DocumentOut, example={"openapi": "3.1.0", "info": {"title": "Sintonia"}, "paths": {}})
def read_openapi() -> Response:
    """Read this document."""
    return jsonify(current_app.extensions[DOCUMENT]())


def configure(app: APIFlask) -> None:
    """Tell APIFlask what is ours to say; it only reads routes and schemas."""
    app.config.update(
        DESCRIPTION=DESCRIPTION,
        LICENSE={"name": "MIT", "identifier": "MIT"},
        SERVERS=[{"url": "/", "description": "This hub"}],
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_TAGS=False,
        SECURITY_SCHEMES={"bearer": {"type": "http", "scheme": "bearer", "description": "sin_..."}},
    )
    app.spec_processor(_complete)  # type: ignore[arg-type]
    app.extensions[DOCUMENT] = cache(lambda: document(app))


def document(app: APIFlask) -> dict[str, Any]:
    """Return the document, made afresh."""
    # APIFlask asks every blueprint with a before_request for this, also those that are not its own.
    for blueprint in app.blueprints.values():
        if not hasattr(blueprint, "enable_openapi"):
            blueprint.enable_openapi = False  # type: ignore[attr-defined]
    made = app.spec
    assert isinstance(made, dict)  # noqa: S101
    return made


def _complete(spec: dict[str, Any]) -> dict[str, Any]:
    spec["paths"] = {path: item for path, item in spec["paths"].items() if path.startswith(PREFIX)}
    spec["security"] = [{"bearer": []}]
    components = spec.setdefault("components", {})
    _share_schemas(spec)
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["parameters"] = PARAMETERS
    components["responses"] = {f"Problem{status}": _response(text) for status, text in RESPONSES.items()}
    names = _operation_names()
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            _complete_operation(operation, path, method, names[path, method])
    spec["tags"] = [{"name": name} for name in sorted({_tag(path) for path in spec["paths"]})]
    return spec


def _share_schemas(spec: dict[str, Any]) -> None:
    """Keep one copy of a shape that stands inside several: APIFlask names each ``Outer.Inner``."""
    schemas = spec["components"]["schemas"]
    for name in sorted(schemas, key=lambda name: "." in name):
        schemas.setdefault(name.rsplit(".", 1)[-1], schemas[name])
    spec["components"]["schemas"] = {name: schema for name, schema in schemas.items() if "." not in name}
    _shorten_references(spec)


def _shorten_references(node: Any) -> None:
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            _shorten_references(value)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        place, _slash, name = node["$ref"].rpartition("/")
        node["$ref"] = f"{place}/{name.rsplit('.', 1)[-1]}"


def _complete_operation(operation: dict[str, Any], path: str, method: str, endpoint: str) -> None:
    operation["operationId"] = endpoint.rsplit(".", 1)[-1]
    operation["tags"] = [_tag(path)]
    operation["x-scope"] = scope_of(endpoint)
    operation["description"] = _description(operation, endpoint)
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["required"] = True
    operation["parameters"] += [{"$ref": f"#/components/parameters/{name}"} for name in _headers(path, method)]
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    for status in _failures(path, method):
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    for status in ("200", "201", "202"):
        _share_content(operation["responses"], status)
    if method == "get" and "{" in path and "304" not in operation["responses"]:
        operation["responses"]["304"] = {"description": "Unchanged since the ETag in If-None-Match."}


def _headers(path: str, method: str) -> tuple[str, ...]:
    """Return what a call may carry; many objects at once have no ETag that could be compared."""
    return () if _is_bulk(path, method) else HEADERS_OF[method]


def _is_bulk(path: str, method: str) -> bool:
    return method == "put" and not path.endswith(("}", *SINGLE))


def _description(operation: dict[str, Any], endpoint: str) -> str:
    needed = f"Needs a token with the scope `{scope_of(endpoint)}`."
    if is_narrow(endpoint):
        needed += " One with the scope `subscribers` may call it for its own integration."
    return "\n\n".join(part for part in (operation.get("description", ""), needed) if part)


def _share_content(responses: dict[str, Any], status: str) -> None:
    """Give a success that was declared by its description alone the content of its sibling."""
    declared = responses.get(status)
    model = responses.get("200")
    if declared is not None and model is not None and status != "200" and "content" in model:
        declared["content"] = model["content"]


def _failures(path: str, method: str) -> list[str]:
    wanted = set(EVERYWHERE) | {"422"}
    if "{" in path or _names_in_body(path, method):
        wanted.add("404")
    if method != "get":
        wanted |= {"400", "409", "413", "415"}
    if method in ("put", "patch", "delete") and not _is_bulk(path, method):
        wanted.add("412")
    if path.endswith(("/test", "/sync", "/runs")) and method == "post":
        wanted.add("502")
    return sorted(wanted)


def _names_in_body(path: str, method: str) -> bool:
    """Tell whether what a call is about stands in its body: it may be as unknown as what a path names."""
    return method == "post" and path.removeprefix(PREFIX + "/").startswith(NAMED_IN_BODY)


def _response(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MIMETYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _operation_names() -> dict[tuple[str, str], str]:
    names = {}
    for rule in current_app.url_map.iter_rules():
        path = CONVERTED.sub(r"{\1}", rule.rule)
        for method in rule.methods or ():
            names[path, method.lower()] = rule.endpoint
    return names


def _tag(path: str) -> str:
    place = path.removeprefix(PREFIX + "/")
    inner = next((tag for start, tag in INNER_TAGS.items() if place.startswith(start)), "")
    return inner or place.split("/")[0].removesuffix(".json")
