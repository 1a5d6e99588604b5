"""From templates to a request: every value is escaped for the place where it goes."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from webapp.gateways.errors import Rejected
from webapp.gateways.http import HttpRequest
from webapp.gateways.recipe.expressions import (
    Getter,
    MissingValue,
    Roots,
    TemplateProblem,
    UnfitValue,
    compile_parts,
    compile_path,
)
from webapp.gateways.recipe.filters import ABSENT
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.schema import NO_DEFAULTS, Defaults
from webapp.gateways.recipe.schema_calls import Call
from webapp.gateways.recipe.scope import Scope

Renderer = Callable[[Scope], Any]
Parts = list[str | Getter]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DOTS = ("", ".", "..")
_EMPTY: tuple[Any, ...] = ("", None, [], {})
_OWN_HEADERS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


def as_text(value: Any) -> str:
    """Write a value as HTTP wants it: switches as ``true`` and ``false``, lists with commas."""
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(as_text, value))
    return str(value)


def compile_text(text: str, roots: Roots, escape: Callable[[str], str] = str) -> Renderer:
    """Compile a template whose result is text; constant parts are taken as they stand."""
    parts = compile_parts(text, roots)
    if all(isinstance(part, str) for part in parts):
        constant = "".join(part for part in parts if isinstance(part, str))
        return lambda scope: constant
    return lambda scope: "".join(part if isinstance(part, str) else escape(as_text(part(scope))) for part in parts)


def compile_native(value: Any, roots: Roots, problems: Problems, at: Location) -> Renderer:
    """Compile a JSON tree; a text that is exactly one expression keeps the type of its value."""
    if isinstance(value, dict):
        items = [(name, compile_native(item, roots, problems, (*at, name))) for name, item in value.items()]
        return lambda scope: {
            name: given for name, item in items if (given := item(scope)) is not ABSENT
        }  # fmt: skip
    if isinstance(value, list):
        entries = [compile_native(item, roots, problems, at) for item in value]
        return lambda scope: [given for entry in entries if (given := entry(scope)) is not ABSENT]
    if not isinstance(value, str):
        return lambda scope: value
    return guarded(problems, at, lambda: _native_text(value, roots))


def _native_text(text: str, roots: Roots) -> Renderer:
    parts = compile_parts(text, roots)
    if len(parts) == 1 and not isinstance(parts[0], str):
        return parts[0]
    return compile_text(text, roots)


def guarded(problems: Problems, at: Location, build: Callable[[], Renderer]) -> Renderer:
    """Build a renderer; a fault becomes a problem at its key, so that all faults are found at once."""
    try:
        return build()
    except TemplateProblem as problem:
        problems.add(at, problem.code, **problem.params)
        return lambda scope: None


def compile_url(text: str, roots: Roots) -> Renderer:
    """Compile a URL. What stands first may be a whole base address; every later value is percent-encoded."""
    parts = compile_parts(text, roots)
    if not parts:
        raise TemplateProblem("recipe_value", found=text, allowed="https://... or {{ params.NAME }}/...")

    def render(scope: Scope) -> str:
        done: list[str] = []
        in_path = True
        for index, part in enumerate(parts):
            if isinstance(part, str):
                in_path = in_path and "?" not in part
                done.append(part)
            elif index == 0:
                done.append(as_text(part(scope)).strip().rstrip("/"))
            else:
                done.append(_encoded(as_text(part(scope)), in_path))
        return "".join(done)

    return render


def _encoded(value: str, in_path: bool) -> str:
    # An empty or dotted segment would address another object, such as the whole collection.
    if in_path and value in _DOTS:
        raise Rejected("url_value_refused", params={"value": value})
    return quote(value, safe="", errors="replace")


def header_value(text: str) -> str:
    """Return a value fit for a header, in UTF-8.

    Raises:
        Rejected: it holds a line break or another control character; correct the data.
    """
    if _CONTROL.search(text):
        raise Rejected("header_value_refused")
    return text.encode("utf-8", "replace").decode("latin-1")


def pairs(values: Mapping[str, Renderer], scope: Scope, *, drop_empty: bool = False) -> str:
    """Encode a query or form; a value that is None is left out, an empty one with ``drop_empty``."""
    rendered = ((name, render(scope)) for name, render in values.items())
    return encoded_pairs(
        {name: as_text(value) for name, value in rendered if _kept(value, drop_empty=drop_empty)}
    )  # fmt: skip


def encoded_pairs(values: Mapping[str, str]) -> str:
    """Encode names and values as a query."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='', errors='replace')}" for name, value in values.items()
    )


def _kept(value: Any, *, drop_empty: bool) -> bool:
    return value is not None and value is not ABSENT and not (drop_empty and value in _EMPTY)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        trimmed = {name: _without_empty(item) for name, item in value.items()}
        return {name: item for name, item in trimmed.items() if item not in _EMPTY}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


