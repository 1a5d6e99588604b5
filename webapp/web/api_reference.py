"""The OpenAPI document as a page can show it: operations by object, with tables of what goes in and comes out. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

SUCCESS = "2"
# Deeper than this a table is harder to read than the example beside it.
DEEPEST = 3
PLAIN = "application/json"
SIGNS = {
    "minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<", "minLength": "length ≥",
    "maxLength": "length ≤", "minItems": "items ≥", "maxItems": "items ≤", "default": "=",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One line of a table: a parameter, or a field of a body. ``limits`` is what a value must keep to."""

    name: str
    kind: str
    required: bool
    description: str
    place: str = ""
    limits: str = ""


@dataclass(frozen=True)
class Body:
    """What is sent, or given back. ``schema`` names the table of its fields; empty where there is none."""

    schema: str
    example: str
    fields: tuple[Field, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Answer:
    """One status of an operation; ``body`` is None where nothing is given back, or a problem."""

    status: str
    description: str
    body: Body | None = None


@dataclass(frozen=True)
class Entry:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    params: tuple[Field, ...]
    body: Body | None
    answers: tuple[Answer, ...]
    failures: tuple[Answer, ...]
    curl: str


@dataclass(frozen=True)
class Group:
    """The operations of one kind of object."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Thing:
    """A shape that is given out, with its fields."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Reference:
    """All of it.

    Attributes:
        statuses: every failure that any operation may answer with.
        things: the shapes that are given out, by name.
    """

    version: str
    description: str
    groups: tuple[Group, ...]
    statuses: tuple[Answer, ...]
    things: tuple[Thing, ...]


def reference(document: Node, address: str) -> Reference:
    """Return a document as a page shows it.

    Args:
        address: of this hub, for the examples of calls; without a slash at its end.
    """
    reader = _Reader(document, address)
    entries = [reader.entry(path, method, node) for path, method, node in _operations(document)]
    tags = [tag["name"] for tag in document["tags"]]
    groups = tuple(Group(tag, tuple(one for name, one in entries if name == tag)) for tag in tags)
    return Reference(
        document["info"]["version"], document["info"]["description"], groups, tuple(reader.statuses()),
        tuple(reader.things(groups)),
    )  # fmt: skip


class _Reader:
    def __init__(self, document: Node, address: str) -> None:
        self._document = document
        self._schemas: Node = document["components"]["schemas"]
        self._address = address

    def entry(self, path: str, method: str, node: Node) -> tuple[str, Entry]:
        answers = list(self._answers(node["responses"]))
        body = self._body(node["requestBody"]["content"]) if "requestBody" in node else None
        entry = Entry(
            node["operationId"], method.upper(), path, node["summary"], node["description"], node["x-scope"],
            tuple(self._param(each) for each in node["parameters"]), body,
            tuple(each for each in answers if each.status < "4"), tuple(each for each in answers if each.status >= "4"),
            _curl(self._address, method, path, body),
        )  # fmt: skip
        return node["tags"][0], entry

    def statuses(self) -> Iterator[Answer]:
        for name, node in self._document["components"]["responses"].items():
            yield Answer(name.removeprefix("Problem"), node["description"])

    def things(self, groups: Sequence[Group]) -> Iterator[Thing]:
        entries = [entry for group in groups for entry in group.entries]
        shown = {answer.body.schema for entry in entries for answer in entry.answers if answer.body}
        for name in sorted(self._reached(shown - {""}) | {"Problem"}):
            schema = self._schemas[name]
            yield Thing(name, _flat(schema.get("description", "")), tuple(self._fields(schema, depth=DEEPEST)))

    def _reached(self, names: set[str]) -> set[str]:
        """Shapes that stand inside others have tables of their own, too."""
        found, waiting = set(names), list(names)
        while waiting:
            for inner in set(_named(self._schemas[waiting.pop()])) - found:
                found.add(inner)
                waiting.append(inner)
        return found

    def _answers(self, nodes: Node) -> Iterator[Answer]:
        for status, node in sorted(nodes.items()):
            found = self._resolve(node)
            body = self._body(found.get("content", {})) if status.startswith(SUCCESS) else None
            yield Answer(status, found["description"], body)

    def _body(self, content: Node) -> Body | None:
        if PLAIN not in content:
            return None
        node = content[PLAIN]
        name = _name_of(node.get("schema", {}))
        schema = self._resolve(node.get("schema", {}))
        example = json.dumps(node["example"], indent=2, ensure_ascii=False) if "example" in node else ""
        return Body(name, example, tuple(self._fields(schema)), _flat(schema.get("description", "")))

    def _param(self, node: Node) -> Field:
        found = self._resolve(node)
        schema = found["schema"]
        description = _flat(found.get("description", "") or schema.get("description", ""))
        required = bool(found.get("required"))
        return Field(found["name"], self._kind(schema), required, description, found["in"], _limits(schema))

    def _fields(self, schema: Node, prefix: str = "", depth: int = 1) -> Iterator[Field]:
        required = set(schema.get("required", ()))
        for name, node in schema.get("properties", {}).items():
            full, inner = prefix + name, self._inner(node)
            said = _flat(node.get("description", "") or (inner[1].get("description", "") if inner else ""))
            yield Field(full, self._kind(node), name in required, said, limits=_limits(node))
            if inner is not None and depth < DEEPEST:
                yield from self._fields(inner[1], f"{full}{inner[0]}.", depth + 1)

    def _inner(self, node: Node) -> tuple[str, Node] | None:
        """Return how the fields of what stands inside are reached, and its shape."""
        for option in _options(node):
            items = option.get("items")
            found = self._resolve(items if isinstance(items, Mapping) else option)
            if "properties" in found:
                return ("[]" if items else ""), found
        return None

    def _kind(self, node: Node) -> str:
        kinds = [self._kind_of(option) for option in _options(node)]
        return " | ".join(dict.fromkeys(kinds))

    def _kind_of(self, node: Node) -> str:
        if "$ref" in node:
            return self._kind_of(self._resolve(node)) if "enum" in self._resolve(node) else "object"
        if "enum" in node or "const" in node:
            return " | ".join(json.dumps(each) for each in node.get("enum", [node.get("const")]))
        kind = str(node.get("type", "any"))
        if kind == "array":
            return f"[{self._kind(node.get('items', {}))}]"
        return str(node.get("format") or kind)

    def _resolve(self, node: Node) -> Node:
        while "$ref" in node:
            found: Any = self._document
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, node in item.items():
            yield path, method, node


def _options(node: Node) -> Sequence[Node]:
    return node.get("anyOf") or node.get("oneOf") or node.get("allOf") or [node]


def _name_of(schema: Node) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield _name_of(node)
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


def _flat(text: str) -> str:
    """Return text without the line breaks of the source, paragraphs kept."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _curl(address: str, method: str, path: str, body: Body | None) -> str:
    lines = [f"curl -X {method.upper()} '{address}{path}'", '-H "Authorization: Bearer $TOKEN"']
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body is not None and body.example:
        quoted = body.example.replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(lines)
