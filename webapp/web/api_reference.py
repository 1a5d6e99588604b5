"""The OpenAPI document as pages can show it: all operations in short, and those of one object in full. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from webapp.web.api_reader import Field, Node, Reader, Thing, name_of

SUCCESS = "2"
PLAIN = "application/json"
FAILURE = "Problem"


@dataclass(frozen=True)
class Body:
    """What is sent, or given back.

    Attributes:
        thing: name of its shape; empty where it has none.
        shown: its shape, where it stands on the page for the first time; later ones are linked to it.
    """

    thing: str
    example: str
    shown: Thing | None = None


@dataclass(frozen=True)
class Answer:
    """One status of an operation; ``body`` is None where nothing is given back, or a problem."""

    status: str
    description: str
    body: Body | None = None


@dataclass(frozen=True)
class Line:
    """One operation in short. ``name`` is unique in the document."""

    name: str
    method: str
    path: str
    summary: str
    scope: str


@dataclass(frozen=True)
class Entry:
    """One operation in full."""

    line: Line
    description: str
    params: tuple[Field, ...]
    body: Body | None
    answers: tuple[Answer, ...]
    failures: tuple[Answer, ...]
    curl: str


@dataclass(frozen=True)
class Group:
    """The operations of one kind of object."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Overview:
    """What is true of all operations, and where each is described.

    Attributes:
        statuses: every failure that any operation may answer with.
        problem: the shape of a failure.
    """

    version: str
    description: str
    groups: tuple[Group, ...]
    statuses: tuple[Answer, ...]
    problem: Thing


@dataclass(frozen=True)
class Sheet:
    """The operations of one group in full.

    Attributes:
        things: the shapes that its operations name, but those that stand beside an operation; each once.
    """

    name: str
    entries: tuple[Entry, ...]
    things: tuple[Thing, ...]


def overview(document: Node) -> Overview:
    """Return what the first page shows of a document."""
    lines = [(node["tags"][0], _line(path, method, node)) for path, method, node in _operations(document)]
    groups = tuple(Group(name, tuple(line for tag, line in lines if tag == name)) for name in group_names(document))
    info, responses = document["info"], document["components"]["responses"]
    statuses = tuple(Answer(name.removeprefix(FAILURE), node["description"]) for name, node in responses.items())
    return Overview(info["version"], info["description"], groups, statuses, Reader(document).thing(FAILURE))


def group_names(document: Node) -> tuple[str, ...]:
    """Return the names of all groups, in their order."""
    return tuple(tag["name"] for tag in document["tags"])


def sheet(document: Node, group: str, address: str) -> Sheet:
    """Return one group of a document in full; without operations where there is no such group.

    Args:
        address: of this hub, for the examples of calls; without a slash at its end.
    """
    reader = Reader(document)
    found = [each for each in _operations(document) if each[2]["tags"][0] == group]
    entries = _show_once([_entry(reader, address, *each) for each in found], reader)
    beside = {entry.body.shown.name for entry in entries if entry.body and entry.body.shown}
    bodies = [body for entry in entries for body in (entry.body, *(answer.body for answer in entry.answers))]
    named = reader.reached({body.thing for body in bodies if body and body.thing}) - beside
    return Sheet(group, tuple(entries), tuple(reader.thing(name) for name in sorted(named)))


def _entry(reader: Reader, address: str, path: str, method: str, node: Node) -> Entry:
    answers = list(_answers(reader, node["responses"]))
    body = _body(node["requestBody"]["content"]) if "requestBody" in node else None
    return Entry(
        _line(path, method, node), node["description"], tuple(reader.param(each) for each in node["parameters"]), body,
        tuple(each for each in answers if each.status < "4"), tuple(each for each in answers if each.status >= "4"),
        _curl(address, method, path, body),
    )  # fmt: skip


def _show_once(entries: Sequence[Entry], reader: Reader) -> list[Entry]:
    """Let the shape of a body stand beside the first operation that takes it."""
    seen, made = {""}, []
    for entry in entries:
        if entry.body and entry.body.thing not in seen:
            seen.add(entry.body.thing)
            entry = replace(entry, body=replace(entry.body, shown=reader.thing(entry.body.thing)))
        made.append(entry)
    return made


def _answers(reader: Reader, nodes: Node) -> Iterator[Answer]:
    for status, node in sorted(nodes.items()):
        found = reader.resolve(node)
        body = _body(found.get("content", {})) if status.startswith(SUCCESS) else None
        yield Answer(status, found["description"], body)


def _body(content: Node) -> Body | None:
    if PLAIN not in content:
        return None
    node = content[PLAIN]
    example = json.dumps(node["example"], indent=2, ensure_ascii=False) if "example" in node else ""
    return Body(name_of(node.get("schema", {})), example)


def _operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in document["paths"].items():
        for method, node in item.items():
            yield path, method, node


def _line(path: str, method: str, node: Node) -> Line:
    return Line(node["operationId"], method.upper(), path, node["summary"], node["x-scope"])


def _curl(address: str, method: str, path: str, body: Body | None) -> str:
    lines = [f"curl -X {method.upper()} '{address}{path}'", '-H "Authorization: Bearer $TOKEN"']
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body is not None and body.example:
        quoted = body.example.replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{quoted}'"]
    return " \\\n  ".join(lines)
