"""From templates to a request: every value is escaped for the place where it goes."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from webapp.gateways.errors import Rejected
from webapp.gateways.http import HttpRequest
from webapp.gateways.recipe.expressions import Getter, MissingValue, Roots, TemplateProblem, compile_parts
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.schema import Call
from webapp.gateways.recipe.scope import Scope

Renderer = Callable[[Scope], Any]
Parts = list[str | Getter]
_DOTS = ("", ".", "..")


def as_text(value: Any) -> str:
    """Write a value as HTTP wants it: switches as ``true`` and ``false``, lists with commas."""
    if value is None:
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
        return lambda scope: {name: item(scope) for name, item in items}
    if isinstance(value, list):
        entries = [compile_native(item, roots, problems, at) for item in value]
        return lambda scope: [entry(scope) for entry in entries]
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
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise Rejected("header_value_refused")
    return text.encode("utf-8", "replace").decode("latin-1")


def pairs(values: Mapping[str, Renderer], scope: Scope) -> str:
    """Encode a query or form; a value that is None is left out."""
    rendered = ((name, render(scope)) for name, render in values.items())
    return "&".join(
        f"{quote(name, safe='')}={quote(as_text(value), safe='', errors='replace')}"
        for name, value in rendered
        if value is not None
    )


class RequestTemplate:
    """A compiled request. Thread-safe."""

    def __init__(self, call: Call, roots: Roots, problems: Problems, at: Location) -> None:
        self.method = call.method
        self.timeout_s = call.timeout_s
        self._url = guarded(problems, (*at, "url"), lambda: compile_url(call.url, roots))
        self._query = {
            name: compile_native(value, roots, problems, (*at, "query", name)) for name, value in call.query.items()
        }
        self._headers = compile_headers(call.headers, roots, problems, (*at, "headers"))
        self._body, self._content_type = self._compile_body(call, roots, problems, at)
        if call.form is not None and call.json_ is not None:
            problems.add((*at, "json"), "recipe_value", found="form, json", allowed="form | json")

    @staticmethod
    def _compile_body(
        call: Call, roots: Roots, problems: Problems, at: Location
    ) -> tuple[Callable[[Scope], bytes] | None, str]:
        if call.json_ is not None:
            tree = compile_native(call.json_, roots, problems, (*at, "json"))
            return lambda scope: _json_bytes(tree(scope)), "application/json; charset=utf-8"
        if call.form is not None:
            fields = {
                name: compile_native(value, roots, problems, (*at, "form", name)) for name, value in call.form.items()
            }
            return lambda scope: pairs(fields, scope).encode(), "application/x-www-form-urlencoded"
        return None, ""

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
        asked = "&".join(filter(None, (pairs(self._query, scope) if self._query else "", query)))
        if asked:
            url += ("&" if "?" in url else "?") + asked
        sent = {name: header_value(render(scope)) for name, render in self._headers.items()}
        sent.update(headers)
        body = None
        if self._body is not None:
            body = self._body(scope)
            sent.setdefault("Content-Type", self._content_type)
        return HttpRequest(self.method, url, sent, body, self.timeout_s, read_only, scope.secrets())


def compile_headers(
    headers: Mapping[str, str], roots: Roots, problems: Problems, at: Location
) -> dict[str, Callable[[Scope], str]]:
    """Compile header templates."""
    return {
        name: guarded(problems, (*at, name), lambda text=text: compile_text(text, roots))  # type: ignore[misc]
        for name, text in headers.items()
    }


def _json_bytes(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def missing(error: MissingValue) -> Rejected:
    """Say that a subscriber's data lack something that the recipe needs."""
    return Rejected("value_missing", params={"name": error.name}, field=error.name.partition(".")[2] or error.name)
