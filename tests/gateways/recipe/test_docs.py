"""docs/recipes.md: every word is explained and has an example, and every example loads."""

import json
import re
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.conftest import Connect
from tests.gateways.people import make_subject
from tests.gateways.servers import LoopbackServer, http
from webapp.gateways.contract import Operation, Secret
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.expressions import compile_parts
from webapp.gateways.recipe.filters import FILTERS
from webapp.gateways.recipe.loader import examine_recipe, read_recipe
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import OUTCOMES, Words
from webapp.gateways.recipe.schema_export import meaning_of, recipe_schema, tables_of_words
from webapp.gateways.recipe.scope import Names

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "recipes.md"
TEXT = DOCUMENT.read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.S | re.M)
HEAD = 'key = "demo"\nlabel = "Demo"\nstatus = "observed"\nguarantee = "at_most_one"\n'
NEEDED = ("create", "suspend", "enable", "cancel", "update")
FILTER_ROW = re.compile(r"^\| `[^|]*\| [^|]* \| `(\{\{ '.*? \}\})` \| `(.*)` \|$", re.M)


def whole(example: str) -> str:
    """Return an example as a recipe: what it leaves out stands on our side."""
    if re.search(r"^key =", example, re.M):
        return example
    data = tomllib.loads(example)
    present = {*data.get("operations", {}), *data.get("aliases", {}), *data.get("local", [])}
    absent = [name for name in NEEDED if name not in present]
    local = f"local = {absent}\n" if absent and "local" not in data else ""
    return HEAD + local.replace("'", '"') + example


def own_words(table: type[Words]) -> list[str]:
    """Return the words that a table has by itself, without those of the table which it extends."""
    return [field.alias or name for name, field in table.model_fields.items() if name in table.__annotations__]


ALL_WORDS = [(table, word) for table in tables_of_words() for word in own_words(table)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.partition("\n")[0][:40])
def test_example_loads(example: str) -> None:
    assert examine_recipe(whole(example)).problems == ()


def test_tutorial_recipe_has_not_even_a_hint() -> None:
    assert 'key = "cine_box"' in EXAMPLES[0]
    assert examine_recipe(EXAMPLES[0]).hints == ()


