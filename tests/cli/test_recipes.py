"""``gateway schema | check | try | install``: a recipe from its file to the running hub."""

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from click.testing import CliRunner, Result

from tests.cli.conftest import Run
from tests.gateways.servers import LoopbackServer, always, http
from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import Settings
from webapp.extensions import db
from webapp.gateways.recipe.schema_export import recipe_schema
from webapp.gateways.registry import BUNDLED, get_gateway
from webapp.models import RecipeVersion
from webapp.services.recipes import refresh

RECIPE = """\
key = "demo"
label = "Demo TV"
status = "observed"
guarantee = "at_most_one"
local = ["suspend", "enable", "cancel"]
[params.base_uri]
label = "Address"
kind = "url"
[params.token]
label = "Token"
kind = "secret"
[auth]
kind = "header"
headers = { Authorization = "Bearer {{ params.token }}" }
[operations.create]
method = "POST"
url = "{{ params.base_uri }}/people"
json = { email = "{{ customer.email }}" }
remote = { id = "body.id" }
"""
SECRET = "t0p-s3cret-canary"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "demo.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def platform() -> Iterator[LoopbackServer]:
    with LoopbackServer(always(http(b'{"id": 88}'))) as server:
        yield server


@pytest.fixture
def run_closed(settings: Settings) -> Run:
    """Run a command of a hub that may reach public addresses only."""

    def invoke(*args: str) -> Result:
        closed = replace(settings, egress_allow=())
        program = Program(lambda: create_app(closed, TESTING=True), "1.2.3")
        return CliRunner().invoke(sintonia, args, obj=program, catch_exceptions=False)

    return invoke


def test_check_says_that_all_is_well(run: Run, recipe: Path) -> None:
    result = run("gateway", "check", str(recipe))
    assert result.exit_code == 0
    assert result.stdout.startswith("demo.toml: ")
    assert result.stdout.count(" 0") == 2


def test_check_names_line_and_key_and_ends_with_one(run: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("customer.email", "customer.emial"))
    result = run("gateway", "check", str(recipe))
    assert result.exit_code == 1
    assert "demo.toml:18: operations.create.json.email:" in result.stdout
    assert "customer.emial" in result.stdout


def test_check_for_machines_has_found_and_allowed(run: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace('method = "POST"', 'method = "PUSH"'))
    answer = json.loads(run("gateway", "check", str(recipe), "--json").stdout)
    assert answer["ok"] is False
    problem = answer["found"][0]
    assert (problem["line"], problem["key"], problem["found"]) == (16, "operations.create.method", "PUSH")
    assert "POST" in problem["allowed"]


