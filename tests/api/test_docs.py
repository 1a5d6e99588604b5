"""The examples of ``docs/api.md`` are calls that the API takes, and the codes that it names exist."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from tests.api.conftest import Program
from webapp.api.openapi import DOCUMENT
from webapp.messages import ENTRIES

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"\b(?:403|409|412|422)\s+`(\w+)`")
# Whom an example is about may not be there; what it says must be understood.
NOT_UNDERSTOOD = (400, 405, 413, 415, 422, 500)
ABSENT = "package_id_unknown"


def curls() -> list[list[str]]:
    lines = "\n".join(BLOCK.findall(PAGE)).replace("\\\n", " ")
    return [words for words in _commands(lines) if words[0] == "curl"]


def _commands(text: str) -> list[list[str]]:
    """Split at line ends, but not inside quotes."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    found: list[list[str]] = [[]]
    for word in lexer:
        if word.strip("\n"):
            found[-1].append(word)
        else:
            found.append([])
    return [words for words in found if words]


def parts(words: list[str]) -> tuple[str, str, Any, dict[str, str]]:
    """Return method, path, body and headers of a command."""
    options = {"-X": "GET", "-d": "null"}
    headers = {}
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _colon, value = next(rest).partition(":")
            headers[name.replace("-", "_")] = value.strip()
        elif word in options:
            options[word] = next(rest)
        else:
            options["url"] = word
    return options["-X"], options["url"].removeprefix("$HUB/api/v1"), json.loads(options["-d"]), headers


EXAMPLES = [parts(words) for words in curls()]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one[0]} {one[1]}")
def test_every_example_is_understood(example: tuple[str, str, Any, dict[str, str]], admin: Program) -> None:
    method, path, body, headers = example
    assert headers.pop("Authorization") == "Bearer $TOKEN"
    type_ = headers.pop("Content_Type", None)
    assert (type_ == "application/json") == (body is not None)
    answer = admin.call(method, path, body, **headers)
    said = {problem["code"] for problem in answer.json.get("errors", [])} if answer.status_code == 422 else set()
    assert said == {ABSENT} or answer.status_code not in NOT_UNDERSTOOD, answer.text
    assert answer.status_code != 404 or answer.json["code"] != "route_unknown", answer.text


def test_every_operation_about_reconciliation_is_in_the_page(app: APIFlask) -> None:
    about = ("/runs", "/orphans", "/observing", "/channels", "/accounts/lift", "/pulls/{pull_id}/undo")
    paths = [path.removeprefix("/api/v1") for path in app.extensions[DOCUMENT]()["paths"]]
    for path in (one for one in paths if one.startswith(about)):
        last = path.rpartition("/")[2]
        ways = (re.sub(r"{\w+}", "{id}", path), f"/{last}`", f"`{last}`")
        assert any(way in PAGE for way in ways), path


def test_every_code_that_is_named_exists() -> None:
    named = set(CODE.findall(PAGE))
    assert {"plan_changed", "run_under_way", "hub_observes"} <= named <= ENTRIES.keys()
