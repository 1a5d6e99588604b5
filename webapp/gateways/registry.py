"""All gateways by key: the classes, the bundled recipes, and the provider's own, which win."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from pathlib import Path

from webapp.gateways.contract import Gateway
from webapp.gateways.recipe.compiled import Recipe
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import load_recipe, read_recipe
from webapp.gateways.recipe.problems import Problems, RecipeError, RecipeProblem
from webapp.gateways.webhook import WebhookGateway

BUNDLED = Path(__file__).resolve().parent / "recipes"
OWN = "own"


class UnknownGateway(KeyError):
    """No gateway of that key: the recipe was removed or has problems; see ``problems()``."""


@dataclass(frozen=True)
class OwnRecipe:
    """The version of a provider's recipe that runs.

    Attributes:
        id: tells it from every other version of every recipe.
        number: of the version, within the key.
    """

    id: int
    key: str
    number: int
    text: str


@dataclass(frozen=True)
class _Registry:
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    own: Mapping[str, OwnRecipe] = field(default_factory=dict)
    problems: tuple[RecipeProblem, ...] = ()
    stamp: int = 0


_registry = _Registry()
_stamps = count(1)


def load(own: Mapping[str, OwnRecipe] | None = None) -> None:
    """Take these for the provider's own recipes. Safe while others ask: the whole set is exchanged at once.

    One replaces the bundled recipe of its key. One that has problems replaces it too, by nothing: what the
    provider did not install must not run in its place. ``problems()`` tells what is wrong with it.

    Args:
        own: by key; None = none.

    Raises:
        RecipeError: a bundled recipe is broken, which is a fault of this program.
    """
    global _registry
    former, found = _registry, dict(bundled())
    problems: list[RecipeProblem] = []
    for key, version in (own or {}).items():
        found.pop(key, None)
        try:
            found[key] = former.gateways[key] if former.own.get(key) == version else compile_own(version)
        except (RecipeError, KeyError) as error:
            problems += error.problems if isinstance(error, RecipeError) else _former_problems(former, key)
    _registry = _Registry(found, dict(own or {}), tuple(problems), next(_stamps))


def compile_own(version: OwnRecipe) -> RecipeGateway:
    """Return the gateway that a provider's recipe describes.

    Raises:
        RecipeError: it cannot run; show its problems and keep what runs now.
    """
    problems = Problems(f"{version.key}.toml", version.text)
    recipe = read_recipe(version.text, problems.file)
    if recipe.traits.key != version.key:
        problems.add(("key",), "recipe_key_differs", found=recipe.traits.key, allowed=version.key)
    if version.key in class_keys():
        problems.add(("key",), "recipe_key_reserved", found=version.key, allowed=", ".join(sorted(class_keys())))
    problems.raise_if_any()
    return RecipeGateway(_owned(recipe, version.number))


def get_gateway(key: str) -> Gateway:
    """Return the gateway of that key.

    Raises:
        UnknownGateway: show the key and the problems of the provider's recipes.
    """
    try:
        return _loaded().gateways[key]
    except KeyError:
        raise UnknownGateway(key) from None


def all_gateways() -> list[Gateway]:
    """Return every gateway, by label."""
    return sorted(_loaded().gateways.values(), key=lambda gateway: gateway.traits.label.casefold())


def problems() -> list[RecipeProblem]:
    """Return what is wrong with the provider's own recipes; empty when nothing is."""
    return list(_loaded().problems)


def own_recipes() -> Mapping[str, OwnRecipe]:
    """Return the provider's own recipes that were loaded, broken ones too."""
    return _loaded().own


def stamp() -> int:
    """Return a number that is new after every load: whoever kept something of a gateway looks it up again."""
    return _loaded().stamp


@lru_cache(maxsize=1)
def bundled() -> Mapping[str, Gateway]:
    """Return the gateways of this program by key: the classes and the bundled recipes.

    Raises:
        RecipeError: a bundled recipe is broken, which is a fault of this program.
    """
    recipes = [RecipeGateway(load_recipe(path)) for path in sorted(BUNDLED.glob("*.toml"))]
    return {gateway.traits.key: gateway for gateway in (*_classes(), *recipes)}


def bundled_text(key: str) -> str | None:
    """Return the text of a bundled recipe; None when there is none of that key."""
    return text_of(bundled()[key]) if key in bundled() else None


def text_of(gateway: Gateway) -> str | None:
    """Return the text of a gateway's recipe; None for one that is a class."""
    return gateway.recipe.source if isinstance(gateway, RecipeGateway) else None


@lru_cache(maxsize=1)
def class_keys() -> frozenset[str]:
    """Return the keys of gateways that are no recipes and cannot be replaced by one."""
    return frozenset(gateway.traits.key for gateway in _classes())


def _classes() -> tuple[Gateway, ...]:
    return (WebhookGateway(),)


def _owned(recipe: Recipe, number: int) -> Recipe:
    sheet = replace(recipe.traits.sheet, origin=OWN, version=number)
    return replace(recipe, traits=replace(recipe.traits, sheet=sheet))


def _former_problems(former: _Registry, key: str) -> list[RecipeProblem]:
    """An unchanged recipe that had problems has them still."""
    return [problem for problem in former.problems if problem.file == f"{key}.toml"]


def _loaded() -> _Registry:
    if not _registry.gateways:
        load()
    return _registry