def test_hint_is_shown_and_the_check_ends_well(run: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("/people", "/people/{{ params.token }}"))
    answer = run("gateway", "check", str(recipe), "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["found"][0]["severity"]) == (0, "hint")


def test_file_that_is_no_text_is_told(run: Run, recipe: Path) -> None:
    recipe.write_bytes(b"\xff\xfe")
    result = run("gateway", "check", str(recipe))
    assert (result.exit_code, "Traceback" in result.output) == (1, False)


def test_schema_describes_every_word_and_refuses_others(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "recipe.schema.json"
    assert run("gateway", "schema", "--output", str(path)).exit_code == 0
    schema = json.loads(path.read_text())
    assert schema == json.loads(run("gateway", "schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    tables = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]
    assert all(table["additionalProperties"] is False for table in tables)
    assert all(shape["description"] for table in tables for shape in table["properties"].values())


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.toml")), ids=lambda path: path.stem)
def test_schema_has_every_word_of_a_bundled_recipe(path: Path) -> None:
    schema = recipe_schema()
    assert set(schema["required"]) <= tomllib.loads(path.read_text()).keys()
    _follow(tomllib.loads(path.read_text()), schema, schema["$defs"])


def _follow(data: Any, shape: Any, tables: Any) -> None:
    """Walk data and schema side by side; a word that the schema lacks fails."""
    choices = [tables[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in shape.get("anyOf", [shape])]
    for choice in choices:
        if isinstance(data, dict) and "properties" in choice:
            for word, value in data.items():
                _follow(value, choice["properties"][word], tables)
        if isinstance(data, dict) and "patternProperties" in choice:
            for value in data.values():
                _follow(value, next(iter(choice["patternProperties"].values())), tables)
        if isinstance(data, list) and "items" in choice:
            for value in data:
                _follow(value, choice["items"], tables)


def test_preview_shows_the_request_masked_and_sends_nothing(
    run: Run, recipe: Path, platform: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_TOKEN", SECRET)
    result = run(
        "gateway", "try", str(recipe), "--operation", "create", "--preview",
        "--set", f"params.base_uri={platform.url}", "--set", "params.token=@env:DEMO_TOKEN",
        "--set", "customer.email=ana@example.com",
    )  # fmt: skip
    assert result.exit_code == 0
    assert f"POST {platform.url}/people" in result.stdout
    assert '{"email": "a***@example.com"}' in result.stdout
    assert SECRET not in result.output
    assert platform.connections == 0


def test_try_calls_the_platform_and_tells_what_was_learned(run: Run, recipe: Path, platform: LoopbackServer) -> None:
    settings = ("--set", f"params.base_uri={platform.url}", "--set", f"params.token={SECRET}")
    result = run("gateway", "try", str(recipe), "--operation", "create", "--json", *settings)
    answer = json.loads(result.stdout)
    assert (answer["outcome"], answer["remote_ids"], answer["response"]["status"]) == ("ok", {"id": "88"}, 200)
    assert f"Bearer {SECRET}".encode() in platform.requests[0]
    assert SECRET not in result.output
    assert "id = 88" in run("gateway", "try", str(recipe), "--operation", "create", *settings).stdout


def test_each_try_has_a_key_of_its_own(run: Run, tmp_path: Path, platform: LoopbackServer) -> None:
    path = tmp_path / "demo.toml"
    words = 'honours_key = true\nlocal = ["suspend"'
    path.write_text(RECIPE.replace('local = ["suspend"', words) + 'headers = { X-Key = "{{ key }}" }\n')
    for _ in range(2):
        run("gateway", "try", str(path), "--operation", "create", "--set", f"params.base_uri={platform.url}",
            "--set", "params.token=x")  # fmt: skip
    keys = [line for raw in platform.requests for line in raw.split(b"\r\n") if line.startswith(b"X-Key: ")]
    assert len(set(keys)) == 2


def test_try_keeps_to_the_egress_rules(run_closed: Run, recipe: Path, platform: LoopbackServer) -> None:
    result = run_closed(
        "gateway", "try", str(recipe), "--operation", "create",
        "--set", f"params.base_uri={platform.url}", "--set", "params.token=x",
    )  # fmt: skip
    assert (result.exit_code, platform.connections) == (1, 0)


@pytest.mark.parametrize("given", ["customer.nme=x", "params.tokn=x", "token", "config.secret=x"])
def test_name_that_cannot_be_set_is_refused(run: Run, recipe: Path, given: str) -> None:
    result = run("gateway", "try", str(recipe), "--operation", "create", "--set", given)
    assert (result.exit_code, "customer.email" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("what", "operation", "given"),
    [("nothing_of_that_name", "create", ()), ("{recipe}", "find", ()),
     ("{recipe}", "create", ("--set", "params.token=@env:NOT_SET_ANYWHERE"))],
)  # fmt: skip
def test_try_that_cannot_begin_is_told_in_one_sentence(
    run: Run, recipe: Path, what: str, operation: str, given: tuple[str, ...]
) -> None:
    result = run("gateway", "try", what.format(recipe=recipe), "--operation", operation, *given)
    assert (result.exit_code, "Traceback" in result.output) == (2, False)


def test_try_of_a_broken_recipe_shows_its_problems(run: Run, recipe: Path) -> None:
    recipe.write_text("key = 1")
    result = run("gateway", "try", str(recipe), "--operation", "create")
    assert (result.exit_code, "guarantee" in result.stdout) == (1, True)


def test_bundled_gateway_is_tried_by_its_key(run: Run) -> None:
    result = run(
        "gateway", "try", "nx_play", "--operation", "suspend", "--preview",
        "--set", "params.api_url=https://api.example.com", "--set", "params.token=x", "--set", "remote.id=7",
    )  # fmt: skip
    assert "POST https://api.example.com/subscribers/7/suspend" in result.stdout


def test_installed_recipe_runs_as_the_next_version(run: Run, recipe: Path, make: Callable[[], APIFlask]) -> None:
    for number in (1, 2):
        recipe.write_text(RECIPE + f"# {number}\n")
        assert run("gateway", "install", str(recipe), "--reason", "New platform").exit_code == 0
    with make().app_context():
        versions = db.session.query(RecipeVersion).order_by(RecipeVersion.number).all()
        assert [(one.key, one.number, one.active, one.reason) for one in versions] == [
            ("demo", 1, False, "New platform"), ("demo", 2, True, "New platform"),
        ]  # fmt: skip
        refresh(at_once=True)
        assert get_gateway("demo").traits.sheet.version == 2


@pytest.mark.parametrize("text", [RECIPE.replace('"demo"', '"outros"'), RECIPE.replace("guarantee", "garantee")])
def test_recipe_that_cannot_run_is_not_installed(run: Run, recipe: Path, text: str) -> None:
    recipe.write_text(text)
    result = run("gateway", "install", str(recipe), "--reason", "Try")
    assert (result.exit_code, "demo.toml:" in result.stdout) == (1, True)