class CineBox:
    """The platform of the tutorial, as its document describes it, with one user at the most."""

    def __init__(self) -> None:
        self.user: dict[str, Any] | None = None

    def __call__(self, peer: socket.socket, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        method, path, _ = head.decode().split("\r\n")[0].split()
        assert b"Authorization: Bearer k3y" in head
        peer.sendall(self.answer(method, path.partition("?")[0], json.loads(body) if body else {}))

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> bytes:
        if path == "/plans":
            return http(b'{"plans": [{"code": "FULL", "title": "Full"}]}')
        if path == "/users" and method == "GET":
            users = [{name: self.user[name] for name in ("id", "mail", "blocked")}] if self.user else []
            return http(json.dumps({"users": users, "count": len(users)}).encode())
        if method == "POST" and path == "/users":
            if self.user:
                return http(b'{"error": "mail_taken"}', "409 Conflict")
            self.user = {**sent, "id": 88, "blocked": False}
            return http(json.dumps({"user": self.user}).encode(), "201 Created")
        assert self.user is not None
        assert path.startswith("/users/88")
        self.user = None if method == "DELETE" else {**self.user, **sent, "blocked": path.endswith("/block")}
        return http(b"{}" if self.user else b"")


def test_tutorial_recipe_speaks_with_the_platform_of_the_tutorial(connect: Connect) -> None:
    gateway, platform = RecipeGateway(read_recipe(EXAMPLES[0])), CineBox()
    with LoopbackServer(platform) as server:
        conn = connect({"base_url": server.url, "key": Secret("k3y")})
        assert [product.code for product in gateway.list_products(conn)] == ["FULL"]
        subject = make_subject(remote_ids={})
        assert gateway.find(conn, subject).found is None
        assert gateway.send(conn, Operation.CREATE, subject, "k").remote_ids == {"id": "88"}
        assert gateway.send(conn, Operation.CREATE, subject, "k").outcome == "already"
        for operation, state in ((Operation.SUSPEND, "suspended"), (Operation.ENABLE, "active")):
            gateway.send(conn, operation, make_subject(), "k")
            assert [account.state for account in gateway.list(conn)] == [state]
        gateway.send(conn, Operation.UPDATE, make_subject(password=Secret("another")), "k")
        assert platform.user is not None
        assert (platform.user["secret"], platform.user["plans"]) == ("another", ["FULL"])
        gateway.send(conn, Operation.CANCEL, make_subject(), "k")
    assert platform.user is None


@pytest.mark.parametrize(("table", "word"), ALL_WORDS, ids=[f"{table.__name__}.{word}" for table, word in ALL_WORDS])
def test_word_is_explained(table: type[Words], word: str) -> None:
    row = re.compile(rf"^\| `{re.escape(word)}` \|.*\| {re.escape(meaning_of(table, word))} \|$", re.M)
    assert meaning_of(table, word)
    assert row.search(TEXT)


def used_words() -> set[tuple[str, str]]:
    """Return table and word of everything that any example says."""
    schema = recipe_schema()
    found: set[tuple[str, str]] = set()
    for example in EXAMPLES:
        _walk(tomllib.loads(example), {**schema, "name": "RecipeWords"}, schema["$defs"], found)
    return found


def _walk(data: Any, shape: Any, tables: Any, found: set[tuple[str, str]]) -> None:
    for choice in shape.get("anyOf", [shape]):
        name = choice.get("$ref", "").rpartition("/")[2] or choice.get("name", "")
        choice = tables.get(name, choice)
        if isinstance(data, dict):
            for word, value in data.items():
                by_pattern = next(iter(choice.get("patternProperties", {}).values()), None)
                inner = choice.get("properties", {}).get(word) or by_pattern or choice.get("additionalProperties")
                found |= {(name, word)} if word in choice.get("properties", {}) else set()
                _walk(value, inner if isinstance(inner, dict) else {}, tables, found)
        if isinstance(data, list):
            for value in data:
                _walk(value, choice.get("items", {}), tables, found)


USED = used_words()


@pytest.mark.parametrize(("table", "word"), ALL_WORDS, ids=[f"{table.__name__}.{word}" for table, word in ALL_WORDS])
def test_word_has_an_example(table: type[Words], word: str) -> None:
    extending = [one.__name__ for one in tables_of_words() if issubclass(one, table)]
    assert any((name, word) in USED for name in extending)


@pytest.mark.parametrize("name", [*FILTERS, *OUTCOMES, *(operation.value for operation in Operation)])
def test_filter_outcome_and_operation_are_named(name: str) -> None:
    assert re.search(rf"`{name}(\(.*?\))?`", TEXT)


def test_every_name_that_templates_may_use_is_listed() -> None:
    names = Names(frozenset(), frozenset(), {}, entitlement=True)
    roots = {**names.auth_roots(), **names.signature_roots(), **names.subject_roots(batch=True)}
    roots |= names.page_roots(since=True)
    listed = TEXT.partition("### Names")[2].partition("### Filters")[0]
    for root, fields in roots.items():
        assert f"`{root}" in listed
        assert all(f".{field}`" in listed for field in fields or ())


@pytest.mark.parametrize(("template", "result"), FILTER_ROW.findall(TEXT))
def test_filter_brings_what_the_document_says(template: str, result: str) -> None:
    part = compile_parts(template.replace("\\|", "|"), {})[0]
    value = part(Empty()) if callable(part) else part
    assert {True: "true", False: "false"}.get(value, str(value)) == result


class Empty:
    """No names at all."""

    def names(self) -> dict[str, Any]:
        return {}


def test_filter_examples_were_found() -> None:
    assert len(FILTER_ROW.findall(TEXT)) >= 15


@pytest.mark.parametrize("command", ["gateway schema", "gateway check", "gateway try", "gateway install"])
def test_command_is_shown(command: str) -> None:
    assert f"sintonia {command}" in TEXT


def test_whole_recipe_needs_no_other_words_than_the_document_says() -> None:
    required = {name for name, field in RecipeWords.model_fields.items() if field.is_required()}
    assert required == {"key", "label", "status", "guarantee"}
