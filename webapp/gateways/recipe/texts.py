"""Finds in a recipe's words every template, every name that templates use, and every call."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.gateways.contract import Operation
from webapp.gateways.recipe.problems import Location
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import Call, FindCall, OperationCall, Words

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_FIELD = re.compile(r"""\b([a-z_]\w*)(?:\s*\.\s*(\w+)|\s*\[\s*['"](\w+)['"]\s*\])?""")


def templates_in(value: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Yield every text that holds an expression, with its place."""
    if isinstance(value, Words):
        value = value.model_dump(by_alias=True, exclude_defaults=True)
    if isinstance(value, str):
        if "{{" in value:
            yield at, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from templates_in(item, (*at, str(name)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from templates_in(item, (*at, index))


def names_in(text: str) -> set[tuple[str, str]]:
    """Return root and field of every name in a template; the field is empty where there is none."""
    found = set()
    for expression in _EXPRESSION.findall(text):
        fields = _FIELD.findall(expression)
        plain = _FIELD.findall(_LITERAL.sub("''", expression))
        found |= {(root, dotted or quoted) for root, dotted, quoted in fields if dotted or quoted}
        found |= {(root, "") for root, dotted, quoted in plain if not dotted and not quoted}
    return found


def names_used(value: Any) -> set[tuple[str, str]]:
    """Return root and field of every name that any template in some words uses."""
    return {name for _place, text in templates_in(value) for name in names_in(text)}


def calls_of(words: RecipeWords) -> Iterator[tuple[Location, Call]]:
    """Yield every single request of a recipe, with its place."""
    for operation in Operation:
        call = words.operations.call(operation)
        if call is not None:
            yield from _requests(call, ("operations", operation.value))
    yield from auth_calls(words)


def auth_calls(words: RecipeWords) -> Iterator[tuple[Location, Call]]:
    """Yield the requests of the log-in, with their places."""
    auth = words.auth
    if auth.request is not None:
        yield ("auth", "request"), auth.request
    if auth.refresh is not None:
        yield ("auth", "refresh"), auth.refresh
    if auth.code is not None:
        yield ("auth", "code", "request"), auth.code.request


def _requests(call: Call, at: Location) -> Iterator[tuple[Location, Call]]:
    steps = call.steps if isinstance(call, OperationCall | FindCall) else ()
    if not steps:
        yield at, call
    for index, step in enumerate(steps):
        yield (*at, "steps", index), step
        if step.undo is not None:
            yield (*at, "steps", index, "undo"), step.undo
