"""Every platform is one file and its tests."""

import tomllib
from pathlib import Path

import pytest

from tests.conventions.modules import ROOT
from webapp.gateways import registry
from webapp.gateways.contract import Gateway, Guarantee, Operation, Trust
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import load_recipe

RECIPES = sorted((ROOT / "webapp" / "gateways" / "recipes").glob("*.toml"))
TESTS = ROOT / "tests" / "gateways"
CHANGES = {Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL}


@pytest.fixture(autouse=True, scope="module")
def _only_bundled() -> None:
    registry.load()


def gateways() -> list[Gateway]:
    registry.load()
    return registry.all_gateways()


def by_key(gateway: Gateway) -> str:
    return gateway.traits.key


def test_there_are_bundled_recipes() -> None:
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_key_of_a_recipe_is_the_name_of_its_file(path: Path) -> None:
    assert tomllib.loads(path.read_text(encoding="utf-8"))["key"] == path.stem
    assert RecipeGateway(load_recipe(path)).traits.key == path.stem


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_has_a_test_that_names_it(path: Path) -> None:
    sources = [file.read_text(encoding="utf-8") for file in TESTS.rglob("test_*.py")]
    assert any(path.stem in source for source in sources)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_without_vendor_documents_tells_the_operator_to_confirm_it(path: Path) -> None:
    traits = registry.get_gateway(path.stem).traits
    assert traits.trust in set(Trust)
    assert traits.note or traits.trust is Trust.PUBLISHED


@pytest.mark.parametrize("gateway", gateways(), ids=by_key)
def test_a_gateway_declares_what_an_operator_must_know(gateway: Gateway) -> None:
    traits = gateway.traits
    assert traits.label
    assert traits.limits.concurrency >= 1
    assert all(spec.label and spec.label != spec.name for spec in traits.params), "a param without a label"
    assert len({spec.name for spec in traits.params}) == len(traits.params)
    assert all(spec.choices for spec in traits.params if spec.kind == "choice")


@pytest.mark.parametrize("gateway", gateways(), ids=by_key)
def test_secrets_are_declared_as_secrets(gateway: Gateway) -> None:
    telling = ("token", "secret", "senha", "password", "segredo")
    named = [spec for spec in gateway.traits.params if any(word in spec.name for word in telling)]
    assert all(spec.secret for spec in named)


@pytest.mark.parametrize("gateway", gateways(), ids=by_key)
def test_what_a_gateway_promises_is_what_it_can_keep(gateway: Gateway) -> None:
    traits = gateway.traits
    assert traits.can(Operation.CREATE)
    assert all(target in traits.capabilities for target in traits.aliases.values())
    if traits.guarantee is Guarantee.EXACTLY_ONE:
        assert traits.honours_key or traits.can(Operation.FIND) or traits.repeatable_create
    if traits.guarantee is Guarantee.AT_LEAST_ONCE:
        assert traits.repeatable_create