class RequestTemplate:
    """A compiled request. Thread-safe.

    Args:
        shared: what all calls of the recipe have in common.
        free: where undeclared params go: ``none``, ``query``, ``header`` or ``json``.
    """

    def __init__(
        self, call: Call, roots: Roots, problems: Problems, at: Location, *,
        shared: Defaults = NO_DEFAULTS, free: str = "none",
    ) -> None:  # fmt: skip
        self.method = call.method
        self.timeout_s = call.timeout_s or shared.timeout_s
        self._free = free
        self._drop_empty = call.drop_empty
        self._url = guarded(problems, (*at, "url"), lambda: compile_url(call.url, roots))
        self._query = {
            name: compile_native(value, roots, problems, (*at, "query", name))
            for name, value in {**shared.query, **call.query}.items()
        }
        self._headers = compile_headers({**shared.headers, **call.headers}, roots, problems, (*at, "headers"))
        self._form = {
            name: compile_native(value, roots, problems, (*at, "form", name))
            for name, value in (call.form or {}).items()
        }
        self._json = compile_native(call.json_, roots, problems, (*at, "json")) if call.json_ is not None else None
        self._base = _base(call, problems, at)
        self._envelope = shared.envelope if call.envelope is None else call.envelope
        self._sends_form = call.form is not None
        self._sends_json = call.json_ is not None or call.base is not None
        if self._sends_form and self._sends_json:
            problems.add((*at, "json"), "recipe_value", found="form, json", allowed="form | json")

    def render(self, scope: Scope, *, read_only: bool, headers: Mapping[str, str], query: str = "") -> HttpRequest:
        """Fill the template.

        Args:
            headers: of the authentication and the operation; they come on top.
            query: of the authentication, already encoded.

        Raises:
            MissingValue: a value that the template needs is not there.
            Rejected: a value is not fit for its place.
        """
        url = self._url(scope)
        own = pairs(self._query, scope, drop_empty=self._drop_empty) if self._query else ""
        placed = encoded_pairs(scope.free) if self._free == "query" else ""
        asked = "&".join(filter(None, (own, placed, query)))
        if asked:
            url += ("&" if "?" in url else "?") + asked
        sent = {name: header_value(render(scope)) for name, render in self._headers.items()}
        if self._free == "header":
            sent |= {header_name(name): header_value(value) for name, value in scope.free.items()}
        sent.update(headers)
        body, content_type = self._body(scope)
        if body is not None:
            sent.setdefault("Content-Type", content_type)
        return HttpRequest(self.method, url, sent, body, self.timeout_s, read_only, scope.secrets())

    def _body(self, scope: Scope) -> tuple[bytes | None, str]:
        if self._sends_form:
            return pairs(self._form, scope, drop_empty=self._drop_empty).encode(), "application/x-www-form-urlencoded"
        if self._sends_json:
            return _json_bytes(self._tree(scope)), "application/json; charset=utf-8"
        return None, ""

    def _tree(self, scope: Scope) -> Any:
        tree = self._json(scope) if self._json is not None else {}
        if self._base is not None:
            given = self._base(scope.saved)
            if not isinstance(given, dict):
                raise MissingValue("saved")
            tree = {**given, **tree}
        if self._free == "json" and isinstance(tree, dict):
            tree = {**scope.free, **tree}
        if self._drop_empty:
            tree = _without_empty(tree)
        return {self._envelope: tree} if self._envelope else tree


def _base(call: Call, problems: Problems, at: Location) -> Getter | None:
    if call.base is None:
        return None
    try:
        return compile_path(call.base)
    except TemplateProblem as problem:
        problems.add((*at, "base"), problem.code, **problem.params)
        return None


def header_name(name: str) -> str:
    """Return a name fit for a header.

    Raises:
        Rejected: it is none; rename the param.
    """
    token = name.replace("-", "").replace("_", "")
    if not token.isascii() or not token.isalnum() or name.lower() in _OWN_HEADERS:
        raise Rejected("header_param_invalid", params={"name": name}, field=name)
    return name


def compile_headers(
    headers: Mapping[str, str], roots: Roots, problems: Problems, at: Location
) -> dict[str, Callable[[Scope], str]]:
    """Compile header templates."""
    return {
        name: guarded(problems, (*at, name), lambda text=text: compile_text(text, roots))  # type: ignore[misc]
        for name, text in headers.items()
    }


def _json_bytes(tree: Any) -> bytes:
    return _encode(tree).encode("utf-8", "replace")


def missing(error: MissingValue) -> Rejected:
    """Say that a subscriber's data lack something that the recipe needs, or have it in an impossible form."""
    code = "value_unfit" if isinstance(error, UnfitValue) else "value_missing"
    return Rejected(code, params={"name": error.name}, field=error.name.partition(".")[2] or error.name)
