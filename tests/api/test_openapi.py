"""The OpenAPI document: whole, well-formed, and true."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from tests.api.conftest import Program
from webapp.api.schemas.common import Out
from webapp.services.inputs import Input

METHODS = {"get", "post", "put", "patch", "delete"}
COMPONENT = re.compile(r"^[a-zA-Z0-9._-]+$")


@pytest.fixture
def document(reader: Program) -> dict[str, Any]:
    answer = reader.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json  # type: ignore[no-any-return]


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def resolve(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/"), reference
    node: Any = document
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_the_document_says_what_it_is(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Sintonia"
    assert document["info"]["version"]
    assert set(document) <= {"openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"}
    assert all(COMPONENT.match(name) for group in document["components"].values() for name in group)


def shapes(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in parent.__subclasses__():
        yield child
        yield from shapes(child)


@pytest.mark.usefixtures("app")
def test_no_two_shapes_have_the_same_name() -> None:
    """The document keeps one of each name: the other would be described wrongly, unnoticed."""
    ours = {shape for parent in (Out, Input) for shape in shapes(parent) if shape.__module__.startswith("webapp.")}
    twice = [name for name, count in Counter(shape.__name__ for shape in ours).items() if count > 1]
    assert not twice


def test_every_route_is_in_it_and_nothing_else(app: APIFlask, document: dict[str, Any]) -> None:
    routes = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
            routes |= {(path, method.lower()) for method in rule.methods or () if method.lower() in METHODS}
    assert {(path, method) for path, method, _operation in operations(document)} == routes


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_answer_and_every_body_has_an_example(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [each for status, each in operation["responses"].items() if status[0] == "2"]
        missing = [body for body in bodies for content in body.get("content", {}).values() if "example" not in content]
        assert not missing, (method, path)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = [node["$ref"] for node in walk(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert resolve(document, reference)


def test_every_operation_is_complete(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert f"scope `{operation['x-scope']}`" in operation["description"], where
        assert operation["x-scope"] in ("read", "write", "admin"), where
        assert operation["tags"][0] in {tag["name"] for tag in document["tags"]}, where
        assert any(status.startswith("2") for status in operation["responses"]), where
        assert {"401", "403", "422", "429", "500"} <= set(operation["responses"]), where
        assert all(resolve_response(document, each)["description"] for each in operation["responses"].values()), where


def resolve_response(document: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    return resolve(document, response["$ref"]) if "$ref" in response else response  # type: ignore[no-any-return]


def test_every_parameter_of_a_path_is_declared_once_and_required(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        given = [resolve(document, each["$ref"]) if "$ref" in each else each for each in operation["parameters"]]
        names = [(each["in"], each["name"]) for each in given]
        assert len(names) == len(set(names)), (method, path)
        in_path = {each["name"] for each in given if each["in"] == "path"}
        assert in_path == set(re.findall(r"{([^}]+)}", path))
        assert all(each["required"] is True for each in given if each["in"] == "path")
        assert all("schema" in each and each["in"] in ("path", "query", "header") for each in given)


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    for _path, _method, operation in operations(document):
        for status, response in operation["responses"].items():
            if status[0] in "45":
                content = resolve_response(document, response)["content"]
                assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_every_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [each for status, each in operation["responses"].items() if status[0] == "2"]
        for content in (body["content"]["application/json"] for body in bodies if "content" in body):
            if content["schema"]:
                fields = resolve(document, content["schema"]["$ref"])
                assert set(fields.get("required", [])) <= set(content["example"]), (method, path)
                assert set(content["example"]) <= set(fields["properties"]), (method, path)


def test_a_post_takes_an_idempotency_key_and_a_put_a_condition(document: dict[str, Any]) -> None:
    wanted = {"post": "IdempotencyKey", "put": "IfMatch", "patch": "IfMatch", "delete": "IfMatch"}
    for path, method, operation in operations(document):
        if method in wanted:
            reference = {"$ref": f"#/components/parameters/{wanted[method]}"}
            # Many objects at once have no ETag that could be compared.
            of_many = method == "put" and not path.endswith(("}", "/recipe", "/reconciliation", "/terms"))
            assert (reference not in operation["parameters"]) == of_many, (method, path)


def test_every_operation_asks_for_the_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all("security" not in operation for _path, _method, operation in operations(document))


def test_no_page_of_documentation_loads_anything_from_elsewhere(app: APIFlask) -> None:
    assert not {"/docs", "/redoc", "/openapi.json"} & {rule.rule for rule in app.url_map.iter_rules()}
