"""Shapes of the OpenAPI document as tables of fields. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

SIGNS = {
    "minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<", "minLength": "length ≥",
    "maxLength": "length ≤", "minItems": "items ≥", "maxItems": "items ≤", "default": "=",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One line of a table: a parameter, or a field of a body.

    Attributes:
        place: path, query or header of a parameter.
        limits: what a value must keep to.
        thing: the shape of what stands inside, which has a table of its own; empty where there is none.
    """

    name: str
    kind: str
    required: bool
    description: str
    place: str = ""
    limits: str = ""
    thing: str = ""


@dataclass(frozen=True)
class Thing:
    """A shape that is sent or given out, with its fields."""

    name: str
    description: str
    fields: tuple[Field, ...]


class Reader:
    """Reads shapes of one document."""

    def __init__(self, document: Node) -> None:
        """Keep the document; nothing is read yet."""
        self._document = document
        self._schemas: Node = document["components"]["schemas"]

    def thing(self, name: str) -> Thing:
        """Return a shape by its name, as one table."""
        schema = self._schemas[name]
        return Thing(name, flat(schema.get("description", "")), tuple(self._fields(schema)))

    def reached(self, names: set[str]) -> set[str]:
        """Return these shapes and all that stand inside them: each has a table of its own."""
        found, waiting = set(names), list(names)
        while waiting:
            for inner in set(_named(self._schemas[waiting.pop()])) - found:
                found.add(inner)
                waiting.append(inner)
        return {name for name in found if "properties" in self._schemas[name]}

    def param(self, node: Node) -> Field:
        """Return a parameter as a line of a table."""
        found = self.resolve(node)
        schema = found["schema"]
        description = flat(found.get("description", "") or schema.get("description", ""))
        required = bool(found.get("required"))
        return Field(found["name"], self._kind(schema), required, description, found["in"], _limits(schema))

    def resolve(self, node: Node) -> Node:
        """Return what a reference leads to; what is none, as it is."""
        while "$ref" in node:
            found: Any = self._document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _fields(self, schema: Node, prefix: str = "") -> Iterator[Field]:
        required = set(schema.get("required", ()))
        for name, node in schema.get("properties", {}).items():
            inner, shape = self._inner(node)
            said = flat(node.get("description", "") or shape.get("description", ""))
            yield Field(prefix + name, self._kind(node), name in required, said, "", _limits(node), inner)
            if shape and not inner:
                # A shape without a name cannot be linked: its fields follow here.
                yield from self._fields(shape, f"{prefix}{name}[]." if "items" in node else f"{prefix}{name}.")

    def _inner(self, node: Node) -> tuple[str, Node]:
        """Return the shape of what stands inside, and its name; both empty where it has no fields."""
        for option in _options(node):
            items = option.get("items") or option.get("additionalProperties")
            found = items if isinstance(items, Mapping) else option
            shape = self.resolve(found)
            if "properties" in shape:
                return name_of(found), shape
        return "", {}

    def _kind(self, node: Node) -> str:
        kinds = [self._kind_of(option) for option in _options(node)]
        return " | ".join(dict.fromkeys(kinds))

    def _kind_of(self, node: Node) -> str:
        if "$ref" in node:
            return self._kind_of(self.resolve(node)) if "enum" in self.resolve(node) else "object"
        if "enum" in node or "const" in node:
            return " | ".join(json.dumps(each) for each in node.get("enum", [node.get("const")]))
        kind = str(node.get("type", "any"))
        if kind == "array":
            return f"[{self._kind(node.get('items', {}))}]"
        return str(node.get("format") or kind)


def name_of(schema: Node) -> str:
    """Return the name of the shape that a reference leads to; empty where it is none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def flat(text: str) -> str:
    """Return text without the line breaks of the source, paragraphs kept."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _options(node: Node) -> Sequence[Node]:
    return node.get("anyOf") or node.get("oneOf") or node.get("allOf") or [node]


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield name_of(node)
        for value in node.values():
            yield from _named(value)
    elif isinstance(node, list):
        for value in node:
            yield from _named(value)


def _limits(node: Node) -> str:
    """Return what a value must keep to, in the signs of the trade, which need no translation."""
    found: dict[str, Any] = {}
    for option in _options(node):
        found.update(option)
    told = [f"{sign} {json.dumps(found[key], ensure_ascii=False)}" for key, sign in SIGNS.items() if _tells(found, key)]
    return ", ".join(told)


def _tells(node: Node, key: str) -> bool:
    return key in node and node[key] not in (None, "", [], {})
