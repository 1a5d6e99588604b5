"""Every operation of the OpenAPI document as a request, with something in each of its parameters and fields."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tests.scan.crawl import JSON_TYPE, MARK, Asked
from tests.scan.hub import Hub

DEEPEST = 6


def operations(hub: Hub) -> list[Asked]:
    """Return the requests: each operation as it is, and once more for each name in its address."""
    _type, text = hub.get("/api/v1/openapi.json", {"Authorization": f"Bearer {hub.token}"})
    document = json.loads(text)
    asked: list[Asked] = []
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                given = [_found(document, one) for one in (*shared, *operation.get("parameters", ()))]
                asked.extend(_of(document, path, method.upper(), operation, given))
    return asked


def _of(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], given: list[dict[str, Any]]
) -> Iterator[Asked]:
    values = {one["name"]: _value(document, one.get("schema", {})) for one in given}
    names = re.findall(r"\{(\w+)\}", path)
    body = _body(document, operation)
    kind = JSON_TYPE if body else ""
    for marked in names:
        shown = {name: f"{values.get(name, 1)}{MARK if name == marked else ''}" for name in names}
        yield Asked(method, path.format(**shown), "", body, kind)
    query = {one["name"]: values[one["name"]] for one in given if one["in"] == "query"}
    if query or body:
        plain = path.format(**{name: values.get(name, 1) for name in names})
        yield Asked(method, plain, urlencode(query), body, kind)


def _body(document: dict[str, Any], operation: dict[str, Any]) -> str:
    content = _found(document, operation.get("requestBody", {})).get("content", {})
    schema = content.get(JSON_TYPE, {}).get("schema")
    return json.dumps(_value(document, schema)) if schema else ""


def _found(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _value(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """Return something that fits a schema."""
    schema = _found(document, schema)
    for name in ("example", "default", "const"):
        if schema.get(name) is not None:
            return schema[name]
    for name in ("enum", "anyOf", "oneOf", "allOf"):
        if schema.get(name):
            first = schema[name][0]
            return first if name == "enum" else _value(document, first, depth)
    if depth > DEEPEST:
        return None
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: _value(document, one, depth + 1) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value(document, schema.get("items", {}), depth + 1)]
    return {"integer": 1, "number": 1, "boolean": True}.get(str(kind), _text(schema))


def _text(schema: dict[str, Any]) -> str:
    formats = {"date": "2026-11-01", "date-time": "2026-11-01T00:00:00Z", "email": "ana@example.com"}
    return formats.get(schema.get("format", ""), "1")
