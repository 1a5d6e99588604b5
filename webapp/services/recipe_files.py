"""Recipes as files, for the commands: checked, tried and installed without a page."""

from pathlib import Path
from typing import Any

from webapp.gateways.contract import Gateway
from webapp.gateways.recipe import trial
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import Examination, examine_recipe, read_text
from webapp.gateways.recipe.problems import RecipeError, RecipeProblem
from webapp.gateways.recipe.schema_export import recipe_schema
from webapp.gateways.recipe.trial import TrialResult
from webapp.models import RecipeVersion
from webapp.services.recipe_trials import try_gateway
from webapp.services.recipes import edition, save_version

__all__ = [
    "Examination", "RecipeProblem", "TrialResult", "editor_schema", "examine_file", "gateway_of", "install",
    "may_be_set", "settable", "try_gateway",
]  # fmt: skip


def editor_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe."""
    return recipe_schema()


def examine_file(path: Path) -> Examination:
    """Tell everything about a recipe's file, by line; never raises for what stands in it."""
    try:
        return examine_recipe(read_text(path), path.name)
    except RecipeError as error:
        return Examination(None, tuple(error.problems))


def gateway_of(examined: Examination) -> Gateway | None:
    """Return the gateway that a recipe describes; None when it has problems."""
    return RecipeGateway(examined.recipe) if examined.recipe is not None else None


def settable() -> list[str]:
    """Return the names of what a try-out may be told, for people."""
    return [*trial.EXAMPLE, trial.PRODUCTS, f"{trial.PARAMS}NAME", f"{trial.REMOTE}NAME"]


def may_be_set(gateway: Gateway, name: str) -> bool:
    """Tell whether a try-out of this gateway knows what to do with a name."""
    if name.startswith(trial.PARAMS):
        return gateway.traits.param(name.removeprefix(trial.PARAMS)) is not None or gateway.traits.free_params
    return name in trial.EXAMPLE or name == trial.PRODUCTS or name.startswith(trial.REMOTE)


def install(examined: Examination, reason: str) -> RecipeVersion:
    """Let a recipe that was examined run as the next version of its key, and commit.

    Raises:
        RecipeRefused: it has problems, or its key is one of the program's own; show them.
        Conflict: somebody saved another version at this moment; try again.
    """
    text, key = (examined.recipe.source, examined.recipe.traits.key) if examined.recipe is not None else ("", "")
    return save_version(text, reason=reason, base=edition(key), key=key)
